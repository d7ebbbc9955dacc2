"""The picture at the top: one tile an item, in the checklist's order, marked and coloured by its verdict."""

from __future__ import annotations

from artifactpack.models.verdict import ChecklistResult
from artifactpack.report import svg, words
from artifactpack.report.svg import tag

SIDE, GAP = 22.0, 5.0
COLUMNS = 20
# Fill, outline and mark: readable on paper; the page recolours the classes for a dark background.
STYLES: dict[str, tuple[str, str, str]] = {
    "contradicted": ("#b3400a", "#b3400a", "#ffffff"),
    "no-evidence": ("#f6e3b4", "#8a6100", "#5f4300"),
    "unanswered": ("#ffffff", "#4a5a8a", "#4a5a8a"),
    "supported": ("#00705a", "#00705a", "#ffffff"),
    "author-only": ("#eef1f4", "#8894a0", "#4d5a66"),
    "not-applicable": ("#ffffff", "#8894a0", "#5b6875"),
}


def draw(checklist: ChecklistResult) -> str:
    """Return the SVG; each tile is named by its item's title and verdict."""
    columns = COLUMNS if len(checklist.items) <= 8 * COLUMNS else 2 * COLUMNS
    step = (SIDE + GAP) * COLUMNS / columns
    side = SIDE * COLUMNS / columns
    body = []
    for i, item in enumerate(checklist.items):
        x, y = i % columns * step + 1, i // columns * step + 1
        mark, _, label = words.VERDICTS[item.verdict]
        body.append(_tile(item.verdict, mark, x, y, side, f"{item.id} {item.title}: {label}"))
    rows = max(1, -(-len(checklist.items) // columns))
    width = min(len(checklist.items) or 1, columns) * step + 2
    title = f"{checklist.title or checklist.id}: {words.tally(checklist.counts)}"
    return svg.document(width, rows * step + 2, title, _described(checklist), body)


def _described(checklist: ChecklistResult) -> str:
    counted = [(label, len(words.by_verdict(checklist, v))) for v, (_, _, label) in words.VERDICTS.items()]
    return ", ".join(f"{count} {label}" for label, count in counted if count)


def _tile(verdict: str, mark: str, x: float, y: float, side: float, title: str) -> str:
    fill, stroke, ink = STYLES[verdict]
    box = tag(
        "rect", x=x, y=y, width=side, height=side, rx=side / 6, fill=fill, stroke=stroke, class_=f"tile-{verdict}"
    )
    sign = svg.text(
        x + side / 2, y + side * 0.7, mark, anchor="middle", size=side * 0.6, fill=ink, class_=f"mark-{verdict}"
    )
    return tag("g", tag("title", svg.escape(title)) + box + sign)
