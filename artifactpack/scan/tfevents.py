"""TensorBoard event files: scalars, tensors and hyperparameters, read without TensorBoard.

Framing is TFRecord (length, masked CRC-32C of the length, data, masked CRC-32C of the data); data is an ``Event``
message. Source: TensorFlow's `core/util/event.proto` and `core/framework/summary.proto`, TensorBoard's hparams plugin.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

CHECKED_BYTES = 4 << 20  # checksums are verified in this many first bytes: pure Python does about 12 MB a second
LARGEST_RECORD = 256 << 20
_SCALAR_KINDS = {1: "<f", 2: "<d", 3: "<i", 9: "<q"}


class Scalar(NamedTuple):
    """One logged value; ``time`` is seconds since 1970."""

    tag: str
    step: int
    time: float
    value: float


class Events:
    """What one event file holds; ``complete`` is False where it is torn or damaged."""

    def __init__(self) -> None:
        self.scalars: list[Scalar] = []
        self.hparams: dict[str, object] = {}
        self.texts: dict[str, str] = {}
        self.version = ""
        self.complete = True


def read_events(path: Path) -> Events:
    """Read the event file at *path*, one record in memory at a time; a torn end only clears ``complete``."""
    events = Events()
    with path.open("rb", buffering=1 << 20) as stream:
        size = path.stat().st_size
        while stream.tell() < size:
            record = _record(stream.read, check=stream.tell() < CHECKED_BYTES)
            if record is None:
                events.complete = False
                break
            _event(record, events)
    return events


def _record(read: Callable[[int], bytes], *, check: bool) -> bytes | None:
    header = read(12)
    if len(header) < 12:
        return None
    (length, _) = struct.unpack("<QI", header)
    if length > LARGEST_RECORD or masked_crc32c(header[:8]) != struct.unpack("<I", header[8:])[0]:
        return None
    data = read(length)
    tail = read(4)
    if len(data) < length or len(tail) < 4:
        return None
    if check and masked_crc32c(data) != struct.unpack("<I", tail)[0]:
        return None
    return data


def _table() -> tuple[int, ...]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return tuple(table)


_CRC = _table()


def masked_crc32c(data: bytes) -> int:
    """CRC-32C (Castagnoli) of *data*, rotated and offset as TFRecord does."""
    crc, table = 0xFFFFFFFF, _CRC
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    at, end = 0, len(data)
    while at < end:
        key, at = _varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = _varint(data, at)
            yield key >> 3, value
            continue
        if kind == 2:
            size, at = _varint(data, at)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
        else:
            return
        yield key >> 3, data[at : at + size]
        at += size


def _event(data: bytes, events: Events) -> None:
    time, step, summary = 0.0, 0, b""
    try:
        for number, value in _fields(data):
            if number == 1 and isinstance(value, bytes):
                (time,) = struct.unpack("<d", value)
            elif number == 2 and isinstance(value, int):
                step = value - (1 << 64) if value >= 1 << 63 else value
            elif number == 3 and isinstance(value, bytes):
                events.version = value.decode("utf-8", "replace")
            elif number == 5 and isinstance(value, bytes):
                summary = value
        for number, value in _fields(summary):
            if number == 1 and isinstance(value, bytes):
                _summary_value(value, step, time, events)
    except (IndexError, struct.error):
        events.complete = False


def _summary_value(data: bytes, step: int, time: float, events: Events) -> None:
    tag, simple, tensor, plugin, content = "", None, b"", "", b""
    for number, value in _fields(data):
        if not isinstance(value, bytes):
            continue
        if number == 1:
            tag = value.decode("utf-8", "replace")
        elif number == 2:
            (simple,) = struct.unpack("<f", value)
        elif number == 8:
            tensor = value
        elif number == 9:
            plugin, content = _plugin(value)
    if plugin == "hparams":
        events.hparams.update(_hparams(content))
    elif simple is not None:
        events.scalars.append(Scalar(tag, step, time, simple))
    elif tensor and plugin in ("scalars", "", "text"):
        _tensor(tag, step, time, tensor, events)


def _plugin(metadata: bytes) -> tuple[str, bytes]:
    for number, value in _fields(metadata):
        if number == 1 and isinstance(value, bytes):
            parts = dict(_fields(value))
            name, content = parts.get(1, b""), parts.get(2, b"")
            if isinstance(name, bytes) and isinstance(content, bytes):
                return name.decode("utf-8", "replace"), content
    return "", b""


def _tensor(tag: str, step: int, time: float, data: bytes, events: Events) -> None:
    parts = dict(_fields(data))
    kind, raw = parts.get(1, 1), parts.get(4) or parts.get(5) or parts.get(6) or b""
    if kind == 7:
        text = parts.get(8, b"")
        if isinstance(text, bytes):
            events.texts[tag] = text.decode("utf-8", "replace")[:100_000]
        return
    code = _SCALAR_KINDS.get(kind if isinstance(kind, int) else 0)
    if code and isinstance(raw, bytes) and len(raw) == struct.calcsize(code):
        events.scalars.append(Scalar(tag, step, time, float(struct.unpack(code, raw)[0])))


def _hparams(content: bytes) -> dict[str, object]:
    """HParamsPluginData field 3 (session_start_info), its field 1: map<string, google.protobuf.Value>."""
    found: dict[str, object] = {}
    for number, session in _fields(content):
        if number != 3 or not isinstance(session, bytes):
            continue
        for inner, entry in _fields(session):
            if inner == 1 and isinstance(entry, bytes):
                pair = dict(_fields(entry))
                key, value = pair.get(1, b""), pair.get(2, b"")
                if isinstance(key, bytes) and isinstance(value, bytes):
                    found[key.decode("utf-8", "replace")] = _value(value)
    return found


def _value(data: bytes) -> object:
    for number, value in _fields(data):
        if number == 2 and isinstance(value, bytes):
            return struct.unpack("<d", value)[0]
        if number == 3 and isinstance(value, bytes):
            return value.decode("utf-8", "replace")
        if number == 4:
            return bool(value)
    return None
