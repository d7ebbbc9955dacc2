"""The two records that fill a `.wandb` log, taken many at a time: rows of numbers, and summaries that only repeat them.

Record {1: number, 2: History {1: Item … , 2: Step {1: number}}, 3: Summary {1: Item …}} with Item {1: key or 2: nested
keys, 16: JSON}. Whatever does not look exactly like one of the two is handed back, to be read field by field.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import compress, islice
from operator import itemgetter

from artifactpack.systems import wire

Points = dict[str, list[tuple[float, float]]]
INTERNAL = ("_step", "_runtime", "_timestamp", "_wandb")
_HISTORY, _SUMMARY, _VALUE = b"\x12", b"\x1a", b"\x82\x01"
_KEY = rb"\x0a.([\x0a\x12].[ -~]+(?:\x12.[ -~]+)?)\x82\x01"
_KEYS = re.compile(_KEY, re.DOTALL)
_PAIRS = re.compile(_KEY + rb".([-+.eE\d]+)", re.DOTALL)
_IS_HISTORY, _IS_SUMMARY, _IS_OTHER = (
    bytes(test(bytes((byte,))) for byte in range(256))
    for test in (_HISTORY.__eq__, _SUMMARY.__eq__, lambda tag: tag not in (_HISTORY, _SUMMARY))
)


@lru_cache(maxsize=4096)
def internal(name: str) -> bool:
    """Whether *name* is wandb's own bookkeeping."""
    return re.split(r"[/.]", name, maxsplit=1)[0] in INTERNAL


class Rows:
    """Takes what it can of each batch of records into ``points``."""

    def __init__(self, points: Points) -> None:
        self.points = points

    def take(self, records: list[bytes]) -> list[bytes]:
        """The records left over, which need the careful way."""
        found = _field_tags(records)
        if found is None:
            return records
        start, tags = found
        left = list(compress(records, tags.translate(_IS_OTHER)))
        summaries = list(compress(records, tags.translate(_IS_SUMMARY)))
        if not self._all_repeated(summaries):
            left += summaries
        alike: dict[int, list[bytes]] = {}
        for record in compress(records, tags.translate(_IS_HISTORY)):
            alike.setdefault(record.count(_VALUE, start + 3), []).append(record)
        for width, rows in alike.items():
            if not self._rows(rows, width):
                left += rows
        return left

    def _rows(self, records: list[bytes], width: int) -> bool:
        """Take rows that hold *width* numbers each."""
        pairs = _PAIRS.findall(b"".join(records))
        if not width or len(pairs) != width * len(records):
            return False  # something in them is no number
        rows = list(map(dict, zip(*[iter(pairs)] * width, strict=True)))
        tokens = rows[0].keys()
        names = set(map(_name, tokens))
        if len(names) != width or "_step" not in names or None in names or any(row.keys() != tokens for row in rows):
            return False
        try:
            columns = {
                name: list(map(float, map(itemgetter(token), rows)))
                for token in tokens
                if (name := _name(token)) and (name == "_step" or not internal(name))
            }
        except ValueError:
            return False
        steps = columns.pop("_step")
        for name, values in columns.items():
            self.points.setdefault(name, []).extend(zip(steps, values, strict=True))
        return True

    def _all_repeated(self, summaries: list[bytes]) -> bool:
        """Whether *summaries* name only metrics whose rows are here anyway."""
        joined = b"".join(summaries)
        keys = _KEYS.findall(joined)
        if len(keys) != joined.count(_VALUE) - joined.count(_SUMMARY + _VALUE):
            return False  # the second are summaries of 130 bytes
        return all(map(self._repeated, set(keys)))

    def _repeated(self, token: bytes) -> bool:
        name = _name(token)
        return name is not None and (name in self.points or internal(name))


def _field_tags(records: list[bytes]) -> tuple[int, bytes] | None:
    """Where the field after the record number starts, the same in all *records*, and its first byte in each."""
    end = next((place for place, byte in enumerate(records[0][1:11], 1) if byte < 0x80), 0) if records else 0
    columns = [bytes(column) for column in islice(zip(*records, strict=False), end + 2)]
    if not end or len(columns) < end + 2 or columns[0].strip(b"\x08") or not columns[end].isascii():
        return None
    if any(min(column) < 0x80 for column in columns[1:end]):
        return None
    return end + 1, columns[end + 1]


@lru_cache(maxsize=4096)
def _name(token: bytes) -> str | None:
    """The name that the fields of *token* spell, None where their lengths disagree with what stands there."""
    try:
        parts = [(field, value) for field, _, value in wire.fields(token)]
    except wire.Torn:
        return None
    names = [value.decode("ascii") for field, value in parts if isinstance(value, bytes)]
    if len({field for field, _ in parts}) != 1 or len(names) != len(parts) or (parts[0][0] == 1 and len(names) > 1):
        return None
    return ".".join(names)
