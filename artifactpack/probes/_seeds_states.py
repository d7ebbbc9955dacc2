"""The state of each library's random numbers in the programs that experiment."""

from __future__ import annotations

import re
from collections.abc import Iterable

from artifactpack.models.fact import Defect
from artifactpack.patterns import late
from artifactpack.project import Project, chance, draws
from artifactpack.project.program import Draw, Program, Seeding
from artifactpack.project.settings import SEED_NAME
from artifactpack.project.values import MISSING


def counts(program: Program, seeding: Seeding) -> bool:
    """Whether a fixed or configurable value reaches a generator: not a missing one, the clock's or another draw's."""
    value = seeding.value
    if value is None or value.missing or (hidden(seeding) and not SEED_NAME.search(seeding.off)):
        return False
    if value.unset or (hidden(seeding) and not value.options and value.constant is MISSING):
        return False
    if value.options:
        return True
    return not value.unstable and (not value.drawn or seeded_before(program, seeding))


_MODE = late(
    r"train|eval|test|predict|mode|phase|sampl|infer|resume|generate|fit|cuda|gpu|tpu|device|distributed", re.IGNORECASE
)


def hidden(seeding: Seeding) -> bool:
    """Whether an option keeps the seed off by default, and is not one without which nothing is drawn either."""
    return bool(seeding.off) and not _MODE.search(seeding.off)


def seeded_before(program: Program, seeding: Seeding) -> bool:
    """Whether every library that the seed is drawn from was itself seeded earlier."""
    value = seeding.value
    return value is not None and all(
        any(lib in s.libraries and s.order < seeding.order and counts(program, s) for s in program.seedings)
        for lib in value.drawn
    )


def stable(program: Program, seeding: Seeding) -> bool:
    """Whether the seed is in force when nobody gives any option."""
    value = seeding.value
    if not counts(program, seeding) or hidden(seeding) or value is None:
        return False
    return not value.unstable and value.constant is not None and (not value.drawn or seeded_before(program, seeding))


def states_of(experiments: tuple[Program, ...]) -> dict[str, str]:
    """The worst state of each library over the experiments."""
    worst: dict[str, str] = {}
    for program in experiments:
        for library, draw in program.libraries.items():
            state = state_of(program, library, draw)
            if library not in worst or _ORDER.index(state) > _ORDER.index(worst[library]):
                worst[library] = state
    for scope, state in (("global", "seeded"), ("object", "one object")):
        for program in experiments:
            for seeding in program.seedings:
                if seeding.scope == scope and stable(program, seeding):
                    for library in seeding.libraries:
                        worst.setdefault(library, state)
    return worst


FOREIGN = "left to a helper"
"""The state of a library that nothing seeds but, maybe, an imported helper that cannot be looked into."""
_ORDER = ("seeded", "one object", FOREIGN, "late", "behind a flag", "no default", "unstable", "partial", "not seeded")


def state_of(program: Program, library: str, draw: Draw) -> str:
    """Whether *library* is seeded in *program* when *draw* comes."""
    all_of = [s for s in program.seedings if library in s.libraries]
    globally = [s for s in all_of if s.scope == "global"]
    good = [s for s in globally if stable(program, s)]
    if good and (draw.late or any(s.order < draw.order for s in good)):
        return "seeded"
    if good and not any(s.order < draw.order for s in globally):
        return "late"
    if any(hidden(s) for s in globally):
        return "behind a flag"
    if any(s.value and s.value.unstable for s in globally):
        return "unstable"
    if any(s.value and s.value.options for s in globally):
        return "no default"
    if good:
        return "seeded"
    if any(not s.libraries and not hidden(s) and (draw.late or s.order < draw.order) for s in program.seedings):
        return FOREIGN
    if not any(stable(program, s) for s in all_of):
        return "not seeded"
    return "seeded" if library in draws.BY_OBJECT else "partial"


def explained(project: Project, states: dict[str, str], defects: Iterable[Defect]) -> dict[str, str]:
    """*states* with the reason where nothing seeds: a helper that is dead, or an option that nobody reads."""
    ids = {d.id for d in defects}
    dead = {(s.path, s.line) for d in defects if d.id == "seeds.dead_helper" for s in d.sources}
    return {lib: _why(project, lib, dead, ids) if state == "not seeded" else state for lib, state in states.items()}


def _why(project: Project, library: str, dead: set[tuple[str | None, int | None]], ids: set[str]) -> str:
    for path, record in project.index.records.items():
        for name, event, scope in record.calls():
            found = chance.seeding(name, event.args) if (path, project.index.line(path, scope.line)) in dead else None
            if found is not None and library in found[0].libraries:
                return "dead"
    return "unread flag" if "seeds.unread_option" in ids else "not seeded"
