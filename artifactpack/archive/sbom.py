"""`sbom.cdx.json`: CycloneDX 1.6: the packages that runs imported, a component a weight file and data set."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from artifactpack.models.config import Config
from artifactpack.models.manifest import Member
from artifactpack.models.records import Json, to_json
from artifactpack.models.run import PackageUse, RunRecord


def sbom(
    name: str, config: Config, packages: Sequence[PackageUse], members: Iterable[Member], taken: Sequence[RunRecord]
) -> bytes:
    """Render the bill of materials; without a serial number and time stamp, so that it says the same every time."""
    weights = [m for m in members if m.role == "weights"]
    parameters = {w.sha256: w for run in taken for w in run.weights if w.sha256}
    components = [_package(p) for p in packages]
    components += [_model(m, parameters) for m in weights]
    components += [_data(key, config) for key in sorted(config.data)]
    return to_json(
        {
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "version": 1,
            "metadata": {"component": {"type": "application", "bom-ref": "artifact", "name": name}},
            "components": components,
        }
    ).encode()


def _package(use: PackageUse) -> dict[str, Json]:
    normal = re.sub(r"[-_.]+", "-", use.name).lower()
    purl = f"pkg:pypi/{quote(normal)}@{quote(use.version)}" if use.version else f"pkg:pypi/{quote(normal)}"
    return {"type": "library", "bom-ref": purl, "name": use.name, "version": use.version, "purl": purl}


def _model(member: Member, known: dict[str, Json]) -> dict[str, Json]:
    component: dict[str, Json] = {
        "type": "machine-learning-model",
        "bom-ref": f"file:{member.path}",
        "name": member.path,
        "hashes": [{"alg": "SHA-256", "content": member.sha256}],
    }
    told = known.get(member.sha256)
    properties = [("size", str(member.size))]
    if told is not None:
        properties += [("format", told.format), ("parameters", str(told.parameters)), ("safety", told.safety)]
    component["properties"] = [{"name": f"artifactpack:{k}", "value": v} for k, v in properties if v and v != "None"]
    return component


def _data(key: str, config: Config) -> dict[str, Json]:
    data = config.data[key]
    component: dict[str, Json] = {"type": "data", "bom-ref": f"data:{key}", "name": key}
    if data.version:
        component["version"] = data.version
    if data.license:
        component["licenses"] = [{"license": {"name": data.license}}]
    if data.sha256:
        component["hashes"] = [{"alg": "SHA-256", "content": data.sha256}]
    if data.url:
        component["externalReferences"] = [{"type": "distribution", "url": data.url}]
    return component
