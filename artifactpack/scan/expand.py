"""How large a symbolic value is when every shared part is counted as often as it is met."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from artifactpack.scan.symbols import Call, Mapping_, Unordered

DEEPEST = 500
LARGEST = 20_000_000


def children(value: Any) -> Iterable[Any]:
    """The parts of *value*, in order."""
    if isinstance(value, (list, tuple)):
        return value
    if isinstance(value, Mapping_):
        return (part for pair in value.pairs for part in pair)
    if isinstance(value, Unordered):
        return value.members
    if isinstance(value, Call):
        items = [part for pair in value.items for part in pair]
        return [value.function, value.arguments, *items, value.state]
    return ()


def fault(root: Any) -> str:
    """Why walking *root* would be harmful ("nested …", "that contains itself", "… in size"), or ""."""
    sizes: dict[int, int] = {}
    path: set[int] = set()
    todo: list[tuple[Any, bool]] = [(root, False)]
    while todo:
        value, done = todo.pop()
        if done:
            path.discard(id(value))
            sizes[id(value)] = 1 + sum(sizes.get(id(part), 1) for part in children(value))
            if sizes[id(value)] > LARGEST:
                return "far larger than its file, by sharing"
            continue
        if id(value) in path:
            return "that contains itself"
        if id(value) in sizes or not isinstance(value, (list, tuple, Mapping_, Unordered, Call)):
            continue
        path.add(id(value))
        if len(path) > DEEPEST:
            return f"nested more than {DEEPEST} levels deep"
        todo.append((value, True))
        todo.extend((part, False) for part in children(value))
    return ""
