"""Outside systems whose files the project holds: what each recorded, under its own name."""

from __future__ import annotations

from artifactpack.core.facts import absent, known, seen, unknown
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Fact, Finding, Source
from artifactpack.models.system import SystemReading, TrackedRun
from artifactpack.project import Project

NAME = "systems"
FACTS = {
    "used": "outside systems whose files were read: trackers, data versioning, environments, pipelines, configuration",
    "tracked_runs": "number of runs that they recorded and finished",
    "commits_known": "every commit that a tracked run claims is in the repository",
}
_PARTS = (("runs", "run"), ("data", "data version"), ("environments", "environment"), ("pipelines", "pipeline"))
_MOST = 5


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Report each system with what was read of it; whatever could not be read is not verified."""
    told = [s for s in systems if any(getattr(s, part) for part, _ in _PARTS)]
    tracked = [run for s in systems for run in s.runs]
    finished = sum(run.complete and run.state != "failed" for run in tracked)
    facts = {
        "used": known(*(seen("system", _names(told), *_sources(s), note=described(s)) for s in told))
        if told
        else absent("no file of a system that we read"),
        "tracked_runs": known(seen("system", finished)) if tracked else absent("no run that another system recorded"),
        "commits_known": _commits(tracked),
    }
    return Finding(facts=facts, not_verified=tuple(f"{s.system}: {w}" for s in systems for w in s.warnings[:_MOST]))


def _names(systems: list[SystemReading]) -> list[str]:
    return [s.system for s in systems]


def _sources(reading: SystemReading) -> list[Source]:
    return [Source(path=path, system=reading.system) for path in reading.sources[:_MOST]]


def described(reading: SystemReading) -> str:
    """``MLflow (schema …): 3 runs over 3 seeds, 1 data version``."""
    counts = [(len(getattr(reading, part)), word) for part, word in _PARTS]
    words = [f"{n} {word}{'' if n == 1 else 's'}" for n, word in counts if n]
    seeds = len({run.seed for run in reading.runs if run.seed is not None})
    if seeds:
        words[0] += f" over {seeds} seed{'' if seeds == 1 else 's'}"
    torn = sum(not run.complete for run in reading.runs)
    words += [f"{torn} not finished or torn"] if torn else []
    version = f" ({reading.version})" if reading.version else ""
    return f"{reading.system}{version}: {', '.join(words)}"


def _commits(tracked: list[TrackedRun]) -> Fact:
    claimed = [run for run in tracked if run.commit_known is not None]
    if not claimed:
        return unknown("no tracked run claims a commit that can be looked up")
    bad = [run for run in claimed if not run.commit_known]
    shown = (bad or claimed)[:_MOST]
    sources = [Source(system=run.system, run=run.id, field="commit", text=run.commit) for run in shown]
    note = f"{len(bad)} of {len(claimed)} claim a commit that is not here"
    return known(seen("system", not bad, *sources, note=note))
