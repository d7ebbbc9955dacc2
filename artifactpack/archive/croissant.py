"""Croissant 1.0 descriptions of declared data sets: what the configuration and the hashes say, no more."""

from __future__ import annotations

import json
from collections.abc import Iterable

from artifactpack.archive.choose import address
from artifactpack.archive.crate import media_type
from artifactpack.archive.roles import matches
from artifactpack.models.config import Config, DataSet
from artifactpack.models.manifest import Member
from artifactpack.models.records import Json

_PROJECT = "data/project/"
_TERMS = (
    *("citeAs", "column", "extract", "field", "fileProperty", "fileObject", "fileSet", "format", "includes", "md5"),
    *("isLiveDataset", "jsonPath", "key", "parentField", "path", "recordSet", "references", "regex", "repeated"),
    *("replace", "separator", "source", "subField", "transform", "equivalentProperty", "samplingRate"),
)
_CONTEXT: dict[str, Json] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{term: f"cr:{term}" for term in _TERMS},
}


def describe(config: Config, members: Iterable[Member]) -> dict[str, bytes]:
    """``{file name: JSON}`` for every declared data set whose author brings no Croissant file of their own."""
    members = tuple(members)
    return {
        f"artifactpack/croissant-{_safe(name)}.json": _render(name, data, members)
        for name, data in sorted(config.data.items())
        if not data.croissant
    }


def _safe(name: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in name)


def _render(name: str, data: DataSet, members: tuple[Member, ...]) -> bytes:
    told: dict[str, Json] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": name,
    }
    extra = {"url": data.url, "license": data.license, "version": data.version, "citeAs": data.citation}
    told |= {key: value for key, value in extra.items() if value}
    told["distribution"] = _files(data, members)
    return (json.dumps(told, indent=1, ensure_ascii=False) + "\n").encode()


def _files(data: DataSet, members: tuple[Member, ...]) -> list[Json]:
    inside = [m.path.removeprefix(_PROJECT) for m in members if m.path.startswith(_PROJECT)]
    known = {m.path.removeprefix(_PROJECT): m for m in members}
    belongs = [p for p in inside if data.path and matches(p, (data.path.removeprefix("./"),))]
    # The same for thick and thin bundles: where the author says it is, else where it lies in here.
    found = [_file(p, address(data, p) if data.url else _PROJECT + p, known[p].sha256, known[p].size) for p in belongs]
    if not found and data.url and data.sha256:
        found = [_file(data.url.rpartition("/")[2] or "data", data.url, data.sha256, None)]
    return found


def _file(identifier: str, address: str, sha256: str, size: int | None) -> dict[str, Json]:
    told: dict[str, Json] = {
        "@type": "cr:FileObject",
        "@id": identifier,
        "name": identifier,
        "contentUrl": address,
        "encodingFormat": media_type(identifier),
        "sha256": sha256,
    }
    return told | ({"contentSize": f"{size} B"} if size is not None else {})
