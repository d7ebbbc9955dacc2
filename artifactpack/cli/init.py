"""`artifactpack init`: write a commented configuration from what is found."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from artifactpack.cli.common import ProjectArg, emit
from artifactpack.pipeline.init import init

ForceOpt = Annotated[bool, typer.Option("--force", help="Write over an existing artifactpack.toml.")]

FromOpt = Annotated[
    str,
    typer.Option("--from", metavar="MLproject|dvc.yaml|kedro|hydra", help="Take the commands from that tool's files."),
]


def command(path: ProjectArg = Path(), force: ForceOpt = False, source: FromOpt = "") -> None:
    """Write a commented artifactpack.toml from what is found in the project.

    \b
    Examples:
      artifactpack init
      artifactpack init ~/paper --force
      artifactpack init --from dvc.yaml
    """
    emit(f"wrote {init(path, force=force, source=source)}; read it through, then: artifactpack check {path}")
