"""`artifactpack bundle`: write one archive."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from artifactpack.cli.common import ChecklistOpt, FormatOpt, OutputOpt, ProjectArg, QuietOpt, VerboseOpt, emit
from artifactpack.cli.progress import progress
from artifactpack.errors import InputError

CompressOpt = Annotated[bool, typer.Option("--compress", help="Deflate text, for a size limit; same bundle digest.")]
DryOpt = Annotated[bool, typer.Option("--dry-run", help="Only say what would go in, and why.")]
NoPdfOpt = Annotated[bool, typer.Option("--no-pdf", help="Leave report.pdf out; same bundle digest.")]
AnonymousOpt = Annotated[bool, typer.Option("--anonymous", help="Pack a redacted copy, checked for authors' marks.")]
AcceptOpt = Annotated[list[str] | None, typer.Option("--accept", metavar="PATTERN", help="Marks that may stay.")]
ProfileOpt = Annotated[str, typer.Option("--profile", help="A venue's limits: neurips-2026, arr, tmlr, ae, …")]
WheelsOpt = Annotated[bool, typer.Option("--wheels", help="Pack the packages too, for a re-run without an index.")]
ConvertOpt = Annotated[bool, typer.Option("--convert-weights", help="Add torch weights as safetensors (needs torch).")]
NamedOpt = Annotated[Path | None, typer.Option("--named", help="With --anonymous: the named bundle it is a twin of.")]
MappingOpt = Annotated[Path | None, typer.Option("--mapping", help="With --anonymous: where to keep the mapping.")]
SignOpt = Annotated[str, typer.Option("--sign", metavar="KEY", help="Sign with this SSH key; `new` makes one.")]


def command(
    path: ProjectArg = Path(),
    output: OutputOpt = None,
    compress: CompressOpt = False,
    dry_run: DryOpt = False,
    no_pdf: NoPdfOpt = False,
    profile: ProfileOpt = "",
    anonymous: AnonymousOpt = False,
    accept: AcceptOpt = None,
    wheels: WheelsOpt = False,
    convert_weights: ConvertOpt = False,
    named: NamedOpt = None,
    mapping: MappingOpt = None,
    sign: SignOpt = "",
    checklist: ChecklistOpt = None,
    format_: FormatOpt = "text",
    quiet: QuietOpt = False,
    verbose: VerboseOpt = False,
) -> None:
    """Write one archive: code, weights, data, run records, verdicts and their report.

    What goes in: files that git tracks, and files that the recorded runs really read, less `bundle.exclude`. Exit 1 if
    it is written but over the venue's limit. What proves that an anonymous bundle is the same work as the named one is
    kept in your own state folder, so that it is not uploaded with it.

    \b
    Examples:
      artifactpack bundle
      artifactpack bundle ~/paper -o paper.zip --compress
      artifactpack bundle --dry-run --profile neurips-2026
      artifactpack bundle --anonymous -o submission.zip
    """
    from artifactpack.models.records import to_json
    from artifactpack.pipeline.bundle import Options, bundle, default_target
    from artifactpack.report.bundle_text import render

    if not anonymous and (named or mapping):
        raise InputError(f"--{'named' if named else 'mapping'} goes with --anonymous")
    options = Options(
        compress=compress,
        anonymous=anonymous,
        accept=tuple(accept or ()),
        profile=profile,
        pdf=not no_pdf,
        wheels=wheels,
        convert_weights=convert_weights,
        named=named,
        mapping=mapping,
        sign=sign,
        dry_run=dry_run,
        checklists=tuple(checklist or ()),
    )
    with progress(quiet) as notify:
        result = bundle(path, output or default_target(path), options, notify)
    emit(to_json(result) if format_ == "json" else render(result, verbose=verbose or dry_run))
    raise typer.Exit(0 if result.budget.fits else 1)
