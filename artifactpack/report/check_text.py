"""A check as plain text: one screen, what is contradicted first, each with its place and a fix."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from artifactpack.models.verdict import ChecklistResult, CheckResult, ItemResult
from artifactpack.report import words
from artifactpack.report.rows import Row, rows
from artifactpack.report.words import clean

WIDTH = 100
DETAIL = " " * 6  # what is said of the line above
SHORT = 5  # how many of a group fit one screen; --verbose shows the rest


class Told(str):
    """What is said of a line: wrapped everywhere, where other lines are wrapped to fit a terminal only."""

    __slots__ = ()


def render(result: CheckResult, verbose: bool = False, width: int = 0) -> str:
    """Return *result* as text without colours; `report/drawn/check` draws the same for a terminal.

    *width* is the terminal's; without one, only what is told of a line is wrapped, so that a search finds lines whole.
    """
    return "\n".join(line for text in _lines(result, verbose) for line in _wrapped(text, width)) + "\n"


def _lines(result: CheckResult, verbose: bool) -> Iterator[str]:
    yield words.headline(result)
    yield clean(words.project_line(result))
    for checklist in result.checklists:
        yield ""
        yield from _checklist(checklist, verbose)
    yield from _defects([r for r in rows(result) if r.kind == "defect"], verbose)
    yield from _claims(result, verbose)
    yield from _ignored(result)
    yield from _not_verified(result, verbose)


def _checklist(checklist: ChecklistResult, verbose: bool) -> Iterator[str]:
    beside = words.beside(checklist.counts)
    yield (
        f"{clean(checklist.title or checklist.id)}: {words.tally(checklist.counts)}"
        + (f" (beside: {beside})" if beside else "")
    )
    every = {verdict: words.by_verdict(checklist, verdict) for verdict in words.VERDICTS}
    for verdict, items in (every if verbose else words.told(checklist)).items():
        limit = len(items) if verbose or verdict == "contradicted" else SHORT
        for item in items[:limit]:
            yield from _item(item)
        if len(items) > limit:
            yield f"  {words.VERDICTS[verdict][0]} {len(items) - limit} {words.more(verdict)}: " + ", ".join(
                clean(i.id) for i in items[limit:]
            )
    if not verbose:
        yield from _rest(checklist)


def _item(item: ItemResult) -> Iterator[str]:
    mark, _, label = words.VERDICTS[item.verdict]
    answer = f", answered {item.answer}" if item.answer else ""
    yield f"  {mark} {clean(item.id)}  {clean(item.title)}  ({label}{answer})"
    where = words.places(words.sources(item))
    why = words.reason(item)
    yield _told(f"{why} [{where}]" if where and why else why or where)
    for because in item.ignored:
        yield _told(f"ignored: {because}")
    for note in item.lint:
        yield _told(f"note: {note}")
    if item.fix and words.lacking(item):
        yield _told(f"fix: {item.fix}")


def _rest(checklist: ChecklistResult) -> Iterator[str]:
    for verdict, items in words.listed_only(checklist).items():
        if items:
            mark, _, label = words.VERDICTS[verdict]
            yield f"  {mark} {len(items)} {label}: {words.listed([i.id for i in items], 72)}"


def _defects(found: list[Row], verbose: bool) -> Iterator[str]:
    if not found:
        return
    yield ""
    yield f"Defects: {len(found)}"
    limit = len(found) if verbose else 2 * SHORT
    for row in found[:limit]:
        yield f"  ! {clean(row.source)}  {clean(row.message)}"
        if row.fix:
            yield _told(f"fix: {row.fix}")
    if len(found) > limit:
        yield f"  {len(found) - limit} more: --verbose"


def _claims(result: CheckResult, verbose: bool) -> Iterator[str]:
    if not result.claims:
        return
    yield ""
    supported = sum(c.verdict == "supported" for c in result.claims)
    yield f"Claims: {supported} of {len(result.claims)} given by the author's own runs"
    for claim in result.claims:
        if verbose or claim.verdict != "supported":
            mark, _, label = words.VERDICTS.get(claim.verdict, ("?", "?", claim.verdict))
            yield f"  {mark} {clean(claim.id)}  {clean(claim.text or claim.stated)}  ({label})"
            yield _told(claim.reason)


def _ignored(result: CheckResult) -> Iterator[str]:
    if result.ignored:
        yield ""
        yield "Ignored by the author"
        for fact, why in result.ignored.items():
            yield _told(f"{fact}: {why}", "  ")


def _not_verified(result: CheckResult, verbose: bool) -> Iterator[str]:
    unseen = words.unseen(result)
    if not unseen:
        return
    yield ""
    if not verbose:
        yield f"Not verified: {words.plural(len(unseen), 'thing')}; --verbose lists them."
        return
    yield "Not verified"
    for text in unseen:
        yield _told(text, "  ")


def _told(text: str, indent: str = DETAIL) -> Told:
    return Told(indent + clean(text))


def _wrapped(text: str, width: int) -> list[str]:
    """*text* in lines of *width* (0: as `render` says); what does not fit goes on under it."""
    told = isinstance(text, Told)
    bare = text.lstrip(" ")
    if not bare or not (told or width):
        return [] if told else [text]
    indent = " " * (len(text) - len(bare))
    further = indent if told else indent + "  "
    return textwrap.wrap(bare, width or WIDTH, initial_indent=indent, subsequent_indent=further, break_on_hyphens=False)
