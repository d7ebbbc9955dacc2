"""Recorded runs on a terminal: what `record` and `runs` print."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from artifactpack.models.outcome import Difference
from artifactpack.models.records import to_json
from artifactpack.models.reference import MetricSummary, ReferenceRun
from artifactpack.models.run import RunRecord, Seeding
from artifactpack.recorder import diff
from artifactpack.report.scale import rounded

METRICS = ("command", "metric", "seeds", "mean ± sd over seeds", "min … max", "repeat sd")
RUNS = ("run", "command", "seed", "state", "whose", "current", "wall", "disk", "metrics")
SAME_INPUTS = "Same inputs, other results: `artifactpack record --trace-divergence` finds the first operator."
NO_RUNS = "no runs recorded; `artifactpack record` runs the declared commands"


def render_recorded(done: Any, format_: str = "text") -> str:
    """The outcome of `record`: runs made and kept, statistics, warnings, disk."""
    if format_ == "json":
        return to_json(done.reference)
    lines = [recorded(done), "", *table(done.reference)]
    lines += ["", *variability(done.reference)] if variability(done.reference) else []
    lines += ["", *(f"! {note}" for note in notes(done))] if notes(done) else []
    return "\n".join([*lines, "", *ledger(done)])


def recorded(done: Any) -> str:
    """How many runs were made and kept."""
    return f"{len(done.new)} runs recorded, {len(done.failed)} failed; {done.kept} were there and current"


def ledger(done: Any) -> list[str]:
    """What all runs cost together, and the room they take."""
    cost = done.reference.ledger
    spent = f"{cost.runs} runs in the ledger, {cost.failed} failed: {hours(cost.cost.wall)} of compute"
    return [spent, f"recorded runs take {size(done.disk)} on disk"]


def notes(done: Any) -> list[str]:
    """What a person should know: what was skipped, warnings, things seen in the new runs."""
    found = [*done.skipped, *done.warnings, *_observations(done.new)]
    if done.withheld and done.failed:
        names = ", ".join(done.withheld[:6])
        found.append(f"variables that look secret were not handed on ({names}); name those needed in environment.pass")
    return list(dict.fromkeys(found))


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


def variability(reference: ReferenceRun) -> list[str]:
    """What the ± stands for, in the words a checklist asks for: which factors varied, how it was computed."""
    seeds = max((len(s.seeds) for s in reference.summaries), default=0)
    if seeds < 2:
        return []
    text = f"± is the sample standard deviation over up to {seeds} seeds: what varied is what the seed decides"
    lines = [f"{text} (initialisation, order of the data, dropout); data, code and settings were the same."]
    if any(s.repeat_sd is not None for s in reference.summaries):
        lines.append("The repeat sd is the noise of one and the same seed, pooled over seeds.")
    return lines


def table(reference: ReferenceRun) -> list[str]:
    """One row a metric: mean ± sample standard deviation over seeds, range, noise between repeats."""
    rows = metric_rows(reference)
    return aligned([METRICS, *rows]) if rows else ["no metrics recorded"]


def metric_rows(reference: ReferenceRun) -> list[tuple[str, ...]]:
    """A row a metric, in the columns of METRICS."""
    return [_row(summary) for summary in reference.summaries]


def _row(summary: MetricSummary) -> tuple[str, ...]:
    cell = "".join(f" {k}={v}" for k, v in sorted(summary.cell.items()))
    spread = summary.between_seeds
    sd = spread.sd
    mean = rounded(spread.mean, sd) + ("" if sd is None else f" ± {rounded(sd, sd)}")
    told = spread.minimum is not None and spread.maximum is not None and spread.n > 1
    ends = f"{rounded(spread.minimum, sd)} … {rounded(spread.maximum, sd)}" if told else ""
    again = "not repeated" if summary.repeat_sd is None else rounded(summary.repeat_sd, summary.repeat_sd)
    return (summary.command + cell, summary.metric, str(spread.n), mean, ends, again)


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


def render_list(found: Any) -> str:
    """All records of a listing, one a line; those that another system tracked come last."""
    rows = run_rows(found)
    lines = aligned([RUNS, *rows]) if rows else [NO_RUNS]
    lines += [f"! {problem}" for problem in found.problems]
    return "\n".join([*lines, "", *totals(found)] if totals(found) else lines)


def run_rows(found: Any) -> list[tuple[str, ...]]:
    """A row a run, in the columns of RUNS."""
    return [*(_listed(run, found) for run in found.runs), *(_tracked(run) for run in found.tracked)]


def totals(found: Any) -> list[str]:
    """How many runs there are, and the room they take."""
    total = [f"{len(found.runs)} runs, {size(sum(found.disk.values()))}"] if found.runs else []
    if found.tracked:
        total.append(f"{len(found.tracked)} tracked by other systems; `artifactpack runs import` makes records of them")
    return total


def _tracked(run: RunRecord) -> tuple[str, ...]:
    """A run of another system in the same columns; what is not known of it is –."""
    cell = "".join(f" {k}={v}" for k, v in sorted(run.cell.items()))
    return (
        run.id if len(run.id) <= 40 else f"{run.id[:39]}…",
        run.command + cell,
        "-" if run.seed is None else str(run.seed),
        run.state,
        run.system,
        "-",
        hours(run.cost.wall) if run.cost.wall else "-",
        "-",
        ", ".join(f"{m.name} {m.last:.4g}" for m in run.metrics[:3]),
    )


def _listed(run: RunRecord, found: Any) -> tuple[str, ...]:
    cell = "".join(f" {k}={v}" for k, v in sorted(run.cell.items()))
    whose: str = run.origin if run.origin != "recorded" else ("own" if run.id in found.own else "author's")
    whose = f"{whose}: {run.system}" if run.system else whose
    return (
        run.id,
        run.command + cell,
        f"{'-' if run.seed is None else run.seed}{f' repeat {run.repeat}' if run.repeat else ''}",
        run.state,
        whose,
        "yes" if run.id in found.current else "no",
        hours(run.cost.wall),
        size(found.disk.get(run.id, 0)),
        ", ".join(f"{m.name} {m.last:.4g}" for m in run.metrics[:3]),
    )


def aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows as columns of equal width."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def render_run(run: RunRecord) -> str:
    """One record for a person: what is self-reported is under its own heading."""
    cost, hardware = run.cost, run.hardware
    code = f"exit {run.exit_code}" if run.exit_code is not None else run.signal
    lines = [f"{run.id}: {run.command} seed {run.seed}, {run.state}{f' ({code})' if code else ''}"]
    lines += [f"  {run.error}"] if run.error else []
    lines += [f"  {' '.join(run.argv)}"]
    lines += [f"  parameters: {', '.join(f'{k} = {v}' for k, v in run.parameters.items())}"] if run.parameters else []
    lines += [""]
    lines += ["Seen from outside"]
    lines += [f"  {run.started}, {hours(cost.wall)}, {hours(cost.cpu)} of CPU, {size(cost.peak_memory)} peak memory"]
    lines += [f"  {hardware.cpu}, {hardware.cores} cores, {size(hardware.memory)}, {hardware.system}"]
    lines += [f"  {gpu.name}, driver {gpu.driver}, cuDNN {gpu.cudnn}, peak {size(gpu.peak)}" for gpu in hardware.gpus]
    lines += [f"  {m.name} {m.last:.6g} (of {m.count}, {m.minimum:.6g} … {m.maximum:.6g})" for m in run.metrics]
    lines += [f"  weights {w.path}: {w.parameters} parameters, {', '.join(w.dtypes)}, {w.safety}" for w in run.weights]
    lines += ["", f"Told by its {run.processes} processes" if run.observed else "Not observed from inside"]
    lines += [f"  {note}" for note in run.not_observed]
    lines += [_seeding(s) for s in run.seedings if not s.process]
    lines += [f"  {u.rng} without a seed: {u.call}{f' at {u.path}:{u.line}' if u.path else ''}" for u in run.unseeded]
    lines += [f"  {s.name} = {s.at_exit if s.at_start is None else s.at_start}" for s in run.settings]
    lines += [f"  ! {warning}" for warning in run.warnings]
    lines += [f"  read {f.path}{' (changed since)' if f.changed else ''}" for f in run.read[:40]]
    lines += [f"  and {run.outside_read} files elsewhere: {', '.join(run.outside)}"] if run.outside_read else []
    lines += [f"  {len(run.packages)} packages: {', '.join(f'{p.name} {p.version}' for p in run.packages)}"]
    return "\n".join([*lines, *(["", "Its last lines", run.tail] if run.tail else [])])


def _seeding(seeding: Seeding) -> str:
    late = ", after numbers had been drawn" if seeding.drawn_before else ""
    return f"  {seeding.call}({seeding.value}) at {seeding.path or '?'}:{seeding.line}{late}"


def render_diff(found: Sequence[Difference]) -> str:
    """The differences between two runs, possible causes first."""
    if not found:
        return "no difference: same inputs, settings and seeds, same results"
    causes, results = diff.causes(found), diff.results(found)
    lines = ["What went in differs:", *map(_difference, causes)] if causes else ["What went in is the same."]
    lines += (
        ["", "What came out differs:", *map(_difference, results)] if results else ["", "What came out is the same."]
    )
    if results and not causes:
        lines += ["", SAME_INPUTS]
    return "\n".join(lines)


def _difference(found: Difference) -> str:
    return f"  {found.kind:<11} {found.name}: {short(found.expected)} | {short(found.got)}"


def short(value: Any, limit: int = 60) -> str:
    """A value in at most *limit* letters, its middle left out where it is longer."""
    text = "-" if value is None else str(value)
    half = limit // 2 - 1
    return text if len(text) <= limit else f"{text[:half]}…{text[-half:]}"


def render_divergence(found: Any) -> str:
    """Where two runs of one seed part: the operator, the line, and the line the difference came from."""
    lines = [_difference(d) for d in found.differences]
    lines = ["What went into the two runs differs already:", *lines, ""] if lines else []
    if not found.found:
        what = "no difference found" if found.step is None else "the runs differ, and where they part was not found"
        return "\n".join([*lines, f"{what} in {found.runs} runs ({found.seconds:.1f} s): {found.note}"])
    where = f" in {found.process}" if found.process != "main" else ""
    step = f"optimizer step {found.step}: " if found.step is not None else ""
    lines += [
        f"The runs part at {step}{found.operator or 'this line'}{where}",
        f"  {found.path}:{found.line}: {found.text}",
    ]
    if found.cause is not None and (found.cause.path, found.cause.line) != (found.path, found.line):
        lines += ["It came from", f"  {found.cause.path}:{found.cause.line}: {found.cause.text}"]
        lines += [f"  {found.cause.name} was {' | '.join(map(short, found.cause.values))}"] if found.cause.name else []
    lines += [f"Why: {found.why}"] if found.why else []
    return "\n".join([*lines, f"({found.runs} runs, {found.seconds:.1f} s)"])


def divergence_sentence(found: Any, what: str) -> str:
    """The same in a sentence, for a claim."""
    if not found.found:
        return f"Traced {what}, {found.runs} runs: {found.note or 'nothing that was traced differs'}."
    step = f" at optimizer step {found.step}" if found.step is not None else ""
    words = f"Two runs of {what} part{step} in {found.operator or 'a line'} ({_line(found)})"
    if found.cause is not None and (found.cause.path, found.cause.line) != (found.path, found.line):
        words += f"; it came from {_line(found.cause)}"
    return f"{words}: {found.why}." if found.why else f"{words}."


def _line(at: Any) -> str:
    return f"{at.path}:{at.line}: {short(at.text)}"


def render_json(value: Any) -> str:
    """Any record or list of records as JSON."""
    return to_json(value)
