"""`artifactpack report`: the HTML or PDF report of a project or bundle."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from artifactpack.cli.common import ChecklistOpt, QuietOpt, emit
from artifactpack.errors import InputError

PathArg = Annotated[Path, typer.Argument(help="A project's folder or a bundle.", show_default=False)]
OutputOpt = Annotated[Path, typer.Option("--output", "-o", help="FILE.html or FILE.pdf.")]
PaperOpt = Annotated[str, typer.Option("--paper", help="Page size of the PDF: a4 | letter.")]
RerunOpt = Annotated[Path | None, typer.Option("--rerun", help="A rerun.json to show with it.")]


def command(
    path: PathArg = Path(),
    output: OutputOpt = Path("report.html"),
    checklist: ChecklistOpt = None,
    paper: PaperOpt = "a4",
    rerun: RerunOpt = None,
    quiet: QuietOpt = False,
) -> None:
    """Write the report: one page that loads nothing, or a PDF of it.

    It shows the verdict, every claim and checklist item with its evidence, the recorded runs with their spread and
    cost, data and weights, and what was not verified. A project is checked anew; a bundle is only read.

    \b
    Examples:
      artifactpack report
      artifactpack report ~/paper -o paper.pdf --paper letter
      artifactpack report digits.zip -o digits.html --rerun rerun/rerun.json
    """
    from artifactpack.pipeline.report import report

    if paper not in ("a4", "letter"):
        raise InputError(f"--paper {paper}: not one of a4, letter")
    written = report(path, output, checklists=tuple(checklist or ()), paper=paper, rerun=rerun)
    if not quiet:
        emit(str(written))
