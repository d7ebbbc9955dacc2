"""The reference run as the template prints it: metrics, curves, spread, cost, environment, determinism."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from artifactpack.models.config import Scalar
from artifactpack.models.reference import MetricSummary
from artifactpack.models.report import CurveSet, ReportData
from artifactpack.models.run import RunRecord
from artifactpack.report import plot_bands, plot_rows, plot_runs, scale, words

View = dict[str, Any]
PLOTS = 12  # curves drawn; the rest are named
METRICS = 24  # rows of one dot plot
SETTING_NAMES = 40
_INTERPRETERS = {"cpython": "CPython", "pypy": "PyPy", "": "Python"}


def reference_view(data: ReportData) -> View:
    """Tables and pictures of the recorded runs."""
    runs = data.runs
    return {
        "summaries": [_summary(s) for s in data.reference.summaries],
        "warnings": data.reference.warnings,
        "repeated": any(s.repeats > 1 for s in data.reference.summaries),
        "curves": [_curves(c) for c in data.curves[:PLOTS]],
        "more_curves": [f"{c.command}: {c.metric}{cell(c.cell)}" for c in data.curves[PLOTS:]],
        "spread": spread_plots(data),
        "cost": cost_plot(data),
        "timeline": timeline_plot(runs),
        "scatter": scatter_plot(data),
        "runs": [_run(r, data) for r in runs],
        "ledger": data.reference.ledger,
        "hardware": hardware(runs),
        "python": sorted(
            {f"{_INTERPRETERS.get(r.implementation, r.implementation)} {r.python}" for r in runs if r.python}
        ),
        "parameters": parameters(runs),
        "packages": packages(runs),
        "settings": settings(runs),
        "seedings": seedings(runs),
        "observed": sum(r.observed for r in runs),
    }


def cell(values: dict[str, Scalar]) -> str:
    """`` (dataset=digits, lr=0.1)``, or "" for the only cell."""
    return f" ({', '.join(f'{k}={v}' for k, v in values.items())})" if values else ""


def _summary(summary: MetricSummary) -> View:
    spread = summary.between_seeds
    sd = spread.sd
    return {
        "command": summary.command,
        "metric": summary.metric,
        "cell": cell(summary.cell).strip(" ()"),
        "n": spread.n,
        "mean": scale.rounded(spread.mean, sd),
        "sd": scale.rounded(sd, sd),
        "interval": f"{scale.rounded(spread.ci_low, sd)} to {scale.rounded(spread.ci_high, sd)}"
        if spread.ci_low is not None
        else "–",
        "range": f"{scale.rounded(spread.minimum, sd)} to {scale.rounded(spread.maximum, sd)}"
        if spread.minimum is not None and spread.n > 1
        else "–",
        "repeat_sd": scale.rounded(summary.repeat_sd, summary.repeat_sd),
        "repeats": summary.repeats,
    }


def _curves(curves: CurveSet) -> View:
    title = f"{curves.command}: {curves.metric}{cell(curves.cell)}"
    series = [c.points for c in curves.curves]
    return {"title": title, "svg": plot_bands.bands(title, series, y_label=curves.metric)}


def spread_plots(data: ReportData) -> list[View]:
    """One dot plot a metric name, a row a command and cell, so that every plot has one unit."""
    grouped: dict[str, list[MetricSummary]] = {}
    for summary in data.reference.summaries:
        if len(summary.values) > 1:
            grouped.setdefault(summary.metric, []).append(summary)
    return [
        {"title": metric, "svg": plot_rows.intervals(f"{metric} over seeds", _rows(found), x_label=metric)}
        for metric, found in list(grouped.items())[:PLOTS]
    ]


def _rows(found: list[MetricSummary]) -> list[plot_rows.Group]:
    return [
        plot_rows.Group(
            label=s.command,
            note=cell(s.cell).strip(" ()"),
            values=s.values,
            mean=s.between_seeds.mean,
            low=s.between_seeds.ci_low,
            high=s.between_seeds.ci_high,
        )
        for s in found[:METRICS]
    ]


def cost_plot(data: ReportData) -> str:
    """Wall time by command, all runs added up."""
    wall = Counter[str]()
    for run in data.runs:
        wall[f"{run.command} ({run.tier})" if run.tier != run.command else run.command] += run.cost.wall  # type: ignore[assignment]
    entries = [(name, seconds, scale.duration(seconds)) for name, seconds in wall.items() if seconds]
    return plot_rows.bars("Wall time of all recorded runs, by command", entries)


def timeline_plot(runs: tuple[RunRecord, ...]) -> str:
    """When the recorded runs ran, from their own records."""
    timed = [(at, r) for r in runs if (at := _start(r)) is not None and r.cost.wall]
    if len(timed) < 2:
        return ""
    timed.sort(key=lambda pair: (pair[0], pair[1].id))
    first = timed[0][0]
    spans = [
        plot_runs.Span(label=run_label(r), start=at - first, end=at - first + r.cost.wall, failed=r.state != "finished")
        for at, r in timed
    ]
    return plot_runs.timeline("When each run ran", spans)


def _start(run: RunRecord) -> float | None:
    try:
        return datetime.fromisoformat(run.started).timestamp() if run.started else None
    except ValueError:
        return None


def run_label(run: RunRecord) -> str:
    """``train seed 0``, with its repeat where there are several."""
    seed = "" if run.seed is None else f" seed {run.seed}"
    return f"{run.command}{seed}" + (f" repeat {run.repeat}" if run.repeat else "")


def scatter_plot(data: ReportData) -> str:
    """A run's first metric against its wall time, a colour a command; only where commands share the metric."""
    shared = Counter(s.metric for s in data.reference.summaries if len(s.values) > 1)
    if not shared:
        return ""
    metric = max(shared, key=lambda name: (shared[name], -list(shared).index(name)))
    groups: dict[str, list[tuple[float, float]]] = {}
    for run in data.runs:
        for found in run.metrics:
            if found.name == metric and run.cost.wall and run.state == "finished":
                groups.setdefault(run.command, []).append((run.cost.wall, found.last))
    if sum(map(len, groups.values())) < 3:
        return ""
    title = f"{metric} against wall time"
    return plot_runs.scatter(title, list(groups.items()), x_label="wall time of a run (s)", y_label=metric)


def _run(run: RunRecord, data: ReportData) -> View:
    from artifactpack.report.view_evidence import anchor

    known = {"declared": "declared", "imported": "imported"}.get(run.origin, "recorded")
    if not data.bundled and run.origin == "recorded" and run.id not in data.own:
        known = "came with the project"  # inside a bundle every record did, whoever packed it
    return {
        "anchor": anchor("run", run.id),
        "id": run.id,
        "label": run_label(run),
        "cell": cell(run.cell).strip(" ()"),
        "state": run.state,
        "wall": scale.duration(run.cost.wall) if run.cost.wall else "–",
        "memory": scale.size(run.cost.peak_memory) if run.cost.peak_memory else "–",
        "known": known,
        "metrics": ", ".join(f"{m.name} {scale.digits(m.last)}" for m in run.metrics[:3]),
        "error": run.error,
        "link": f"data/runs/{run.id}/record.json" if data.bundled else "",
    }


def parameters(runs: tuple[RunRecord, ...]) -> list[tuple[str, str, str]]:
    """Command, parameter and its values over the runs; what a run's own folder is called is none."""
    seen: dict[tuple[str, str], set[str]] = {}
    for run in runs:
        for name, value in (run.parameters or run.cell).items():
            seen.setdefault((run.command, name), set()).add(words.shown(value))
    return [(command, name, _values(found)) for (command, name), found in sorted(seen.items())][:SETTING_NAMES]


def hardware(runs: tuple[RunRecord, ...]) -> list[str]:
    """Each different machine in one line."""
    lines = Counter[str]()
    for run in runs:
        h = run.hardware
        gpus = Counter(g.name for g in h.gpus)
        parts = [h.cpu, words.plural(h.cores, "core") if h.cores else "", scale.size(h.memory) if h.memory else ""]
        parts += [f"{n} × {name}" for name, n in gpus.items()] or (["no GPU"] if h.cpu else [])
        lines[", ".join(filter(None, [*parts, h.system]))] += 1
    return [f"{line} ({words.plural(n, 'run')})" for line, n in lines.items() if line]


def packages(runs: tuple[RunRecord, ...]) -> list[tuple[str, str]]:
    """Name and every version that a run imported."""
    seen: dict[str, set[str]] = {}
    for run in runs:
        for package in run.packages:
            seen.setdefault(package.name, set()).add(package.version)
    return [(name, ", ".join(sorted(versions))) for name, versions in sorted(seen.items())]


def settings(runs: tuple[RunRecord, ...]) -> list[tuple[str, str, str]]:
    """Setting, its values when training started (– where no run trained) and at exit, over all runs."""
    seen: dict[str, tuple[set[str], set[str]]] = {}
    for run in runs:
        for s in run.settings:
            start, end = seen.setdefault(s.name, (set(), set()))
            start |= {words.shown(s.at_start)} if s.at_start is not None else set()
            end |= {words.shown(s.at_exit)} if s.at_exit is not None else set()
    return [(name, _values(a), _values(b)) for name, (a, b) in sorted(seen.items())][:SETTING_NAMES]


def _values(found: set[str]) -> str:
    if len(found) > 4:
        return f"{len(found)} different values"
    return " / ".join(sorted(found)) or "–"


def seedings(runs: tuple[RunRecord, ...]) -> list[tuple[str, str, str, int]]:
    """Generator, where it was seeded, with which values, in how many runs."""
    values: dict[tuple[str, str], set[str]] = {}
    counted: dict[tuple[str, str], set[str]] = {}
    for run in runs:
        for s in run.seedings:
            key = (s.rng, f"{s.path}:{s.line}" if s.path else s.call)
            values.setdefault(key, set()).add(words.shown(s.value))
            counted.setdefault(key, set()).add(run.id)
    return [
        (rng, at, ", ".join(sorted(found, key=lambda v: (len(v), v))[:12]), len(counted[rng, at]))
        for (rng, at), found in list(values.items())[:SETTING_NAMES]
    ]
