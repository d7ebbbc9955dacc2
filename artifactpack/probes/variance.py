"""Whether results come with their spread over seeds or repeats."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING

from artifactpack.core.facts import absent, known, seen, unknown
from artifactpack.core.tracked import Group, groups
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Defect, Fact, Finding, Observation, Source
from artifactpack.models.records import Json
from artifactpack.models.run import RunRecord
from artifactpack.models.system import SystemReading
from artifactpack.probes._paper import said, source
from artifactpack.probes._repeats import (
    claimed_runs,
    names_spread,
    repeated_in_code,
    repeated_in_files,
    repeated_in_scripts,
    runs_in_files,
    says_spread,
    spread_named,
    stated_spread,
)
from artifactpack.project import Project

if TYPE_CHECKING:
    from artifactpack.core.latex_outline import Sentence

NAME = "variance"
FACTS = {
    "reported": "runs over several seeds or repeats, or means with spread, are reported or coded",
    "runs": "largest number of distinct seeds or repeats recorded for one setting",
    "stated": "the paper or a document gives results with their spread or number of seeds",
    "claimed_runs": "number of runs that the paper or a document says are behind its numbers",
    "behind": "the runs that the paper or a document claims are really there",
    "error_bars": "at least two recorded seeds of one setting, so that a spread can be computed",
    "spread_named": "the paper or a document names what its ± means: standard deviation, standard error or interval",
    "seeds": "the seeds of the recorded runs",
}


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Report spread that documents give, repetition that code does, and the runs that are really there."""
    stated = stated_spread(project)
    ways = (repeated_in_code, repeated_in_scripts, repeated_in_files)
    coded = list(islice(chain.from_iterable(way(project) for way in ways), 4))  # no more are told
    group = largest_group(runs)
    counted, tracked = len({(r.seed, r.repeat) for r in group}), _tracked(systems)
    seeds = max(tracked, key=lambda found: len(found.seeds), default=None)
    seeds = seeds if seeds and len(seeds.seeds) > 1 else None  # fewer may be all that was kept: no evidence
    written = [(source(s), claimed_runs(s.text)) for s in said(project, paper_spread)]
    names = [source(s) for s in said(project, paper_spread_named)[:2]] + spread_named(project)
    sightings = _recorded(runs, group, counted) + [
        _seeds_of(found, True) for found in tracked[:4] if len(found.seeds) > 1
    ]
    sightings += [seen("static", True, source, note="document") for source, _ in stated[:4]]
    sightings += [seen("static", True, source, note="code") for source in coded]
    claims = [(place, n) for place, n in written + stated if n > 1]
    behind, defects = _behind(project, claims, runs, counted, bool(coded), seeds)
    facts = {
        "reported": known(*sightings)
        if sightings
        else absent("no spread in documents, no repetition in code, scripts or runs"),
        "runs": _either(runs, group, counted, seeds and len(seeds.seeds), seeds, "no recorded run"),
        "stated": known(*(seen("static", True, s) for s, _ in (written + stated)[:5]))
        if written or stated
        else absent("neither paper nor documents give a spread"),
        "claimed_runs": known(*(seen("static", n, s) for s, n in claims[:5]))
        if claims
        else absent("no document gives a number of runs"),
        "behind": behind,
        "error_bars": _either(
            runs, group, counted > 1, True, seeds, "no recorded run of training or evaluation", f"{counted} recorded"
        ),
        "spread_named": known(*(seen("static", True, s) for s in names[:3]))
        if names
        else absent("no document says what a ± is"),
        "seeds": _either(runs, group, _distinct(group), seeds and list(seeds.seeds), seeds, "no recorded run"),
    }
    return Finding(facts=facts, defects=defects)


def paper_spread(one: Sentence) -> bool:
    """Tell whether a sentence of the paper gives a spread over seeds or runs, or their number."""
    return says_spread(one.text)


def paper_spread_named(one: Sentence) -> bool:
    """Tell whether a sentence of the paper says what its spread is."""
    return says_spread(one.text) and names_spread(one.text)


def largest_group(runs: RunEvidence) -> list[RunRecord]:
    """Return the finished records of the one setting that was run with most seeds and repeats; smoke runs left out."""
    groups: dict[tuple[str, str], list[RunRecord]] = {}
    for run in runs.records:
        if run.state == "finished" and run.tier != "smoke":
            groups.setdefault((run.command, repr(sorted(run.cell.items()))), []).append(run)
    return max(groups.values(), key=lambda g: len({(r.seed, r.repeat) for r in g}), default=[])


def _recorded(runs: RunEvidence, group: list[RunRecord], counted: int) -> list[Observation]:
    if not group:
        return []
    sources = [Source(run=r.id, field="seed") for r in group[:5]]
    return [seen(runs.together(group), counted > 1, *sources, note=f"{counted} seeds or repeats recorded")]


def _tracked(systems: tuple[SystemReading, ...]) -> list[Group]:
    """Finished tracked runs with metrics that differ in their seed only."""
    return [group for group in groups(systems) if group.seeds and group.spreads]


def _distinct(group: list[RunRecord]) -> list[int]:
    return sorted({r.seed for r in group if r.seed is not None})


def _seeds_of(found: Group, value: Json) -> Observation:
    source = Source(system=found.system, run=found.runs[0], field="seed")
    return seen("system", value, source, note=f"{found.system}: {len(found.seeds)} seeds")


def _either(
    runs: RunEvidence, group: list[RunRecord], recorded: Json, tracked: Json, seeds: Group | None, reason: str,
    note: str = "",
) -> Fact:  # fmt: skip
    """What recorded runs say; where there are none, what tracked runs say."""
    if group:
        return known(
            seen(runs.together(group), recorded, *(Source(run=r.id, field="seed") for r in group[:5]), note=note)
        )
    return known(_seeds_of(seeds, tracked)) if seeds else unknown(reason)


def _behind(
    project: Project,
    claims: list[tuple[Source, int]],
    runs: RunEvidence,
    counted: int,
    coded: bool,
    seeds: Group | None,
) -> tuple[Fact, tuple[Defect, ...]]:
    if not claims:
        return absent("no document says how many runs are behind its numbers"), ()
    where: list[Source] = []
    if runs.records:
        there, where, kind = counted, [], runs.together(runs.records)
    elif seeds and all(n <= len(seeds.seeds) for _, n in claims):
        return known(_seeds_of(seeds, True)), ()
    else:
        there, where = runs_in_files(project)
        kind = "static"
        if not there:
            return unknown("no recorded run and no result file to count"), ()
    short = [(source, n) for source, n in claims if there < n]
    if short and kind == "static" and coded:
        return unknown("result files show fewer runs than claimed, but the code repeats them"), ()
    if not short:
        return known(seen(kind, True, *where, note=f"{there} found")), ()
    found = known(seen(kind, False, *(s for s, _ in short), *where, note=f"{there} found"))
    return found, tuple(_defect(source, n, there, where) for source, n in short[:5])


def _defect(source: Source, claimed: int, there: int, where: list[Source]) -> Defect:
    return Defect(
        id="variance.fewer_runs",
        fact="variance.behind",
        message=f"{claimed} runs are claimed, but {there} {'is' if there == 1 else 'are'} behind it",
        sources=(source, *where),
        fix="Record the runs (`artifactpack record`), or state the number that was really run.",
    )
