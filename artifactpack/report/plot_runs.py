"""All runs at once: when each ran, and what it gave for its time."""

from __future__ import annotations

import math
from collections.abc import Sequence

from artifactpack.models.records import record
from artifactpack.report import scale, svg
from artifactpack.report.plot_axes import BOTTOM, LEFT, RIGHT, TOP, WIDTH, fit, grid, gutter, x_axis
from artifactpack.report.svg import INK, PALETTE, tag, text


@record
class Span:
    """A run on a timeline; ``start`` and ``end`` in seconds since the first one began."""

    label: str
    start: float
    end: float
    failed: bool = False
    group: int = 0


def timeline(title: str, spans: Sequence[Span]) -> str:
    """When each run ran: rows in order of start, failed ones hatched in colour and named."""
    if not spans:
        return ""
    row = 20.0 if len(spans) <= 24 else max(5.0, 480.0 / len(spans))
    left = gutter(max(len(s.label) for s in spans) + 2) if row >= 12 else 20.0
    height = TOP + row * len(spans) + BOTTOM
    end = max(s.end for s in spans) or 1.0
    unit, name = next(
        (u, n) for u, n in ((86400, "days"), (3600, "hours"), (60, "minutes"), (1, "seconds")) if end >= 2 * u or u == 1
    )
    x = scale.Scale(low=0, high=end / unit, start=left, end=WIDTH - RIGHT - 8)
    body = x_axis(x, height, f"{name} since the first run began", left)
    for i, span in enumerate(spans):
        y = TOP + row * i
        colour = PALETTE[1] if span.failed else PALETTE[0]
        width = max(x(span.end / unit) - x(span.start / unit), 1.5)
        body.append(
            tag(
                "rect",
                x=x(span.start / unit),
                y=y + row * 0.2,
                width=width,
                height=row * 0.6,
                rx=min(2, row * 0.2),
                fill=colour,
                class_="c1" if span.failed else "c0",
            )
        )
        if row >= 12:
            label = f"✗ {span.label}" if span.failed else span.label
            body.append(text(left - 12, y + row * 0.5 + 4, fit(label, 30), anchor="end", class_="i", fill=INK))
    failed = sum(s.failed for s in spans)
    described = f"{len(spans)} runs, {failed} of them failed" if failed else f"{len(spans)} runs, none failed"
    return svg.document(WIDTH, height, title, described, body)


def scatter(
    title: str, groups: Sequence[tuple[str, Sequence[svg.Point]]], *, x_label: str = "", y_label: str = ""
) -> str:
    """Points of up to seven named groups, each with its own colour and shape."""
    groups = [(name, [p for p in points if all(map(math.isfinite, p))]) for name, points in groups]
    groups = [g for g in groups if g[1]][: len(PALETTE)]
    if not groups:
        return ""
    legend = 22.0 if len(groups) > 1 else 0.0
    height = 260.0 + legend
    points = [p for _, found in groups for p in found]
    x = scale.Scale(**_range([p[0] for p in points]), start=LEFT, end=WIDTH - RIGHT)
    y = scale.Scale(**_range([p[1] for p in points]), start=height - BOTTOM, end=TOP + legend)
    body = list(grid(x, y, height, x_label, y_label))
    for i, (_, found) in enumerate(groups):
        body += [_mark(i, x(a), y(b)) for a, b in found]
    if legend:
        body += _legend([name for name, _ in groups])
    return svg.document(WIDTH, height, title, f"{len(points)} runs; {y_label} over {x_label}", body)


def _range(values: Sequence[float]) -> dict[str, float]:
    low, high = scale.bounds(values, 0.08)
    return {"low": low, "high": high}


_SHAPES = ("M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z", "M-4-4h8v8h-8z", "M0-5l5 9h-10z", "M0-5l5 5-5 5-5-5z")


def _mark(group: int, x: float, y: float) -> str:
    return tag(
        "path",
        d=_SHAPES[group % len(_SHAPES)],
        transform=f"translate({svg.number(x)} {svg.number(y)})",
        fill=PALETTE[group],
        fill_opacity=0.75,
        class_=f"c{group}",
    )


def _legend(names: Sequence[str]) -> list[str]:
    room = (WIDTH - LEFT - RIGHT) / len(names)
    drawn = []
    for i, name in enumerate(names):
        at = LEFT + room * i
        drawn += [_mark(i, at + 6, TOP), text(at + 16, TOP + 4, fit(name, int(room / 7)), fill=INK, class_="i")]
    return drawn
