"""Curves over steps: each run, their mean, and the band from the lowest to the highest."""

from __future__ import annotations

import math
from collections.abc import Sequence

from artifactpack.report import scale, svg
from artifactpack.report.plot_axes import BOTTOM, LEFT, NARROW, RIGHT, TOP, grid, short
from artifactpack.report.svg import PALETTE, tag

FEW = 8  # up to so many runs are drawn one by one beneath the mean
POINTS = 160  # stretches that a curve is thinned to


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
    body = grid(x, y, height, x_label, y_label, whole=whole)
    if len(curves) > 1:
        outline = [*zip(steps, upper, strict=True), *reversed(list(zip(steps, lower, strict=True)))]
        body.append(_area([(x(a), y(b)) for a, b in outline]))
    if 1 < len(curves) <= FEW:
        thinned = [scale.thin(points, POINTS) for points in curves]
        body += [_curve([(x(a), y(b)) for a, b in points], width=0.8, opacity=0.45) for points in thinned]
    body.append(_curve([(x(a), y(b)) for a, b in zip(steps, middle, strict=True)], width=2))
    runs = f"{len(curves)} runs: mean, and band from lowest to highest" if len(curves) > 1 else "one run"
    described = f"{runs}; from {short(middle[0])} to {short(middle[-1])}"
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
