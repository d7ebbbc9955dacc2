"""Mean, spread and Student-t intervals of few values, with the standard library alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from artifactpack.models.reference import Spread

_TINY = 1e-300


def spread(values: Sequence[float]) -> Spread:
    """n, mean, sample sd (ddof 1), standard error, 95 % t interval of the mean, extremes and median of *values*.

    A NaN or infinity is a result: everything it touches becomes NaN, nothing is dropped.
    """
    n = len(values)
    if n == 0:
        return Spread(n=0)
    if not all(math.isfinite(v) for v in values):
        nan = math.nan
        return Spread(n=n, mean=nan, sd=nan, minimum=nan, maximum=nan, median=nan)
    mean = mean_of(values)
    low_high = {"minimum": min(values), "maximum": max(values), "median": median_of(values)}
    if n == 1:
        return Spread(n=1, mean=mean, **low_high)
    sd = sd_of(values)
    se = sd / math.sqrt(n)
    half = t_quantile(0.975, n - 1) * se
    return Spread(n=n, mean=mean, sd=sd, se=se, ci_low=mean - half, ci_high=mean + half, **low_high)


def mean_of(values: Sequence[float]) -> float:
    """Arithmetic mean, summed exactly; equal values give exactly themselves, a NaN or infinity gives NaN."""
    if all(v == values[0] for v in values):
        return values[0]
    if not all(math.isfinite(v) for v in values):
        return math.nan
    try:
        return math.fsum(values) / len(values)
    except OverflowError:  # a run that diverged to the largest numbers there are
        return math.fsum(v / len(values) for v in values)


def median_of(values: Sequence[float]) -> float:
    """The middle value, or the mean of the two middle ones; NaN if any value is NaN."""
    if any(math.isnan(v) for v in values):
        return math.nan
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(ordered) % 2 else mean_of(ordered[half - 1 : half + 1])


def sd_of(values: Sequence[float], ddof: int = 1) -> float:
    """Standard deviation over n − *ddof* (two passes); equal values give exactly 0."""
    mean = mean_of(values)
    try:
        return math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (len(values) - ddof))
    except OverflowError:
        return math.hypot(*(v - mean for v in values)) / math.sqrt(len(values) - ddof)


def prediction_interval(values: Sequence[float], runs: int = 1, level: float = 0.95) -> tuple[float, float]:
    """The interval that holds the mean of *runs* further normal values with probability *level*.

    mean ± t(n−1) · sd · √(1/n + 1/runs); needs at least two values. Not safe for skewed metrics, so it never
    decides against anybody.
    """
    n = len(values)
    half = t_quantile(0.5 + level / 2, n - 1) * sd_of(values) * math.sqrt(1 / n + 1 / runs)
    mean = mean_of(values)
    return mean - half, mean + half


def difference_interval(
    first: Sequence[float], second: Sequence[float], level: float = 0.95
) -> tuple[float, float] | None:
    """Welch's t interval of mean(*second*) − mean(*first*); None where either has fewer than two values."""
    if len(first) < 2 or len(second) < 2:
        return None
    difference = mean_of(second) - mean_of(first)
    try:
        a, b = sd_of(first) ** 2 / len(first), sd_of(second) ** 2 / len(second)
        if a + b == 0:
            return difference, difference
        freedom = (a + b) ** 2 / (a**2 / (len(first) - 1) + b**2 / (len(second) - 1))
    except OverflowError:
        return -math.inf, math.inf
    half = t_quantile(0.5 + level / 2, freedom) * math.sqrt(a + b)
    return difference - half, difference + half


def t_cdf(t: float, freedom: float) -> float:
    """P(T ≤ t) for Student's t (Abramowitz & Stegun 26.7.1, through the incomplete beta function)."""
    tail = 0.5 * _beta_regularised(freedom / (freedom + t * t), freedom / 2, 0.5)
    return 1 - tail if t > 0 else tail


@lru_cache(maxsize=512)
def t_quantile(p: float, freedom: float) -> float:
    """The t with P(T ≤ t) = *p*, by bisection; 0 < p < 1, freedom > 0."""
    if not 0 < p < 1 or freedom <= 0:
        raise ValueError(f"no t quantile for p={p}, freedom={freedom}")
    if p < 0.5:
        return -t_quantile(1 - p, freedom)
    low, high = 0.0, 1.0
    while t_cdf(high, freedom) < p:
        low, high = high, high * 2
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if t_cdf(middle, freedom) < p else (low, middle)
    return (low + high) / 2


def _beta_regularised(x: float, a: float, b: float) -> float:
    """I_x(a, b), Abramowitz & Stegun 26.5.8, swapped where the fraction converges slowly."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta_regularised(1 - x, b, a)
    log = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(log) * _beta_fraction(x, a, b) / a


def _beta_fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of the incomplete beta function, by Lentz's method."""
    c, d = 1.0, 1 / _nonzero(1 - (a + b) * x / (a + 1))
    result = d
    for m in range(1, 500):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d, c = 1 / _nonzero(1 + even * d), _nonzero(1 + even / c)
        result *= d * c
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d, c = 1 / _nonzero(1 + odd * d), _nonzero(1 + odd / c)
        result *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return result


def _nonzero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
