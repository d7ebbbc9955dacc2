"""The sentence of each outcome: numbers with their names, what was seen, what could have been seen."""

from __future__ import annotations

import math
from collections.abc import Sequence

from artifactpack.core.claim_text import ParsedClaim
from artifactpack.models.outcome import ClaimOutcome
from artifactpack.models.records import record


@record
class Numbers:
    """What the sentence needs besides the outcome's own fields."""

    why: str = ""
    pairs: str = ""
    noise: float = 0.0
    lost: tuple[int, ...] = ()
    constant: bool = False
    normal: bool | None = None
    prints: bool = False
    flip_p: float | None = None
    pairs_seen: int = 0
    holds: bool = False
    settles: str = ""


def sentence(made: ClaimOutcome, parsed: ParsedClaim, numbers: Numbers) -> str:
    """Say *made* in words; every number is named, nothing is rounded away below what the claim prints."""
    words = {
        "identical": _identical,
        "reproduced": _reproduced,
        "differs-better": _differs,
        "not-reproduced": _differs,
        "inconclusive": _inconclusive,
        "not-comparable": _no_numbers,
        "not-run": _no_numbers,
    }[made.outcome](made, parsed, numbers)
    if numbers.lost:
        words += f" {_seeds(numbers.lost, 'Seed', 'Seeds')} failed here and {_is(numbers.lost)} not in these numbers."
    return words


def _identical(made: ClaimOutcome, parsed: ParsedClaim, numbers: Numbers) -> str:
    return f"The same to the last bit at {_seeds(made.rerun_seeds)}: {_number(made, made.got)}."


def _reproduced(made: ClaimOutcome, parsed: ParsedClaim, numbers: Numbers) -> str:
    if parsed.relation:
        words = (
            f"Holds here: the gap is {_number(made, made.got)} over {numbers.pairs_seen} paired seeds "
            f"(recorded {_number(made, made.recorded)}), one-sided sign-flip p = {_p(numbers.flip_p)}."
        )
        if made.adjusted_p is not None and made.smallest_p is not None and made.adjusted_p <= 0.05:
            words += " The gap itself differs from the recorded one."
        return words
    if numbers.pairs == "weights":
        return f"{_both(made)}: with the author's weights the same number to its printed precision."
    if numbers.pairs == "repeats":
        return (
            f"{_both(made)}: at the same seeds no further apart than the author's own repeats "
            f"(sd {_number(made, numbers.noise)}){_resolution(made)}."
        )
    if numbers.prints:
        return f"{_both(made)}: it differs (adjusted p = {_p(made.adjusted_p)}) by less than the paper prints."
    return f"{_both(made)}, {_test(made)}: no difference seen{_resolution(made)}."


def _differs(made: ClaimOutcome, parsed: ParsedClaim, numbers: Numbers) -> str:
    direction = "better" if made.outcome == "differs-better" else "worse"
    words = f"{_both(made)}, {_test(made)}: {direction} than recorded"
    if parsed.relation:
        words = f"{_both(made)}, {_test(made)}: the gap shrank and {made.stated} no longer holds"
    if numbers.constant:
        words += "; the recorded seeds all gave the same number"
    return words + "."


def _inconclusive(made: ClaimOutcome, parsed: ParsedClaim, numbers: Numbers) -> str:
    if parsed.relation:
        state = "points the same way" if numbers.holds else "does not show"
        words = f"{_both(made)}: it {state} over {numbers.pairs_seen} paired seeds, p = {_p(numbers.flip_p)}"
    else:
        words = f"{_both(made)}: {_so_far(numbers)}; the smallest reachable p is {_p(made.smallest_p)}"
    return f"{words}. {numbers.settles[:1].upper()}{numbers.settles[1:]}."


def _so_far(numbers: Numbers) -> str:
    if numbers.normal is None:
        return "too few seeds to tell"
    if numbers.normal:
        return "consistent so far (inside the 95 % t prediction interval)"
    return "outside the 95 % t prediction interval, which decides nothing by itself"


def _no_numbers(made: ClaimOutcome, parsed: ParsedClaim, numbers: Numbers) -> str:
    words = f"{'Not compared' if made.outcome == 'not-comparable' else 'Not run'}: {numbers.why}"
    return f"{words}; {numbers.settles}." if numbers.settles else f"{words}."


def _both(made: ClaimOutcome) -> str:
    kind = {"mean": "Mean", "median": "Median", "best": "Best", "pairs": "Mean gap"}.get(made.over, "")
    kind = kind or f"Seed {made.over.removeprefix('seed:')}"
    many = f" of {len(made.rerun_values)} here, {_number(made, made.recorded)} of {len(made.author_values)} recorded"
    words = f"{kind} {_number(made, made.got)}{many}"
    if made.interval and made.over in ("mean", "pairs") and made.difference is not None:
        low, high = made.interval
        span = f"{_signed(made, low)} to {_signed(made, high)}"
        rounding = 1e-12 * max(abs(made.got or 0.0), abs(made.recorded or 0.0))
        difference = made.difference if abs(made.difference) > rounding else 0.0
        words += f" (difference {_signed(made, difference)}, 95 % interval {span})"
    return words


def _test(made: ClaimOutcome) -> str:
    return f"p = {_p(made.adjusted_p)} of the permutation test over all claims ({made.splits:,} splits)"


def _resolution(made: ClaimOutcome) -> str:
    if made.resolution is None:
        return ""
    return f"; a true change of {_number(made, made.resolution, True)} or more would be seen in 4 of 5 such re-runs"


def _number(made: ClaimOutcome, value: float | None, gap: bool = False) -> str:
    if value is None:
        return "nothing"
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "an infinity"
    unit = (" points" if gap else " %") if made.scale == 100 else ""
    return f"{value * made.scale:.4g}{unit}"


def _signed(made: ClaimOutcome, value: float) -> str:
    text = _number(made, value, gap=True)
    return text if text.startswith("-") or text == "NaN" else f"+{text}"


def _p(value: float | None) -> str:
    return "–" if value is None else f"{value:.2g}"


def _seeds(seeds: Sequence[int], one: str = "seed", many: str = "seeds") -> str:
    return f"{one if len(seeds) == 1 else many} {', '.join(map(str, seeds))}"


def _is(seeds: Sequence[int]) -> str:
    return "is" if len(seeds) == 1 else "are"
