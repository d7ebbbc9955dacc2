"""`artifactpack check`: hold projects against checklists."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from artifactpack.cli.common import (
    ChecklistOpt,
    ExecutorOpt,
    OutputOpt,
    QuietOpt,
    SbatchOpt,
    VerboseOpt,
    drawn,
    emit,
    formats,
    width,
)
from artifactpack.cli.progress import progress
from artifactpack.errors import InputError

if TYPE_CHECKING:
    from artifactpack.models.verdict import CheckResult
    from artifactpack.pipeline.check_many import Checked

FORMATS = ("text", "json", "markdown", "html", "sarif", "junit", "github", "gitlab", "csv")
FAIL_ON = ("contradicted", "no-evidence", "new", "never")

PathsArg = Annotated[list[Path] | None, typer.Argument(help="Project folders or bundles.", show_default=False)]
FailOnOpt = Annotated[str, typer.Option("--fail-on", help="Exit 1 on: " + " | ".join(FAIL_ON) + ".")]
FormatOpt = Annotated[str, formats(*FORMATS)]
BaselineOpt = Annotated[Path | None, typer.Option("--baseline", help="An earlier check.json; with --fail-on new.")]
StaticOpt = Annotated[bool, typer.Option("--static", help="Look at files only, not at runs.")]
JobsOpt = Annotated[int | None, typer.Option("--jobs", "-j", help="Projects checked at once.")]
WorkOpt = Annotated[Path, typer.Option("--work", help="Shared folder for what a cluster's jobs leave.")]


def command(
    paths: PathsArg = None,
    checklist: ChecklistOpt = None,
    format_: FormatOpt = "text",
    output: OutputOpt = None,
    fail_on: FailOnOpt = "contradicted",
    baseline: BaselineOpt = None,
    static: StaticOpt = False,
    jobs: JobsOpt = None,
    executor: ExecutorOpt = "local",
    work: WorkOpt = Path("artifactpack-check"),
    sbatch: SbatchOpt = None,
    quiet: QuietOpt = False,
    verbose: VerboseOpt = False,
) -> None:
    """Hold a project and its recorded runs against a checklist; exit 1 if an answer is contradicted.

    \b
    Examples:
      artifactpack check
      artifactpack check ~/paper --checklist neurips-2026 --verbose
      artifactpack check --format sarif -o check.sarif --fail-on no-evidence
      artifactpack check submissions/* --format csv
      artifactpack check submissions/*.zip --executor slurm --jobs 20 --format csv
    """
    from artifactpack.pipeline.check import check, shortfall

    if fail_on not in FAIL_ON:
        raise InputError(f"--fail-on {fail_on}: not one of {', '.join(FAIL_ON)}")
    earlier = _read(baseline) if baseline else None
    lists = tuple(checklist or ())
    if executor != "local" or (paths and len(paths) > 1):
        from artifactpack.report.many import known

        known(format_)
    if executor != "local":
        from artifactpack.pipeline.errands import Cluster, check_there

        where = Cluster(executor=executor, jobs=jobs, options=tuple(sbatch or ()))
        with progress(quiet) as notify:
            checked = check_there(paths or [Path()], work, where, notify, checklists=lists, static=static)
        raise typer.Exit(_told(checked, format_, output, fail_on))
    one = partial(check, checklists=lists, static=static)
    if paths and len(paths) > 1:
        from artifactpack.pipeline.check_many import check_many

        raise typer.Exit(_told(list(check_many(paths, one, jobs)), format_, output, fail_on))
    path = (paths or [Path()])[0]
    result = one(path)
    if drawn(output, format_, quiet):
        from artifactpack.report.drawn import check as drawing

        drawing.draw(result, verbose=verbose)
    elif not (quiet and format_ == "text" and output is None):
        emit(_render(result, path, format_, verbose, width(output)), output)
    raise typer.Exit(1 if shortfall(result, fail_on, earlier) else 0)


def _read(path: Path) -> CheckResult:
    from artifactpack.models.verdict import CheckResult
    from artifactpack.pipeline.files import read_record

    return read_record(CheckResult, path)


def _render(result: CheckResult, path: Path, format_: str, verbose: bool, columns: int) -> str:
    if format_ == "text":
        from artifactpack.report import check_text

        return check_text.render(result, verbose=verbose, width=columns)
    from artifactpack.project.git import prefix
    from artifactpack.report.formats import FORMATS

    return FORMATS[format_](result, prefix=prefix(path) if path.is_dir() else "")


def _told(checked: list[Checked], format_: str, output: Path | None, fail_on: str) -> int:
    from artifactpack.pipeline.check import shortfall
    from artifactpack.report.many import render_many

    emit(render_many(checked, format_), output)
    codes = [c.exit_code or int(bool(c.result and shortfall(c.result, fail_on))) for c in checked]
    return max(codes, default=0)
