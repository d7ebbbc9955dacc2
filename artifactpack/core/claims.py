"""Claims as numbers and comparisons, and the first question: does the author's own record give them?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from artifactpack.core.claim_text import MetricRef, ParsedClaim, Printed, Relation
from artifactpack.core.claim_text import parse_claim as parse_claim
from artifactpack.core.reference import SeedValues, Series, cell_key, counting, metric_values
from artifactpack.core.statistics import mean_of, median_of, sd_of, spread
from artifactpack.errors import ConfigError
from artifactpack.models.config import Claim, Config, Scalar
from artifactpack.models.reference import ClaimCheck
from artifactpack.models.run import RunRecord


def values_for(ref: MetricRef, claim: Claim, records: Iterable[RunRecord], series: Series | None = None) -> SeedValues:
    """The values that *ref* names among *records* (those that count), one a seed; raises ConfigError if the cell
    is not one: several cells match and ``select`` does not say which."""
    select = {k: str(v) for k, v in claim.select.items()} | dict(ref.select)
    runs = [r for r in counting(records) if r.command == ref.command and _matches(r.cell, select, claim.select)]
    runs = [r for r in runs if any(m.name == ref.metric for m in r.metrics)]
    cells = {cell_key(r.cell) for r in runs}
    if len(cells) > 1:
        names = sorted({name for cell in cells for name, _ in cell} - set(select))
        raise ConfigError(f"claims.{claim.id}: {len(cells)} cells match {ref}; select one by {', '.join(names)}")
    return metric_values(runs, ref.metric, ref.at, claim.better, series)


def _matches(cell: Mapping[str, Scalar], select: Mapping[str, str], loose: Mapping[str, Scalar]) -> bool:
    """A key of the claim's own ``select`` that this command's grid does not have (a baseline's) is no obstacle."""
    return all(_same(cell[k], v) if k in cell else k in loose for k, v in select.items())


def _same(value: Scalar, text: str) -> bool:
    """Whether *text* names the grid's *value*: 0.001 is 1e-3, and a truth value is written as either language does."""
    if isinstance(value, bool):
        return text.lower() == str(value).lower()
    if isinstance(value, str) or text == str(value):
        return text == str(value)
    try:
        return float(text) == value
    except ValueError:
        return False


def aggregate(over: str, values: SeedValues, better: str) -> float | None:
    """The claim's aggregate of *values*: mean, median, best (by *better*) or one seed's; None where it is missing."""
    if over.startswith("seed:"):
        return values.at(int(over.removeprefix("seed:")))
    if not values.values:
        return None
    if any(math.isnan(v) for v in values.values):
        return math.nan
    if over == "best":
        return max(values.values) if better == "higher" else min(values.values)
    return median_of(values.values) if over == "median" else mean_of(values.values)


def scale_of(printed: Printed, recorded: float, values: Sequence[float] = ()) -> float:
    """What the recorded number is multiplied by to be held against the printed one: 1 or 100.

    ``97.2 %`` and a plain ``97.2`` are read as percent of a metric whose values all lie in [−1, 1].
    """
    fraction = all(abs(v) <= 1 for v in (*values, recorded) if math.isfinite(v))
    if printed.percent:
        return 100.0 if fraction else 1.0
    return 100.0 if fraction and abs(printed.value) > 1 and agrees(printed, 100 * recorded) else 1.0


def agrees(printed: Printed, recorded: float) -> bool:
    """Whether *recorded*, in the printed unit, rounds to the printed number (a tie may go either way)."""
    slack = 1e-9 * max(1.0, abs(printed.value))
    return math.isfinite(recorded) and abs(recorded - printed.value) <= printed.half + slack


def check_claims(config: Config, records: Iterable[RunRecord], series: Series | None = None) -> tuple[ClaimCheck, ...]:
    """Hold every claim of *config* against the author's own *records*, at its printed precision."""
    runs = tuple(records)
    return tuple(_check(claim, config, runs, series) for claim in config.claims)


def _check(claim: Claim, config: Config, runs: tuple[RunRecord, ...], series: Series | None) -> ClaimCheck:
    try:
        parsed = parse_claim(claim)
        found = [values_for(ref, claim, runs, series) for ref in parsed.refs]
    except ConfigError as error:
        return _verdict(claim, "no-evidence", str(error))
    for ref, values in zip(parsed.refs, found, strict=True):
        if not values.values:
            return _verdict(claim, "no-evidence", _nothing(ref, runs))
    if parsed.relation:
        return _check_relation(claim, parsed.relation, found, _missing_seeds(parsed, config, found))
    return _check_value(parsed, found[0], _missing_seeds(parsed, config, found))


def _verdict(
    claim: Claim, verdict: str, reason: str, recorded: float | None = None, values: SeedValues | None = None
) -> ClaimCheck:
    return ClaimCheck(
        id=claim.id,
        text=claim.text,
        where=claim.where,
        verdict=verdict,
        stated=stated(claim),
        recorded=recorded,
        spread=spread(values.values) if values else None,
        reason=reason,
    )


def stated(claim: Claim) -> str:
    """The claim as printed: ``97.2 % ± 0.3 sd``, or the relation."""
    if claim.holds:
        return claim.holds
    return f"{claim.value} ± {claim.spread}" if claim.spread else str(claim.value)


def _nothing(ref: MetricRef, runs: Sequence[RunRecord]) -> str:
    names = {m.name for r in runs if r.command == ref.command for m in r.metrics}
    if not any(r.command == ref.command for r in runs):
        return f"no recorded run of {ref.command}"
    if ref.metric in names:
        return f"{ref} has no value for the selected cell or step"
    near = get_close_matches(ref.metric, sorted(names), n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"{ref.command} records no metric {ref.metric}{hint}"


def _missing_seeds(parsed: ParsedClaim, config: Config, found: Sequence[SeedValues]) -> str:
    """A sentence about declared seeds that no finished run covers, or ""."""
    for ref, values in zip(parsed.refs, found, strict=True):
        declared = _declared_seeds(config, ref.command)
        missing = [s for s in declared if s not in values.seeds]
        if missing:
            return f"{len(missing)} of {len(declared)} declared seeds of {ref.command} have no finished run"
    return ""


def _declared_seeds(config: Config, name: str) -> tuple[int, ...]:
    seen: set[str] = set()
    while name in config.commands and name not in seen:
        seen.add(name)
        command = config.commands[name]
        if not command.like or command.seeds != (0,):
            return command.seeds
        name = command.like
    return ()


def _check_value(parsed: ParsedClaim, values: SeedValues, missing: str) -> ClaimCheck:
    claim, printed = parsed.claim, parsed.value
    recorded = aggregate(claim.over, values, claim.better)
    if recorded is None:
        return _verdict(claim, "no-evidence", f"no finished run for {claim.over}", None, values)
    if printed is None:
        return _verdict(claim, "no-evidence", "the claim prints no value to hold the runs against", recorded, values)
    scale = scale_of(printed, recorded, values.values)
    what = f"{_aggregate_words(claim.over, values)} gives {show(recorded * scale, printed)}"
    if not agrees(printed, recorded * scale):
        verdict = "no-evidence" if missing or _unit_unclear(printed, recorded) else "contradicted"
        reason = f"{what}, the paper prints {printed.text}" + (f"; {missing}" if missing else "")
        if _unit_unclear(printed, recorded):
            reason += "; the recorded number may itself be in percent: print the value without %"
        return _verdict(claim, verdict, reason, recorded, values)
    wrong = _spread_fault(parsed, values, scale)
    if wrong:
        return _verdict(claim, "no-evidence" if missing else "contradicted", wrong, recorded, values)
    return _verdict(claim, "supported", what + (f"; {missing}" if missing else ""), recorded, values)


def _unit_unclear(printed: Printed, recorded: float) -> bool:
    """``0.9 %`` against a recorded 0.9: a fraction of 90 %, or a number that is already in percent?"""
    return printed.percent and abs(printed.value) <= 1 and agrees(printed, recorded)


def _aggregate_words(over: str, values: SeedValues) -> str:
    n = len(values.values)
    if over == "best":
        return f"the best of {n} recorded runs"
    if over.startswith("seed:"):
        return f"the recorded run of seed {over.removeprefix('seed:')}"
    return f"the {over} over {n} recorded seed{'s' if n != 1 else ''}"


def show(value: float, printed: Printed | None = None) -> str:
    """*value*, already in the printed unit, with one digit more than the paper prints."""
    if printed is None:
        return f"{value:.4g}"
    digits = max(0, 1 - math.floor(math.log10(printed.half * 2) + 1e-9))
    return f"{value:.{digits}f}" + (" %" if printed.percent else "")


def _spread_fault(parsed: ParsedClaim, values: SeedValues, scale: float) -> str:
    """Why the printed spread is not the recorded one, or "" if it is (or none is printed)."""
    printed = parsed.spread
    if printed is None:
        return ""
    if len(values.values) < 2:
        return f"a spread of {printed.text} is printed, but one recorded seed has no spread"
    candidates = [c * scale for c in _spreads(parsed.spread_kind, values.values)]
    if any(agrees(printed, c) for c in candidates):
        return ""
    return (
        f"the recorded spread is {show(candidates[0], printed)} {parsed.spread_kind}, the paper prints {printed.text}"
    )


def _spreads(kind: str, values: Sequence[float]) -> list[float]:
    """What an author may rightly have printed as *kind*; our own definition (ddof 1, Student's t) first."""
    sds = [sd_of(values), sd_of(values, ddof=0)]
    if kind == "sd":
        return sds
    errors = [sd / math.sqrt(len(values)) for sd in sds]
    if kind == "se":
        return errors
    ours = spread(values)
    return [((ours.ci_high or 0.0) - (ours.ci_low or 0.0)) / 2, *(1.959963984540054 * e for e in errors)]


def _check_relation(claim: Claim, relation: Relation, found: Sequence[SeedValues], missing: str) -> ClaimCheck:
    sides = [aggregate(claim.over, values, claim.better) for values in found]
    if any(side is None for side in sides):
        return _verdict(claim, "no-evidence", f"no finished run for {claim.over}")
    left = sides[0] if sides[0] is not None else math.nan
    right = sides[1] if len(sides) > 1 and sides[1] is not None else 0.0
    gap = left - right
    holds = relation_holds(relation, gap)
    what = f"{relation.left} {left:.4g}" + (f", {relation.right} {right:.4g}" if relation.right else "")
    reason = (
        f"recorded {what}: the difference {gap:+.4g} {'is' if holds else 'is not'} {relation.sign} {relation.margin:g}"
    )
    if not relation.right:
        reason = f"recorded {what}: it {'is' if holds else 'is not'} {relation.sign} {relation.margin:g}"
    verdict = "supported" if holds else ("no-evidence" if missing else "contradicted")
    return _verdict(claim, verdict, reason + (f"; {missing}" if missing else ""), gap, found[0])


def relation_holds(relation: Relation, gap: float) -> bool:
    """Whether *gap* (left − right) satisfies the relation; NaN never does."""
    over = (gap - relation.margin) * relation.towards
    return over >= -1e-12 if relation.sign.endswith("=") else over > 1e-12
