"""How observations become a fact: what happened beats what is written, and what is written beats what is said."""

from __future__ import annotations

from artifactpack.core.credentials import without_password
from artifactpack.models.fact import Fact, Known, Observation, Source
from artifactpack.models.records import Json

TRUST: tuple[Known, ...] = ("run", "system", "author-run", "static", "author")
_TEXT_LIMIT = 160


def at(path: str, line: int | None = None, text: str | None = None) -> Source:
    """A place in the project; *line* is 1-based, *text* what stands there (cut to 160 characters, without a
    password in an address)."""
    return Source(
        path=path, line=line or None, text=None if text is None else without_password(text.strip())[:_TEXT_LIMIT]
    )


def seen(kind: Known, value: Json, *sources: Source, note: str = "") -> Observation:
    """One sighting of *value*, known in the way *kind* says."""
    return Observation(known=kind, value=value, sources=sources, note=note)


def known(*observations: Observation) -> Fact:
    """The fact that *observations* make: the first of the most trusted kind decides; all are kept."""
    if not observations:
        raise ValueError("a known fact needs an observation")
    decisive = min(observations, key=lambda o: TRUST.index(o.known))
    return Fact(value=decisive.value, status="known", decided_by=decisive.known, observations=observations)


def absent(reason: str, *observations: Observation) -> Fact:
    """We looked, and it is not there; *reason* says where we looked."""
    decided: Known = min((o.known for o in observations), key=TRUST.index, default="static")
    return Fact(value=False, status="absent", decided_by=decided, observations=observations, reason=reason)


def unknown(reason: str, *observations: Observation) -> Fact:
    """Nobody could tell; *reason* says why."""
    return Fact(value=None, status="unknown", observations=observations, reason=reason)
