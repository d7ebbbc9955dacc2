"""A claim's numbers on both sides, the author's record and the re-run: one value a seed, made comparable."""

from __future__ import annotations

import math
from collections.abc import Sequence

from artifactpack.core.claim_text import ParsedClaim, Relation
from artifactpack.core.claims import aggregate, scale_of, values_for
from artifactpack.core.reference import SeedValues, Series, repeat_sd
from artifactpack.core.statistics import mean_of
from artifactpack.models.records import record
from artifactpack.models.run import RunRecord


@record
class Sides:
    """``author`` and ``rerun`` of one claim; of a comparison these are the gaps, left − right, paired by seed."""

    parsed: ParsedClaim
    author: SeedValues
    rerun: SeedValues
    scale: float = 1.0
    missing: str = ""
    parts: tuple[tuple[SeedValues, SeedValues], ...] = ()

    @property
    def id(self) -> str:
        return self.parsed.claim.id

    @property
    def worse(self) -> int:
        """−1 where a smaller number is worse for the claim, +1 where a larger one is."""
        if self.parsed.relation:
            return -self.parsed.relation.towards
        return -1 if self.parsed.claim.better == "higher" else 1

    @property
    def recorded(self) -> float | None:
        return self._aggregate(0)

    @property
    def got(self) -> float | None:
        return self._aggregate(1)

    def _aggregate(self, side: int) -> float | None:
        claim = self.parsed.claim
        if self.parsed.relation:
            values = (self.author, self.rerun)[side].values
            return mean_of(values) if values else None
        return aggregate(claim.over, (self.author, self.rerun)[side], claim.better)


def both_sides(
    parsed: ParsedClaim,
    author: Sequence[RunRecord],
    rerun: Sequence[RunRecord],
    series: Series | None = None,
    rerun_series: Series | None = None,
) -> Sides:
    """Collect *parsed*'s numbers from both records; raises ConfigError where the claim's cell is not one."""
    parts = tuple(
        (
            values_for(ref, parsed.claim, author, series),
            values_for(ref, parsed.claim, rerun, rerun_series),
        )
        for ref in parsed.refs
    )
    parts = tuple(_same_repeats(a, b) for a, b in parts)
    missing = next((str(ref) for ref, (_, b) in zip(parsed.refs, parts, strict=True) if not b.values), "")
    if parsed.relation is None:
        recorded = aggregate(parsed.claim.over, parts[0][0], parsed.claim.better)
        scale = scale_of(parsed.value, recorded, parts[0][0].values) if parsed.value and recorded is not None else 1.0
        return Sides(parsed=parsed, author=parts[0][0], rerun=parts[0][1], scale=scale, missing=missing, parts=parts)
    return Sides(
        parsed=parsed,
        author=_gaps(parsed.relation, [a for a, _ in parts]),
        rerun=_gaps(parsed.relation, [b for _, b in parts]),
        missing=missing,
        parts=parts,
    )


def _same_repeats(author: SeedValues, rerun: SeedValues) -> tuple[SeedValues, SeedValues]:
    """Average as many repeats on one side as on the other, or one side's values would vary less than the other's."""
    counts = [len(group) for group in (*author.repeats, *rerun.repeats)]
    if not author.repeats or not rerun.repeats or len(set(counts)) == 1:
        return author, rerun
    return _first_repeats(author, min(counts)), _first_repeats(rerun, min(counts))


def _first_repeats(values: SeedValues, count: int) -> SeedValues:
    kept = tuple(mean_of(group[:count]) for group in values.repeats)
    return SeedValues(seeds=values.seeds, values=kept, repeats=values.repeats, runs=values.runs)


def _gaps(relation: Relation, sides: Sequence[SeedValues]) -> SeedValues:
    """left − right at every seed that both have (a right side that is a number pairs with every seed)."""
    left = sides[0]
    if relation.right is None:
        return left
    right = sides[1]
    seeds = tuple(s for s in left.seeds if s in right.seeds)
    values = tuple((left.at(s) or 0.0) - (right.at(s) or 0.0) for s in seeds)
    return SeedValues(seeds=seeds, values=values, repeats=tuple((v,) for v in values), runs=left.runs + right.runs)


def identical(sides: Sides) -> bool:
    """Whether every re-run seed is one of the author's and gave exactly the same number, on every part."""
    return bool(sides.rerun.values) and all(_same(a, b) for a, b in sides.parts)


def _same(author: SeedValues, rerun: SeedValues) -> bool:
    if not rerun.seeds or not set(rerun.seeds) <= set(author.seeds):
        return False
    return all(_equal(author.at(s), rerun.at(s)) for s in rerun.seeds)


def _equal(a: float | None, b: float | None) -> bool:
    if a is None or b is None:
        return False
    return a == b or (math.isnan(a) and math.isnan(b))


def paired(sides: Sides) -> tuple[float, ...]:
    """re-run − author at the seeds both have, if those are all of the re-run's; else nothing."""
    if not set(sides.rerun.seeds) <= set(sides.author.seeds):
        return ()
    pairs = [(sides.author.at(s), sides.rerun.at(s)) for s in sides.rerun.seeds]
    return tuple(b - a for a, b in pairs if a is not None and b is not None)


def repeat_noise(sides: Sides) -> float | None:
    """The author's recorded noise between repeats of one seed; None where nothing was repeated."""
    noise = [repeat_sd(a) for a, _ in sides.parts]
    known = [n for n in noise if n is not None]
    return math.sqrt(math.fsum(n * n for n in known)) if len(known) == len(noise) and known else None


def columns(sides: Sides) -> tuple[list[float], list[float]]:
    """Both sides' values for the permutation test, where NaN and infinities count as worse than every number:
    one range beyond the worst. That is a function of the pooled values alone, so the test stays exact."""
    pooled = [v for v in (*sides.author.values, *sides.rerun.values) if math.isfinite(v)]
    if not pooled:
        return [0.0] * len(sides.author.values), [0.0] * len(sides.rerun.values)
    reach = (max(pooled) - min(pooled)) or max(abs(pooled[0]), 1.0)
    worst = min(pooled) - reach if sides.worse < 0 else max(pooled) + reach
    clean = [[v if math.isfinite(v) else worst for v in values] for values in (sides.author.values, sides.rerun.values)]
    return clean[0], clean[1]
