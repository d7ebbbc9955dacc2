"""`artifactpack record`: run the declared commands over seeds and observe what really happens."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from artifactpack.cli.common import FormatOpt, OutputOpt, ProjectArg, QuietOpt, drawn, emit
from artifactpack.cli.common import note as tell
from artifactpack.cli.progress import progress
from artifactpack.errors import InputError, ShortfallError

if TYPE_CHECKING:
    from artifactpack.pipeline.record import Recorded

CommandOpt = Annotated[list[str] | None, typer.Option("--command", "-C", help="Only this command (repeatable).")]
SeedsOpt = Annotated[str, typer.Option("--seeds", help="Seeds, like 0-4 or 1,5,9, in place of the configured ones.")]
RepeatOpt = Annotated[int | None, typer.Option("--repeat", min=1, help="Runs of each seed: same seed, again.")]
JobsOpt = Annotated[
    int | None, typer.Option("--jobs", "-j", min=1, help="Runs at once (default: 1 here, all on a cluster).")
]
ExecutorOpt = Annotated[str, typer.Option("--executor", help="local | slurm | ray")]
DetachOpt = Annotated[bool, typer.Option("--detach", help="Submit to the cluster and return; later: --attach.")]
AttachOpt = Annotated[bool, typer.Option("--attach", help="Go on with the runs that are on the cluster.")]
CancelOpt = Annotated[bool, typer.Option("--cancel", help="Stop the runs that are on the cluster.")]
TierOpt = Annotated[str, typer.Option("--tier", help="Only commands of this tier: smoke, evaluate, train.")]
AgainOpt = Annotated[bool, typer.Option("--again", help="Run everything anew, also what is recorded and current.")]
TraceOpt = Annotated[bool, typer.Option("--trace-divergence", help="Run one seed twice and find where the runs part.")]
QuotaOpt = Annotated[str, typer.Option("--quota", help="Most disk that runs may take: 500M, 2G.")]


def command(
    path: ProjectArg = Path(),
    command: CommandOpt = None,
    seeds: SeedsOpt = "",
    repeat: RepeatOpt = None,
    jobs: JobsOpt = None,
    executor: ExecutorOpt = "local",
    detach: DetachOpt = False,
    attach: AttachOpt = False,
    cancel: CancelOpt = False,
    tier: TierOpt = "",
    again: AgainOpt = False,
    quota: QuotaOpt = "",
    trace_divergence: TraceOpt = False,
    format_: FormatOpt = "text",
    output: OutputOpt = None,
    quiet: QuietOpt = False,
) -> None:
    """Run the declared commands over grid and seeds; what is recorded and current is not run again.

    \b
    Examples:
      artifactpack record
      artifactpack record --command train --seeds 0-4 --jobs 2
      artifactpack record --repeat 2        # the same seeds twice: how much do repeats differ?
      artifactpack record --command train --seeds 0 --trace-divergence    # and why?
      artifactpack record --executor slurm --seeds 0-49 --jobs 10 --detach
      artifactpack record --attach
    """
    from artifactpack.pipeline.flights import call_of
    from artifactpack.pipeline.freeze import freeze
    from artifactpack.pipeline.record import run_all
    from artifactpack.recorder.typed import parse_seeds, parse_size
    from artifactpack.report.runs_text import render_recorded

    if trace_divergence:
        raise typer.Exit(_trace(path, command, seeds, format_, output, quiet))
    if cancel:
        raise typer.Exit(_cancel(path))
    chosen = {"commands": command or (), "seeds": parse_seeds(seeds), "repeat": repeat, "executor": executor}
    call = call_of(path) if attach else {**chosen, "tier": tier, "again": again, "quota": parse_size(quota)}
    call["jobs"] = jobs or call.get("jobs")
    try:
        with progress(quiet) as notify:
            done = run_all(path, **call, detach=detach, notify=notify)
    except KeyboardInterrupt as stop:
        tell(f"artifactpack: interrupted; {_interrupted(path)}")
        raise SystemExit(130) from stop  # with its own words; typer.Exit would add others
    if done.out:
        typer.echo(f"artifactpack: {done.out} runs are on the cluster; go on with `artifactpack record --attach`")
    note = freeze(path) if done.new else ""
    if note and not quiet:
        tell(f"artifactpack: {note}")
    if drawn(output, format_, quiet):
        from artifactpack.report.drawn.runs import draw_recorded

        draw_recorded(done)
    elif not (quiet and output is None and format_ == "text"):
        emit(render_recorded(done, format_), output)
    if done.failed or done.skipped:
        raise ShortfallError(_failure(done))


def _cancel(path: Path) -> int:
    """Stop what is on the cluster."""
    from artifactpack.pipeline import flights

    stopped, ended = flights.cancel(path)
    typer.echo(f"artifactpack: {stopped} runs stopped, {ended} had ended")
    return 0


def _interrupted(path: Path) -> str:
    """What becomes of the runs after Ctrl-C."""
    from artifactpack.pipeline.flights import flying

    out = len(flying(path))
    if not out:
        return "finished runs are kept, `artifactpack record` does the rest"
    return f"{out} runs go on there; `artifactpack record --attach` takes them up, `--cancel` stops them"


def _trace(path: Path, commands: list[str] | None, seeds: str, format_: str, output: Path | None, quiet: bool) -> int:
    """Find where two runs of one seed part; 1 if they do."""
    from artifactpack.pipeline.divergence import trace_divergence
    from artifactpack.recorder.typed import parse_seeds
    from artifactpack.report.runs_text import render_divergence, render_json

    if commands and len(commands) > 1:
        raise InputError("--trace-divergence looks at one command; give one --command")
    wanted = parse_seeds(seeds)
    with progress(quiet) as notify:
        found = trace_divergence(path, command=(commands or [""])[0], seed=wanted[0] if wanted else None, notify=notify)
    if drawn(output, format_):
        from artifactpack.report.drawn.runs import draw_divergence

        draw_divergence(found)
    else:
        emit(render_json(found) if format_ == "json" else render_divergence(found), output)
    return 1 if found.found or found.differences or found.step is not None else 0


def _failure(done: Recorded) -> str:
    """Which runs failed, and the last lines of the first one."""
    if not done.failed:
        return f"not run: {'; '.join(done.skipped[:3])}"
    first = done.failed[0]
    more = f" (and {len(done.failed) - 1} more)" if len(done.failed) > 1 else ""
    tail = f"; its last lines:\n{first.tail}" if first.tail else "; it printed nothing"
    return f"{first.command} seed {first.seed} {first.state}: {first.error}{more}{tail}\nthe record is kept: {first.id}"
