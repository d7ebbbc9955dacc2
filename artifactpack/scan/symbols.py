"""What the pickle reader puts on its stack instead of objects."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Global:
    """A name that the pickle would import; ``full`` is dotted."""

    full: str


@dataclass(frozen=True, slots=True)
class Stored:
    """A torch storage by its key; ``count`` elements of ``dtype``."""

    key: str
    dtype: str
    count: int


@dataclass(slots=True, eq=False)
class Mapping_:  # noqa: N801 - 'Mapping' is taken
    """A dict: pairs in order, because keys may be anything."""

    pairs: list[tuple[Any, Any]] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Unordered:
    """A set or frozenset."""

    members: list[Any] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Call:
    """What calling ``function`` would give; ``items`` were set on it, ``state`` is what BUILD gave it."""

    function: Any
    arguments: Any
    items: list[tuple[Any, Any]] = field(default_factory=list)
    state: Any = None

    @property
    def name(self) -> str:
        """The function's dotted name, "" when computed."""
        return self.function.full if isinstance(self.function, Global) else ""
