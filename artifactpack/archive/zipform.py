"""The one canonical form of our zip files: pure functions from fields to header bytes (APPNOTE 6.3.10)."""

from __future__ import annotations

import struct
from typing import NamedTuple

STORED, DEFLATED = 0, 8
MAX32, MAX16 = 0xFFFFFFFF, 0xFFFF
LOCAL, CENTRAL, END, END64, LOCATOR = (b"PK\3\4", b"PK\1\2", b"PK\5\6", b"PK\6\6", b"PK\6\7")
LOCAL_SIZE, CENTRAL_SIZE, END_SIZE, END64_SIZE, LOCATOR_SIZE = 30, 46, 22, 56, 20
_LOCAL, CENTRAL_FORM = struct.Struct("<4sHHHHHIIIHH"), struct.Struct("<4sHHHHHHIIIHHHHHII")
_UTF8, _UNIX = 0x0800, 3
_TIME, _DATE = 0, 0x21  # 1980-01-01 00:00:00, the format's zero
FILE, PROGRAM = 0o100644, 0o100755


class Header(NamedTuple):
    """What is particular to one member; ``packed`` and ``size`` are bytes in the archive and unpacked."""

    name: bytes
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    mode: int = FILE


def local_size(h: Header) -> int:
    """Bytes of the local header."""
    return LOCAL_SIZE + len(h.name) + (20 if h.packed >= MAX32 or h.size >= MAX32 else 0)


def local(h: Header) -> bytes:
    """The local header, zip64 only when a size asks for it."""
    version, packed, size, extra = 20, h.packed, h.size, b""
    if packed >= MAX32 or size >= MAX32:
        version, extra = 45, struct.pack("<HHQQ", 1, 16, size, packed)
        packed = size = MAX32
    lengths = (len(h.name), len(extra))
    return _LOCAL.pack(LOCAL, version, _UTF8, h.method, _TIME, _DATE, h.crc, packed, size, *lengths) + h.name + extra


def central(h: Header) -> bytes:
    """The directory record, with only those zip64 fields that do not fit."""
    name, method, crc, packed, size, offset, mode = h
    version, extra = 20, b""
    if wide := [v for v in (size, packed, offset) if v >= MAX32]:
        version, extra = 45, struct.pack(f"<HH{len(wide)}Q", 1, 8 * len(wide), *wide)
        packed, size, offset = (min(v, MAX32) for v in (packed, size, offset))
    start = (CENTRAL, _UNIX << 8 | version, version, _UTF8, method, _TIME, _DATE, crc, packed, size)
    return CENTRAL_FORM.pack(*start, len(name), len(extra), 0, 0, 0, mode << 16, offset) + name + extra


def end(count: int, size: int, offset: int) -> bytes:
    """The end of the archive: *count* records in *size* bytes of directory at *offset*."""
    short = struct.pack(
        "<4sHHHHIIH", END, 0, 0, min(count, MAX16), min(count, MAX16), min(size, MAX32), min(offset, MAX32), 0
    )
    if count < MAX16 and size < MAX32 and offset < MAX32:
        return short
    long = struct.pack("<4sQHHIIQQQQ", END64, 44, _UNIX << 8 | 45, 45, 0, 0, count, count, size, offset)
    return long + struct.pack("<4sIQI", LOCATOR, 0, offset + size, 1) + short
