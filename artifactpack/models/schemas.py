"""JSON Schemas of every file we read or write: one table, generated into schemas/."""

from __future__ import annotations

import json
from pathlib import Path

from artifactpack.models.anonymise import Proof
from artifactpack.models.badge import Badge, BadgeCheck
from artifactpack.models.bundle import BundleResult, VerifyResult
from artifactpack.models.checklist import Checklist
from artifactpack.models.config import Config
from artifactpack.models.manifest import Manifest
from artifactpack.models.outcome import RerunResult
from artifactpack.models.profile import Profile
from artifactpack.models.records import Json, json_schema
from artifactpack.models.reference import ClaimsFile, ReferenceRun
from artifactpack.models.rerun import RerunPlan
from artifactpack.models.rerun_many import RerunRow, SideBySide
from artifactpack.models.run import RunRecord
from artifactpack.models.tree import TreesFile
from artifactpack.models.verdict import CheckResult

KINDS: dict[str, type] = {
    "badge": Badge,
    "badge-check": BadgeCheck,
    "bundle": BundleResult,
    "check": CheckResult,
    "checklist": Checklist,
    "claims": ClaimsFile,
    "config": Config,
    "manifest": Manifest,
    "profile": Profile,
    "proof": Proof,
    "reference": ReferenceRun,
    "rerun": RerunResult,
    "rerun-comparison": SideBySide,
    "rerun-plan": RerunPlan,
    "rerun-row": RerunRow,
    "run": RunRecord,
    "trees": TreesFile,
    "verify": VerifyResult,
}
"""Kind (of ``artifactpack.<kind>/1`` and ``schemas/<kind>.schema.json``) → the record it is generated from."""


def rendered() -> dict[str, str]:
    """File name → text of each JSON Schema."""
    return {f"{kind}.schema.json": _text(_schema(kind, cls)) for kind, cls in KINDS.items()}


def _schema(kind: str, cls: type) -> dict[str, Json]:
    schema = json_schema(cls, kind)
    if kind == "checklist":  # an item that extends another list's item may say only what it changes
        schema["$defs"]["Item"]["required"] = ["id"]
        schema["if"] = {"not": {"required": ["extends"]}}
        schema["then"] = {"properties": {"items": {"items": {"required": ["id", "title", "question"]}}}}
    return schema


def _text(schema: object) -> str:
    return json.dumps(schema, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def write(folder: Path) -> tuple[str, ...]:
    """Write every schema that changed into *folder*; returns their names. `python -m artifactpack.models.schemas`."""
    changed = []
    for name, text in rendered().items():
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(name)
    return tuple(changed)


if __name__ == "__main__":
    from artifactpack.data import data_dir

    for name in write(data_dir("schemas")):
        print(name)  # noqa: T201 - a developer's command
