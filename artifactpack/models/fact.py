"""Facts and the observations they are made of: what probes report."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from artifactpack.models.records import Json, record

Known = Literal["static", "run", "author-run", "system", "author"]
Status = Literal["known", "absent", "unknown"]


@record
class Source:
    """Where an observation comes from; ``line`` is 1-based, ``path`` is POSIX, relative to the project."""

    path: str | None = None
    line: int | None = None
    run: str | None = None
    field: str | None = None
    system: str | None = None
    text: str | None = None


@record
class Observation:
    """One sighting of a value and how it is known."""

    known: Known
    value: Json
    sources: tuple[Source, ...] = ()
    note: str = ""


@record
class Fact:
    """A named value: *known*, *absent* (looked, not there) or *unknown* (nobody could tell; ``reason`` says why)."""

    value: Json = None
    status: Status = "unknown"
    decided_by: Known | None = None
    observations: tuple[Observation, ...] = ()
    reason: str = ""


@record
class Defect:
    """Something wrong that can be pointed at: ``id`` is ``<probe>.<slug>``, ``fact`` the fact it decides."""

    id: str
    message: str
    fact: str
    sources: tuple[Source, ...] = ()
    fix: str = ""


@record
class Finding:
    """What one probe reports: facts by their short name (``set`` of ``seeds.set``), defects, things not looked at."""

    facts: dict[str, Fact] = field(default_factory=dict)
    defects: tuple[Defect, ...] = ()
    not_verified: tuple[str, ...] = ()
