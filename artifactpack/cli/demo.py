"""`artifactpack demo`: run the real commands on a small real project, one after the other."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from artifactpack.cli.common import colour
from artifactpack.pipeline.demo import prepare, steps

FolderArg = Annotated[Path, typer.Argument(help="Where the demo is made.", show_default=True)]


def command(folder: FolderArg = Path("artifactpack-demo")) -> None:
    """Watch a small PyTorch project being checked, recorded over seeds, bundled, verified and re-run.

    \b
    Examples:
      artifactpack demo
      artifactpack demo /tmp/try-it
    """
    prepare(folder)
    started = time.monotonic()
    worst = 0
    for sentence, arguments in steps(folder):
        _announce(sentence, arguments)
        worst = max(worst, _run(arguments))
    _close(folder, time.monotonic() - started)
    raise typer.Exit(worst)


def _run(arguments: list[str]) -> int:
    from artifactpack.cli.app import run

    code = run(arguments)
    sys.stdout.flush()
    return code


def _announce(sentence: str, arguments: list[str]) -> None:
    bold, plain = ("\033[1m", "\033[0m") if colour() else ("", "")
    typer.echo(f"\n{bold}{sentence}{plain}\n$ artifactpack {' '.join(arguments)}\n")


def _close(folder: Path, seconds: float) -> None:
    typer.echo(f"\nDone in {seconds:.0f} s. Look at:")
    for name in ("report.html", "report.pdf", "digits.zip", "badge.svg", "rerun"):
        if (folder / name).exists():
            typer.echo(f"  {folder / name}")
