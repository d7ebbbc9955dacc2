"""Seeds: which generators are seeded, by what value, in force before they are used."""

from __future__ import annotations

from collections.abc import Iterable

from artifactpack.core.experiments import evaluations, experiments
from artifactpack.core.facts import absent, at, known, seen, unknown
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Fact, Finding, Observation, Source
from artifactpack.models.run import RunRecord
from artifactpack.models.system import SystemReading
from artifactpack.probes import _seeds_static as static
from artifactpack.probes._seeds_loaders import workers
from artifactpack.probes._seeds_states import FOREIGN, state_of
from artifactpack.project import Project
from artifactpack.project.chance import FRAMEWORKS
from artifactpack.project.program import Seeding

NAME = "seeds"
FACTS = {
    "set": "some random number generator gets a fixed or configurable value in code that a program reaches",
    "python_numpy_framework": "one program seeds Python's random, numpy and the framework",
    "all_libraries": "every library that the experiments draw random numbers from is seeded, before it is used",
    "configurable": "the seed comes from an option or a configuration value that is read",
    "stable": "no seed comes from the clock, hash() of text or an unseeded generator",
    "libraries": "each library: seeded, one object, left to a helper, late, behind a flag, no default, unstable, "
    "partial, dead, unread flag or not seeded",
    "workers": "data loaders shuffle and start their workers from a seeded generator",
    "values": "seeds that recorded runs were given, by run",
}
_MOST = 8
_NUMPY = ("numpy", "numpy.Generator")


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Follow the programs, then let what recorded runs saw decide."""
    reading = static.read(project)
    watched = list(experiments(runs))
    facts = {
        "set": _set(project, reading, runs, watched, systems),
        "python_numpy_framework": _full(project, reading, runs, watched),
        "all_libraries": _all(project, reading, runs, watched),
        "configurable": _configurable(project, reading, runs, watched),
        "stable": _stable(reading),
        "libraries": known(seen("static", reading.states, *_places(project, reading.counted)))
        if reading.states
        else unknown("no draw was seen"),
        "workers": workers(project, reading.experiments),
        "values": _values(runs, watched),
    }
    missed = () if reading.complete else ("seeds: the programs were too large to be followed to the end",)
    return Finding(
        facts=facts, defects=reading.defects, not_verified=(*missed, *_unseeded_evaluations(evaluations(runs)))
    )


def _unseeded_evaluations(found: tuple[RunRecord, ...]) -> tuple[str, ...]:
    drawing = sorted({f"{r.command} draws from {u.rng}" for r in found for u in r.unseeded})
    return tuple(f"seeds: {text} without a seed; whether that matters shows only in a repeat" for text in drawing)


def _places(project: Project, seedings: Iterable[Seeding]) -> tuple[Source, ...]:
    places: dict[tuple[str, int], Source] = {}
    for seeding in seedings:
        line = project.index.line(seeding.path, seeding.line)
        places.setdefault((seeding.path, line), at(seeding.path, line, seeding.call))
    return tuple(places.values())[:_MOST]


def _set(
    project: Project,
    reading: static.Reading,
    runs: RunEvidence,
    watched: list[RunRecord],
    systems: tuple[SystemReading, ...],
) -> Fact:
    observations = _from_runs(runs, watched, "seedings", lambda r: any(s.value is not None for s in r.seedings))
    if any(t.seed is not None for s in systems for t in s.runs) and not _unreached(reading):
        observations.append(seen("system", True, note="tracked runs name their seeds"))
    if reading.counted:
        return known(*observations, seen("static", True, *_places(project, reading.counted)))
    if observations:
        return known(*observations, seen("static", False))
    return absent("no program reaches a call that seeds a generator with a fixed or configurable value")


def _unreached(reading: static.Reading) -> bool:
    """Whether the programs were followed to their end and hand no seed to anything: a tracker that was told one
    proves nothing then."""
    unseeded = {"not seeded", "dead", "unread flag"}
    return reading.complete and bool(reading.states) and set(reading.states.values()) <= unseeded


def _from_runs(runs: RunEvidence, watched: list[RunRecord], field: str, test) -> list[Observation]:  # type: ignore[no-untyped-def]
    """One observation for each way in which runs are known: True only if every such run says so."""
    kinds: dict[str, list[RunRecord]] = {}
    for record in watched:
        kinds.setdefault(runs.known(record), []).append(record)
    return [
        seen(kind, all(test(r) for r in records), *(Source(run=r.id, field=field) for r in records[:_MOST]))  # type: ignore[arg-type]
        for kind, records in kinds.items()
    ]


def _rngs(record: RunRecord) -> set[str]:
    return {"numpy" if s.rng in _NUMPY else s.rng.partition(".")[0] for s in record.seedings if s.value is not None}


def _full(project: Project, reading: static.Reading, runs: RunEvidence, watched: list[RunRecord]) -> Fact:
    def covered(record: RunRecord) -> bool:
        rngs = _rngs(record)
        return {"random", "numpy"} <= rngs and any(f in rngs for f in FRAMEWORKS)

    observations = _from_runs(runs, watched, "seedings", covered)
    if reading.full is not None:
        return known(*observations, seen("static", True, *_places(project, reading.full.seedings)))
    if observations:
        return known(*observations, seen("static", False))
    return absent("no program seeds Python's random, numpy and a framework together")


def _all(project: Project, reading: static.Reading, runs: RunEvidence, watched: list[RunRecord]) -> Fact:
    observations = _from_runs(
        runs,
        watched,
        "unseeded",
        lambda r: not r.unseeded and bool(r.seedings) and not any(s.drawn_before for s in r.seedings),
    )
    wrong = [d for d in reading.defects if d.fact == "seeds.all_libraries"]
    drawing = [p for p in reading.experiments if p.libraries]
    if drawing:
        states = {s for p in drawing for lib, d in p.libraries.items() for s in [state_of(p, lib, d)]}
        good = states <= {"seeded", "one object"} and not any(d.id == "seeds.bare_generator" for d in wrong)
        if not wrong and not observations and FOREIGN in states <= {"seeded", "one object", FOREIGN}:
            return unknown("a helper that was imported seeds, and it cannot be looked into")
        sources = _places(project, reading.counted) if good else tuple(s for d in wrong for s in d.sources[:1])[:_MOST]
        return known(*observations, seen("static", good, *sources))
    if observations:
        return known(*observations)
    return unknown("no program was seen to draw random numbers")


def _configurable(project: Project, reading: static.Reading, runs: RunEvidence, watched: list[RunRecord]) -> Fact:
    observations = []
    for kind in {runs.known(r) for r in watched}:
        same = [r for r in watched if runs.known(r) == kind]
        given = {r.seed for r in same if r.seed is not None and any(s.value == r.seed for s in r.seedings)}
        if len(given) > 1:
            observations.append(seen(kind, True, *(Source(run=r.id, field="seed") for r in same[:_MOST])))
    if reading.configurable:
        return known(*observations, seen("static", True, *_places(project, reading.configurable)))
    if observations:
        return known(*observations)
    unread = [d for d in reading.defects if d.id == "seeds.unread_option"]
    if unread:
        return known(seen("static", False, *unread[0].sources, note=unread[0].message))
    return absent("no seeding call takes its value from an option or configuration value")


def _stable(reading: static.Reading) -> Fact:
    faulty = [d for d in reading.defects if d.id in ("seeds.unstable", "seeds.drawn", "seeds.unstable_default")]
    if faulty:
        return known(seen("static", False, *(s for d in faulty for s in d.sources[:1]), note=faulty[0].message))
    if reading.counted:
        return known(seen("static", True))
    return unknown("nothing is seeded")


def _values(runs: RunEvidence, watched: list[RunRecord]) -> Fact:
    if not watched:
        return unknown("no recorded run was observed")
    kind = "run" if any(runs.known(r) == "run" for r in watched) else runs.known(watched[0])
    values = {r.id: r.seed for r in watched if runs.known(r) == kind}
    return known(seen(kind, values, *(Source(run=i, field="seed") for i in list(values)[:_MOST])))
