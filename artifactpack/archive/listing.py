"""Read `artifactpack/manifest.json` from outside: every field checked, without the price of a validation library."""

from __future__ import annotations

import json
import re
from typing import get_args

from artifactpack.archive import names
from artifactpack.archive.bag import render
from artifactpack.archive.content import DERIVED, FORMAT, PAYLOAD, digest
from artifactpack.archive.limits import MAX_ENTRIES
from artifactpack.archive.zipdir import refuse
from artifactpack.models.manifest import Manifest, Member, Role
from artifactpack.models.records import Json

_HASH = re.compile(r"[0-9a-f]{64}\Z")
_ROLES = frozenset(get_args(Role))
_KEYS = {"path", "size", "sha256", "role", "url"}


def parse(data: bytes) -> Manifest:
    """The manifest that *data* holds; raises :class:`RefusedError` unless it is exactly what we would have written."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise refuse("its manifest is not JSON") from error
    if not isinstance(value, dict) or value.get("schema") != "artifactpack.manifest/1":
        raise refuse("its manifest is not an artifactpack.manifest/1")
    if value.get("format") != FORMAT:
        raise refuse(f"bundle format {value.get('format')!r} is not known here; a newer artifactpack wrote it")
    manifest = Manifest(
        tool_version=_text(value, "tool_version"),
        name=_text(value, "name"),
        digest=_text(value, "digest"),
        members=_members(value.get("members")),
    )
    _check(manifest, data)
    return manifest


def _text(value: dict[str, Json], key: str) -> str:
    text = value.get(key)
    if not isinstance(text, str) or len(text) > 1000:
        raise refuse(f"its manifest's '{key}' is missing or not text")
    return text


def _members(value: Json) -> tuple[Member, ...]:
    if not isinstance(value, list) or len(value) > MAX_ENTRIES:
        raise refuse("its manifest has no list of members")
    return tuple(_member(item) for item in value)


def _member(item: Json) -> Member:
    if not isinstance(item, dict) or set(item) != _KEYS:
        raise refuse("a member of its manifest has other fields than path, size, sha256, role and url")
    path, size, sha256, role, url = (item[k] for k in ("path", "size", "sha256", "role", "url"))
    if not isinstance(path, str) or (reason := names.fault(path)):
        raise refuse(f"its manifest names '{names.shown(str(path))}': {reason if isinstance(path, str) else 'no text'}")
    if type(size) is not int or not 0 <= size < 1 << 63:
        raise refuse(f"{path}: its manifest's size is not a number of bytes")
    if not isinstance(sha256, str) or not _HASH.match(sha256) or role not in _ROLES:
        raise refuse(f"{path}: its manifest's hash or role is malformed")
    if not isinstance(url, str) or (url and not thin_url(url, path)):
        raise refuse(f"{path}: its manifest's address is malformed")
    return Member(path=path, size=size, sha256=sha256, role=role, url=url)


def thin_url(url: str, path: str) -> bool:
    """Whether *url* may stand for the payload member *path*: an address without blanks or control characters."""
    plain = all(c.isprintable() and c != " " for c in url) and len(url) < 4096
    return (
        plain
        and url.startswith(("https://", "http://", "s3://", "gs://", "file:///", "hf://", "ftp://", "doi:"))
        and path.startswith(PAYLOAD)
    )


def _check(manifest: Manifest, data: bytes) -> None:
    paths = [m.path for m in manifest.members]
    if paths != sorted(paths, key=str.encode) or any(p in DERIVED for p in paths):
        raise refuse("its manifest is not sorted, or lists a file that is rendered from it")
    if clash := names.collisions(paths):
        raise refuse(clash)
    if digest(manifest.members) != manifest.digest:
        raise refuse("its manifest's digest is not the digest of its content list")
    if render(manifest) != data:
        raise refuse("its manifest is not in canonical form")
