"""What long work says while it runs; the CLI draws it, everything else stays silent."""

from __future__ import annotations

from collections.abc import Callable

from artifactpack.models.records import record


@record
class Event:
    """``stage`` is the verb's step (``seed 3``, ``packing``); ``done``/``total`` share a unit; ``state`` is a word."""

    stage: str
    text: str = ""
    done: float | None = None
    total: float | None = None
    state: str = "running"


Notify = Callable[[Event], None]


def silent(event: Event) -> None:
    """A :data:`Notify` that says nothing."""
