"""Read a zip's structure strictly: every header must be the one that our writer would have made."""

from __future__ import annotations

import os
import struct

from artifactpack.archive import names, zipform
from artifactpack.archive.limits import MAX_DEFLATED, MAX_DIRECTORY, MAX_ENTRIES, MAX_RATIO
from artifactpack.archive.zipform import MAX32, Header
from artifactpack.errors import RefusedError

_WINDOW = 1 << 16


def refuse(what: str) -> RefusedError:
    """The one line for a file that is not one of our bundles."""
    return RefusedError(f"refused: {what}")


class FormError(RefusedError):
    """A zip, but not in the form that bundles have: what is left when another program packs a bundle again."""


def unlike(what: str) -> FormError:
    """The one line for a zip of another form."""
    return FormError(f"refused: {what}")


def read_directory(fd: int) -> tuple[Header, ...]:
    """All members of the zip open at *fd*, in their order; raises :class:`RefusedError` for any other form."""
    size = os.fstat(fd).st_size
    count, length, start = _end(fd, size)
    raw = _exactly(fd, length, start)
    headers = _records(raw, count)
    _check_layout(fd, headers, start)
    _check_names([h.name for h in headers])
    return headers


def _end(fd: int, size: int) -> tuple[int, int, int]:
    if size < zipform.END_SIZE:
        raise refuse("not a bundle, or cut short: it ends before it could hold anything")
    tail = _exactly(fd, zipform.END_SIZE, size - zipform.END_SIZE)
    if tail[:4] != zipform.END:
        raise unlike("not a bundle, or cut short, or bytes follow its end: no end record where it must be")
    _, _, _, _, count, length, start, _ = struct.unpack("<4sHHHHIIH", tail)
    wide = count == zipform.MAX16 or length == MAX32 or start == MAX32
    if wide:
        count, length, start = _end64(fd, size)
    if count > MAX_ENTRIES or length > MAX_DIRECTORY:
        raise refuse(f"it declares {count:,} members in a directory of {length:,} bytes, over the limit")
    expected = zipform.end(count, length, start)
    if start + length + len(expected) != size or _exactly(fd, len(expected), start + length) != expected:
        raise unlike("its end record is not in canonical form (comment, extra bytes, or a wrong count)")
    return count, length, start


def _end64(fd: int, size: int) -> tuple[int, int, int]:
    back = zipform.END_SIZE + zipform.LOCATOR_SIZE + zipform.END64_SIZE
    if size < back:
        raise refuse("its zip64 end record is missing")
    record = _exactly(fd, zipform.END64_SIZE, size - back)
    if record[:4] != zipform.END64:
        raise refuse("its zip64 end record is missing")
    count, length, start = struct.unpack("<QQQ", record[32:])
    return count, length, start


def _exactly(fd: int, count: int, offset: int) -> bytes:
    parts, left = [], count
    while left:
        part = os.pread(fd, left, offset + count - left)
        if not part:
            raise refuse("it is cut short")
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _records(raw: bytes, count: int) -> tuple[Header, ...]:
    headers, at = [], 0
    for _ in range(count):
        header = _record(raw, at)
        made = zipform.central(header)
        if raw[at : at + len(made)] != made:
            raise unlike(f"{_shown(header.name)}: its directory record is not in canonical form")
        headers.append(header)
        at += len(made)
    if at != len(raw):
        raise unlike("its directory holds more than its members")
    return tuple(headers)


def _record(raw: bytes, at: int) -> Header:
    """The fields of the record at *at*; whatever else it says is found by making it again."""
    if len(raw) - at < zipform.CENTRAL_SIZE or raw[at : at + 4] != zipform.CENTRAL:
        raise refuse("its directory is cut short or not a directory")
    fields = zipform.CENTRAL_FORM.unpack_from(raw, at)
    method, crc, packed, size, length, extra = fields[4], *fields[7:12]
    attributes, offset = fields[15:]
    name_at = at + zipform.CENTRAL_SIZE
    name = raw[name_at : name_at + length]
    if extra:
        wide = raw[name_at + length + 4 : name_at + length + extra]
        values = list(struct.unpack(f"<{len(wide) // 8}Q", wide[: len(wide) // 8 * 8]))
        size, packed, offset = (values.pop(0) if v == MAX32 and values else v for v in (size, packed, offset))
    header = Header(name, method, crc, packed, size, offset, attributes >> 16)
    _check_fields(header)
    return header


def _check_fields(h: Header) -> None:
    if h.method not in (zipform.STORED, zipform.DEFLATED):
        raise refuse(f"{_shown(h.name)}: encrypted or compressed in a way that bundles never are")
    if h.mode not in (zipform.FILE, zipform.PROGRAM):
        raise unlike(f"{_shown(h.name)}: not a regular file with mode 0644 or 0755")
    if h.method == zipform.STORED and h.packed != h.size:
        raise unlike(f"{_shown(h.name)}: stored, but its two sizes differ")
    if h.method == zipform.DEFLATED and not h.packed <= h.size <= min(MAX_DEFLATED, h.packed * MAX_RATIO):
        raise refuse(f"{_shown(h.name)}: {h.packed:,} bytes declared to unpack to {h.size:,}, over the limit")


def _check_layout(fd: int, headers: tuple[Header, ...], start: int) -> None:
    """Members follow each other from byte 0 to the directory without gap or overlap, their local headers as ours."""
    expected = 0
    for header in headers:
        made = zipform.local(header)
        if header.offset != expected or header.packed > start - expected - len(made):
            raise unlike(f"{_shown(header.name)}: bytes before it, a gap, or it overlaps another member")
        if os.pread(fd, len(made), expected) != made:
            raise unlike(f"{_shown(header.name)}: its local header differs from the directory")
        expected += len(made) + header.packed
    if expected != start:
        raise unlike("there are bytes between its last member and its directory")


def _check_names(raw: list[bytes]) -> None:
    paths = [decoded(name) for name in raw]
    for path in paths:
        if reason := names.fault(path):
            raise refuse(f"the member name '{names.shown(path)}' is unsafe: {reason}")
    if clash := names.collisions(paths):
        raise refuse(clash)


def decoded(name: bytes) -> str:
    """*name* as text; raises :class:`RefusedError` if it is not UTF-8."""
    try:
        return name.decode()
    except UnicodeDecodeError as error:
        raise refuse(f"the member name {name[:60]!a} is not UTF-8") from error


def _shown(name: bytes) -> str:
    return names.shown(name[:400].decode("utf-8", "replace"))
