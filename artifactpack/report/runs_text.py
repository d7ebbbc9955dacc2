"""Recorded runs on a terminal: what `record` and `runs` print."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from artifactpack.models.records import dump, to_json
from artifactpack.models.reference import MetricSummary, ReferenceRun
from artifactpack.models.run import RunRecord


def render_recorded(done: Any, format_: str = "text") -> str:
    """The outcome of `record`: runs made and kept, statistics, warnings, disk."""
    if format_ == "json":
        return to_json(done.reference)
    lines = [f"{len(done.new)} runs recorded, {len(done.failed)} failed; {done.kept} were there and current"]
    lines += ["", *table(done.reference)]
    notes = [*done.skipped, *done.warnings, *_observations(done.new)]
    if done.withheld and done.failed:
        names = ", ".join(done.withheld[:6])
        notes.append(f"variables that look secret were not handed on ({names}); name those needed in environment.pass")
    lines += ["", *(f"! {note}" for note in dict.fromkeys(notes))] if notes else []
    cost = done.reference.ledger
    lines += ["", f"{cost.runs} runs in the ledger, {cost.failed} failed: {hours(cost.cost.wall)} of compute"]
    lines.append(f"recorded runs take {size(done.disk)} on disk")
    return "\n".join(lines)


def _observations(runs: Iterable[RunRecord]) -> list[str]:
    """Things seen in the new runs that a person should know."""
    notes = []
    for run in runs:
        notes += [f"{run.command}: {why}" for why in run.not_observed]
        notes += [
            f"{run.command}: {rng.rng} without a seed{f' ({rng.path}:{rng.line})' if rng.path else ''}"
            for rng in run.unseeded
        ]
        changed = [use.path for use in run.read if use.changed]
        if changed:
            notes.append(f"{run.command}: changed while it ran: {', '.join(changed[:5])}")
        untracked = [use.path for use in run.read if use.tracked is False and not use.path.startswith(".artifactpack/")]
        if untracked:
            notes.append(f"{run.command}: needs files that are not in version control: {', '.join(untracked[:5])}")
    return list(dict.fromkeys(notes))


def table(reference: ReferenceRun) -> list[str]:
    """One row a metric: mean ± sample standard deviation over seeds, range, noise between repeats."""
    rows: list[tuple[str, ...]] = [("command", "metric", "seeds", "mean ± sd over seeds", "min … max", "repeat sd")]
    rows += [_row(summary) for summary in reference.summaries]
    if len(rows) == 1:
        return ["no metrics recorded"]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _row(summary: MetricSummary) -> tuple[str, ...]:
    cell = "".join(f" {k}={v}" for k, v in sorted(summary.cell.items()))
    spread = summary.between_seeds
    mean = "-" if spread.mean is None else f"{spread.mean:.6g}"
    sd = "" if spread.sd is None else f" ± {spread.sd:.2g}"
    ends = "" if spread.minimum is None or spread.maximum is None else f"{spread.minimum:.6g} … {spread.maximum:.6g}"
    again = "not repeated" if summary.repeat_sd is None else f"{summary.repeat_sd:.2g}"
    return (summary.command + cell, summary.metric, str(spread.n), mean + sd, ends, again)


def hours(seconds: float) -> str:
    """A duration for people."""
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def size(number: float) -> str:
    """Bytes for people."""
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if number < 1024 or unit == "GiB":
            return f"{number:.0f} {unit}" if unit == "bytes" else f"{number:.1f} {unit}"
        number /= 1024
    return ""


def render_list(
    runs: Iterable[RunRecord], own: frozenset[str], current: frozenset[str], disk: Mapping[str, int]
) -> str:
    """All records, one a line."""
    rows = [("run", "command", "seed", "state", "whose", "current", "wall", "disk", "metrics")]
    for run in runs:
        cell = "".join(f" {k}={v}" for k, v in sorted(run.cell.items()))
        again = f" r{run.repeat}" if run.repeat else ""
        whose = run.origin if run.origin != "recorded" else ("own" if run.id in own else "author's")
        shown = ", ".join(f"{m.name} {m.last:.4g}" for m in run.metrics[:3])
        now = "yes" if run.id in current else ""
        seed = f"{run.seed}{again}"
        taken = size(disk.get(run.id, 0))
        rows.append((run.id, run.command + cell, seed, run.state, whose, now, hours(run.cost.wall), taken, shown))
    if len(rows) == 1:
        return "no runs recorded; `artifactpack record` runs the declared commands"
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([*lines, "", f"{len(rows) - 1} runs, {size(sum(disk.values()))}"])


def render_json(value: Any) -> str:
    """Any record or list of records as JSON."""
    return to_json(dump(value))
