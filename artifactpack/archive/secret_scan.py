"""Look for credentials in what was really packed; refuse the archive while one is in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path

from artifactpack.archive.content import REPORTS
from artifactpack.archive.reader import Bundle, open_bundle
from artifactpack.errors import RefusedError
from artifactpack.models.manifest import Member
from artifactpack.models.scan import Hit
from artifactpack.scan import secrets
from artifactpack.scan.unpack import layers

WHOLE = 8 << 20
"""Bytes up to which a file is looked through whole, with what is packed inside it."""
_OVERLAP = 16 << 10
_WRITTEN = ("code", "config", "meta", "record", "environment")  # by people and programs; other bytes would take minutes
_SHOWN = 5


def check_secrets(finished: Path) -> list[str]:
    """What the author should know of files that were not looked through.

    Raises :class:`RefusedError` naming rule and place of each secret, never the secret.
    """
    hits: dict[Hit, None] = {}  # what lies where two pieces overlap is met twice
    left: list[str] = []
    with open_bundle(finished) as written:
        for member in written.manifest.members:
            if member.url or member.path in REPORTS:
                continue
            if member.size <= WHOLE:
                hits |= dict.fromkeys(_whole(member.path, written.read(member.path)))
            elif member.role in _WRITTEN:
                hits |= dict.fromkeys(_pieces(written, member))
            elif member.role == "weights":
                hits |= dict.fromkeys(_pieces(written, member, most=1))
            elif member.role == "data":
                left.append(member.path)
    if hits:
        more = f" and {len(hits) - _SHOWN} more" if len(hits) > _SHOWN else ""
        places = "; ".join(map(str, list(hits)[:_SHOWN])) + more
        raise RefusedError(f"a secret would be packed: {places}; remove it and revoke it, then bundle again")
    return [f"not looked through for secrets, because larger than {WHOLE >> 20} MB: {', '.join(left)}"] if left else []


def _whole(path: str, data: bytes) -> Iterator[Hit]:
    yield from secrets.find(path, data)
    for where, layer in layers(data).parts:
        yield from secrets.find(f"{path}{where}", layer)


def _pieces(written: Bundle, member: Member, most: int | None = None) -> Iterator[Hit]:
    """The secrets of a long log or listing, read a piece at a time; of weights the first piece, where settings lie."""
    try:
        file = written.file(member.path).open("rb")
    except KeyError:  # deflated, so not very large
        yield from secrets.find(member.path, written.read(member.path))
        return
    lines, before = 0, b""
    with file:
        for piece in islice(iter(partial(file.read, WHOLE), b""), most):
            text = before + piece
            yield from (replace(hit, line=lines + hit.line) for hit in secrets.find(member.path, text))
            before = text[-_OVERLAP:]
            lines += text.count(b"\n", 0, len(text) - len(before))
