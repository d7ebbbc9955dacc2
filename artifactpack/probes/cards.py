"""Documentation of released models and data."""

from __future__ import annotations

import re

from artifactpack.core.facts import absent, at, known, seen, unknown
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Fact, Finding
from artifactpack.models.system import SystemReading
from artifactpack.patterns import late
from artifactpack.project import Project

NAME = "cards"
FACTS = {
    "model": "a model card exists",
    "data": "a data card, datasheet or Croissant file exists",
    "croissant": "a Croissant file exists",
    "filled": "the cards hold no text left over from their template",
}
_MODEL = late(r"(?:^|/)model[-_ ]?card[\w.-]*\.(?:md|yaml|yml|json|rst|txt)$|(?:^|/)modelcard\.\w+$", re.IGNORECASE)
_DATA = late(
    r"(?:^|/)(?:data[-_ ]?set[-_ ]?card|data[-_ ]?card|data[-_ ]?sheet|dataset_infos?"
    r"|data_statement)[\w.-]*\.(?:md|json|yaml|yml|rst|txt|tex)$",
    re.IGNORECASE,
)
_FRONT = late(r"\A---\n(.{0,4000}?)\n---", re.DOTALL)
_TEMPLATE = late(r"more information needed|\{\{ ?\w+|<!-- provide|\[optional\]|\bTODO\b|lorem ipsum", re.IGNORECASE)


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Report model cards, data cards, datasheets and Croissant files, and template text left in them."""
    models = [f for f in project.files if _MODEL.search(f)] + _hub_cards(
        project, ("library_name", "pipeline_tag", "base_model")
    )
    data = [f for f in project.files if _DATA.search(f)] + _hub_cards(
        project, ("task_categories", "dataset_info", "size_categories")
    )
    croissant = [
        f
        for f in project.glob("*croissant*.json", "*.jsonld")
        if b"mlcommons.org/croissant" in project.read_bytes(f, 20_000)
    ]
    croissant += [d.croissant for d in project.config.data.values() if d.croissant and d.croissant in project]
    cards = list(dict.fromkeys([*models, *data]))
    left = [at(f, 1) for f in cards if _TEMPLATE.search(project.read_text(f))]
    facts = {
        "model": _present(models, "no model card"),
        "data": _present([*data, *croissant], "no data card, datasheet or Croissant file"),
        "croissant": _present(croissant, "no Croissant file"),
        "filled": known(seen("static", not left, *left)) if cards else unknown("there is no card"),
    }
    return Finding(facts=facts)


def _hub_cards(project: Project, keys: tuple[str, ...]) -> list[str]:
    found = []
    for path in project.prose.documents:
        front = _FRONT.match(project.read_text(path)) if path.lower().endswith("readme.md") else None
        if front and any(re.search(rf"^{key}\s*:", front.group(1), re.MULTILINE) for key in keys):
            found.append(path)
    return found


def _present(files: list[str], reason: str) -> Fact:
    return known(*(seen("static", True, at(f, 1)) for f in files[:5])) if files else absent(reason)
