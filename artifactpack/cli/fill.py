"""`artifactpack fill`: fill a venue's own checklist file, or render one of our forms."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from artifactpack.cli.common import OutputOpt, QuietOpt, emit, note
from artifactpack.errors import InputError

FORMS = "arr | automl | cvpr-compute | ae-appendix | iclr-statement | table"


def command(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE.tex", help="The venue's form; with --form, the project.")
    ] = None,
    project: Annotated[Path, typer.Argument(help="The project's folder.", show_default=False)] = Path(),
    write: Annotated[bool, typer.Option("--write", help="Write the file (otherwise it is only shown).")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show the change as a diff.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Also replace answers a person gave.")] = False,
    delete_instructions: Annotated[
        bool, typer.Option("--delete-instructions", help="Also delete the venue's instruction block.")
    ] = False,
    checklist: Annotated[str, typer.Option("--checklist", "-c", metavar="ID", help="Default: told by content.")] = "",
    form: Annotated[str, typer.Option("--form", metavar="NAME", help=f"Render a form instead: {FORMS}.")] = "",
    fmt: Annotated[str, typer.Option("--format", "-f", help="Of --form: tex, md or json.")] = "",
    metric: Annotated[list[str] | None, typer.Option("--metric", help="Of --form table (repeatable).")] = None,
    spread: Annotated[str, typer.Option("--spread", help="Of --form table: sd, se or ci95.")] = "sd",
    percent: Annotated[bool, typer.Option("--percent", help="Of --form table: values times 100.")] = False,
    output: OutputOpt = None,
    quiet: QuietOpt = False,
) -> None:
    """Fill FILE.tex with the answers that evidence supports; what only a person can answer stays TODO.

    \b
    Examples:
      artifactpack fill paper/checklist.tex --diff
      artifactpack fill paper/checklist.tex --write
      artifactpack fill --form ae-appendix . -o appendix.tex
    """
    from artifactpack.pipeline.fill import fill_file, fill_form, fill_table

    if form:
        root = file or project
        text = (
            fill_table(root, tuple(metric or ()), spread, percent, fmt)
            if form == "table"
            else fill_form(form, root, fmt)
        )
        emit(text, output)
        return
    if file is None:
        raise InputError(f"give the venue's FILE.tex, or --form {FORMS}")
    result = fill_file(file, project, checklist, write=write, replace=replace, delete_instructions=delete_instructions)
    if diff:
        emit(result.diff(), output)
    elif not quiet:
        emit(_summary(result, write), output)
    for text in result.notes:
        note(f"artifactpack: {text}")


def _summary(result: object, written: bool) -> str:
    from artifactpack.pipeline.fill import FillResult

    assert isinstance(result, FillResult)  # noqa: S101 - for the type checker
    lines = [f"{result.path.name}: {result.checklist}"]
    lines += [_line(step) for step in result.steps]
    filled = sum(step.action == "filled" for step in result.steps)
    done = "written" if written and result.before != result.after else "nothing written; --write writes, --diff shows"
    return "\n".join([*lines, "", f"{filled} of {len(result.steps)} items filled from evidence; {done}."])


def _line(step: object) -> str:
    from artifactpack.core.fill import Step

    assert isinstance(step, Step)  # noqa: S101 - for the type checker
    mark = {"filled": "+", "kept": "=", "author": "?", "open": "-", "same": "="}[step.action]
    said = f"{step.answer}: {step.why}" if step.action == "filled" else step.reason or step.answer
    return f"  {mark} {step.item:<5} {step.title}\n          {said}"
