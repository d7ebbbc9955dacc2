"""What following a program finds: seeds, draws, settings, functions, and where it trains."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from artifactpack.project.values import Value

if TYPE_CHECKING:
    from artifactpack.project.chance import Seeds
    from artifactpack.project.graph import Entry


class Told(NamedTuple):
    """What a call (its name resolved) says whoever gets to it: what it seeds, with the atoms of the value, the library
    it draws from, whether it makes an object that fits when told to."""

    name: str
    last: str
    seeding: tuple[Seeds, tuple[str, ...] | None] | None
    draws: str
    trainer: bool


class Seeding(NamedTuple):
    """A seeding call that a program reaches; ``off`` names the option that keeps it from happening by default,
    ``mode`` says that under this option something is drawn or trained besides."""

    libraries: tuple[str, ...]
    scope: str
    call: str
    value: Value | None
    path: str
    line: int
    function: str
    order: int
    off: str = ""
    mode: bool = False


class Draw(NamedTuple):
    """A call that draws from a library's global generator; ``late`` where its place in the order is not known."""

    library: str
    call: str
    path: str
    line: int
    order: int
    late: bool


class Set(NamedTuple):
    """An attribute or environment variable that a program sets, or a call of a determinism switch."""

    name: str
    value: Value | None
    path: str
    line: int
    off: str = ""


class Program(NamedTuple):
    """What one entry point reaches."""

    entry: Entry
    seedings: tuple[Seeding, ...]
    draws: tuple[Draw, ...]
    settings: tuple[Set, ...]
    functions: frozenset[tuple[str, str]]
    trains: tuple[str, int] | None
    complete: bool

    @property
    def libraries(self) -> dict[str, Draw]:
        """The libraries drawn from, with the first draw of each: of those whose place in the order is known, if any."""
        first: dict[str, Draw] = {}
        for draw in self.draws:
            if draw.library not in first or (first[draw.library].late and not draw.late):
                first[draw.library] = draw
        return first
