"""A check drawn for a terminal: one screen, what is contradicted first, each with its place and a fix."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from artifactpack.models.records import record
from artifactpack.models.reference import ClaimCheck
from artifactpack.models.verdict import ChecklistResult, CheckResult, ItemResult
from artifactpack.report import words
from artifactpack.report.drawn.parts import AMBER, GREEN, STYLES, TEAL, console, grid, heading, say, stacked
from artifactpack.report.rows import Row, rows

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

TILES = 24  # items drawn as marks beside a list's title


@record
class Room:
    """How much is told: items without evidence a list, defects, and whether defects come with their fix."""

    items: int
    defects: int
    fixes: bool = True


ALL = Room(items=10**6, defects=10**6)
TIGHTER = (Room(items=5, defects=10), Room(items=5, defects=10, fixes=False), Room(items=3, defects=5, fixes=False))


def draw(result: CheckResult, *, verbose: bool = False, on: Console | None = None) -> None:
    """Print *result*; without *verbose* the fullest telling that fits the terminal's height, else the shortest."""
    from rich.console import Group

    on = on or console()
    for room in (ALL,) if verbose else TIGHTER:
        drawing = Group(*_parts(result, verbose, room))
        if len(on.render_lines(drawing, on.options, pad=False)) < on.height:
            break
    on.print(drawing)


def _parts(result: CheckResult, verbose: bool, room: Room) -> Iterator[Any]:
    yield say((words.headline(result), f"bold {_tone(result)}"))
    yield say((words.project_line(result), "dim"))
    for checklist in result.checklists:
        yield from _checklist(checklist, verbose, room)
    yield from _defects([r for r in rows(result) if r.kind == "defect"], room)
    yield from _claims(result, verbose)
    yield from _aside(result, verbose)


def _tone(result: CheckResult) -> str:
    contradicted = any(c.counts.contradicted for c in result.checklists)
    if contradicted or any(c.verdict == "contradicted" for c in result.claims):
        return "red"
    return AMBER if any(c.counts.no_evidence for c in result.checklists) else GREEN


def _checklist(checklist: ChecklistResult, verbose: bool, room: Room) -> Iterator[Any]:
    yield from heading(say((checklist.title or checklist.id, "bold")), _score(checklist))
    table = _cells()
    every = {verdict: words.by_verdict(checklist, verdict) for verdict in words.VERDICTS}
    for verdict, items in (every if verbose else words.told(checklist)).items():
        limit = len(items) if verdict == "contradicted" else room.items
        for item in items[:limit]:
            table.add_row(*_item(item, words.wordy(checklist)))
        if items[limit:]:
            names = [i.id for i in items[limit:]]
            sign = (words.VERDICTS[verdict][0], STYLES[verdict])
            table.add_row(
                say(sign), "", say(f"{len(items[limit:])} {words.more(verdict)}: ", (words.listed(names, 52), "dim"))
            )
    for verdict, items in () if verbose else words.listed_only(checklist).items():
        if items:
            mark, _, label = words.VERDICTS[verdict]
            names = [i.id for i in items]
            table.add_row(
                say((mark, STYLES[verdict])), "", say(f"{len(items)} {label}: ", (words.listed(names, 52), "dim"))
            )
    yield table
    if beside := words.beside(checklist.counts):
        yield say((f"Beside the count: {beside}.", "dim"))


def _cells() -> Table:
    """Mark, id, words, verdict."""
    table = grid(1, fixed=(0, 0))
    table.add_column(justify="right", no_wrap=True)
    return table


def _score(checklist: ChecklistResult) -> Text:
    """The list at a glance: a mark an item where they are few, then how many are met."""
    few = len(checklist.items) <= TILES
    marks = [(f"{words.VERDICTS[i.verdict][0]} ", STYLES[i.verdict]) for i in checklist.items if few]
    counts = checklist.counts
    return say(*marks, f" {counts.met}", (f" of {counts.applicable} met", "dim"))


def _item(item: ItemResult, wordy: bool) -> tuple[Text, Text, Text, Text]:
    mark, _, label = words.VERDICTS[item.verdict]
    style = STYLES[item.verdict]
    lines = [say((item.title, "bold"), (f"  {item.id if wordy else ''}", "dim"))]
    lines += [say(why)] if (why := words.reason(item)) else []
    lines += [say((f"ignored: {because}", "dim")) for because in item.ignored]
    lines += [say((f"note: {note}", "dim")) for note in item.lint]
    lines += [say((where, "dim"))] if (where := words.places(words.sources(item))) else []
    lines += [_fix(item.fix)] if item.fix and words.lacking(item) else []
    verdict = [say((label, style)), *([say((f"answered {item.answer}", "dim"))] if item.answer else [])]
    return say((mark, style)), say(("" if wordy else item.id, "bold")), stacked(lines), stacked(verdict)


def _fix(fix: str) -> Text:
    return say(("→ ", TEAL), fix)


def _defects(found: list[Row], room: Room) -> Iterator[Any]:
    if not found:
        return
    yield from heading(say(("Defects", "bold")), say(str(len(found))))
    table = grid(1, fixed=(0,))
    for row in found[: room.defects]:
        lines = [say((f"{row.source}  ", "bold"), row.message)]
        lines += [_fix(row.fix)] if row.fix and room.fixes else []
        table.add_row(say(("!", AMBER)), stacked(lines))
    if found[room.defects :]:
        table.add_row("", say((f"{len(found) - room.defects} more: --verbose", "dim")))
    yield table


def _claims(result: CheckResult, verbose: bool) -> Iterator[Any]:
    if not result.claims:
        return
    supported = sum(c.verdict == "supported" for c in result.claims)
    count = say(f"{supported}", (f" of {len(result.claims)} given by the author's own runs", "dim"))
    yield from heading(say(("Claims", "bold")), count)
    table = _cells()
    told = [c for c in result.claims if verbose or c.verdict != "supported"]
    for claim in told:
        table.add_row(*_claim(claim))
    if not verbose and supported:
        names = [c.id for c in result.claims if c.verdict == "supported"]
        table.add_row(
            say(("✓", STYLES["supported"])), "", say(f"{supported} supported: ", (words.listed(names, 52), "dim"))
        )
    yield table


def _claim(claim: ClaimCheck) -> tuple[Text, Text, Text, Text]:
    mark, _, label = words.VERDICTS.get(claim.verdict, ("?", "?", claim.verdict))
    style = STYLES.get(claim.verdict, "dim")
    lines = [say((claim.text or claim.stated, "bold")), *([say(claim.reason)] if claim.reason else [])]
    return say((mark, style)), say((claim.id, "bold")), stacked(lines), say((label, style))


def _aside(result: CheckResult, verbose: bool) -> Iterator[Any]:
    """What the author told the check to ignore, and what nobody looked at."""
    if result.ignored:
        yield from heading(say(("Ignored by the author", "bold")), say(str(len(result.ignored))))
        for fact, why in result.ignored.items():
            yield say((f"{fact}  ", "bold"), why)
    unseen = words.unseen(result)
    if not unseen:
        return
    if not verbose:
        yield say("")
        yield say((f"Not verified: {words.plural(len(unseen), 'thing')}; --verbose lists them.", "dim"))
        return
    yield from heading(say(("Not verified", "bold")), say(str(len(unseen))))
    yield from (say(text) for text in unseen)
