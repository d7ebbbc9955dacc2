"""Splits that are given no seed of their own, and are drawn from a generator that the program has seeded."""

from __future__ import annotations

from artifactpack.probes._seeds_states import state_of
from artifactpack.project import Project, chance, draws
from artifactpack.project.python_record import Event, Scope

Places = frozenset[tuple[str, int]]


def seeded_draws(project: Project) -> Places:
    """File and line of each draw that every program which gets there has seeded before."""
    seeded: dict[tuple[str, int], bool] = {}
    for program in project.index.graph.programs:
        for draw in program.draws:
            good = state_of(program, draw.library, draw) == "seeded"
            seeded[draw.path, draw.line] = good and seeded.get((draw.path, draw.line), True)
    return frozenset(place for place, good in seeded.items() if good)


def seeded_beside(project: Project, path: str, event: Event, scope: Scope) -> bool:
    """Whether the function that makes the call has seeded the generator that the call draws from, right before."""
    graph = project.index.graph
    record = project.index.records[path]
    drawn = draws.draw(graph.resolve(record, event.name), event.args)
    return bool(drawn) and any(
        found is not None and found[1] is not None and found[0].scope == "global" and drawn in found[0].libraries
        for before in scope.events
        if before.kind == "c" and before.line < event.line and before.guard in (0, event.guard)
        for found in [chance.seeding(graph.resolve(record, before.name), before.args)]
        if not (found and any(chance.unstable(graph.resolve(record, a[1:])) for a in found[1] or () if a[0] == "!"))
    )
