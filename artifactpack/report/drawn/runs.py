"""Recorded runs drawn for a terminal: what `record` and `runs` show a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from artifactpack.models.outcome import Difference
from artifactpack.recorder import diff
from artifactpack.report import runs_text
from artifactpack.report.drawn.parts import AMBER, GREEN, STYLES, console, say, styled, table

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

WIDE = 100  # below so many columns a list leaves out how large a run is
CURRENT = runs_text.RUNS.index("current")
SIDE = ("whose", "disk", "wall")


def draw_recorded(done: Any, on: Console | None = None) -> None:
    """The outcome of `record`: runs made and kept, a row a metric, what a person should know, cost."""
    on = on or console()
    on.print(say((runs_text.recorded(done), f"bold {'red' if done.failed else GREEN}")), "", sep="\n")
    rows = runs_text.metric_rows(done.reference)
    if rows:
        on.print(table(runs_text.METRICS, rows, right=runs_text.METRICS[2:]))
    else:
        on.print(say("no metrics recorded"))
    for text in runs_text.variability(done.reference):
        on.print(say((text, "dim")))
    _attention(on, runs_text.notes(done))
    on.print("", *(say((text, "dim")) for text in runs_text.ledger(done)), sep="\n")


def draw_list(found: Any, on: Console | None = None) -> None:
    """All records of a listing; on a narrow terminal without the columns that say least."""
    on = on or console()
    rows = runs_text.run_rows(found)
    if not rows:
        on.print(say(runs_text.NO_RUNS))
    columns = [i for i, name in enumerate(runs_text.RUNS) if _tells(name, {row[i] for row in rows}, on.width)]
    shown = [[_cell(runs_text.RUNS[i], row[i]) for i in columns] for row in rows]
    if rows:
        on.print(table([runs_text.RUNS[i] for i in columns], shown, right=("seed", "wall", "disk"), last="cut"))
    _attention(on, found.problems)
    if told := runs_text.totals(found):
        told[0] += ", all of them current" if rows and all(row[CURRENT] == "yes" for row in rows) else ""
        on.print("", *(say((text, "dim")) for text in told), sep="\n")


def _tells(column: str, values: set[str], width: int) -> bool:
    """Whether *column* is worth its room: not where every run is own or current, nor the disk where it is narrow."""
    usual = {"whose": {"own"}, "current": {"yes"}}
    return values != usual[column] if column in usual else width >= WIDE or column != "disk"


def _cell(column: str, text: str) -> Text:
    if column == "state":
        return say((text, STYLES.get(text, AMBER)))
    if column == "current" and text == "no":
        return say((text, AMBER))
    return say((text, "dim" if column in SIDE else ""))


def _attention(on: Console, notes: Sequence[str]) -> None:
    if notes:
        on.print("", *(say(("! ", AMBER), note) for note in notes), sep="\n")


def draw_run(run: Any, on: Console | None = None) -> None:
    """One record, its headings bold."""
    (on or console()).print(*styled(runs_text.render_run(run)), sep="\n")


def draw_divergence(found: Any, on: Console | None = None) -> None:
    """Where two runs of one seed part."""
    (on or console()).print(*styled(runs_text.render_divergence(found)), sep="\n")


def draw_diff(found: Sequence[Difference], one: str, two: str, on: Console | None = None) -> None:
    """The differences between two runs side by side, possible causes first."""
    on = on or console()
    if not found:
        on.print(*styled(runs_text.render_diff(found)))
        return
    most = max(16, (on.width - 44) // 2)
    causes, results = diff.causes(found), diff.results(found)
    for what, rows in (("What went in", causes), ("What came out", results)):
        on.print(say((f"{what} {'differs' if rows else 'is the same'}", "bold")))
        if rows:
            cells = [(d.kind, d.name, runs_text.short(d.expected, most), runs_text.short(d.got, most)) for d in rows]
            on.print(table(("kind", "name", one, two), cells), "", sep="\n")
    if results and not causes:
        on.print(say(("! ", AMBER), runs_text.SAME_INPUTS))
