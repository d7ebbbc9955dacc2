"""Axes: ticks at round numbers, labels without noise, long curves thinned without losing a spike."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from artifactpack.models.records import record
from artifactpack.models.reference import Spread

Point = tuple[float, float]
LARGEST = 1e100  # of what is drawn: sums and squares of more are none


@record
class Scale:
    """A linear map from data to pixels: ``low`` lands on ``start``, ``high`` on ``end``."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def bounds(values: Sequence[float], pad: float = 0.05) -> tuple[float, float]:
    """The finite range of *values*, widened by *pad* on both sides; never empty."""
    finite = [v for v in values if abs(v) < LARGEST]
    if not finite:
        return 0.0, 1.0
    low, high = min(finite), max(finite)
    room = (high - low) * pad or abs(high) * 0.05
    room = room if room > 1 / LARGEST else 1.0
    return low - room, high + room


def ticks(low: float, high: float, count: int = 5, *, whole: bool = False) -> list[float]:
    """Round numbers (1, 2, 2.5 or 5 times a power of ten) within [*low*, *high*], about *count* of them.

    *whole* keeps to whole numbers, for steps and epochs.
    """
    if not high > low:
        return [low]
    raw = (high - low) / max(count, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    sizes = [m * power for m in (1, 2, 2.5, 5, 10) if not whole or (m * power) % 1 == 0] or [1.0]
    step = min(sizes, key=lambda size: abs((high - low) / size - count))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(i * step, 12) for i in range(first, last + 1)]


def labels(values: Sequence[float]) -> list[str]:
    """Tick labels with just the decimals that tell them apart; thousands as k and M."""
    largest = max((abs(v) for v in values), default=0.0)
    for limit, suffix in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if largest >= limit:
            unit = {"G": 1e9, "M": 1e6, "k": 1e3}[suffix]
            return [f"{_plain(v / unit, values, unit)}{suffix}" if v else "0" for v in values]
    if 0 < largest < 1e-4:
        return [f"{v:.2g}" for v in values]
    return [_plain(v, values, 1.0) for v in values]


def _plain(value: float, values: Sequence[float], unit: float) -> str:
    gaps = [abs(b - a) / unit for a, b in itertools.pairwise(values) if b != a]
    gap = min(gaps, default=abs(value) or 1.0)
    decimals = max(0, -math.floor(math.log10(gap) + 1e-9)) if gap > 0 else 0
    if gap > 0 and round(gap * 10**decimals, 6) % 1:
        decimals += 1
    return f"{value:.{min(decimals, 8)}f}".replace("-", "−")


def thin(points: Sequence[Point], limit: int) -> list[Point]:
    """At most about 2 × *limit* points: of each stretch of steps the lowest and the highest survive."""
    finite = [p for p in points if math.isfinite(p[0]) and math.isfinite(p[1])]
    if len(finite) <= 2 * limit:
        return finite
    kept: list[Point] = []
    for i in range(limit):
        part = finite[i * len(finite) // limit : (i + 1) * len(finite) // limit]
        low, high = min(part, key=lambda p: p[1]), max(part, key=lambda p: p[1])
        kept += sorted({low, high})
    if kept[-1] != finite[-1]:
        kept.append(finite[-1])
    return kept


def duration(seconds: float) -> str:
    """``0.8 s``, ``42 s``, ``3 min 20 s``, ``5 h 07 min``, ``3 d 04 h``."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    for size, small, first, second in ((3600, 60, "min", "s"), (86400, 3600, "h", "min")):
        if whole < size:
            rest = whole % small // (1 if second == "s" else 60)
            return f"{whole // small} {first} {rest:02d} {second}" if rest else f"{whole // small} {first}"
    return f"{whole // 86400} d {whole % 86400 // 3600:02d} h"


def size(count: float) -> str:
    """Bytes with a binary prefix: ``1.4 KiB``."""
    value = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024 or unit == "GiB":
            return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1024
    raise AssertionError


def digits(value: float | None) -> str:
    """Five significant digits, – where there is no value."""
    return "–" if value is None else f"{value:.5g}".replace("-", "−")


def rounded(value: float | None, sd: float | None) -> str:
    """*value* to the second digit of its standard deviation: more would be noise."""
    if value is None or not sd or not math.isfinite(sd) or not math.isfinite(value):
        return digits(value)
    decimals = 1 - math.floor(math.log10(abs(sd)))
    return f"{value:.{decimals}f}".replace("-", "−") if 0 <= decimals <= 8 else digits(value)


def spread_text(spread: Spread | None, factor: float = 1.0) -> str:
    """``91.2 ± 0.6 sd, n = 5`` in the unit that *factor* makes of it; – where nothing is known."""
    if spread is None or spread.mean is None:
        return "–"
    sd = None if spread.sd is None else spread.sd * factor
    told = f" ± {rounded(sd, sd)} sd" if sd is not None else ""
    return f"{rounded(spread.mean * factor, sd)}{told}, n = {spread.n}"
