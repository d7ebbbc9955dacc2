"""`artifactpack rerun`: run a bundle again and judge its claims."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from artifactpack.cli.common import ExecutorOpt, OutputOpt, QuietOpt, SbatchOpt, emit, formats, note
from artifactpack.cli.progress import progress
from artifactpack.errors import InputError

BundleArg = Annotated[list[Path], typer.Argument(help="A bundle, or a folder of bundles.", show_default=False)]
TierOpt = Annotated[str, typer.Option(help="smoke, evaluate, train or all; default: the deepest that fits.")]
ClaimOpt = Annotated[list[str] | None, typer.Option("--claim", metavar="ID", help="Only this claim (repeatable).")]
SeedsOpt = Annotated[str, typer.Option(help="Seeds to run: 11,12 or 0-4; default: as many as can decide.")]
TimeOpt = Annotated[str, typer.Option("--max-time", help="Time there is for runs: 30m, 2h.")]
DataOpt = Annotated[list[str] | None, typer.Option("--data", metavar="NAME=PATH", help="Data that is not inside.")]
RootOpt = Annotated[Path | None, typer.Option("--data-root", help="Folder where data sets are: used there, by hash.")]
WorkOpt = Annotated[Path | None, typer.Option("--work", help="Folder to work in; default: NAME-rerun here.")]
TrustOpt = Annotated[
    bool, typer.Option("--i-trust-this-bundle", help="Run a stranger's code without a sandbox of level 2.")
]
NetworkOpt = Annotated[
    bool, typer.Option("--network", help="Open the network, to fetch data; it is said in the report.")
]
DryOpt = Annotated[bool, typer.Option("--dry-run", help="Only verify, probe the sandbox and plan.")]
CompareOpt = Annotated[
    bool, typer.Option("--compare", help="The arguments are rerun.json files: show them side by side.")
]
JobsOpt = Annotated[int | None, typer.Option("--jobs", min=1, help="Bundles at a time, for a folder of bundles.")]
ReviewerOpt = Annotated[str, typer.Option("--reviewer", help="A name to show in the result.")]
TraceOpt = Annotated[
    bool, typer.Option("--trace-divergence", help="Find the line where a nondeterministic program differs from itself.")
]
PdfOpt = Annotated[bool, typer.Option("--pdf/--no-pdf", help="Write the report as PDF too.")]


def command(
    bundle: BundleArg,
    tier: TierOpt = "",
    claim: ClaimOpt = None,
    seeds: SeedsOpt = "",
    max_time: TimeOpt = "",
    data: DataOpt = None,
    data_root: RootOpt = None,
    work: WorkOpt = None,
    trust: TrustOpt = False,
    network: NetworkOpt = False,
    dry_run: DryOpt = False,
    compare: CompareOpt = False,
    jobs: JobsOpt = None,
    executor: ExecutorOpt = "local",
    sbatch: SbatchOpt = None,
    reviewer: ReviewerOpt = "",
    pdf: PdfOpt = True,
    trace_divergence: TraceOpt = False,
    format_: Annotated[str, formats("text", "json", "html")] = "text",
    output: OutputOpt = None,
    quiet: QuietOpt = False,
) -> None:
    """Run a bundle again in a sandbox and judge every claim against the noise.

    It says first what it will do and cost. Then: verify, unpack, rebuild the environment, run, compare, report.
    Exit 1 if a claim was not reproduced or not decided, 3 if it is not safe to run, 4 if our side failed.
    Claims that the tier cannot decide (smoke, evaluate) are not-run and do not fail it.

    \b
    Examples:
      artifactpack rerun paper.zip --dry-run
      artifactpack rerun paper.zip --max-time 30m
      artifactpack rerun paper.zip --data-root /datasets
      artifactpack rerun submissions/ --jobs 2
      artifactpack rerun submissions/ --executor slurm --jobs 20 --sbatch=--partition=gpu
      artifactpack rerun --compare alice/rerun.json bob/rerun.json
      artifactpack rerun --compare alice bob -o both.html
    """
    from artifactpack.pipeline.rerun_wish import make_wish

    if format_ == "html" and not compare:
        raise InputError("--format html is for --compare; a re-run writes its page into --work by itself")
    as_json = format_ == "json"
    if compare:
        emit(_compared(bundle, _form(format_, output)), output)
        return
    if len(bundle) != 1:
        raise InputError("give one bundle, or one folder of bundles")
    wants = (tier, claim or (), seeds, max_time, data or (), network, trust, reviewer, pdf, trace_divergence)
    wish = make_wish(*wants, str(data_root or ""))
    if dry_run:
        emit(_planned(bundle[0], wish, as_json), output)
        return
    from artifactpack.pipeline.rerun_many import is_folder_of_bundles

    if executor == "local":
        run = _many if is_folder_of_bundles(bundle[0]) else _one
        text, code = run(bundle[0], work, wish, jobs or 1, quiet, as_json)
    else:
        from artifactpack.pipeline.errands import Cluster

        where = Cluster(executor=executor, jobs=jobs, options=tuple(sbatch or ()))
        text, code = _there(bundle[0], work, wish, where, quiet, as_json)
    emit(text, output)
    raise typer.Exit(code)


def _one(path: Path, work: Path | None, wish: object, jobs: int, quiet: bool, as_json: bool) -> tuple[str, int]:
    from artifactpack.models.records import to_json
    from artifactpack.models.rerun import RerunPlan
    from artifactpack.pipeline.rerun import rerun
    from artifactpack.pipeline.rerun_judge import exit_code
    from artifactpack.pipeline.rerun_wish import Wish
    from artifactpack.report.rerun_text import plan_lines, render

    def show(plan: RerunPlan) -> None:
        if not quiet:
            note("\n".join(plan_lines(plan)))

    assert isinstance(wish, Wish)  # noqa: S101 - for the type checker
    folder = work or Path(f"{path.absolute().stem}-rerun")
    with progress(quiet) as notify:
        result = rerun(path, folder, wish, show=show, notify=notify)
    text = to_json(result) if as_json else f"{render(result)}\nThe report is {folder / 'rerun-report.html'}\n"
    return text, exit_code(result)


def _many(path: Path, work: Path | None, wish: object, jobs: int, quiet: bool, as_json: bool) -> tuple[str, int]:
    from artifactpack.models.records import to_json
    from artifactpack.pipeline.rerun_many import rerun_folder, worst
    from artifactpack.pipeline.rerun_wish import Wish
    from artifactpack.report.rerun_table import render

    assert isinstance(wish, Wish)  # noqa: S101 - for the type checker
    with progress(quiet) as notify:
        rows = rerun_folder(path, work or Path(f"{path.resolve().name}-rerun"), wish, jobs=jobs, notify=notify)
    return ("".join(to_json(row, indent=None) for row in rows) if as_json else render(rows)), worst(rows)


def _there(path: Path, work: Path | None, wish: object, where: object, quiet: bool, as_json: bool) -> tuple[str, int]:
    from artifactpack.models.records import to_json
    from artifactpack.pipeline.errands import Cluster, rerun_there
    from artifactpack.pipeline.rerun_many import bundles_in, worst
    from artifactpack.pipeline.rerun_wish import Wish
    from artifactpack.report.rerun_table import render

    assert isinstance(wish, Wish)  # noqa: S101 - for the type checker
    assert isinstance(where, Cluster)  # noqa: S101 - for the type checker
    bundles = bundles_in(path) if path.is_dir() else [path]
    with progress(quiet) as notify:
        rows = rerun_there(bundles, work or Path(f"{path.resolve().stem}-rerun"), wish, where, notify)
    return ("".join(to_json(row, indent=None) for row in rows) if as_json else render(rows)), worst(rows)


def _planned(path: Path, wish: object, as_json: bool) -> str:
    from artifactpack.models.records import to_json
    from artifactpack.pipeline.rerun import plan_only
    from artifactpack.pipeline.rerun_wish import Wish
    from artifactpack.report.rerun_text import plan_lines

    assert isinstance(wish, Wish)  # noqa: S101 - for the type checker
    plan = plan_only(path, wish)
    return to_json(plan) if as_json else "\n".join(plan_lines(plan)) + "\n"


def _form(format_: str, output: Path | None) -> str:
    """A comparison's format, which the name of the file may tell."""
    suffix = output.suffix.lower() if output else ""
    if suffix == ".pdf":
        raise InputError(f"{output}: a comparison is text, --format json, or a page (-o FILE.html)")
    return "html" if suffix in (".html", ".htm") and format_ == "text" else format_


def _compared(paths: list[Path], format_: str) -> str:
    from artifactpack.models.records import to_json
    from artifactpack.pipeline.rerun_many import side_by_side
    from artifactpack.report.rerun_table import render_side_by_side
    from artifactpack.report.reviewers import render

    found = side_by_side(paths)
    if format_ == "json":
        return to_json(found)
    return render(found) if format_ == "html" else render_side_by_side(found)
