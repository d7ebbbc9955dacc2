"""What one source file says, in a compact form that costs little to keep: the visitor writes it, probes read it.

A *name* is a dotted path as written (``np.random.seed``, ``self.seed``, ``torch.Generator().manual_seed``);
``resolve`` turns its head into what was imported. A *value* is a tuple of atoms in reading order: ``=42`` a JSON
constant, ``$args.seed`` something read, ``!time.time`` something called. A *condition* is a nested list:
``["v", atoms]``, ``["not", c]``, ``["and"|"or", c, …]``, ``["cmp", op, atoms, atoms]`` or ``["main"]``.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

Atoms = tuple[str, ...]
Condition = list[Any]


class Event(NamedTuple):
    """One thing that a scope does, in order.

    ``kind``: ``c`` call, ``s`` attribute or item set, ``v`` name set, ``l`` loop variable, ``r`` a function handed to
    what calls it, ``k`` one handed to what may keep it for later. ``args`` by position (``"0"``) or keyword; None where
    they did not matter.
    """

    line: int
    kind: str
    name: str
    args: dict[str, Atoms] | None
    guard: int


class Scope(NamedTuple):
    """A module (``m``), function (``f``) or class (``c``) body; ``name`` is dotted, "" for the module."""

    name: str
    kind: str
    line: int
    end: int
    params: tuple[tuple[str, Atoms | None], ...]
    decorators: tuple[str, ...]
    bases: tuple[str, ...]
    events: tuple[Event, ...]


class Option(NamedTuple):
    """A setting that the user can give: ``dest`` as code reads it, ``default`` None where none is given."""

    maker: str
    dest: str
    flag: str
    default: Atoms | None
    line: int
    action: str


class FileRecord:
    """Everything the index keeps of one file; ``dialect`` is ``3``, ``2`` (mended to be read) or ``broken``."""

    def __init__(self, path: str, data: dict[str, Any]) -> None:
        self.path = path
        self.data = data

    @property
    def dialect(self) -> str:
        """``3``, ``2``, ``broken``, or ``unread`` where nothing could be told."""
        return str(self.data.get("d", "unread"))

    @property
    def note(self) -> str:
        """Why the file could not be read as Python 3, or ""."""
        return str(self.data.get("n", ""))

    @cached_property
    def imports(self) -> dict[str, tuple[str, int]]:
        """Local name → (dotted target, line); relative targets begin with dots; ``*`` names are in ``stars``."""
        return {a: (t, n) for a, t, n in self.data.get("i", ())}

    @cached_property
    def modules(self) -> tuple[tuple[str, int], ...]:
        """Every imported module or name with its line, also those under one alias."""
        return tuple((t, n) for _, t, n in self.data.get("i", ())) + self.stars

    @cached_property
    def stars(self) -> tuple[tuple[str, int], ...]:
        """Modules of ``from m import *``."""
        return tuple((t, n) for t, n in self.data.get("t", ()))

    @cached_property
    def scopes(self) -> dict[str, Scope]:
        """By dotted name; a name defined twice keeps its last definition."""
        return {s[0]: _scope(s) for s in self.data.get("s", ())}

    @cached_property
    def guards(self) -> list[Condition]:
        """Conditions by number; each entry is the list of conditions that must all hold."""
        return list(self.data.get("g", ()))

    @cached_property
    def options(self) -> tuple[Option, ...]:
        """Command-line options and configuration fields that this file declares."""
        return tuple(
            Option(o[0], o[1], o[2], None if o[3] is None else tuple(o[3]), o[4], o[5]) for o in self.data.get("o", ())
        )

    @cached_property
    def reads(self) -> frozenset[str]:
        """Attribute names and string keys that this file reads."""
        return frozenset(self.data.get("r", "").split("\n"))

    @cached_property
    def strings(self) -> tuple[tuple[int, str], ...]:
        """URLs and path-like string constants with their lines; documentation strings are left out."""
        return tuple((n, s) for n, s in self.data.get("x", ()))

    @cached_property
    def numbers(self) -> tuple[tuple[int, str, str], ...]:
        """(line, name, literal) of names that look like hyperparameters and get a literal."""
        return tuple((n, k, v) for n, k, v in self.data.get("k", ()))

    @property
    def has_main(self) -> bool:
        """Whether the file has an ``if __name__ == "__main__"`` block."""
        return bool(self.data.get("m"))

    def resolve(self, name: str) -> str:
        """*name* with its head replaced by what was imported under it."""
        head, dot, rest = name.partition(".")
        found = self.imports.get(head)
        if found is None and head.endswith("()") and (called := self.imports.get(head[:-2])):
            return f"{called[0]}(){dot}{rest}"
        return name if found is None else f"{found[0]}{dot}{rest}"

    def calls(self) -> list[tuple[str, Event, Scope]]:
        """Every call of the file: resolved name, event, scope."""
        return self._calls

    @cached_property
    def _calls(self) -> list[tuple[str, Event, Scope]]:
        return [(self.resolve(e.name), e, s) for s in self.scopes.values() for e in s.events if e.kind == "c"]


def _scope(data: list[Any]) -> Scope:
    name, kind, line, end, params, decorators, bases, events = data
    return Scope(
        name,
        kind,
        line,
        end,
        tuple((p, None if v is None else tuple(v)) for p, v in params),
        tuple(decorators),
        tuple(bases),
        tuple(Event(*e) for e in events),
    )
