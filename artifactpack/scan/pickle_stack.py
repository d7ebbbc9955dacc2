"""The stack, marks and memo of a pickle's virtual machine, over symbols: what only holds values and runs nothing."""

from __future__ import annotations

from typing import Any

from artifactpack.models.weights import Safety
from artifactpack.scan import allowed
from artifactpack.scan.opcodes import MalformedError
from artifactpack.scan.symbols import Call, Mapping_, Unordered

MOST_MEMO = 1_000_000
DEEPEST_STACK = 100_000
MOST_REASONS = 20
_TOUGH = {"unsafe": 2, "unknown": 1, "safe": 0}


def worst(*verdicts: Safety) -> Safety:
    """The most worrying of *verdicts*; "safe" for none."""
    return max(verdicts, key=_TOUGH.__getitem__, default="safe")


class Stack:
    """Values by their place, and what was found so far; one method per group of opcodes that build containers."""

    def __init__(self, torch: bool) -> None:
        self.torch = torch
        self.stack: list[Any] = []
        self.marks: list[list[Any]] = []
        self.memo: dict[int, Any] = {}
        self.reasons: list[str] = []
        self.safety: Safety = "safe"

    def say(self, safety: Safety, reason: str) -> None:
        self.safety = worst(self.safety, safety)
        if reason not in self.reasons and len(self.reasons) < MOST_REASONS:
            self.reasons.append(reason)

    def push(self, value: Any, position: int = 0) -> None:
        self.stack.append(value)

    def mark(self, value: Any, position: int) -> None:
        self.marks.append(self.stack)
        self.stack = []

    def since_mark(self) -> list[Any]:
        items, self.stack = self.stack, self.marks.pop()
        return items

    def pop(self, value: Any, position: int) -> None:
        if self.stack:
            self.stack.pop()
        else:
            self.since_mark()

    def pop_mark(self, value: Any, position: int) -> None:
        self.since_mark()

    def put(self, value: Any, position: int) -> None:
        key = len(self.memo) if value is None else value
        if len(self.memo) >= MOST_MEMO or key < 0:
            raise MalformedError("remembers more than weights need")
        self.memo[key] = self.stack[-1]

    def get(self, value: int, position: int) -> None:
        self.stack.append(self.memo[value])

    # --- containers

    def append(self, value: Any, position: int) -> None:
        item = self.stack.pop()
        self.extend([item], position)

    def appends(self, value: Any, position: int) -> None:
        self.extend(self.since_mark(), position)

    def extend(self, items: list[Any], position: int) -> None:
        target = self.stack[-1]
        if isinstance(target, list):
            target.extend(items)
        else:
            self.say("unknown", f"appends to something that is not a list (byte {position})")

    def set_items(self, flat: list[Any], position: int) -> None:
        if len(flat) % 2:
            raise MalformedError(f"has a key without a value at byte {position}")
        target, pairs = self.stack[-1], list(zip(flat[::2], flat[1::2], strict=True))
        if isinstance(target, Mapping_):
            target.pairs.extend(pairs)
        elif isinstance(target, Call) and target.name in allowed.SETTABLE:
            target.items.extend(pairs)
        else:
            self.say("unknown", f"sets items of something that is not a dict (byte {position})")

    def set_item(self, value: Any, position: int) -> None:
        item, key = self.stack.pop(), self.stack.pop()
        self.set_items([key, item], position)

    def add_items(self, value: Any, position: int) -> None:
        items = self.since_mark()
        target = self.stack[-1]
        if isinstance(target, Unordered):
            target.members.extend(items)
        else:
            self.say("unknown", f"adds to something that is not a set (byte {position})")

    def dict_(self, value: Any, position: int) -> None:
        flat = self.since_mark()
        self.stack.append(Mapping_())
        self.set_items(flat, position)

    def tuple_of(self, count: int) -> None:
        items = [self.stack.pop() for _ in range(count)]
        self.stack.append(tuple(reversed(items)))
