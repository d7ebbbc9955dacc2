"""Read `artifactpack/manifest.json` from outside: only what :func:`~artifactpack.archive.bag.render` writes.

A member is one line of fixed form, so that a manifest made to blow up costs no more than its own bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import cast, get_args

from artifactpack.archive import names
from artifactpack.archive.bag import CLOSE, OPEN, head
from artifactpack.archive.content import DERIVED, FORMAT, PAYLOAD, digest, placed
from artifactpack.archive.limits import MAX_ENTRIES
from artifactpack.archive.zipdir import refuse
from artifactpack.models.manifest import Manifest, Member, Role
from artifactpack.models.records import Json
from artifactpack.patterns import late

_HEAD = 1 << 14  # bytes
_LINE = late(
    rb'  \{"path": "([^"\\\0-\x1f]*)", "size": (0|[1-9]\d{0,18}), "sha256": "([0-9a-f]{64})", "role": "([a-z]*)", '
    rb'"url": "((?:[^"\\\0-\x1f]|\\["\\])*)"\}(,\n|\Z)'
)
_ROLES = frozenset(get_args(Role))
_REPEATED = "its manifest is not in canonical form"


def parse(data: bytes) -> Manifest:
    """The manifest that *data* holds; raises :class:`RefusedError` unless it is exactly what we would have written."""
    first, opened, _ = data[:_HEAD].partition(OPEN)
    value = _head(first + b'"members": []}' if opened else data[:_HEAD])
    end = len(data) - len(CLOSE)
    start = len(first) + len(opened)
    if not opened or data[end:] != CLOSE or start > end:
        raise refuse(_REPEATED)
    manifest = Manifest(
        tool_version=_text(value, "tool_version"),
        name=_text(value, "name"),
        digest=_text(value, "digest"),
        members=tuple(_members(data, start, end)),
    )
    if head(manifest) != data[:start]:
        raise refuse(_REPEATED)
    _check(manifest)
    return manifest


def _head(data: bytes) -> dict[str, Json]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise refuse("its manifest is not JSON of the form that bundles have") from error
    if not isinstance(value, dict) or value.get("schema") != "artifactpack.manifest/1":
        raise refuse("its manifest is not an artifactpack.manifest/1")
    if value.get("format") != FORMAT:
        told = names.shown(str(value.get("format")))
        raise refuse(f"bundle format {told} is not known here; a newer artifactpack wrote it")
    return value


def _text(value: dict[str, Json], key: str) -> str:
    text = value.get(key)
    if not isinstance(text, str) or len(text) > 1000 or not names.printable(text):
        raise refuse(f"its manifest's '{key}' is missing or not one line of text")
    return text


def _members(data: bytes, at: int, end: int) -> Iterator[Member]:
    count, comma = 0, False
    while at < end:
        line = _LINE.match(data, at, end)
        if line is None or count >= MAX_ENTRIES:
            raise refuse(f"line {count + 1} of its manifest's members is malformed, or one too many")
        yield _member(line)
        at, count, comma = line.end(), count + 1, bool(line[6])
    if comma:
        raise refuse(_REPEATED)


def _member(line: re.Match[bytes]) -> Member:
    try:
        path, role = line[1].decode(), line[4].decode()
        url = json.loads(b'"' + line[5] + b'"') if line[5] else ""
    except ValueError as error:
        raise refuse("its manifest is not UTF-8") from error
    if reason := names.fault(path):
        raise refuse(f"its manifest names '{names.shown(path)}': {reason}")
    if not placed(path):
        raise refuse(f"its manifest names '{names.shown(path)}', for which bundles have no place")
    if role not in _ROLES or (size := int(line[2])) >= 1 << 63:
        raise refuse(f"{path}: its manifest's role or size is malformed")
    if url and not thin_url(url, path):
        raise refuse(f"{path}: its manifest's address is malformed")
    return Member(path=path, size=size, sha256=line[3].decode(), role=cast(Role, role), url=url)


def thin_url(url: str, path: str) -> bool:
    """Whether *url* may stand for the payload member *path*: an address without blanks or control characters."""
    plain = all(c.isprintable() and c != " " for c in url) and len(url) < 4096
    return (
        plain
        and url.startswith(("https://", "http://", "s3://", "gs://", "file:///", "hf://", "ftp://", "doi:"))
        and path.startswith(PAYLOAD)
    )


def _check(manifest: Manifest) -> None:
    paths = [m.path for m in manifest.members]
    if paths != sorted(paths, key=str.encode) or any(p in DERIVED for p in paths):
        raise refuse("its manifest is not sorted, or lists a file that is rendered from it")
    if clash := names.collisions(paths):
        raise refuse(clash)
    if digest(manifest.members) != manifest.digest:
        raise refuse("its manifest's digest is not the digest of its content list")
