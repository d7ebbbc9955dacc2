"""BagIt 1.0 and our own manifest: tag files rendered from the content list by fixed rules."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace

from artifactpack.archive.content import DEFLATED, FORMAT, MANIFEST, PAYLOAD, digest
from artifactpack.models.manifest import Manifest, Member
from artifactpack.models.records import to_json

_DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_LAST = "tagmanifest-sha256.txt"
OPEN, CLOSE = b'"members": [\n', b"\n ]\n}\n"  # what stands around the members in our own manifest
_quoted = json.JSONEncoder(ensure_ascii=False).encode


def manifest(name: str, members: Iterable[Member], tool_version: str) -> Manifest:
    """The manifest of *members* (everything but the derived files), sorted by path."""
    ordered = tuple(sorted(members, key=lambda m: m.path.encode()))
    return Manifest(format=FORMAT, tool_version=tool_version, name=name, digest=digest(ordered), members=ordered)


def render(content: Manifest) -> bytes:
    """`artifactpack/manifest.json`: one member a line, so that it can be read by people and compared by tools."""
    return head(content) + ",\n".join(map(_line, content.members)).encode() + CLOSE


def head(content: Manifest) -> bytes:
    """The manifest up to its first member."""
    return to_json(replace(content, members=())).rstrip().removesuffix('"members": []\n}').encode() + OPEN


def _line(m: Member) -> str:
    fields = (f'"path": {_quoted(m.path)}', f'"size": {m.size}', f'"sha256": "{m.sha256}"')
    return f'  {{{", ".join(fields)}, "role": "{m.role}", "url": {_quoted(m.url)}}}'


def derived(content: Manifest, deflated: Mapping[str, str], rendered: bytes = b"") -> dict[str, bytes]:
    """Every derived file by name.

    *deflated* maps each deflated member to the SHA-256 of its bytes in the zip; *rendered* is the manifest where it is
    already known to be :func:`render`'s.
    """
    files = {MANIFEST: rendered or render(content), "bagit.txt": _DECLARATION, "bag-info.txt": _info(content)}
    files["manifest-sha256.txt"] = _lines((m.sha256, m.path) for m in content.members if _payload(m))
    if any(m.url for m in content.members):
        files["fetch.txt"] = _fetch(content)
    if deflated:
        files[DEFLATED] = _lines((deflated[p], p) for p in sorted(deflated, key=str.encode))
    tags = {m.path: m.sha256 for m in content.members if not _payload(m)}
    tags |= {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}
    files[_LAST] = _lines((tags[p], p) for p in sorted(tags, key=str.encode))
    return files


def _payload(member: Member) -> bool:
    return member.path.startswith(PAYLOAD)


def _lines(pairs: Iterable[tuple[str, str]]) -> bytes:
    """As `sha256sum -c` reads them: two spaces between hash and path."""
    return "".join(f"{value}  {path}\n" for value, path in pairs).encode()


def _fetch(content: Manifest) -> bytes:
    return "".join(f"{m.url} {m.size} {m.path}\n" for m in content.members if m.url).encode()


def _info(content: Manifest) -> bytes:
    payload = [m for m in content.members if _payload(m)]
    return (
        f"Bag-Software-Agent: artifactpack {content.tool_version}\n"
        f"Bundle-Format: {content.format}\n"
        f"External-Identifier: sha256:{content.digest}\n"
        f"Payload-Oxum: {sum(m.size for m in payload)}.{len(payload)}\n"
    ).encode()
