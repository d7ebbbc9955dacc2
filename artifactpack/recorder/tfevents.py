"""Scalars of TensorBoard event files, read without TensorFlow: TFRecord frames, each a serialised Event.

Format: https://github.com/tensorflow/tensorboard (event.proto, summary.proto, tensor.proto); a torn tail is tolerated.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

MAX_FRAME = 64 << 20
_FLOAT, _DOUBLE = 1, 2


def read(path: Path) -> dict[str, list[list[float]]]:
    """``{tag: [[step, value], …]}`` of one event file; scalars only."""
    series: dict[str, list[list[float]]] = {}
    for frame in frames(path):
        try:
            step, values = event(frame)
        except (ValueError, struct.error, IndexError):
            continue
        for tag, value in values:
            series.setdefault(tag, []).append([float(step), value])
    return series


def frames(path: Path) -> Iterator[bytes]:
    """The records of a TFRecord file up to its end or the first torn one."""
    try:
        with path.open("rb") as file:
            while len(head := file.read(12)) == 12:
                (length,) = struct.unpack("<Q", head[:8])
                if length > MAX_FRAME:
                    return
                body = file.read(length)
                if len(body) < length or len(file.read(4)) < 4:
                    return
                yield body
    except OSError:
        return


def event(data: bytes) -> tuple[int, list[tuple[str, float]]]:
    """Step and scalar values of one Event message."""
    step, values = 0, []
    for number, kind, value in fields(data):
        if number == 2 and kind == 0 and isinstance(value, int):
            step = value - (1 << 64) if value >> 63 else value
        elif number == 5 and isinstance(value, bytes):
            for inner, _, part in fields(value):
                if inner == 1 and isinstance(part, bytes):
                    scalar = _value(part)
                    if scalar is not None:
                        values.append(scalar)
    return step, values


def _value(data: bytes) -> tuple[str, float] | None:
    tag, number = "", None
    for field, kind, value in fields(data):
        if field == 1 and isinstance(value, bytes):
            tag = value.decode("utf-8", "replace")
        elif field == 2 and kind == 5 and isinstance(value, bytes):
            number = float(struct.unpack("<f", value)[0])
        elif field == 8 and isinstance(value, bytes):
            number = _tensor(value)
    return None if number is None or not tag else (tag, number)


def _tensor(data: bytes) -> float | None:
    """A tensor of one element: float or double, as raw content or as its value field."""
    dtype, content, listed = 0, b"", None
    for field, _, value in fields(data):
        if field == 1 and isinstance(value, int):
            dtype = value
        elif field == 4 and isinstance(value, bytes):
            content = value
        elif field in (5, 6) and isinstance(value, bytes):
            size = 4 if field == 5 else 8
            if len(value) == size:
                listed = float(struct.unpack("<f" if field == 5 else "<d", value)[0])
    if dtype == _FLOAT and len(content) == 4:
        return float(struct.unpack("<f", content)[0])
    if dtype == _DOUBLE and len(content) == 8:
        return float(struct.unpack("<d", content)[0])
    return listed


def fields(data: bytes) -> Iterator[tuple[int, int, int | bytes]]:
    """``(field number, wire type, value)`` of a protobuf message; ValueError where it is malformed."""
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, place = _varint(data, place)
            yield number, kind, value
            continue
        if kind == 2:
            size, place = _varint(data, place)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
        else:
            raise ValueError(f"wire type {kind}")
        if place + size > len(data):
            raise ValueError("torn")
        yield number, kind, data[place : place + size]
        place += size


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = data[place]
        place += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, place
    raise ValueError("varint too long")
