"""Whether a bundle's crate describes the bundle's files: validators never look at the bytes."""

from __future__ import annotations

from urllib.parse import unquote

from artifactpack.archive.content import CRATE
from artifactpack.archive.crate import CONTEXT
from artifactpack.archive.documents import parsed
from artifactpack.errors import RefusedError
from artifactpack.models.manifest import Manifest
from artifactpack.models.records import Json


def faults(raw: bytes, manifest: Manifest) -> list[str]:
    """Sentences on where the crate *raw* and *manifest* differ."""
    most = 100_000 + 64 * len(manifest.members)  # a file's entity holds some ten values
    try:
        document = parsed(raw, CRATE, most)
        entities = {e["@id"]: e for e in document["@graph"]}
    except (RefusedError, KeyError, TypeError):
        return [f"{CRATE} is not a flat JSON-LD graph"]
    if document.get("@context") != CONTEXT:
        return [f"{CRATE} gives its words another meaning: its @context is not RO-Crate 1.1's"]
    root = entities.get("./")
    if not isinstance(root, dict) or CRATE not in entities:
        return [f"{CRATE} does not describe its root"]
    listed = {unquote(i): e for i, e in entities.items() if isinstance(i, str) and e.get("@type") == "File"}
    wanted = {m.path: m for m in manifest.members if m.path != CRATE}
    found = [f"{CRATE} does not list {p}" for p in wanted if p not in listed]
    found += [f"{CRATE} lists {p}, which is not in the bundle" for p in listed if p not in wanted]
    for path, member in wanted.items():
        if path in listed and not _agrees(listed[path], member.sha256, member.size):
            found.append(f"{CRATE} has another hash or size for {path}")
    return found[:20]


def _agrees(entity: dict[str, Json], sha256: str, size: int) -> bool:
    return entity.get("sha256") == sha256 and entity.get("contentSize") == str(size)
