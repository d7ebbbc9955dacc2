"""TensorBoard event files: scalars, tensors and hyperparameters, read without TensorBoard.

Framing is TFRecord (length, masked CRC-32C of the length, data, masked CRC-32C of the data); data is an ``Event``
message. Source: TensorFlow's `core/util/event.proto` and `core/framework/summary.proto`, TensorBoard's hparams plugin.
"""

from __future__ import annotations

import mmap
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from artifactpack.patterns import late

CHECKED_BYTES = 1 << 18  # data checksums are verified in this many first bytes: pure Python does 12 MB a second
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
    """Read the event file at *path* without holding it in memory; a torn or damaged end only clears ``complete``."""
    events = Events()
    with path.open("rb") as stream:
        if path.stat().st_size == 0:
            events.complete = False
            return events
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
            _records(data, events)
    return events


def _records(data: mmap.mmap, events: Events) -> None:
    """Take every record; lengths repeat, so the checksum of each is worked out once."""
    at, end = 0, len(data)
    lengths: dict[bytes, int] = {}
    tags: dict[bytes, str] = {}
    keep = events.scalars.append
    while at < end:
        header = data[at : at + 12]
        if header not in lengths:
            lengths[header] = _length(header)
        length = lengths[header]
        start, at = at + 12, at + 16 + length
        if length < 0 or at > end:
            events.complete = False
            return
        record = data[start : start + length]
        if start < CHECKED_BYTES and masked_crc32c(record) != _CHECKSUM.unpack_from(data, start + length)[0]:
            events.complete = False
            return
        scalar = _plain_scalar(record, tags)
        if scalar is None:
            _event(record, events)
        else:
            keep(scalar)


def _length(header: bytes) -> int:
    """The length a record's header announces, -1 where its checksum is wrong or it cannot be meant."""
    if len(header) < 12:
        return -1
    length, checksum = _HEADER.unpack(header)
    return length if length <= LARGEST_RECORD and masked_crc32c(header[:8]) == checksum else -1


def _plain_scalar(record: bytes, tags: dict[bytes, str]) -> Scalar | None:
    """The value of an event that is exactly (time, step, one simple_value); None for anything else.

    Nearly every record of a log has this form; reading it field by field would cost ten times as much.
    """
    match = _PLAIN.match(record)
    if match is None:
        return None
    time, steps, size = match.groups()
    start, stop = match.end(), match.end() + size[0]
    if size[0] > 127 or len(record) != stop + 5 or record[stop] != 0x15:
        return None
    name = record[start:stop]
    tag = tags.get(name)
    if tag is None:
        tag = tags[name] = name.decode("utf-8", "replace")
    step = 0
    if steps:
        for byte in reversed(steps):
            step = step << 7 | byte & 0x7F
    return Scalar(tag, step, _DOUBLE.unpack(time)[0], _FLOAT.unpack_from(record, stop + 1)[0])


_HEADER, _CHECKSUM, _DOUBLE, _FLOAT = map(struct.Struct, ("<QI", "<I", "<d", "<f"))
_PLAIN = late(rb"\x09(.{8})(?:\x10([\x80-\xff]{0,8}[\x00-\x7f]))?\x2a[\x00-\x7f]\x0a[\x00-\x7f]\x0a(.)", re.DOTALL)
"""Event {1: double time, 2: varint step, 5: Summary {1: Value {1: tag …}}} with all lengths in one byte."""


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
