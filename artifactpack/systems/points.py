"""Which runs keep all their points: a check needs the summaries only, so that memory holds one run's points."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Series = dict[str, tuple[tuple[float, float], ...]]
_WANTED: ContextVar[frozenset[str] | None] = ContextVar("_WANTED", default=None)


@contextmanager
def keeping(runs: frozenset[str] | None) -> Iterator[None]:
    """Inside, only the runs called *runs* keep their points; None: all do."""
    token = _WANTED.set(runs)
    try:
        yield
    finally:
        _WANTED.reset(token)


def kept(run: str, series: Series) -> Series:
    """*series* where the points of *run* are wanted, {} otherwise."""
    wanted = _WANTED.get()
    return series if wanted is None or run in wanted else {}
