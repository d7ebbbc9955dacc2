"""Runs that other tools recorded, grouped so that only the seed differs: variance, and what agrees with the paper."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from artifactpack.core.parameter_names import is_noise, is_seed
from artifactpack.core.statistics import spread
from artifactpack.models.records import Json, dump, record
from artifactpack.models.reference import Spread
from artifactpack.models.system import SystemReading, TrackedRun

CLOSE = 1e-6  # relative: trackers that store 32-bit floats lose no more than this


@record
class Group:
    """Finished runs of one system that agree in parameters and commit but for the seed; ``spreads`` by metric."""

    system: str
    parameters: dict[str, Json]
    commit: str
    seeds: tuple[int, ...]
    runs: tuple[str, ...]
    spreads: dict[str, Spread]


def groups(readings: Iterable[SystemReading]) -> tuple[Group, ...]:
    """Group by system, parameters less seed and noise, and commit; largest first. Failed and torn runs are left out."""
    by_key: dict[str, list[TrackedRun]] = defaultdict(list)
    for run in (run for reading in readings for run in reading.runs if run.complete and run.state != "failed"):
        by_key[_key(run)].append(run)
    made = [_group(runs) for runs in by_key.values()]
    return tuple(sorted(made, key=lambda group: (-len(group.seeds), group.system, group.runs)))


def settings(run: TrackedRun) -> dict[str, Json]:
    """Parameters that can change a result: neither the seed nor the name of a run or place."""
    return {k: v for k, v in sorted(run.parameters.items()) if not is_seed(k) and not is_noise(k)}


def _key(run: TrackedRun) -> str:
    return repr((run.system, dump(settings(run)), run.commit))


def _group(runs: list[TrackedRun]) -> Group:
    values: dict[str, list[float]] = defaultdict(list)
    for run in _one_a_seed(runs):
        for metric in run.metrics:
            values[metric.name].append(metric.last)
    first = runs[0]
    return Group(
        system=first.system,
        parameters=settings(first),
        commit=first.commit,
        seeds=tuple(sorted({run.seed for run in runs if run.seed is not None})),
        runs=tuple(run.id for run in runs),
        spreads={name: spread(found) for name, found in sorted(values.items())},
    )


def _one_a_seed(runs: list[TrackedRun]) -> list[TrackedRun]:
    """The last run of every seed: a resumed run appears twice under one id."""
    newest = {run.seed if run.seed is not None else run.id: run for run in runs}
    return list(newest.values())


def same(one: Json, other: Json) -> bool:
    """Equal values; numbers within what a 32-bit float loses."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return abs(one - other) <= CLOSE * max(abs(one), abs(other))
    return bool(one == other)


def matches(value: float, unit: float, made: Iterable[Group]) -> tuple[str, ...]:
    """Groups of which a metric's mean over seeds equals a printed *value* within half its last digit (*unit*);
    percent and share are tried both."""
    found = []
    for group in made:
        for name, measured in group.spreads.items():
            if measured.mean is not None and any(abs(measured.mean * k - value) <= unit / 2 for k in (1, 100)):
                runs = f"{len(group.runs)} runs" if len(group.runs) > 1 else "1 run"
                found.append(f"{group.system}: mean {name} over {runs}")
    return tuple(dict.fromkeys(found))
