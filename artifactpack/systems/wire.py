"""Protocol-buffer wire format, the little of it that readers need.

Source: the Protocol Buffers encoding guide (protobuf.dev/programming-guides/encoding).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
Value = int | bytes


class Torn(ValueError):
    """The message ends in the middle of a field."""


def fields(data: bytes) -> Iterator[tuple[int, int, Value]]:
    """Yield (field number, wire type, value) of one message; groups and other wire types raise :class:`Torn`."""
    position, end = 0, len(data)
    while position < end:
        key, position = _varint(data, position)
        number, kind = key >> 3, key & 7
        if kind == VARINT:
            value: Value
            value, position = _varint(data, position)
        elif kind == BYTES:
            size, position = _varint(data, position)
            value, position = data[position : position + size], position + size
        elif kind in (FIXED64, FIXED32):
            size = 8 if kind == FIXED64 else 4
            value, position = data[position : position + size], position + size
        else:
            raise Torn(f"wire type {kind}")
        if position > end:
            raise Torn("field runs past the end")
        yield number, kind, value


def _varint(data: bytes, position: int) -> tuple[int, int]:
    result = shift = 0
    while True:
        if position >= len(data) or shift > 63:
            raise Torn("varint runs past the end")
        byte = data[position]
        position += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result, position
        shift += 7


def message(data: bytes) -> dict[int, list[Value]]:
    """Collect one message's fields by number; a torn end is left out."""
    found: dict[int, list[Value]] = {}
    try:
        for number, _, value in fields(data):
            found.setdefault(number, []).append(value)
    except Torn:
        pass
    return found


def first(found: dict[int, list[Value]], *path: int) -> Value | None:
    """The first value at nested field numbers *path*, None where there is none."""
    for position, number in enumerate(path):
        values = found.get(number)
        if not values:
            return None
        value = values[0]
        if position == len(path) - 1:
            return value
        if not isinstance(value, bytes):
            return None
        found = message(value)
    return None


def text(value: Value | None) -> str:
    """A string field's text, "" where absent."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""


def double(value: Value | None) -> float | None:
    """A double (8 bytes) or float (4 bytes) field's value."""
    if not isinstance(value, bytes) or len(value) not in (4, 8):
        return None
    return float(struct.unpack("<d" if len(value) == 8 else "<f", value)[0])


def signed(value: Value | None) -> int | None:
    """An int64 field's value (two's complement in the varint)."""
    if not isinstance(value, int):
        return None
    return value - (1 << 64) if value >= 1 << 63 else value
