"""What the followed programs say about seeds: in force, late, behind a flag, unstable, or never reached."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from artifactpack.core.facts import at
from artifactpack.models.fact import Defect, Source
from artifactpack.probes._seeds_states import counts, explained, hidden, seeded_before, stable, state_of, states_of
from artifactpack.probes._seeds_unused import all_reads, dead_helpers, place, unread_options, unstable_defaults
from artifactpack.project import Project, chance
from artifactpack.project.program import Program, Seeding
from artifactpack.project.settings import SEED_NAME

_SHOWN = 12


class Reading(NamedTuple):
    """Everything read statically, ready to be reported."""

    counted: tuple[Seeding, ...]
    configurable: tuple[Seeding, ...]
    full: Program | None
    experiments: tuple[Program, ...]
    states: dict[str, str]
    defects: tuple[Defect, ...]
    complete: bool


def read(project: Project) -> Reading:
    """Judge every seeding call of every program, and look for seeds that reach nothing."""
    programs = project.index.graph.programs
    experiments = tuple(p for p in programs if p.trains) or tuple(p for p in programs if p.draws or p.seedings)
    counted = tuple(s for p in programs for s in p.seedings if counts(p, s))
    if not any(p.trains for p in programs):
        counted += tuple(_offered(project))
    configurable = tuple(s for s in counted if s.value is not None and s.value.options)
    full = next((p for p in programs if _full(p)), None)
    defects = [
        *_faulty_values(project, programs),
        *_bare_generators(project, programs),
        *dead_helpers(project, programs),
        *unread_options(project),
        *unstable_defaults(project),
        *_late(project, experiments),
        *_unseeded(project, experiments),
    ]
    return Reading(
        counted,
        configurable,
        full,
        experiments,
        explained(project, states_of(experiments), defects),
        tuple(_distinct(defects)),
        all(p.complete for p in programs),
    )


def _full(program: Program) -> bool:
    reached = {lib for s in program.seedings if counts(program, s) for lib in s.libraries}
    return {"random", "numpy"} <= reached and any(f in reached for f in chance.FRAMEWORKS)


def _offered(project: Project) -> Iterator[Seeding]:
    """A library without experiments of its own: seeds that its functions take from their callers."""
    for record in project.index.records.values():
        for name, event, scope in record.calls():
            found = chance.seeding(name, event.args)
            if found is None or not found[1] or scope.kind != "f":
                continue
            params = {p for p, _ in scope.params}
            if any(a[0] == "$" and a[1:].partition(".")[0] in params for a in found[1]):
                from artifactpack.project.values import Value

                yield Seeding(
                    found[0].libraries,
                    found[0].scope,
                    name,
                    Value(guessed=True),
                    record.path,
                    event.line,
                    scope.name,
                    0,
                )


def _faulty_values(project: Project, programs: tuple[Program, ...]) -> Iterator[Defect]:
    for program in programs:
        for seeding in program.seedings:
            value = seeding.value
            where = place(project, seeding.path, seeding.line)
            if value is None:
                continue
            if value.unstable:
                yield _unstable(project, seeding, where)
            elif value.drawn and not value.options and not seeded_before(program, seeding):
                yield Defect(
                    id="seeds.drawn",
                    fact="seeds.set",
                    message=f"the seed of {seeding.call} is itself drawn from {', '.join(sorted(value.drawn))}, "
                    "which nothing seeded",
                    sources=(where,),
                    fix="Give the seed as an option with a fixed default, and record it.",
                )
            elif value.unset and seeding.scope == "global":
                yield Defect(
                    id="seeds.unset",
                    fact="seeds.set",
                    message=f"{seeding.call} reads {value.unset!r}, which no option and no configuration file sets",
                    sources=(where, *_seed_keys(project)),
                    fix=f"Give {value.unset!r} a value, or read the key that the configuration has.",
                )
            elif _matters(program, seeding) and (reason := _behind(project, seeding.off)):
                yield Defect(
                    id="seeds.behind_flag",
                    fact="seeds.set",
                    message=f"{seeding.call} runs only {reason}",
                    sources=(where,),
                    fix="Seed always, before anything is drawn.",
                )


def _matters(program: Program, seeding: Seeding) -> bool:
    """Whether an option alone keeps the program from seeding: one that starts other work is no switch of the seed."""
    if not hidden(seeding) or seeding.mode or seeding.scope != "global":
        return False
    place = (seeding.path, seeding.line)
    if any((s.path, s.line) == place and not s.off for s in program.seedings):
        return False
    drawn = program.libraries
    return any(lib in drawn and state_of(program, lib, drawn[lib]) == "behind a flag" for lib in seeding.libraries)


def _behind(project: Project, name: str) -> str:
    """What has to be so for a seed to be set, in words; "" where a missing default is told elsewhere."""
    if name.isupper():
        return ""  # one of the values of an enumeration
    if name in project.index.graph.settings:
        return "" if SEED_NAME.search(name) else f"when {name} is given, and by default it is not"
    return f"when {name} is set, and as written it is not" if name.islower() and name != "a constant" else ""


def _seed_keys(project: Project) -> tuple[Source, ...]:
    """Seed-like keys of configuration files that no code reads."""
    reads = all_reads(project)
    table = project.index.graph.settings
    return tuple(
        at(s.path, s.line)
        for dest, settings in table.items()
        if SEED_NAME.search(dest) and dest not in reads
        for s in settings
        if s.kind in ("file", "dict", "class")
    )[:3]


def _unstable(project: Project, seeding: Seeding, where: Source) -> Defect:
    value = seeding.value
    declared = [
        s
        for o in sorted(value.options if value else ())
        for s in project.index.graph.settings.get(o, ())
        if s.path in project.index.records
    ]
    sources = tuple(place(project, s.path, s.line) for s in declared[:1])
    reason = value.unstable if value else ""
    return Defect(
        id="seeds.unstable",
        fact="seeds.stable",
        message=f"the seed of {seeding.call} is not the same in every run: {reason}",
        sources=(*sources, where),
        fix="Use a fixed number as the default, and record the seed with the results.",
    )


def _bare_generators(project: Project, programs: tuple[Program, ...]) -> Iterator[Defect]:
    for program in programs:
        for seeding in program.seedings:
            value = seeding.value
            if seeding.call.endswith((".Generator().manual_seed", ".wrap_key_data")):
                continue
            if seeding.off:
                continue
            if value is None or (value.constant is None and not value.options and not value.unset):
                if seeding.libraries[:1] not in (("random",), ("numpy",), ("torch",), ("tensorflow",)):
                    continue
                yield Defect(
                    id="seeds.bare_generator" if seeding.scope == "object" else "seeds.no_value",
                    fact="seeds.all_libraries",
                    message=f"{seeding.call}() is given no seed: it is different in every run",
                    sources=(place(project, seeding.path, seeding.line),),
                    fix="Pass the seed, or a generator made from it.",
                )


def _late(project: Project, experiments: tuple[Program, ...]) -> Iterator[Defect]:
    for program in experiments:
        for library, draw in program.libraries.items():
            if state_of(program, library, draw) == "late":
                good = (s for s in program.seedings if library in s.libraries and stable(program, s))
                first = next(s for s in good if s.scope == "global")
                yield Defect(
                    id="seeds.late",
                    fact="seeds.all_libraries",
                    message=f"{library} is seeded after it was used: {draw.call} comes before {first.call} "
                    f"in {program.entry.path}",
                    sources=(place(project, first.path, first.line), place(project, draw.path, draw.line)),
                    fix="Seed first, before models, data and splits are made.",
                )


def _unseeded(project: Project, experiments: tuple[Program, ...]) -> Iterator[Defect]:
    for program in experiments:
        if not program.trains:
            continue
        for library, draw in program.libraries.items():
            state = state_of(program, library, draw)
            if state in ("not seeded", "partial"):
                only = " (only single objects are)" if state == "partial" else ""
                drawn = any(library in s.libraries and s.value and s.value.drawn for s in program.seedings)
                how = "which is seeded only by a number that is itself drawn" if drawn else f"which nothing seeds{only}"
                yield Defect(
                    id="seeds.not_seeded",
                    fact="seeds.all_libraries",
                    message=f"{program.entry.path} draws from {library} ({draw.call}), {how}",
                    sources=(place(project, draw.path, draw.line),),
                    fix=f"Seed {library} at the start of {program.entry.path}.",
                )
            elif state == "no default":
                lacks = any(library in s.libraries and s.value and s.value.drawn for s in program.seedings)
                default = "the seed is itself drawn" if lacks else "it does not"
                yield Defect(
                    id="seeds.no_default",
                    fact="seeds.all_libraries",
                    message=f"{program.entry.path} seeds {library} only when a seed is given; by default {default}",
                    sources=(place(project, draw.path, draw.line),),
                    fix="Give the seed option a fixed default.",
                )


def _distinct(defects: list[Defect]) -> list[Defect]:
    """One defect for one place and kind, at most a dozen of a kind."""
    seen: dict[tuple[str, tuple[Source, ...]], Defect] = {}
    for defect in defects:
        seen.setdefault((defect.id, defect.sources[:1]), defect)
    per_kind: dict[str, int] = {}
    kept = []
    for defect in seen.values():
        per_kind[defect.id] = per_kind.get(defect.id, 0) + 1
        if per_kind[defect.id] <= _SHOWN:
            kept.append(defect)
    return kept
