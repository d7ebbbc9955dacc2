"""`artifactpack publish`: upload a bundle."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from artifactpack.cli.common import FormatOpt, OutputOpt, QuietOpt, emit
from artifactpack.cli.progress import progress
from artifactpack.models.publish import Published

BundleArg = Annotated[Path, typer.Argument(help="The bundle, a zip file.", show_default=False)]
TargetArg = Annotated[str, typer.Argument(help="file:///…, s3://…, oci://host/name:tag, or zenodo:[sandbox].")]
InsecureOpt = Annotated[bool, typer.Option("--insecure", help="Plain HTTP to a registry that is not this machine.")]


def command(
    bundle: BundleArg,
    target: TargetArg,
    insecure: InsecureOpt = False,
    format_: FormatOpt = "text",
    output: OutputOpt = None,
    quiet: QuietOpt = False,
) -> None:
    """Upload a bundle; run it again after an interruption and it goes on where it stopped.

    A Zenodo upload stays a draft: you publish it yourself, on the site. It needs ZENODO_TOKEN. A registry takes
    ARTIFACTPACK_REGISTRY_USER and ARTIFACTPACK_REGISTRY_PASSWORD, or docker's own login.

    \b
    Examples:
      artifactpack publish paper.zip s3://my-bucket/paper.zip
      artifactpack publish paper.zip oci://ghcr.io/my-group/paper:v1
      artifactpack publish paper.zip zenodo:sandbox
    """
    from artifactpack.models.records import to_json
    from artifactpack.pipeline.publish import publish

    with progress(quiet) as notify:
        result = publish(bundle, target, insecure=insecure, notify=notify)
    emit(to_json(result) if format_ == "json" else render(result), output)


def render(result: Published) -> str:
    """What happened, for people."""
    first = f"draft ready: {result.url}" if result.draft else f"published: {result.url}"
    amount = "it was already there" if not result.sent else f"{result.sent:,} of {result.size:,} bytes sent"
    lines = [f"{first} ({amount})", *(f"– {note}" for note in result.notes)]
    lines += [f"sha256 of the file {result.sha256}", f"bundle digest sha256:{result.digest}"]
    return "\n".join(lines) + "\n"
