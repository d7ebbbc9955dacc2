"""The two records that fill a `.wandb` log, taken many at a time: rows of numbers, and summaries that only repeat them.

Record {1: number, 2: History {1: Item … , 2: Step {1: number}}, 3: Summary {1: Item …}} with Item {1: key or 2: nested
keys, 16: JSON}. One pattern takes both, once careful reading has met their keys; whatever does not look exactly so is
handed back, to be read field by field.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice

from artifactpack.patterns import late
from artifactpack.systems import wire

Points = dict[str, list[tuple[float, float]]]
INTERNAL = ("_step", "_runtime", "_timestamp", "_wandb")
LEARNINGS = 20  # a pattern is compiled at most so often a log
_KEYS = late(rb"\x0a.([\x0a\x12].[ -~]+(?:\x12.[ -~]+)?)\x82\x01", re.DOTALL)
_INTEGER = rb"[\x80-\xff]*+[\x00-\x7f]"
_VALUE, _NUMBER = b"\x82\x01", rb".[-+.eE0-9]++"


@lru_cache(maxsize=4096)
def internal(name: str) -> bool:
    """Whether *name* is wandb's own bookkeeping."""
    return re.split(r"[/.]", name, maxsplit=1)[0] in INTERNAL


class Rows:
    """Takes what it can of each batch of records into ``points``."""

    def __init__(self, points: Points) -> None:
        self.points = points
        self._seen: set[bytes] = set()
        self._tokens: dict[bytes, str] = {}
        self._names: list[str] = []
        self._pattern: re.Pattern[bytes] | None = None
        self._left = LEARNINGS

    def take(self, records: list[bytes]) -> list[bytes]:
        """The records left over, which need the careful way."""
        self._learn()
        if self._pattern is None:
            return self._remember(records)
        joined = b"".join(records)
        found = self._pattern.findall(joined)
        if sum(len(row[0]) for row in found) == len(joined) and self._add([row for row in found if row[1]]):
            return []
        return self._one_by_one(records, self._pattern)

    def _one_by_one(self, records: list[bytes], pattern: re.Pattern[bytes]) -> list[bytes]:
        left = []
        for record in records:
            match = pattern.fullmatch(record)
            if match is None or (match[2] and not self._add([match.groups(b"")])):
                left.append(record)
        return self._remember(left)

    def _add(self, rows: list[tuple[bytes, ...]]) -> bool:
        """Take *rows*, all or none: what each holds of every column, nothing where it lacks one."""
        if not rows:
            return True
        columns = dict(zip(self._names, islice(zip(*rows, strict=True), 2, None), strict=True))
        try:
            steps = list(map(float, columns.pop("_step")))
            new = {name: _points(steps, column) for name, column in columns.items()}
        except ValueError:
            return False
        for name, points in new.items():
            self.points[name] += points
        return True

    def _remember(self, records: list[bytes]) -> list[bytes]:
        """The same *records*; by the next batch their keys are known."""
        self._seen.update(_KEYS.findall(b"".join(records)))
        return records

    def _learn(self) -> None:
        """Compile the pattern anew where the rows read meanwhile brought new columns."""
        names = {token: name for token in self._seen - self._tokens.keys() if (name := _name(token)) and self._is(name)}
        self._seen = set()
        if names and self._left:
            self._left -= 1
            self._tokens.update(names)
            self._pattern, self._names = _pattern(self._tokens)

    def _is(self, name: str) -> bool:
        return name in self.points or internal(name)


def _points(steps: list[float], column: tuple[bytes, ...]) -> list[tuple[float, float]]:
    """The points of one column; rows that lack it have none."""
    if b"" in column:
        return [(step, float(text)) for step, text in zip(steps, column, strict=True) if text]
    return list(zip(steps, map(float, column), strict=False))


def _pattern(tokens: dict[bytes, str]) -> tuple[re.Pattern[bytes] | None, list[str]]:
    """What matches summaries of *tokens* and the row after them, if any.

    Groups: all of it, the row's tag, and its columns, the step among them, in the order of the names.
    """
    columns = {token: name for token, name in tokens.items() if not internal(name)}
    steps = [token for token, name in tokens.items() if name == "_step"]
    if len(steps) != 1 or len(set(columns.values())) != len(columns):
        return None, []
    groups = {token: f"g{place}".encode() for place, token in enumerate((*steps, *columns))}
    values = {token: rb".(?P<" + groups[token] + rb">[-+.eE0-9]++)" for token in groups}
    summary = rb"(?:\x0a." + _one_of({token + _VALUE: _NUMBER for token in tokens}) + rb")++"
    row = rb"(?:\x0a." + _one_of({token + _VALUE: values.get(token, _NUMBER) for token in tokens}) + rb")++"
    step = rb"(?:\x12.(?:\x08" + _INTEGER + rb")?)?"
    start = rb"\x08" + _INTEGER
    summaries = rb"(?:" + start + rb"\x1a" + _INTEGER + summary + rb")*+"
    kinds = rb"(?:" + start + rb"(\x12)" + _INTEGER + row + step + rb"|\Z)"
    found = re.compile(rb"(" + summaries + kinds + rb")", re.DOTALL)
    names = {found.groupindex[groups[token].decode()]: name for token, name in tokens.items() if token in groups}
    return found, [name for _, name in sorted(names.items())]


def _one_of(items: dict[bytes, bytes], depth: int = 4) -> bytes:
    """A pattern for any key of *items* and what follows it, which forks at the first *depth* bytes."""
    if len(items) == 1 or not depth:
        return rb"(?:" + b"|".join(re.escape(key) + after for key, after in items.items()) + rb")"
    forks: dict[bytes, dict[bytes, bytes]] = {}
    for key, after in items.items():
        forks.setdefault(key[:1], {})[key[1:]] = after
    return rb"(?:" + b"|".join(re.escape(byte) + _one_of(fork, depth - 1) for byte, fork in forks.items()) + rb")"


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
