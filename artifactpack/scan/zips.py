"""Read a foreign zip's directory so strictly that no two readers could see different members in it."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from artifactpack.scan.opcodes import MalformedError

MOST_MEMBERS = 200_000
LARGEST_DIRECTORY = 64 << 20
LARGEST_INFLATED = 64 << 20
_FLAGS = (0, 0x0008, 0x0800, 0x0808)
_STORED, _DEFLATED = 0, 8
_END = struct.Struct("<4s4H2IH")
_END64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR = struct.Struct("<4sIQI")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_LOCAL = struct.Struct("<4s5H3I2H")
_LIMIT = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Entry:
    """One member: where its packed bytes lie (``start``, ``packed``) and what they become (``size``, ``crc``)."""

    name: str
    method: int
    flags: int
    crc: int
    packed: int
    size: int
    header: int
    start: int = 0


def is_zip(file: BinaryIO) -> bool:
    """Whether the file begins the way a zip does."""
    file.seek(0)
    return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")


def read_directory(file: BinaryIO, size: int) -> tuple[Entry, ...]:
    """All members, each checked against its own header; raises :class:`MalformedError` for anything unusual."""
    count, length, offset = _end(file, size)
    if count > MOST_MEMBERS or length > LARGEST_DIRECTORY:
        raise MalformedError("is a zip with more members than weights need")
    file.seek(offset)
    data = file.read(length)
    entries = sorted(_central(data, count), key=lambda entry: entry.header)
    if len({entry.name for entry in entries}) != len(entries):
        raise MalformedError("is a zip that holds a name twice")
    placed, position = [], 0
    for entry in entries:
        if entry.header != position:
            raise MalformedError("is a zip with a gap or an overlap between members")
        entry, position = _local(file, entry, offset)
        placed.append(entry)
    if position != offset:
        raise MalformedError("is a zip with hidden bytes before its directory")
    return tuple(placed)


def _end(file: BinaryIO, size: int) -> tuple[int, int, int]:
    """(members, length, offset) of the directory."""
    if size < _END.size:
        raise MalformedError("is too short for a zip")
    file.seek(size - _END.size)
    magic, disk, start, here, count, length, offset, comment = _END.unpack(file.read(_END.size))
    if magic != b"PK\x05\x06" or disk or start or here != count or comment:
        raise MalformedError("is a zip without a plain end record")
    at = size - _END.size - _LOCATOR.size
    if at >= 0:
        file.seek(at)
        locator = _LOCATOR.unpack(file.read(_LOCATOR.size))
        if locator[0] == b"PK\x06\x07":
            return _end64(file, locator[2], at, (count, length, offset))
    if offset + length != size - _END.size:
        raise MalformedError("is a zip whose directory is not where it should be")
    return count, length, offset


def _end64(file: BinaryIO, where: int, at: int, short: tuple[int, int, int]) -> tuple[int, int, int]:
    if where != at - _END64.size:
        raise MalformedError("is a zip whose 64-bit end record is misplaced")
    file.seek(where)
    magic, length, _, _, disk, start, here, count, span, offset = _END64.unpack(file.read(_END64.size))
    wide = (count, span, offset)
    agree = all(s in (w, 0xFFFF if i == 0 else _LIMIT) for i, (s, w) in enumerate(zip(short, wide, strict=True)))
    if magic != b"PK\x06\x06" or length != 44 or disk or start or here != count or not agree or offset + span != where:
        raise MalformedError("is a zip with two end records that disagree")
    return wide


def _central(data: bytes, count: int) -> Iterator[Entry]:
    position = 0
    for _ in range(count):
        if position + _CENTRAL.size > len(data):
            raise MalformedError("is a zip with a short directory")
        fields = _CENTRAL.unpack_from(data, position)
        magic, flags, method, crc, packed, size = fields[0], fields[3], fields[4], fields[7], fields[8], fields[9]
        name_length, extra_length, comment, disk, header = *fields[10:14], fields[16]
        position += _CENTRAL.size
        name = data[position : position + name_length]
        extra = data[position + name_length : position + name_length + extra_length]
        position += name_length + extra_length
        if magic != b"PK\x01\x02" or comment or disk or flags not in _FLAGS or method not in (_STORED, _DEFLATED):
            raise MalformedError("is a zip with an unusual directory entry")
        size, packed, header = _wide(extra, size, packed, header)
        yield Entry(_name(name), method, flags, crc, packed, size, header)
    if position != len(data):
        raise MalformedError("is a zip with more in its directory than it counts")


def _name(raw: bytes) -> str:
    try:
        name = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedError("is a zip with an unreadable name") from error
    if not name or not name.isprintable() or name.startswith("/") or "\\" in name or ".." in name.split("/"):
        raise MalformedError("is a zip with a name that points elsewhere")
    return name


def _extras(extra: bytes, allowed: tuple[int, ...]) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    position = 0
    while position < len(extra):
        if position + 4 > len(extra):
            raise MalformedError("is a zip with a torn extra field")
        kind, length = struct.unpack_from("<HH", extra, position)
        value = extra[position + 4 : position + 4 + length]
        if kind not in allowed or kind in found or len(value) != length:
            raise MalformedError("is a zip with an unusual extra field")
        found[kind] = value
        position += 4 + length
    return found


def _wide(extra: bytes, *values: int) -> tuple[int, ...]:
    """The values with those that read 0xFFFFFFFF taken from the zip64 extra field."""
    raw = _extras(extra, (1,)).get(1, b"")
    missing = sum(value == _LIMIT for value in values)
    if len(raw) != 8 * missing:
        raise MalformedError("is a zip with a 64-bit field it does not need")
    wide = iter(struct.unpack(f"<{missing}Q", raw))
    return tuple(next(wide) if value == _LIMIT else value for value in values)


def _local(file: BinaryIO, entry: Entry, limit: int) -> tuple[Entry, int]:
    """The entry with where its bytes lie, and where the next header must be."""
    file.seek(entry.header)
    raw = file.read(_LOCAL.size)
    if len(raw) != _LOCAL.size:
        raise MalformedError("is a zip that was cut short")
    magic, _, flags, method, _, _, crc, packed, size, name_length, extra_length = _LOCAL.unpack(raw)
    name, extra = file.read(name_length), file.read(extra_length)
    start = entry.header + _LOCAL.size + name_length + extra_length
    later = bool(flags & 8)
    padding = 0x4246  # torch aligns tensors with an extra field 'FB'
    widths = _extras(extra, (1, padding)).get(1)
    sizes = (size, packed) if widths is None or len(widths) != 16 else struct.unpack("<2Q", widths)
    lied = (crc, sizes[1], sizes[0]) != (entry.crc, entry.packed, entry.size)
    if later and (crc, packed, size) in ((0, 0, 0), (0, _LIMIT, _LIMIT)):
        lied = False
    same = magic == b"PK\x03\x04" and (flags, method) == (entry.flags, entry.method) and not lied
    if not same or name != entry.name.encode() or start + entry.packed > limit:
        raise MalformedError("is a zip whose directory and members disagree")
    if entry.method == _STORED and entry.packed != entry.size:
        raise MalformedError("is a zip with a stored member of two sizes")
    end = start + entry.packed + (_descriptor(file, entry, start + entry.packed) if later else 0)
    return replace(entry, start=start), end


def _descriptor(file: BinaryIO, entry: Entry, at: int) -> int:
    """Length of the data descriptor at *at*, which must repeat the directory."""
    file.seek(at)
    raw = file.read(24)
    big = max(entry.packed, entry.size) > _LIMIT
    for form in ("<4sIQQ",) if big else ("<4sIII", "<4sIQQ"):
        if raw[: struct.calcsize(form)] == struct.pack(form, b"PK\x07\x08", entry.crc, entry.packed, entry.size):
            return struct.calcsize(form)
    raise MalformedError("is a zip whose data descriptor disagrees")


def inflate(file: BinaryIO, entry: Entry) -> BinaryIO:
    """The member's bytes as a file in memory, within limits; raises :class:`MalformedError`."""
    if entry.size > LARGEST_INFLATED:
        raise MalformedError(f"has a compressed member of more than {LARGEST_INFLATED >> 20} MB")
    file.seek(entry.start)
    packed = file.read(entry.packed)
    if entry.method == _STORED:
        return io.BytesIO(packed)
    inflater = zlib.decompressobj(-15)
    try:
        data = inflater.decompress(packed, entry.size + 1)
    except zlib.error as error:
        raise MalformedError("has a member that does not inflate") from error
    if len(data) != entry.size or not inflater.eof or inflater.unused_data or zlib.crc32(data) != entry.crc:
        raise MalformedError("has a member that inflates to something else than it says")
    return io.BytesIO(data)
