"""A check for the terminal: one screen, what is contradicted first, each with its place and a fix."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from artifactpack.models.verdict import ChecklistResult, CheckResult, ItemResult
from artifactpack.report import words
from artifactpack.report.rows import Row, rows

WIDTH = 100
SHORT = 5  # how many of a group fit one screen; --verbose shows the rest
_COLOURS = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
_STYLE = {"contradicted": "red", "no-evidence": "yellow", "supported": "green", "unanswered": "cyan"}
_ASCII = str.maketrans(
    {"✗": "x", "✓": "+", "○": "o", "–": "-", "·": ".", "±": "+-", "…": "...", "→": "->", "×": "x", "’": "'"}
)


def render(result: CheckResult, verbose: bool = False, color: bool = False, ascii_only: bool = False) -> str:
    """Return *result* as plain text, in ANSI colours if *color*; *ascii_only* for terminals without UTF-8."""
    lines = list(_lines(result, verbose, _Paint(color)))
    text = "\n".join(lines) + "\n"
    return text.translate(_ASCII) if ascii_only else text


class _Paint:
    def __init__(self, on: bool) -> None:
        self.on = on

    def __call__(self, text: str, *styles: str) -> str:
        codes = ";".join(_COLOURS[s] for s in styles if s in _COLOURS)
        return f"\033[{codes}m{text}\033[0m" if self.on and codes and text else text


def _lines(result: CheckResult, verbose: bool, paint: _Paint) -> Iterator[str]:
    yield paint(words.headline(result), "bold")
    yield paint(clean(words.project_line(result)), "dim")
    for checklist in result.checklists:
        yield ""
        yield from _checklist(checklist, verbose, paint)
    yield from _table("Defects", [r for r in rows(result) if r.kind == "defect"], "yellow", verbose, paint)
    yield from _claims(result, verbose, paint)
    yield from _ignored(result, paint)
    yield from _not_verified(result, verbose, paint)


def _checklist(checklist: ChecklistResult, verbose: bool, paint: _Paint) -> Iterator[str]:
    beside = words.beside(checklist.counts)
    yield (
        paint(clean(checklist.title or checklist.id), "bold")
        + f": {words.tally(checklist.counts)}"
        + (paint(f" (beside: {beside})", "dim") if beside else "")
    )
    shown = ("contradicted", "no-evidence")
    for verdict in words.VERDICTS if verbose else shown:
        items = words.by_verdict(checklist, verdict)
        limit = len(items) if verbose or verdict == "contradicted" else SHORT
        for item in items[:limit]:
            yield from _item(item, paint)
        if len(items) > limit:
            yield f"  {words.VERDICTS[verdict][0]} {len(items) - limit} more without evidence: " + ", ".join(
                clean(i.id) for i in items[limit:]
            )
    if not verbose:
        yield from _rest(checklist, paint)


def _item(item: ItemResult, paint: _Paint) -> Iterator[str]:
    mark, _, label = words.VERDICTS[item.verdict]
    answer = f", answered {item.answer}" if item.answer else ""
    yield (
        f"  {paint(mark, _STYLE.get(item.verdict, 'dim'))} {paint(clean(item.id), 'bold')}  {clean(item.title)}"
        + paint(f"  ({label}{answer})", _STYLE.get(item.verdict, "dim"))
    )
    where = words.places(words.sources(item))
    why = words.reason(item)
    yield from _wrapped(f"{why} [{where}]" if where and why else why or where)
    for because in item.ignored:
        yield from _wrapped(f"ignored: {because}")
    for note in item.lint:
        yield from _wrapped(f"note: {note}")
    if item.fix and item.verdict in ("contradicted", "no-evidence"):
        yield from _wrapped(f"fix: {item.fix}")


def _rest(checklist: ChecklistResult, paint: _Paint) -> Iterator[str]:
    for verdict in ("supported", "unanswered", "author-only"):
        items = words.by_verdict(checklist, verdict)
        if items:
            mark, _, label = words.VERDICTS[verdict]
            line = f"{paint(mark, _STYLE.get(verdict, 'dim'))} {len(items)} {label}: "
            yield from _listed(line, [i.id for i in items])


def _listed(start: str, names: list[str]) -> Iterator[str]:
    text = clean(", ".join(names))
    yield f"  {start}" + (text if len(text) <= 72 else text[:72].rsplit(",", 1)[0] + ", …")


def _table(title: str, found: list[Row], style: str, verbose: bool, paint: _Paint) -> Iterator[str]:
    if not found:
        return
    yield ""
    yield paint(f"{title}: {len(found)}", "bold")
    limit = len(found) if verbose else 2 * SHORT
    for row in found[:limit]:
        yield f"  {paint('!', style)} {paint(clean(row.source), 'bold')}  {clean(row.message)}"
        if row.fix:
            yield from _wrapped(f"fix: {row.fix}")
    if len(found) > limit:
        yield f"  {len(found) - limit} more: --verbose"


def _claims(result: CheckResult, verbose: bool, paint: _Paint) -> Iterator[str]:
    if not result.claims:
        return
    yield ""
    supported = sum(c.verdict == "supported" for c in result.claims)
    yield paint("Claims", "bold") + f": {supported} of {len(result.claims)} given by the author's own runs"
    for claim in result.claims:
        if verbose or claim.verdict != "supported":
            mark, _, label = words.VERDICTS.get(claim.verdict, ("?", "?", claim.verdict))
            style = _STYLE.get(claim.verdict, "dim")
            text = clean(claim.text or claim.stated)
            yield f"  {paint(mark, style)} {paint(clean(claim.id), 'bold')}  {text}  {paint(f'({label})', style)}"
            yield from _wrapped(claim.reason)


def _ignored(result: CheckResult, paint: _Paint) -> Iterator[str]:
    if result.ignored:
        yield ""
        yield paint("Ignored by the author", "bold")
        for fact, why in result.ignored.items():
            yield from _wrapped(f"{fact}: {why}", "  ")


def _not_verified(result: CheckResult, verbose: bool, paint: _Paint) -> Iterator[str]:
    unseen = [*result.not_verified, *(f"{s.path}: {s.reason}" for s in result.not_scanned)]
    if not unseen:
        return
    yield ""
    if not verbose:
        yield paint(f"Not verified: {words.plural(len(unseen), 'thing')}; --verbose lists them.", "dim")
        return
    yield paint("Not verified", "bold")
    for text in unseen:
        yield from _wrapped(text, "  ")


def _wrapped(text: str, indent: str = "      ") -> Iterator[str]:
    yield from textwrap.wrap(
        clean(text), WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
    )


def clean(text: str) -> str:
    """*text* on one line, without control characters: a file name must not drive the terminal."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
