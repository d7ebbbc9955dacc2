"""Justifications from facts: one sentence a line of the item's template, printed only where its facts are known."""

from __future__ import annotations

from collections.abc import Mapping

from artifactpack.core.conditions import get_fact
from artifactpack.models.fact import Fact, Finding, Source
from artifactpack.models.records import Json
from artifactpack.patterns import late

_HOLE = late(r"\{([a-z_]+\.[a-z_]+)(?::([a-z]+))?\}")
_BY = {
    "run": "the recorded runs",
    "author-run": "the records that came with the project",
    "author": "artifactpack.toml",
}
LISTED = 12  # assets named before "and n more"
NAMED = 3  # places named before "and n more"


def justify(template: str, findings: Mapping[str, Finding]) -> str:
    """Fill *template* from *findings*; a line with a fact that is unknown, absent or empty is left out."""
    lines = (_line(line, findings) for line in template.splitlines() if line.strip())
    return " ".join(line for line in lines if line)


def _line(line: str, findings: Mapping[str, Finding]) -> str:
    filled = {}
    for match in _HOLE.finditer(line):
        text = _shown(get_fact(match.group(1), findings), match.group(2) or "plain")
        if not text:
            return ""
        filled[match.group()] = text
    for hole, text in filled.items():
        line = line.replace(hole, text)
    return line.strip()


def _shown(fact: Fact, form: str) -> str:
    if fact.status != "known" or fact.value in (None, False, "", 0) or fact.value == []:
        return ""
    if form == "where":
        return where(_sources(fact)) or _BY.get(fact.decided_by or "", "")
    if form == "assets":
        return _assets(fact.value)
    if form == "duration":
        return duration(fact.value) if isinstance(fact.value, (int, float)) else ""
    if form == "bytes":
        return size(fact.value) if isinstance(fact.value, (int, float)) else ""
    return _listed(fact.value)


def _sources(fact: Fact) -> tuple[Source, ...]:
    """Places of the deciding sightings first: what a reader should look at."""
    decided = [o for o in fact.observations if o.known == fact.decided_by]
    other = [o for o in fact.observations if o.known != fact.decided_by]
    return tuple(s for o in decided + other for s in o.sources)


def where(sources: tuple[Source, ...]) -> str:
    """``Section 4.2 (sec:setup)``, ``README.md (lines 12 and 16)``, ``run train-0 and 4 more``; "" for no place."""
    lines: dict[str, list[int]] = {}
    sections = list(dict.fromkeys(s.field for s in sources if s.field and _in_paper(s)))
    for source in sources:
        if source.path and not (source.field and _in_paper(source)):
            found = lines.setdefault(source.path, [])
            found += [source.line] if source.line and source.line not in found else []
    files = [_file(path, sorted(numbers)) for path, numbers in lines.items()]
    runs = list(dict.fromkeys(s.run for s in sources if s.run))
    systems = list(dict.fromkeys(s.system for s in sources if s.system))
    parts = [_some(sections), _some(files), f"run {_some(runs)}" if runs else "", _some(systems)]
    return "; ".join(p for p in parts if p)


def _in_paper(source: Source) -> bool:
    """A place in the paper's LaTeX: its readers know sections, not lines."""
    return (source.path or "").endswith(".tex")


def _file(path: str, lines: list[int]) -> str:
    if not lines:
        return path
    if len(lines) == 1:
        return f"{path} (line {lines[0]})"
    shown = ", ".join(map(str, lines[:NAMED]))
    return f"{path} (lines {shown}{', …' if len(lines) > NAMED else ''})"


def _assets(value: Json) -> str:
    """``torch 2.13.0 (BSD-3-Clause), digits 1 (CC-BY-4.0)``: what a licence item asks for."""
    rows = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
    told = [
        f"{row.get('name', '')} {row.get('version', '')} ({row.get('license') or 'licence unknown'})" for row in rows
    ]
    shown = ", ".join(" ".join(t.split()) for t in told[:LISTED])
    return f"{shown} and {len(told) - LISTED} more" if len(told) > LISTED else shown


def _some(names: list[str]) -> str:
    if len(names) <= NAMED:
        return ", ".join(names)
    return f"{', '.join(names[:NAMED])} and {len(names) - NAMED} more"


def duration(seconds: float) -> str:
    """``42 s``, ``3.5 min``, ``2.1 h``."""
    if seconds < 120:
        return f"{seconds:.3g} s"
    if seconds < 7200:
        return f"{seconds / 60:.3g} min"
    return f"{seconds / 3600:,.1f} h"


def size(count: float) -> str:
    """Bytes as ``812 kB``, ``1.3 GB`` (powers of ten)."""
    for unit, factor in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= factor:
            return f"{count / factor:.3g} {unit}"
    return f"{count:.0f} B"


def _listed(value: Json) -> str:
    if isinstance(value, bool):
        return "yes"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, (list, tuple)):
        return _some([str(v.get("name", v)) if isinstance(v, dict) else str(v) for v in value])
    if isinstance(value, dict):
        return _some([f"{k}: {v}" for k, v in value.items()])
    return str(value)
