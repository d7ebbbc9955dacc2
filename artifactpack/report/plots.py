"""The plots of a report: bands over steps, points with intervals, bars, a timeline, a scatter."""

from __future__ import annotations

import math
from collections.abc import Sequence

from artifactpack.models.records import record
from artifactpack.report import scale, svg
from artifactpack.report.svg import INK, MUTED, PALETTE, RULE, line, tag, text

WIDTH, NARROW = 720.0, 420.0
LEFT, RIGHT, TOP, BOTTOM = 58.0, 16.0, 14.0, 38.0
FEW = 8  # up to so many runs are drawn one by one beneath the mean
POINTS = 160  # stretches that a curve is thinned to


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


@record
class Span:
    """A run on a timeline; ``start`` and ``end`` in seconds since the first one began."""

    label: str
    start: float
    end: float
    failed: bool = False
    group: int = 0


def bands(title: str, series: Sequence[Sequence[svg.Point]], *, x_label: str = "step", y_label: str = "") -> str:
    """Mean of *series* over steps, with a band from the lowest to the highest and each run where they are few."""
    curves = [[p for p in points if all(map(math.isfinite, p))] for points in series]
    curves = [points for points in curves if points]
    if not curves:
        return ""
    height = 220.0
    steps, lower, upper, middle = envelope(curves)
    end = steps[-1] if steps[-1] > steps[0] else steps[0] + 1
    x = scale.Scale(low=steps[0], high=end, start=LEFT, end=NARROW - RIGHT)
    low, high = scale.bounds([*lower, *upper])
    y = scale.Scale(low=low, high=high, start=height - BOTTOM, end=TOP)
    whole = all(step == int(step) for step in steps)
    body = _grid(x, y, height, x_label, y_label, whole=whole)
    if len(curves) > 1:
        outline = [*zip(steps, upper, strict=True), *reversed(list(zip(steps, lower, strict=True)))]
        body.append(_area([(x(a), y(b)) for a, b in outline]))
    if 1 < len(curves) <= FEW:
        thinned = [scale.thin(points, POINTS) for points in curves]
        body += [_curve([(x(a), y(b)) for a, b in points], width=0.8, opacity=0.45) for points in thinned]
    body.append(_curve([(x(a), y(b)) for a, b in zip(steps, middle, strict=True)], width=2))
    runs = f"{len(curves)} runs: mean, and band from lowest to highest" if len(curves) > 1 else "one run"
    described = f"{runs}; from {_short(middle[0])} to {_short(middle[-1])}"
    return svg.document(NARROW, height, title, described, body)


def envelope(
    curves: Sequence[Sequence[svg.Point]],
) -> tuple[list[float], list[float], list[float], list[float]]:
    """Steps, and at each the lowest, highest and mean value of *curves*.

    Many steps are gathered into stretches; a spike in one run still shows in the band. A run that stopped early
    counts only as far as it went; its value between two logged steps is read off the line between them.
    """
    steps = sorted({p[0] for points in curves for p in points})
    if len(steps) > 2 * POINTS:
        return _stretches(curves, steps)
    columns = [_at(points, steps) for points in curves]
    rows = [[v for v in row if v is not None] for row in zip(*columns, strict=True)]
    return steps, [min(r) for r in rows], [max(r) for r in rows], [math.fsum(r) / len(r) for r in rows]


def _stretches(
    curves: Sequence[Sequence[svg.Point]], steps: list[float]
) -> tuple[list[float], list[float], list[float], list[float]]:
    stretch = {step: i * POINTS // len(steps) for i, step in enumerate(steps)}
    values: list[list[float]] = [[] for _ in range(POINTS)]
    for points in curves:
        for step, value in points:
            values[stretch[step]].append(value)
    middle_step = [steps[(2 * i + 1) * len(steps) // (2 * POINTS)] for i in range(POINTS)]
    middle_step[0], middle_step[-1] = steps[0], steps[-1]
    means = [math.fsum(v) / len(v) for v in values]
    return middle_step, [min(v) for v in values], [max(v) for v in values], means


def _at(points: Sequence[svg.Point], steps: Sequence[float]) -> list[float | None]:
    found: list[float | None] = []
    i = 0
    for step in steps:
        if step < points[0][0] or step > points[-1][0]:
            found.append(None)
            continue
        while i + 1 < len(points) and points[i + 1][0] < step:
            i += 1
        (x0, y0), (x1, y1) = points[i], points[min(i + 1, len(points) - 1)]
        found.append(y0 if x1 == x0 or step <= x0 else y0 + (y1 - y0) * (step - x0) / (x1 - x0))
    return found


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
    body = _x_axis(x, height, x_label, left)
    for i, group in enumerate(groups):
        body += _group(group, x, TOP + row * (i + 0.62), left)
    described = "; ".join(_describe(g) for g in groups[:12])
    return svg.document(WIDTH, height, title, described, body)


def gutter(label: int, note: int = 0) -> float:
    """Room for labels of so many letters, from 70 to 200 pixels."""
    return min(200.0, max(70.0, 6.6 * label + 22, 5.6 * note + 22))


def _describe(group: Group) -> str:
    parts = [f"{group.label}: {len(group.values)} values"]
    if group.mean is not None:
        parts.append(f"mean {_short(group.mean)}")
    if group.low is not None and group.high is not None:
        parts.append(f"interval {_short(group.low)} to {_short(group.high)}")
    if group.stated is not None:
        parts.append(f"stated {_short(group.stated)}")
    return ", ".join(parts)


def _group(group: Group, x: scale.Scale, y: float, left: float) -> list[str]:
    colour = PALETTE[group.colour % len(PALETTE)]
    named = {"anchor": "end", "size": 12, "fill": INK, "class_": "i"}
    marks = [
        text(left - 12, y + (-2 if group.note else 4), _fit(group.label, 28), **named),  # type: ignore[arg-type]
        text(left - 12, y + 12, _fit(group.note, 32), anchor="end", size=10) if group.note else "",
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
        body.append(text(left - 12, y + 14, _fit(label, 28), anchor="end", size=12, fill=INK, class_="i"))
        body.append(
            tag("rect", x=left, y=y + 2, width=max(x(value) - left, 1), height=16, rx=2, fill=PALETTE[0], class_="c0")
        )
        body.append(text(x(value) + 8, y + 14, printed, size=12, fill=INK, class_="i"))
    described = note or "; ".join(f"{label} {printed}" for label, _, printed in values[:12])
    return svg.document(WIDTH, height, title, described, body)


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
    body = _x_axis(x, height, f"{name} since the first run began", left)
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
            body.append(text(left - 12, y + row * 0.5 + 4, _fit(label, 30), anchor="end", class_="i", fill=INK))
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
    body = list(_grid(x, y, height, x_label, y_label))
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
        drawn += [_mark(i, at + 6, TOP), text(at + 16, TOP + 4, _fit(name, int(room / 7)), fill=INK, class_="i")]
    return drawn


def _grid(
    x: scale.Scale, y: scale.Scale, height: float, x_label: str, y_label: str, *, whole: bool = False
) -> list[str]:
    marks = scale.ticks(y.low, y.high)
    body = []
    for value, label in zip(marks, scale.labels(marks), strict=True):
        body.append(line(LEFT, y(value), x.end, y(value)))
        body.append(text(LEFT - 8, y(value) + 4, label, anchor="end"))
    if y_label:
        middle = (y.start + y.end) / 2
        body.append(
            tag(
                "g",
                text(0, 0, _fit(y_label, 34), anchor="middle"),
                transform=f"translate(12 {svg.number(middle)}) rotate(-90)",
            )
        )
    return body + _x_axis(x, height, x_label, LEFT, grid=False, whole=whole)


def _x_axis(
    x: scale.Scale, height: float, label: str, left: float, *, grid: bool = True, whole: bool = False
) -> list[str]:
    base = height - BOTTOM
    marks = scale.ticks(x.low, x.high, 6, whole=whole)
    body = [line(left, base, x.end, base, stroke=MUTED, class_="a")]
    for value, name in zip(marks, scale.labels(marks), strict=True):
        if grid:
            body.append(line(x(value), TOP, x(value), base, stroke=RULE))
        body.append(line(x(value), base, x(value), base + 4, stroke=MUTED, class_="a"))
        body.append(text(x(value), base + 16, name, anchor="middle"))
    if label:
        body.append(text((left + x.end) / 2, height - 6, _fit(label, 60), anchor="middle"))
    return body


def _curve(points: Sequence[svg.Point], *, width: float, opacity: float | None = None) -> str:
    return tag(
        "path",
        d=svg.path(points),
        fill="none",
        stroke=PALETTE[0],
        stroke_width=width,
        stroke_linejoin="round",
        stroke_opacity=opacity,
        class_="s0",
    )


def _area(points: Sequence[svg.Point]) -> str:
    return tag("path", d=svg.path(points, closed=True), fill=PALETTE[0], fill_opacity=0.16, class_="c0")


def _short(value: float) -> str:
    return f"{value:.4g}"


def _fit(words: str, limit: int) -> str:
    return words if len(words) <= limit else words[: limit - 1] + "…"
