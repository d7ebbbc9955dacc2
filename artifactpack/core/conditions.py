"""One condition held against one fact: three-valued, with the words and sources to show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from artifactpack.models.checklist import Condition
from artifactpack.models.fact import Fact, Finding, Source
from artifactpack.models.records import Json

NOTES = 200  # characters of notes that a sentence still carries
SHOWN = 12  # sources a reader can still follow


@dataclass(frozen=True)
class Seen:
    """A condition as found: ``holds`` is None where nobody could tell."""

    fact: str
    holds: bool | None
    value: Json
    status: str
    wants: str
    words: str
    sources: tuple[Source, ...] = ()
    note: str = ""
    ignored: bool = False
    declared_only: bool = False


def look(condition: Condition, findings: Mapping[str, Finding], ignore: Mapping[str, str]) -> Seen:
    """Hold *condition* against *findings*; a fact that *ignore* names does not vote."""
    fact = get_fact(condition.fact, findings)
    holds = _holds(condition, fact)
    notes, sources = _told(condition.fact, fact, findings)
    return Seen(
        fact=condition.fact,
        holds=holds,
        value=fact.value,
        status=fact.status,
        wants=wants(condition),
        words=_words(condition.fact, fact, notes),
        sources=sources,
        note=notes,
        ignored=condition.fact in ignore,
        declared_only=fact.decided_by == "author" and not condition.declared,
    )


def get_fact(name: str, findings: Mapping[str, Finding]) -> Fact:
    """The fact of that full name (``seeds.set``); unknown, with the reason, where no probe reported it."""
    probe, _, short = name.partition(".")
    finding = findings.get(probe)
    if finding is None:
        return Fact(reason=f"the probe '{probe}' did not run")
    return finding.facts.get(short) or Fact(reason="; ".join(finding.not_verified) or "not reported")


def wants(condition: Condition) -> str:
    """What *condition* asks, in words."""
    if condition.is_ is not None:
        return "true" if condition.is_ else "false"
    if condition.equals is not None:
        return f"equal to {condition.equals}"
    if condition.at_least is not None:
        return f"at least {condition.at_least:g}"
    if condition.at_most is not None:
        return f"at most {condition.at_most:g}"
    if condition.one_of:
        return "one of " + ", ".join(map(str, condition.one_of))
    if condition.empty is not None:
        return "empty" if condition.empty else "not empty"
    return "known" if condition.known else "not known"


def _holds(condition: Condition, fact: Fact) -> bool | None:
    if condition.known is not None:
        return None if fact.status == "unknown" else (fact.status == "known") is condition.known
    if fact.status == "unknown":
        return None
    value = None if fact.status == "absent" else fact.value
    if condition.is_ is not None:
        return _truth(value) is condition.is_
    if condition.empty is not None:
        return (not _size(value)) is condition.empty
    if condition.at_least is not None:
        return _compared(value, condition.at_least, lambda a, b: a >= b)
    if condition.at_most is not None:
        return None if fact.status == "absent" else _compared(value, condition.at_most, lambda a, b: a <= b)
    if condition.one_of:
        return value in condition.one_of
    return bool(value == condition.equals)


def _truth(value: Json) -> bool:
    return bool(value)


def _size(value: Json) -> float:
    """Absent is empty; a list or text counts by length, a number by itself."""
    if value is None:
        return 0
    if isinstance(value, (bool, int, float)):
        return float(value)
    return len(value) if hasattr(value, "__len__") else 1


def _compared(value: Json, bound: float, test: Callable[[float, float], bool]) -> bool | None:
    if isinstance(value, str):
        return None
    return test(_size(value), bound)


def _told(name: str, fact: Fact, findings: Mapping[str, Finding]) -> tuple[str, tuple[Source, ...]]:
    """Notes and sources of the sightings that decided, and of the defects that point at this fact."""
    deciding = [o for o in fact.observations if fact.decided_by in (None, o.known)] or list(fact.observations)
    finding = findings.get(name.partition(".")[0])
    defects = [d for d in finding.defects if _points_at(d.fact, name)] if finding else []
    notes = [o.note for o in deciding if o.note] + [d.message for d in defects]
    if fact.decided_by == "author":
        notes.append("declared by the author, not observed")
    sources = [s for d in defects for s in d.sources] + [s for o in deciding for s in o.sources]
    return "; ".join(dict.fromkeys(notes)), tuple(dict.fromkeys(sources))[:SHOWN]


def _points_at(said: str, name: str) -> bool:
    return said in (name, name.partition(".")[2])


def _words(name: str, fact: Fact, notes: str) -> str:
    if fact.status == "unknown":
        return f"{name} is unknown" + (f" ({fact.reason})" if fact.reason else "")
    if fact.status == "absent":
        return f"{name}: {fact.reason or 'looked, not there'}"
    told = f" ({notes})" if notes and fact.value is False and len(notes) <= NOTES else ""
    return f"{name} is {_short(fact.value)}{told}"


def _short(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        shown = ", ".join(_short(v) for v in value[:3])
        return f"[{shown}{', …' if len(value) > 3 else ''}]"
    text = str(value)
    return text if len(text) <= 80 else text[:79] + "…"
