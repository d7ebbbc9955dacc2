"""`artifactpack explain`: what an item asks, what a fact means, what a probe looks at."""

from __future__ import annotations

from typing import Annotated

import typer

from artifactpack.cli.common import OutputOpt, emit


def command(
    name: Annotated[str, typer.Argument(metavar="ITEM|FACT|PROBE", help="neurips-2026:7, seeds.set, or seeds.")],
    output: OutputOpt = None,
) -> None:
    """Explain an item (neurips-2026:7, or 7 for every list that has it), a fact (seeds.set) or a probe (seeds).

    \b
    Examples:
      artifactpack explain essentials:seeds
      artifactpack explain seeds.set
      artifactpack explain seeds
    """
    from artifactpack.pipeline.facts import explain

    emit(explain(name), output)
