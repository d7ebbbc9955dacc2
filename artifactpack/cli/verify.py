"""`artifactpack verify`: check a bundle without running anything in it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from artifactpack.cli.common import FormatOpt, OutputOpt, QuietOpt, emit
from artifactpack.cli.progress import progress
from artifactpack.errors import InputError

BundleArg = Annotated[Path, typer.Argument(help="A bundle: the zip, or the folder it was unpacked to.")]
SignerOpt = Annotated[Path | None, typer.Option("--signer", help="Public key or allowed-signers file it must match.")]
SignatureOpt = Annotated[Path | None, typer.Option("--signature", help="Where the signature is (default: beside it).")]


def command(
    bundle: BundleArg,
    signer: SignerOpt = None,
    signature: SignatureOpt = None,
    format_: FormatOpt = "text",
    output: OutputOpt = None,
    quiet: QuietOpt = False,
) -> None:
    """Check a bundle without running anything in it; exit 3 if it is damaged, changed or unsafe.

    Every byte is hashed, the metadata is compared with the files, claims are computed again from the bundled records,
    and weights are read without loading them. The bundle digest it prints is the one that the paper should state.

    \b
    Examples:
      artifactpack verify paper.zip
      artifactpack verify unpacked/ --format json
      artifactpack verify paper.zip --signer authors.pub
      artifactpack verify paper.zip --format in-toto -o statement.json
    """
    from artifactpack.models.records import to_json
    from artifactpack.pipeline.verify import export, verify
    from artifactpack.report.verify_text import render

    if format_ not in ("text", "json", "in-toto"):
        raise InputError(f"--format {format_}: not one of text, json, in-toto")
    if format_ == "in-toto":
        return emit(export(bundle), output)
    with progress(quiet) as notify:
        result = verify(bundle, signer=signer, signature=signature, notify=notify)
    emit(to_json(result) if format_ == "json" else render(result), output)
    raise typer.Exit(3 if result.problems else int(any(c.verdict == "contradicted" for c in result.claims)))
