"""Comparisons that the recorded runs carry on average, but not beyond their own noise."""

from __future__ import annotations

from collections.abc import Iterable

from artifactpack.core.claim_text import ParsedClaim, parse_claim
from artifactpack.core.claims import aggregate, relation_holds, values_for
from artifactpack.core.reference import Series
from artifactpack.core.statistics import difference_interval, spread
from artifactpack.errors import ConfigError
from artifactpack.models.config import Config
from artifactpack.models.run import RunRecord


def unsafe_comparisons(config: Config, records: Iterable[RunRecord], series: Series | None = None) -> tuple[str, ...]:
    """One sentence for each claimed comparison of averages that holds in *records* although the 95 % interval of the
    difference (Welch's t, or Student's against a plain number) reaches to the other side."""
    runs = tuple(records)
    found = []
    for claim in config.claims:
        try:
            parsed = parse_claim(claim)
            found.append(_sentence(parsed, runs, series))
        except ConfigError:  # told where claims are checked
            continue
    return tuple(filter(None, found))


def _sentence(parsed: ParsedClaim, runs: tuple[RunRecord, ...], series: Series | None) -> str:
    relation, claim = parsed.relation, parsed.claim
    if relation is None or claim.over not in ("mean", "median"):
        return ""
    sides = [values_for(ref, claim, runs, series) for ref in parsed.refs]
    means = [aggregate(claim.over, values, claim.better) for values in sides]
    left, right = means[0], means[1] if len(means) > 1 else 0.0
    if left is None or right is None or not relation_holds(relation, left - right):
        return ""
    ends = _interval([values.values for values in sides])
    if ends is None:
        return ""
    worst = (ends[0] if relation.towards > 0 else ends[1]) - relation.margin
    if worst * relation.towards > 0 or ends[0] == ends[1]:
        return ""
    than = f"{relation.margin:g}" if relation.margin or not relation.right else "zero"
    what = "the difference" if relation.right else str(relation.left)
    seeds = " and ".join(str(len(values.values)) for values in sides)
    return (
        f"claim {claim.id}: {claim.holds} holds on average, but the 95 % interval of {what}, {ends[0]:.3g} … "
        f"{ends[1]:.3g}, crosses {than}: {seeds} seeds do not carry it; record more, or say less"
    )


def _interval(sides: list[tuple[float, ...]]) -> tuple[float, float] | None:
    if len(sides) > 1:
        return difference_interval(sides[1], sides[0])
    told = spread(sides[0])
    return None if told.ci_low is None or told.ci_high is None else (told.ci_low, told.ci_high)
