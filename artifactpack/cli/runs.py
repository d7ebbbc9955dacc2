"""`artifactpack runs`: list, show, compare, add or remove recorded runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from artifactpack.cli.common import FormatOpt, OutputOpt, drawn, emit
from artifactpack.errors import InputError

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)
ProjectOpt = Annotated[Path, typer.Option("--project", "-p", help="The project's folder.")]
RunArg = Annotated[str, typer.Argument(help="A run's id, or the beginning of it.", show_default=False)]
RunsArg = Annotated[list[str], typer.Argument(help="Ids, or the beginnings of them.", show_default=False)]
MetricsOpt = Annotated[list[Path], typer.Option("--metrics", help="JSON, JSON lines, CSV or TensorBoard (repeatable).")]
WeightsOpt = Annotated[list[Path] | None, typer.Option("--weights", help="A weight file (repeatable).")]
SetOpt = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A cell of the grid (repeatable).")
]


@app.command("list", short_help="list all recorded runs, and those that other systems tracked")
def list_(project: ProjectOpt = Path(), format_: FormatOpt = "text", output: OutputOpt = None) -> None:
    """List all recorded runs, failed ones too, and those that other systems (MLflow, W&B, Hydra, …) tracked.

    \b
    Examples:
      artifactpack runs list
      artifactpack runs list --project ~/paper --format json
    """
    from artifactpack.pipeline.runs import list_runs
    from artifactpack.report.runs_text import render_json, render_list

    found = list_runs(project)
    if drawn(output, format_):
        from artifactpack.report.drawn.runs import draw_list

        draw_list(found)
        return
    text = render_json((*found.runs, *found.tracked)) if format_ == "json" else render_list(found)
    emit(text, output)


@app.command(short_help="show what one run did")
def show(run: RunArg, project: ProjectOpt = Path(), format_: FormatOpt = "text", output: OutputOpt = None) -> None:
    """Show what one run did: seeds that arrived, settings in force, files, packages, cost.

    \b
    Examples:
      artifactpack runs show train-s0
    """
    from artifactpack.pipeline.runs import show_run
    from artifactpack.report.runs_text import render_json, render_run

    found = show_run(project, run)
    if drawn(output, format_):
        from artifactpack.report.drawn.runs import draw_run

        draw_run(found)
        return
    emit(render_json(found) if format_ == "json" else render_run(found), output)


@app.command(short_help="compare two runs")
def diff(
    one: RunArg,
    two: RunArg,
    project: ProjectOpt = Path(),
    format_: FormatOpt = "text",
    output: OutputOpt = None,
) -> None:
    """Compare two runs: settings, seeds, inputs, packages, then results; exit 1 if their results differ.

    \b
    Examples:
      artifactpack runs diff train-s0 train-s1
    """
    from artifactpack.pipeline.runs import diff_runs
    from artifactpack.recorder.diff import results
    from artifactpack.report.runs_text import render_diff, render_json

    found = diff_runs(project, one, two)
    if drawn(output, format_):
        from artifactpack.report.drawn.runs import draw_diff

        draw_diff(found, one, two)
    else:
        emit(render_json(found) if format_ == "json" else render_diff(found), output)
    raise typer.Exit(1 if results(found) else 0)


@app.command(short_help="take in a run that happened elsewhere")
def add(
    metrics: MetricsOpt,
    command: Annotated[str, typer.Option("--command", "-C", help="Which declared command it was.")],
    seed: Annotated[int | None, typer.Option("--seed", help="Its seed.")] = None,
    cell: SetOpt = None,
    weights: WeightsOpt = None,
    log: Annotated[Path | None, typer.Option("--log", help="Its console log.")] = None,
    started: Annotated[str, typer.Option("--started", help="When, like 2026-05-01.")] = "",
    wall: Annotated[str, typer.Option("--wall", help="How long it took, like 3h20m.")] = "",
    project: ProjectOpt = Path(),
) -> None:
    """Take in a run that happened elsewhere; it is kept and shown as declared by the author.

    \b
    Examples:
      artifactpack runs add --command train --seed 0 --metrics metrics.json --wall 3h20m
    """
    from artifactpack.pipeline.runs import add_run
    from artifactpack.recorder.typed import seconds

    run = add_run(
        project,
        command,
        metrics=metrics,
        seed=seed,
        cell=dict(_pair(text) for text in cell or ()),
        weights=weights or (),
        log=log,
        started=started,
        wall=seconds(wall, "--wall"),
    )
    emit(f"added {run.id} (declared): {', '.join(f'{m.name} {m.last:g}' for m in run.metrics[:5])}")


@app.command("import", short_help="freeze runs that other systems tracked into records")
def import_(
    names: Annotated[
        list[str] | None, typer.Argument(help="Tracked runs' ids, or a system's name; all if left out.")
    ] = None,
    command: Annotated[str, typer.Option("--command", "-C", help="Which declared command they were runs of.")] = "",
    project: ProjectOpt = Path(),
) -> None:
    """Freeze runs that other systems tracked into records, so that the bundle holds them under the system's name.

    \b
    Examples:
      artifactpack runs import
      artifactpack runs import mlflow --command train
    """
    from artifactpack.pipeline.runs_import import import_runs

    made = import_runs(project, names or (), command)
    systems = ", ".join(sorted({run.system for run in made}))
    emit(f"imported {len(made)} {'run' if len(made) == 1 else 'runs'} ({systems})" if made else "nothing new to import")


def _pair(text: str) -> tuple[str, str | int | float | bool]:
    key, mark, value = text.partition("=")
    if not mark or not key:
        raise InputError(f"--set {text}: write KEY=VALUE")
    for kind in (int, float):
        try:
            return key, kind(value)
        except ValueError:
            continue
    return key, {"true": True, "false": False}.get(value, value)


@app.command(short_help="remove runs for good")
def rm(run: RunsArg, project: ProjectOpt = Path()) -> None:
    """Remove runs for good, their outputs too.

    \b
    Examples:
      artifactpack runs rm train-s0
    """
    from artifactpack.pipeline.runs import remove_runs
    from artifactpack.report.runs_text import size

    freed = remove_runs(project, run)
    emit(f"removed {len(set(run))} {'run' if len(set(run)) == 1 else 'runs'}, {size(freed)} freed")
