"""Data loaders: whether the order of batches and the workers' generators come from a seeded generator."""

from __future__ import annotations

from artifactpack.core.facts import absent, at, known, seen, unknown
from artifactpack.models.fact import Fact, Source
from artifactpack.probes._seeds_states import FOREIGN, stable, state_of
from artifactpack.project import Project, draws
from artifactpack.project.program import Program

_OWN = ("generator", "worker_init_fn")
_MOST = 8


def workers(project: Project, programs: tuple[Program, ...]) -> Fact:
    """True where each loader of the experiments takes a generator, or draws its base seed from torch's, seeded before.

    PyTorch seeds a worker's torch, ``random`` and (from 1.9 on) numpy by a base seed drawn from the loader's generator.
    """
    good: list[Source] = []
    bad: list[Source] = []
    untold = False
    for path, name, event, scope in project.index.calls(draws.LOADER):
        where = at(path, project.index.line(path, event.line), name)
        users = [p for p in programs if (path, scope.name) in p.functions]
        if any(key in (event.args or {}) for key in _OWN) or (users and all(_seeded(p) for p in users)):
            good.append(where)
        elif any(_left_to_a_helper(p) for p in users):
            untold = True
        elif users:
            bad.append(where)
    if bad:
        return known(seen("static", False, *bad[:_MOST], note="torch is not seeded, and no generator is given"))
    if untold:
        return unknown("a helper that was imported seeds, and it cannot be looked into")
    return (
        known(seen("static", True, *good[:_MOST]))
        if good
        else absent("no program of an experiment makes a data loader")
    )


def _left_to_a_helper(program: Program) -> bool:
    draw = program.libraries.get("torch")
    return draw is not None and state_of(program, "torch", draw) == FOREIGN


def _seeded(program: Program) -> bool:
    draw = program.libraries.get("torch")
    if draw is None:  # nothing but such loaders, which take what they are given in order
        return any("torch" in s.libraries and s.scope == "global" and stable(program, s) for s in program.seedings)
    return state_of(program, "torch", draw) in ("seeded", "late")
