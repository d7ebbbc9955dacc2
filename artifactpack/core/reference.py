"""From run records to the reference run: which runs count, one value a seed, and what all of it cost."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from artifactpack.core.statistics import mean_of, sd_of, spread
from artifactpack.models.config import Scalar
from artifactpack.models.records import record
from artifactpack.models.reference import Ledger, MetricSummary, ReferenceRun
from artifactpack.models.run import Cost, RunRecord

CellKey = tuple[tuple[str, Scalar], ...]
Series = Callable[[str], Mapping[str, Sequence[Sequence[float]]]]
MANY_SEEDS = 3


def cell_key(cell: Mapping[str, Scalar]) -> CellKey:
    """A cell of the parameter grid as something that can be compared and hashed."""
    return tuple(sorted(cell.items()))


def reference_run(records: Iterable[RunRecord]) -> ReferenceRun:
    """Summarise *records*: every metric of every command and cell over its seeds, and the ledger of all runs."""
    everything = tuple(records)
    counted = counting(everything)
    summaries = []
    for (command, key), runs in sorted(_by_cell(counted).items(), key=lambda item: repr(item[0])):
        names = sorted({metric.name for run in runs for metric in run.metrics})
        for name in names:
            values = metric_values(runs, name)
            summaries.append(_summary(command, dict(key), name, values))
    return ReferenceRun(
        summaries=tuple(summaries), ledger=ledger(everything), warnings=_warnings(everything, summaries)
    )


def counting(records: Iterable[RunRecord]) -> tuple[RunRecord, ...]:
    """The finished runs that count: of several attempts at one command, cell, seed and repeat, the last one."""
    last: dict[tuple[object, ...], RunRecord] = {}
    for run in records:
        if run.state != "finished":
            continue
        key = (run.command, cell_key(run.cell), run.seed, run.repeat)
        known = last.get(key)
        if known is None or (run.attempt, run.started, run.id) > (known.attempt, known.started, known.id):
            last[key] = run
    return tuple(last[k] for k in sorted(last, key=repr))


def failed(records: Iterable[RunRecord]) -> tuple[RunRecord, ...]:
    """The runs that failed and that no later attempt made good: results too, counted and shown."""
    everything = tuple(records)
    good = {(r.command, cell_key(r.cell), r.seed, r.repeat) for r in counting(everything)}
    lost = {}
    for run in everything:
        key = (run.command, cell_key(run.cell), run.seed, run.repeat)
        if run.state != "finished" and key not in good:
            lost[key] = run
    return tuple(lost[k] for k in sorted(lost, key=repr))


@record
class SeedValues:
    """One metric over the seeds of one command and cell: repeats averaged, and every repeat kept beside it."""

    seeds: tuple[int, ...] = ()
    values: tuple[float, ...] = ()
    repeats: tuple[tuple[float, ...], ...] = ()
    runs: tuple[str, ...] = ()

    def at(self, seed: int) -> float | None:
        return self.values[self.seeds.index(seed)] if seed in self.seeds else None


def metric_values(
    runs: Iterable[RunRecord], name: str, at: str = "last", better: str = "higher", series: Series | None = None
) -> SeedValues:
    """The values of metric *name*, one a seed, from *runs* of one command and cell (a run without seed is seed 0).

    *at* is ``last``, ``min``, ``max``, ``best`` (by *better*) or ``step=N``, which needs *series*.
    """
    by_seed: dict[int, list[tuple[float, str]]] = {}
    for run in sorted(runs, key=lambda r: (r.seed or 0, r.repeat, r.id)):
        value = value_of(run, name, at, better, series)
        if value is not None:
            by_seed.setdefault(run.seed or 0, []).append((value, run.id))
    return SeedValues(
        seeds=tuple(by_seed),
        values=tuple(mean_of([v for v, _ in pairs]) for pairs in by_seed.values()),
        repeats=tuple(tuple(v for v, _ in pairs) for pairs in by_seed.values()),
        runs=tuple(run for pairs in by_seed.values() for _, run in pairs),
    )


def value_of(
    run: RunRecord, name: str, at: str = "last", better: str = "higher", series: Series | None = None
) -> float | None:
    """What *run* gave for metric *name*, read *at* the place asked for; None where it was not recorded."""
    metric = next((m for m in run.metrics if m.name == name), None)
    if metric is None:
        return None
    if at == "best":
        at = "max" if better == "higher" else "min"
    if at in ("min", "max"):
        return metric.minimum if at == "min" else metric.maximum
    if at.startswith("step="):
        points = series(run.id).get(name, ()) if series else ()
        wanted = float(at.removeprefix("step="))
        return next((float(p[1]) for p in reversed(points) if float(p[0]) == wanted), None)
    return metric.last


def repeat_sd(values: SeedValues) -> float | None:
    """The noise between repeats of one seed, pooled over seeds; None where nothing was repeated.

    Equal repeats give exactly 0: the run is then known to repeat bit for bit in this metric.
    """
    groups = [group for group in values.repeats if len(group) > 1]
    if not groups:
        return None
    spreads = [sd_of(group) * math.sqrt(len(group) - 1) for group in groups]
    return math.hypot(*spreads) / math.sqrt(sum(len(group) - 1 for group in groups))


def _by_cell(runs: Iterable[RunRecord]) -> dict[tuple[str, CellKey], list[RunRecord]]:
    cells: dict[tuple[str, CellKey], list[RunRecord]] = {}
    for run in runs:
        cells.setdefault((run.command, cell_key(run.cell)), []).append(run)
    return cells


def _summary(command: str, cell: dict[str, Scalar], name: str, values: SeedValues) -> MetricSummary:
    return MetricSummary(
        command=command,
        cell=cell,
        metric=name,
        seeds=values.seeds,
        values=values.values,
        runs=values.runs,
        between_seeds=spread(values.values),
        repeat_sd=repeat_sd(values),
        repeats=max((len(group) for group in values.repeats), default=1),
    )


def ledger(records: Iterable[RunRecord]) -> Ledger:
    """All runs, failed ones too, and what they cost; memory is the largest peak, the rest are sums."""
    everything = tuple(records)
    by_command: dict[str, list[RunRecord]] = {}
    for run in everything:
        by_command.setdefault(run.command, []).append(run)
    return Ledger(
        runs=len(everything),
        failed=sum(run.state != "finished" for run in everything),
        cost=_total(everything),
        by_command={name: _total(runs) for name, runs in sorted(by_command.items())},
    )


def _total(runs: Sequence[RunRecord]) -> Cost:
    energies = [run.cost.energy for run in runs if run.cost.energy is not None]
    return Cost(
        wall=math.fsum(run.cost.wall for run in runs),
        cpu=math.fsum(run.cost.cpu for run in runs),
        peak_memory=max((run.cost.peak_memory for run in runs), default=0),
        disk=sum(run.cost.disk for run in runs),
        gpu_seconds=math.fsum(run.cost.gpu_seconds for run in runs),
        energy=math.fsum(energies) if energies else None,
    )


def _warnings(records: Sequence[RunRecord], summaries: Sequence[MetricSummary]) -> tuple[str, ...]:
    warnings = []
    for command in sorted({s.command for s in summaries}):
        most = max(len(s.seeds) for s in summaries if s.command == command)
        if most < MANY_SEEDS:
            plural = "seed" if most == 1 else "seeds"
            warnings.append(f"{command}: {most} {plural}; fewer than {MANY_SEEDS} say little about the spread")
    lost = failed(records)
    if lost:
        names = ", ".join(f"{r.command} seed {r.seed}{f' repeat {r.repeat}' if r.repeat else ''}" for r in lost[:5])
        warnings.append(f"{len(lost)} failed without a later success: {names}{' …' if len(lost) > 5 else ''}")
    for summary in summaries:
        bad = [s for s, v in zip(summary.seeds, summary.values, strict=True) if not math.isfinite(v)]
        if bad:
            warnings.append(f"{summary.command}:{summary.metric} is not a finite number at seeds {bad}")
    return tuple(warnings)
