"""`artifactpack verify`: check a bundle without running anything in it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from artifactpack.cli.common import OutputOpt, QuietOpt, emit, formats
from artifactpack.cli.progress import progress
from artifactpack.errors import InputError

BundleArg = Annotated[Path, typer.Argument(help="A bundle: the zip, or the folder it was unpacked to.")]
SignerOpt = Annotated[Path | None, typer.Option("--signer", help="Public key or allowed-signers file it must match.")]
SignatureOpt = Annotated[Path | None, typer.Option("--signature", help="Where the signature is (default: beside it).")]
TwinOpt = Annotated[Path | None, typer.Option("--same-work-as", metavar="BUNDLE", help="Its anonymous twin.")]
MappingOpt = Annotated[Path | None, typer.Option("--mapping", help="With --same-work-as: the mapping that was kept.")]


def command(
    bundle: BundleArg,
    signer: SignerOpt = None,
    signature: SignatureOpt = None,
    same_work_as: TwinOpt = None,
    mapping: MappingOpt = None,
    format_: Annotated[str, formats("text", "json", "in-toto")] = "text",
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
      artifactpack verify paper.zip --same-work-as submission.zip    # exit 1 if it is another work
    """
    from artifactpack.models.records import to_json
    from artifactpack.pipeline.verify import export, verify
    from artifactpack.report.verify_text import render

    if mapping is not None and same_work_as is None:
        raise InputError("--mapping goes with --same-work-as")
    if same_work_as is not None:
        raise typer.Exit(_same_work(bundle, same_work_as, mapping, format_, output, quiet))
    if format_ == "in-toto":
        return emit(export(bundle), output)
    with progress(quiet) as notify:
        result = verify(bundle, signer=signer, signature=signature, notify=notify)
    emit(to_json(result) if format_ == "json" else render(result), output)
    raise typer.Exit(3 if result.problems else int(any(c.verdict == "contradicted" for c in result.claims)))


def _same_work(named: Path, twin: Path, mapping: Path | None, format_: str, output: Path | None, quiet: bool) -> int:
    """Hold the named bundle against its anonymous twin; 1 if they are not one work."""
    from artifactpack.models.records import to_json
    from artifactpack.pipeline.twin import same_work
    from artifactpack.report.verify_text import render_proof

    if format_ == "in-toto":
        raise InputError("--same-work-as gives text or json")
    with progress(quiet) as notify:
        proof = same_work(named, twin, mapping, notify)
    emit(to_json(proof) if format_ == "json" else render_proof(proof), output)
    return 0 if proof.same else 1
