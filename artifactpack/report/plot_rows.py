"""One row an entry: values with their interval, or a bar."""

from __future__ import annotations

import math
from collections.abc import Sequence

from artifactpack.models.records import record
from artifactpack.report import scale, svg
from artifactpack.report.plot_axes import BOTTOM, RIGHT, TOP, WIDTH, fit, gutter, short, x_axis
from artifactpack.report.svg import INK, PALETTE, line, tag, text


@record
class Group:
    """A row of a dot plot: single ``values``, their mean with its interval, and what the paper states."""

    label: str
    values: tuple[float, ...]
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    stated: float | None = None
    note: str = ""
    colour: int = 0


def intervals(title: str, groups: Sequence[Group], *, x_label: str = "") -> str:
    """One row a group: its values as dots, below them mean and interval, the paper's number as ◇."""
    groups = [g for g in groups if g.values or g.mean is not None]
    if not groups:
        return ""
    left, row = gutter(max(len(g.label) for g in groups), max(len(g.note) for g in groups)), 46.0
    height = TOP + row * len(groups) + BOTTOM
    numbers = [v for g in groups for v in (*g.values, g.mean, g.low, g.high, g.stated) if v is not None]
    low, high = scale.bounds(numbers, 0.08)
    x = scale.Scale(low=low, high=high, start=left, end=WIDTH - RIGHT - 8)
    body = x_axis(x, height, x_label, left)
    for i, group in enumerate(groups):
        body += _group(group, x, TOP + row * (i + 0.62), left)
    described = "; ".join(_describe(g) for g in groups[:12])
    return svg.document(WIDTH, height, title, described, body)


def _describe(group: Group) -> str:
    parts = [f"{group.label}: {len(group.values)} values"]
    if group.mean is not None:
        parts.append(f"mean {short(group.mean)}")
    if group.low is not None and group.high is not None:
        parts.append(f"interval {short(group.low)} to {short(group.high)}")
    if group.stated is not None:
        parts.append(f"stated {short(group.stated)}")
    return ", ".join(parts)


def _group(group: Group, x: scale.Scale, y: float, left: float) -> list[str]:
    colour = PALETTE[group.colour % len(PALETTE)]
    named = {"anchor": "end", "size": 12, "fill": INK, "class_": "i"}
    marks = [
        text(left - 12, y + (-2 if group.note else 4), fit(group.label, 28), **named),  # type: ignore[arg-type]
        text(left - 12, y + 12, fit(group.note, 32), anchor="end", size=10) if group.note else "",
        line(left, y, x.end, y),
    ]
    for j, value in enumerate(v for v in group.values if math.isfinite(v)):
        lift = 12 + (j * 5) % 7 if len(group.values) > 1 else 0
        marks.append(
            tag("circle", cx=x(value), cy=y - lift, r=3, fill=colour, fill_opacity=0.55, class_=f"c{group.colour}")
        )
    if group.low is not None and group.high is not None:
        marks.append(line(x(group.low), y, x(group.high), y, stroke=colour, class_=f"s{group.colour}", width=2.4))
        ends = (x(group.low), x(group.high))
        marks += [line(at, y - 5, at, y + 5, stroke=colour, class_=f"s{group.colour}", width=1.6) for at in ends]
    if group.mean is not None:
        marks.append(tag("circle", cx=x(group.mean), cy=y, r=4.6, fill=colour, class_=f"c{group.colour}"))
    if group.stated is not None:
        shape = f"M{svg.number(x(group.stated))} {svg.number(y - 7)}l6 7-6 7-6-7z"
        marks.append(tag("path", d=shape, fill="none", stroke=INK, stroke_width=1.5, class_="k"))
    return marks


def bars(title: str, values: Sequence[tuple[str, float, str]], *, note: str = "") -> str:
    """One bar an entry (label, length, printed value), longest possible to the right."""
    values = [v for v in values if math.isfinite(v[1]) and v[1] >= 0]
    if not values:
        return ""
    left, row = gutter(max(len(v[0]) for v in values)), 30.0
    height = 10 + row * len(values) + 4
    most = max(v[1] for v in values) or 1.0
    x = scale.Scale(low=0, high=most, start=left, end=WIDTH - 110)
    body = []
    for i, (label, value, printed) in enumerate(values):
        y = 10 + row * i
        body.append(text(left - 12, y + 14, fit(label, 28), anchor="end", size=12, fill=INK, class_="i"))
        body.append(
            tag("rect", x=left, y=y + 2, width=max(x(value) - left, 1), height=16, rx=2, fill=PALETTE[0], class_="c0")
        )
        body.append(text(x(value) + 8, y + 14, printed, size=12, fill=INK, class_="i"))
    described = note or "; ".join(f"{label} {printed}" for label, _, printed in values[:12])
    return svg.document(WIDTH, height, title, described, body)
