"""The verdict on a re-run, claim by claim: the whole procedure of docs/statistics.md, pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace

from artifactpack.core.claim_text import ParsedClaim, parse_claim
from artifactpack.core.claims import agrees, relation_holds, stated
from artifactpack.core.families import FamilyTest, test_by_family
from artifactpack.core.outcome_words import Numbers, sentence
from artifactpack.core.permutation import enough_seeds, sign_flip
from artifactpack.core.reference import Series, failed
from artifactpack.core.sides import Sides, both_sides, columns, identical, paired, repeat_noise
from artifactpack.core.statistics import difference_interval, prediction_interval, spread, t_quantile
from artifactpack.errors import ConfigError
from artifactpack.models.config import Claim
from artifactpack.models.outcome import Cause, ClaimOutcome, Level, Outcome
from artifactpack.models.records import record
from artifactpack.models.run import RunRecord

ALPHA = 0.05


@record
class Setting:
    """What the verdict needs to know of how the re-run was made.

    ``fixed`` are commands that ran on the author's own weights (nothing was trained); ``skipped`` says why a command
    did not run; ``causes`` why it failed; ``settles`` what would make it run.
    """

    alpha: float = ALPHA
    fixed: frozenset[str] = frozenset()
    skipped: Mapping[str, str] = field(default_factory=dict)
    causes: Mapping[str, tuple[Cause, str]] = field(default_factory=dict)
    settles: Mapping[str, str] = field(default_factory=dict)


def compare(
    claims: Sequence[Claim],
    author: Iterable[RunRecord],
    rerun: Iterable[RunRecord],
    setting: Setting | None = None,
    series: Series | None = None,
    rerun_series: Series | None = None,
) -> tuple[ClaimOutcome, ...]:
    """Judge every claim: the author's runs against the re-run's. Claims that share seeds are tested together."""
    author, rerun, setting = tuple(author), tuple(rerun), setting or Setting()
    decided: dict[str, ClaimOutcome] = {}
    open_: list[Sides] = []
    for claim in claims:
        found = _sides(claim, author, rerun, series, rerun_series)
        outcome = found if isinstance(found, ClaimOutcome) else _before_testing(found, rerun, setting)
        if outcome is not None:
            decided[claim.id] = outcome
        elif isinstance(found, Sides):
            open_.append(found)
    tests = test_by_family(open_, setting.alpha)
    for sides in open_:
        decided[sides.id] = _judge(sides, tests[sides.id], rerun)
    return tuple(decided[claim.id] for claim in claims)


def _sides(
    claim: Claim,
    author: tuple[RunRecord, ...],
    rerun: tuple[RunRecord, ...],
    series: Series | None,
    rerun_series: Series | None,
) -> Sides | ClaimOutcome:
    try:
        return both_sides(parse_claim(claim), author, rerun, series, rerun_series)
    except ConfigError as error:
        return ClaimOutcome(
            id=claim.id, text=claim.text, outcome="not-comparable", stated=stated(claim), sentence=f"{error}."
        )


def _before_testing(sides: Sides, rerun: Sequence[RunRecord], setting: Setting) -> ClaimOutcome | None:
    """The outcomes that need no test: nothing ran, nothing to compare with, the same to the last bit."""
    if sides.missing or not sides.rerun.values:
        return _nothing_ran(sides, rerun, setting)
    if not sides.author.values:
        return _outcome(sides, "not-comparable", Numbers(why="the bundle holds no recorded value of it"))
    if _other_unit(sides):
        why = "it is above 1 at every seed here and the author recorded fractions: one of the two counts percent"
        return _outcome(sides, "not-comparable", Numbers(why=why))
    if identical(sides):
        return _outcome(sides, "identical", Numbers(), level="outcome")
    if _fixed(sides, setting) and _within_print(sides):
        return _outcome(sides, "reproduced", Numbers(pairs="weights"), level="analysis")
    noise = repeat_noise(sides)
    if noise and _within_noise(sides, noise):
        return _outcome(sides, "reproduced", Numbers(pairs="repeats", noise=noise), level="analysis")
    return None


def _nothing_ran(sides: Sides, rerun: Sequence[RunRecord], setting: Setting) -> ClaimOutcome:
    commands = {ref.command for ref in sides.parsed.refs}
    skipped, causes = setting.skipped, setting.causes
    for command in sorted(commands):
        if command in skipped:
            return _outcome(sides, "not-run", Numbers(why=skipped[command], settles=setting.settles.get(command, "")))
        if command in causes:
            cause, why = causes[command]
            settles = setting.settles.get(command, "")
            return _outcome(sides, "not-run", Numbers(why=why, settles=settles), cause=cause)
    if any(r.command in commands and r.state == "finished" for r in rerun):
        why = f"the run finished but gave no {sides.missing or 'value'}"
        return _outcome(sides, "not-run", Numbers(why=why), cause="author")
    return _outcome(sides, "not-run", Numbers(why="its command did not run"))


def _other_unit(sides: Sides) -> bool:
    """Whether the re-run counts in percent what the author recorded as a fraction and prints in percent: a fraction
    above 1 is none, so this is no improvement."""
    return sides.scale == 100 and bool(sides.rerun.values) and all(1 < value <= 100 for value in sides.rerun.values)


def _fixed(sides: Sides, setting: Setting) -> bool:
    return all(ref.command in setting.fixed for ref in sides.parsed.refs)


def _within_print(sides: Sides) -> bool:
    """Whether every pair at the same seed differs by less than half a unit of the last printed digit."""
    value, pairs = sides.parsed.value, paired(sides)
    return value is not None and bool(pairs) and all(abs(d) * sides.scale <= value.half for d in pairs)


def _within_noise(sides: Sides, noise: float) -> bool:
    """Whether all same-seed pairs lie within what the author's own repeats of one seed differ by (95 %, all pairs)."""
    pairs = paired(sides)
    if not pairs:
        return False
    freedom = sum(len(g) - 1 for a, _ in sides.parts for g in a.repeats)
    bound = t_quantile(1 - 0.025 / len(pairs), max(1, freedom)) * math.sqrt(2) * noise
    return all(abs(d) <= bound for d in pairs)


def _judge(sides: Sides, test: FamilyTest, rerun: Sequence[RunRecord]) -> ClaimOutcome:
    lost = _lost(sides, rerun)
    if sides.parsed.relation:
        return _judge_relation(sides, test, lost)
    numbers = Numbers(lost=lost, constant=_constant(sides), normal=_inside_prediction(sides))
    if _too_few(sides, test):
        return _outcome(sides, "inconclusive", _with(numbers, settles=_settles(sides, test)), test)
    if test.adjusted <= test.alpha:
        if _prints_the_same(sides):
            return _outcome(sides, "reproduced", _with(numbers, prints=True), test, "analysis")
        better = _direction(sides) * sides.worse < 0
        return _outcome(sides, "differs-better" if better else "not-reproduced", numbers, test)
    return _outcome(sides, "reproduced", numbers, test, "analysis")


def _too_few(sides: Sides, test: FamilyTest) -> bool:
    """Whether the re-run has fewer seeds than decide: such a test has next to no power, whatever p it could reach."""
    return len(sides.rerun.values) < enough_seeds(len(sides.author.values), test.alpha)


def _judge_relation(sides: Sides, test: FamilyTest, lost: tuple[int, ...]) -> ClaimOutcome:
    """A comparison is reproduced where its own pairs show it (one-sided sign flips), and not reproduced only where
    the joint test finds the gap changed for the worse and the relation no longer holds."""
    relation = sides.parsed.relation
    assert relation is not None  # noqa: S101 - for the type checker; the caller asked
    over = [(v - relation.margin) * relation.towards for v in sides.rerun.values]
    p = sign_flip(over)
    numbers = Numbers(lost=lost, flip_p=p, pairs_seen=len(over))
    if p <= ALPHA:
        return _outcome(sides, "reproduced", numbers, test, "interpretation")
    holds = relation_holds(relation, sides.got if sides.got is not None else math.nan)
    worse = _direction(sides) * sides.worse > 0
    if test.adjusted <= test.alpha and worse and not holds and not _too_few(sides, test):
        return _outcome(sides, "not-reproduced", numbers, test)
    return _outcome(sides, "inconclusive", _with(numbers, holds=holds, settles=_settles(sides, test)), test)


def _with(numbers: Numbers, **changes: object) -> Numbers:
    return replace(numbers, **changes)  # type: ignore[arg-type]


def _lost(sides: Sides, rerun: Sequence[RunRecord]) -> tuple[int, ...]:
    commands = {ref.command for ref in sides.parsed.refs}
    return tuple(sorted({r.seed or 0 for r in failed(rerun) if r.command in commands}))


def _constant(sides: Sides) -> bool:
    return len(sides.author.values) > 1 and len(set(sides.author.values)) == 1


def _inside_prediction(sides: Sides) -> bool | None:
    """Whether the re-run's mean lies in the author's 95 % t prediction interval; None where there is none."""
    values = [*sides.author.values, *sides.rerun.values]
    if len(sides.author.values) < 2 or not all(math.isfinite(v) for v in values):
        return None
    low, high = prediction_interval(sides.author.values, len(sides.rerun.values))
    return low <= sum(sides.rerun.values) / len(sides.rerun.values) <= high


def _prints_the_same(sides: Sides) -> bool:
    value, got = sides.parsed.value, sides.got
    return value is not None and got is not None and agrees(value, got * sides.scale)


def _direction(sides: Sides) -> int:
    """The sign of mean(re-run) − mean(author), NaN being worse than every number."""
    author, rerun = columns(sides)
    gap = sum(rerun) / len(rerun) - sum(author) / len(author)
    return (gap > 0) - (gap < 0)


def _settles(sides: Sides, test: FamilyTest) -> str:
    n, m = len(sides.author.values), len(sides.rerun.values)
    need = enough_seeds(n, test.alpha, pairs=sides.parsed.relation is not None)
    if need > m:
        return f"{need} re-run seeds could decide ({need - m} more)"
    relation = sides.parsed.relation
    if relation and sides.got is not None and not relation_holds(relation, sides.got):
        return f"more than {m} re-run seeds: these point the other way, which may still be noise"
    return f"more than {m} re-run seeds: the gap is too close to the margin for {m}"


def _outcome(
    sides: Sides,
    outcome: Outcome,
    numbers: Numbers,
    test: FamilyTest | None = None,
    level: Level = "",
    cause: Cause = "",
) -> ClaimOutcome:
    claim, difference = sides.parsed.claim, None
    if sides.recorded is not None and sides.got is not None:
        difference = sides.got - sides.recorded
    interval = None
    if all(math.isfinite(v) for v in (*sides.author.values, *sides.rerun.values)):
        interval = difference_interval(sides.author.values, sides.rerun.values)
    made = ClaimOutcome(
        id=claim.id,
        text=claim.text,
        outcome=outcome,
        level=level,
        stated=stated(claim),
        author=spread(sides.author.values) if sides.author.values else None,
        rerun=spread(sides.rerun.values) if sides.rerun.values else None,
        author_values=sides.author.values,
        rerun_values=sides.rerun.values,
        p=numbers.flip_p if numbers.flip_p is not None else (test.p if test else None),
        adjusted_p=test.adjusted if test else None,
        interval=interval,
        resolution=_resolution(sides, numbers, test),
        cause=cause,
        settles=numbers.settles,
        over="pairs" if claim.holds else claim.over,
        scale=sides.scale,
        author_seeds=sides.author.seeds,
        rerun_seeds=sides.rerun.seeds,
        recorded=sides.recorded,
        got=sides.got,
        difference=difference,
        smallest_p=test.smallest if test else None,
        splits=test.splits if test else 0,
    )
    return _with_sentence(made, sides.parsed, numbers)


def _resolution(sides: Sides, numbers: Numbers, test: FamilyTest | None) -> float | None:
    if numbers.pairs == "weights" and sides.parsed.value:
        return sides.parsed.value.half / sides.scale
    if numbers.pairs == "repeats":
        return (1.96 + 0.84) * math.sqrt(2 / max(1, len(sides.rerun.values))) * numbers.noise
    return test.resolution if test else None


def _with_sentence(made: ClaimOutcome, parsed: ParsedClaim, numbers: Numbers) -> ClaimOutcome:
    return replace(made, sentence=sentence(made, parsed, numbers))
