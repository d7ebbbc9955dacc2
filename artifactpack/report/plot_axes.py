"""The frame of a plot: its size in pixels, axes, and words that fit."""

from __future__ import annotations

from artifactpack.report import scale, svg
from artifactpack.report.svg import MUTED, RULE, line, tag, text

WIDTH, NARROW = 720.0, 420.0
LEFT, RIGHT, TOP, BOTTOM = 58.0, 16.0, 14.0, 38.0


def gutter(label: int, note: int = 0) -> float:
    """Room for labels of so many letters, from 70 to 200 pixels."""
    return min(200.0, max(70.0, 6.6 * label + 22, 5.6 * note + 22))


def grid(
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
                text(0, 0, fit(y_label, 34), anchor="middle"),
                transform=f"translate(12 {svg.number(middle)}) rotate(-90)",
            )
        )
    return body + x_axis(x, height, x_label, LEFT, grid=False, whole=whole)


def x_axis(
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
        body.append(text((left + x.end) / 2, height - 6, fit(label, 60), anchor="middle"))
    return body


def short(value: float) -> str:
    return f"{value:.4g}"


def fit(words: str, limit: int) -> str:
    return words if len(words) <= limit else words[: limit - 1] + "…"
