"""A tree that was looked into in part: what was not found there may stand in the rest."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from artifactpack.models.fact import Fact, Finding
from artifactpack.project import Project

_WHOLE = frozenset({"vcs", "claims_map", "systems", "archive_size", "machine"})
"""Probes that ask neither code nor documents."""
_OF_CODE = frozenset({"code", "seeds", "determinism", "hyperparameters", "splits", "logging", "parameters", "llm"})
"""Probes that ask the code, which is only read where it is Python."""
_SCRIPTED = {"R": "R", "r": "R", "jl": "Julia", "lua": "Lua", "m": "MATLAB"}
_COMPILED = {"cpp": "C++", "cc": "C++", "java": "Java", "scala": "Scala", "go": "Go", "rs": "Rust", "swift": "Swift"}
"""Beside Python, these are parts of its extensions."""
_RECORDED = frozenset({"recorded", "each_run", "tracked_runs"})
"""Facts that only runs decide."""
_NEED_ALL = frozenset({"seeds.dead_helper", "seeds.unread_option", "seeds.not_seeded"})
"""Defects that say of no place in the code that it calls, reads or seeds."""


def soften(project: Project, findings: dict[str, Finding]) -> dict[str, Finding]:
    """Turn *absent* into *unknown*, and drop what only a whole look could tell, where *project* was looked into in
    part; a project that was read whole keeps its findings as they are."""
    reason = next((s.reason for s in project.skipped if s.path == "."), None)
    if reason is None:
        foreign = _other_language(project)
        return {n: _unread(n, f, foreign) if foreign and n in _OF_CODE else f for n, f in findings.items()}
    return {name: finding if name in _WHOLE else _softened(name, finding, reason) for name, finding in findings.items()}


def _other_language(project: Project) -> str:
    """Why the code was not read, where most of it is in another language than Python; else ""."""
    copied = project.index.roles.is_vendored
    languages = _SCRIPTED if project.index.paths else _SCRIPTED | _COMPILED
    counted = Counter(languages[e] for f in project.files if (e := f.rpartition(".")[2]) in languages and not copied(f))
    if not counted or counted.most_common(1)[0][1] <= len(project.index.paths):
        return ""
    language, number = counted.most_common(1)[0]
    return f"most of the code is {language} ({number} files); only Python is followed"


def _unread(probe: str, finding: Finding, reason: str) -> Finding:
    facts = {n: _unsure(f, reason, "but ") if f.status == "absent" else f for n, f in finding.facts.items()}
    return replace(finding, facts=facts, not_verified=(*finding.not_verified, f"{probe}: {reason}"))


def _softened(probe: str, finding: Finding, reason: str) -> Finding:
    facts = {
        name: _unsure(fact, reason) if name not in _RECORDED and _by_absence(probe, fact) else fact
        for name, fact in finding.facts.items()
    }
    return replace(finding, facts=facts, defects=tuple(d for d in finding.defects if d.id not in _NEED_ALL))


def _by_absence(probe: str, fact: Fact) -> bool:
    """Whether nothing but a thing not found decides *fact*; a generator is unseeded only where nothing seeds it."""
    return fact.decided_by == "static" and (fact.status == "absent" or (probe == "seeds" and fact.value is False))


def _unsure(fact: Fact, reason: str, why: str = "but only a part was looked into: ") -> Fact:
    said = f"{fact.reason or 'not found'}, {why}{reason}"
    return replace(fact, value=None, status="unknown", decided_by=None, reason=said)
