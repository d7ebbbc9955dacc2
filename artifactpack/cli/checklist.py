"""`artifactpack checklist`: list, show or validate checklists."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from artifactpack.cli.common import OutputOpt, emit

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)
JsonOpt = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list", short_help="list the checklists that ship")
def list_() -> None:
    """List the checklists that ship: id, number of items, title.

    \b
    Examples:
      artifactpack checklist list
    """
    from artifactpack.core.checklist import available, load_checklist

    rows = [(c.id, len(c.items), c.title) for c in map(load_checklist, available())]
    emit("\n".join(f"{name:<22} {count:>3}  {title}" for name, count, title in rows))


@app.command(short_help="show a checklist with all its items")
def show(
    checklist: Annotated[str, typer.Argument(metavar="ID|FILE", help="A shipped checklist or a YAML file.")],
    json_: JsonOpt = False,
    output: OutputOpt = None,
) -> None:
    """Show a checklist: every item with what meets it, what contradicts it, and who can answer it.

    \b
    Examples:
      artifactpack checklist show neurips-2026
    """
    from artifactpack.core.checklist import load_checklist
    from artifactpack.core.checklist_text import checklist_text
    from artifactpack.models.records import to_json

    loaded = load_checklist(checklist)
    emit(to_json(loaded) if json_ else checklist_text(loaded), output)


@app.command(short_help="find every fault in checklist files")
def validate(
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help="YAML files, or ids of shipped lists.")],
) -> None:
    """Check checklist files: every fault with file, item and key; exit 2 if there is one.

    \b
    Examples:
      artifactpack checklist validate my-checklist.yaml
    """
    from artifactpack.core.checklist import load_checklist, unknown_facts
    from artifactpack.errors import ChecklistError
    from artifactpack.pipeline.facts import known_facts

    faults: list[str] = []
    facts = frozenset(known_facts())
    for name in files:
        try:
            checklist = load_checklist(name)
        except ChecklistError as error:
            faults.append(str(error))
            faults += [f"{Path(name).name}: {fault}" for fault in unknown_facts(error.items, facts)]
            continue
        unknown = unknown_facts(checklist.items, facts)
        faults += [f"{Path(name).name}: {fault}" for fault in unknown]
        if not unknown:
            emit(f"{name}: {checklist.id}, {len(checklist.items)} items, no fault")
    if faults:
        raise ChecklistError("\n".join(faults))
