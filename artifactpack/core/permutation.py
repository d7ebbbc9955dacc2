"""The exact test that alone may say "not reproduced": permutation of runs, the maximum over all claims at once.

Put the n recorded and m re-run seeds side by side; each is a vector of all claims' metrics, so claims keep their
dependence. For one claim the statistic |difference of means| / pooled sd is an increasing function of |Σ z| over the
re-run's seeds, where z are the pooled values, centred and scaled to unit length; the same function for every claim.
So the test statistic is max over claims of |Σ z|, and its null distribution is that of all C(n+m, m) ways to call m
of the seeds the re-run's. Exchangeability is all it needs (Westfall & Young, 1993, for the step-down).
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from itertools import combinations

from artifactpack.models.records import record

EXACT_SPLITS = 100_000
SAMPLED_SPLITS = 19_999
_SIMULATIONS = 120
_POWER = 0.8
_TIE = 1e-9
_HUGE = 1e100  # beyond this squares leave what a float can hold

Columns = Sequence[Sequence[float]]


@record
class Permutation:
    """``p`` of the whole family, ``adjusted`` p of each claim (step-down), ``smallest`` p that was reachable."""

    p: float
    adjusted: tuple[float, ...]
    smallest: float
    splits: int
    exact: bool


def splits_of(n: int, m: int) -> int:
    """C(n+m, m): the ways to choose which *m* of all runs are the re-run's."""
    return math.comb(n + m, m)


def smallest_p(n: int, m: int) -> float:
    """The smallest p that *n* recorded and *m* re-run seeds can reach: 2 / C(n+m, m) for m = n, else 1 / C."""
    if n < 1 or m < 1:
        return 1.0
    return min(1.0, (2 if n == m else 1) / splits_of(n, m))


def enough_seeds(n: int, alpha: float = 0.05, pairs: bool = False) -> int:
    """How many re-run seeds can decide against *n* recorded ones at level *alpha*.

    Three where n ≥ 5, else the fewest whose smallest p reaches *alpha*; comparisons (*pairs*) need five. 0 if n = 0.
    """
    if n < 1:
        return 0
    m = max(3 if n >= 3 else 1, pairs_needed(alpha) if pairs else 1)
    while smallest_p(n, m) > alpha:
        m += 1
    return m


def pairs_needed(alpha: float = 0.05) -> int:
    """The fewest pairs whose one-sided sign-flip test can reach *alpha*: 5 for 5 %."""
    return math.ceil(-math.log2(alpha))


def max_t(author: Columns, rerun: Columns, seed: int = 0) -> Permutation:
    """Test all claims at once; ``author[j]`` are claim j's n recorded values, ``rerun[j]`` its m re-run values.

    All claims must share their seeds (same n, same m). Needs at least one value on each side.
    """
    n, m = len(author[0]), len(rerun[0])
    rows = list(zip(*(scaled([*a, *b]) for a, b in zip(author, rerun, strict=True)), strict=True))
    observed = [abs(math.fsum(row[j] for row in rows[n:])) for j in range(len(author))]
    order = sorted(range(len(author)), key=lambda j: -observed[j])
    exact = splits_of(n, m) <= EXACT_SPLITS
    hits, total = _count(rows, m, observed, order, _splits(n + m, m, exact, seed))
    extra = 0 if exact else 1
    adjusted, running = [0.0] * len(author), 0.0
    for rank, j in enumerate(order):
        running = max(running, (hits[rank] + extra) / (total + extra))
        adjusted[j] = running
    smallest = smallest_p(n, m) if exact else max(smallest_p(n, m), 1 / (total + 1))
    return Permutation(p=adjusted[order[0]], adjusted=tuple(adjusted), smallest=smallest, splits=total, exact=exact)


def scaled(values: Sequence[float]) -> list[float]:
    """*values* centred and scaled to unit length; all zero where they do not vary."""
    largest = max(abs(v) for v in values)
    if largest > _HUGE:
        values = [v / largest for v in values]
    mean = math.fsum(values) / len(values)
    centred = [v - mean for v in values]
    length = math.sqrt(math.fsum(c * c for c in centred))
    if length <= 1e-13 * max(1e-300, *(abs(v) for v in values)):
        return [0.0] * len(values)
    return [c / length for c in centred]


def _splits(total: int, m: int, exact: bool, seed: int) -> Iterator[tuple[int, ...]]:
    if exact:
        yield from combinations(range(total), m)
        return
    generator = random.Random(seed)  # noqa: S311 - reproducible, not secret
    for _ in range(SAMPLED_SPLITS):
        yield tuple(generator.sample(range(total), m))


def _count(
    rows: Sequence[Sequence[float]],
    m: int,
    observed: Sequence[float],
    order: Sequence[int],
    splits: Iterator[tuple[int, ...]],
) -> tuple[list[int], int]:
    """For each rank of the step-down: in how many splits the largest of the claims from there on is as extreme."""
    hits, total = [0] * len(order), 0
    bars = [observed[j] - _TIE for j in order]
    for split in splits:
        total += 1
        sums = [abs(sum(column)) for column in zip(*(rows[i] for i in split), strict=True)]
        largest = 0.0
        for rank in range(len(order) - 1, -1, -1):
            largest = max(largest, sums[order[rank]])
            if largest >= bars[rank]:
                hits[rank] += 1
    return hits, total


def sign_flip(differences: Sequence[float]) -> float:
    """One-sided p that the mean of *differences* is above 0: the share of sign flips with as large a sum.

    Exact up to 16 pairs, else a seeded sample, p = (b+1)/(B+1). NaN counts as the worst: p = 1.
    """
    if not differences or any(math.isnan(d) for d in differences):
        return 1.0
    bar = math.fsum(differences) - _TIE * max(abs(d) for d in differences)
    if len(differences) <= 16:
        sums = [0.0]
        for d in differences:
            sums = [s + x for s in sums for x in (d, -d)]
        return sum(s >= bar for s in sums) / len(sums)
    generator = random.Random(0)  # noqa: S311 - reproducible, not secret
    draws = (sum(d if generator.random() < 0.5 else -d for d in differences) for _ in range(SAMPLED_SPLITS))
    return (sum(s >= bar for s in draws) + 1) / (SAMPLED_SPLITS + 1)


def resolution(author: Columns, rerun: Columns, claim: int, alpha: float = 0.05, seed: int = 0) -> float | None:
    """The smallest true change of *claim* that this test had an 80 % chance to see, in the metric's unit.

    The recorded and re-run values, each less its own mean, are dealt out again at random; the change is added to
    those called the re-run's, and the test repeated. None where no change could have been seen (too few seeds).
    """
    n, m = len(author[0]), len(rerun[0])
    if smallest_p(n, m) > alpha or any(abs(v) > _HUGE for v in (*author[claim], *rerun[claim])):
        return None
    residuals = [_residuals(a) + _residuals(b) for a, b in zip(author, rerun, strict=True)]
    widened = math.sqrt((n + m) / max(1, n + m - 2))  # residuals about two fitted means vary too little
    values = [v * widened for v in residuals[claim]]
    size = math.sqrt(math.fsum(v * v for v in values) / (n + m))
    if size == 0:
        return 0.0
    others = [scaled(r) for j, r in enumerate(residuals) if j != claim]
    generator = random.Random(seed)  # noqa: S311 - reproducible, not secret
    table = _split_table(values, others, m, generator)
    changes = sorted(_smallest_seen(table, values, m, alpha, size, generator) for _ in range(_SIMULATIONS))
    seen = changes[math.ceil(_POWER * _SIMULATIONS) - 1]
    return seen if math.isfinite(seen) else None


def _residuals(values: Sequence[float]) -> list[float]:
    mean = math.fsum(values) / len(values)
    return [v - mean for v in values]


_Table = list[tuple[int, float, float]]


def _split_table(
    values: Sequence[float], others: Sequence[Sequence[float]], m: int, generator: random.Random
) -> _Table:
    """For each split: its members as bits, the sum of *values* in it, the largest statistic of the other claims."""
    total = len(values)
    if math.comb(total, m) <= 2000:
        splits: Iterator[tuple[int, ...]] = combinations(range(total), m)
    else:
        splits = (tuple(generator.sample(range(total), m)) for _ in range(1000))
    return [
        (
            sum(1 << i for i in split),
            sum(values[i] for i in split),
            max((abs(sum(o[i] for i in split)) for o in others), default=0.0),
        )
        for split in splits
    ]


def _smallest_seen(
    table: _Table, values: Sequence[float], m: int, alpha: float, size: float, generator: random.Random
) -> float:
    """For one random deal of the runs: the smallest change that is rejected, by bisection up to 64 sd."""
    total = len(values)
    chosen = sum(1 << i for i in generator.sample(range(total), m))
    low, high = 0.0, 64 * size
    if not _rejected(table, values, m, alpha, chosen, high):
        return math.inf
    for _ in range(12):
        middle = (low + high) / 2
        if _rejected(table, values, m, alpha, chosen, middle):
            high = middle
        else:
            low = middle
    return high


def _rejected(table: _Table, values: Sequence[float], m: int, alpha: float, chosen: int, change: float) -> bool:
    """Whether the test sees *change* added to the runs in the bit set *chosen*."""
    total = len(values)
    moved = [v + change if chosen >> i & 1 else v for i, v in enumerate(values)]
    mean = math.fsum(moved) / total
    length = math.sqrt(math.fsum((v - mean) ** 2 for v in moved))
    if length == 0:
        return False
    centre, shift = m * mean, change
    own = abs(sum(moved[i] for i in range(total) if chosen >> i & 1) - centre)
    bar, other_bar = own - _TIE * length, own / length - _TIE
    hits = sum(
        other >= other_bar or abs(inside + shift * (bits & chosen).bit_count() - centre) >= bar
        for bits, inside, other in table
    )
    return hits <= alpha * len(table)
