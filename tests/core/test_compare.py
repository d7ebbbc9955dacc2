"""The verdict, outcome by outcome, on hand-made records."""

import math

import pytest

from artifactpack.core.compare import Setting, compare
from tests.core.numbers import claim, run, runs

AUTHOR = (0.905, 0.915, 0.908, 0.910, 0.918)
BASE = (0.880, 0.890, 0.870, 0.880, 0.880)
C1 = claim(value="91.1 %")
C2 = claim("C2", holds="train:acc > base:acc + 0.01")


def judge(rerun, author=None, claims=(C1,), **setting):
    author = author if author is not None else runs("train", range(5), AUTHOR)
    return compare(claims, author, rerun, Setting(**setting))


def one(rerun, author=None, made=C1, **setting):
    (found,) = judge(rerun, author, (made,), **setting)
    assert found.sentence.endswith(".")
    return found


def test_the_same_bits_at_the_authors_seeds_are_identical():
    found = one(runs("train", [0, 3], [AUTHOR[0], AUTHOR[3]]))
    assert (found.outcome, found.level) == ("identical", "outcome")


def test_the_same_numbers_at_other_seeds_are_not_identical():
    assert one(runs("train", [7, 8, 9], AUTHOR[:3])).outcome == "reproduced"


def test_nan_at_the_same_seed_is_identical():
    author = runs("train", range(3), [0.9, math.nan, 0.91])
    assert one(runs("train", [1], [math.nan]), author).outcome == "identical"


def test_within_the_noise_is_reproduced_with_its_resolution():
    found = one(runs("train", [7, 8, 9], [0.911, 0.917, 0.903]))
    assert (found.outcome, found.level) == ("reproduced", "analysis")
    assert 0 < found.resolution < 0.05
    assert "points or more" in found.sentence and "56 splits" in found.sentence


def test_worse_beyond_the_noise_is_not_reproduced():
    found = one(runs("train", [7, 8, 9], [0.811, 0.817, 0.803]))
    assert (found.outcome, found.adjusted_p) == ("not-reproduced", 1 / 56)
    assert found.interval[1] < 0


def test_better_beyond_the_noise_is_told_apart():
    assert one(runs("train", [7, 8, 9], [0.951, 0.957, 0.953])).outcome == "differs-better"


def test_percent_against_fractions_is_no_improvement():
    found = one(runs("train", [7, 8, 9], [91.1, 90.7, 91.3]))
    assert found.outcome == "not-comparable" and "percent" in found.sentence


def test_percent_on_both_sides_is_compared():
    author = runs("train", range(5), [100 * v for v in AUTHOR])
    assert one(runs("train", [7, 8, 9], [91.1, 91.7, 90.3]), author).outcome == "reproduced"


def test_a_rounding_of_the_sum_is_no_difference():
    found = one(runs("train", [7, 8, 9, 10, 11], [AUTHOR[i] for i in (4, 2, 0, 1, 3)]))
    assert "difference +0 points" in found.sentence


def test_a_comparison_that_holds_on_no_side_is_not_called_close():
    backwards = claim("C9", holds="base:acc > train:acc")
    author = (*runs("train", range(5), AUTHOR), *runs("base", range(5), BASE))
    again = (*runs("train", range(10, 15), AUTHOR), *runs("base", range(10, 15), BASE))
    (found,) = judge(again, author, (backwards,))
    assert found.outcome == "inconclusive" and "point the other way" in found.settles


def test_for_a_loss_lower_is_better():
    loss = claim(metric="train:loss", value="0.50", better="lower")
    author = runs("train", range(5), [0.50, 0.51, 0.49, 0.505, 0.495], "loss")
    assert one(runs("train", [7, 8, 9], [0.9, 0.91, 0.92], "loss"), author, loss).outcome == "not-reproduced"
    assert one(runs("train", [7, 8, 9], [0.1, 0.11, 0.12], "loss"), author, loss).outcome == "differs-better"


def test_one_seed_never_says_not_reproduced():
    found = one(runs("train", [7], [0.1]))
    assert found.outcome == "inconclusive"
    assert "decides nothing" in found.sentence and "3 re-run seeds could decide (2 more)" in found.settles


@pytest.mark.parametrize("values", [[0.1, 0.1], [0.911, 0.915]])
def test_two_seeds_decide_nothing_though_their_p_could_reach_five_percent(values):
    found = one(runs("train", [7, 8], values))
    assert (found.outcome, found.smallest_p < 0.05) == ("inconclusive", True)
    assert "3 re-run seeds could decide (1 more)" in found.settles


def test_many_recorded_seeds_do_not_let_one_decide():
    author = runs("train", range(25), [0.9 + 0.001 * s for s in range(25)])
    assert one(runs("train", [77], [0.1]), author).outcome == "inconclusive"


def test_one_seed_inside_the_prediction_interval_is_consistent_so_far():
    found = one(runs("train", [7], [0.912]))
    assert (found.outcome, "consistent so far" in found.sentence) == ("inconclusive", True)


def test_three_against_three_cannot_decide():
    author = runs("train", range(3), AUTHOR[:3])
    assert one(runs("train", [7, 8, 9], [0.1, 0.1, 0.1]), author).outcome == "inconclusive"


def test_a_single_recorded_seed_leaves_only_bits():
    author = runs("train", [0], [0.911])
    assert one(runs("train", [7], [0.911]), author).outcome == "inconclusive"
    assert one(runs("train", [0], [0.911]), author).outcome == "identical"


def test_no_recorded_value_is_not_comparable():
    assert one(runs("train", [0], [0.9]), ()).outcome == "not-comparable"


def test_nan_in_the_rerun_counts_as_worse():
    found = one(runs("train", [7, 8, 9], [math.nan] * 3))
    assert (found.outcome, "NaN" in found.sentence) == ("not-reproduced", True)


def test_a_constant_metric_that_still_prints_the_same_is_reproduced():
    author = runs("train", range(5), [0.911] * 5)
    found = one(runs("train", [7, 8, 9], [0.9112] * 3), author)
    assert (found.outcome, "less than the paper prints" in found.sentence) == ("reproduced", True)


def test_a_constant_metric_that_moved_is_not_reproduced():
    author = runs("train", range(5), [0.911] * 5)
    found = one(runs("train", [7, 8, 9], [0.9] * 3), author)
    assert (found.outcome, "all gave the same number" in found.sentence) == ("not-reproduced", True)


def test_a_missing_metric_is_the_authors():
    found = one(runs("train", [7, 8, 9], [0.5] * 3, "other"))
    assert (found.outcome, found.cause) == ("not-run", "author")


def test_extra_metrics_change_nothing():
    plain = runs("train", [7, 8, 9], [0.911, 0.917, 0.903])
    extra = [run("train", r.seed, acc=r.metrics[0].last, other=1.0) for r in plain]
    assert one(plain) == one(extra)


@pytest.mark.parametrize(
    ("setting", "cause", "words"),
    [
        ({"skipped": {"train": "train is not part of the tier smoke"}}, "", "tier smoke"),
        ({"causes": {"train": ("resource", "it used too much memory")}}, "resource", "memory"),
        ({}, "", "did not run"),
    ],
)
def test_what_did_not_run_says_why(setting, cause, words):
    found = one((), **setting)
    assert (found.outcome, found.cause, words in found.sentence) == ("not-run", cause, True)


def test_failed_seeds_are_named_and_not_dropped_silently():
    rerun = (*runs("train", [7, 8, 9], [0.911, 0.917, 0.903]), run("train", 10, state="failed"))
    assert "Seed 10 failed here" in one(rerun).sentence


def test_repeats_are_averaged_alike_on_both_sides():
    author = [run("train", s, r, acc=AUTHOR[s] + (0.02 if r else 0)) for s in range(5) for r in range(2)]
    found = one(runs("train", [7, 8, 9], AUTHOR[:3]), author)
    assert found.author_values == AUTHOR


def test_same_seeds_within_the_authors_repeat_noise_are_reproduced():
    author = [run("train", s, r, acc=AUTHOR[s] + (0.0004 if r else 0)) for s in range(5) for r in range(2)]
    found = one(runs("train", [0, 1, 2], [v + 0.0003 for v in AUTHOR[:3]]), author)
    assert (found.outcome, "own repeats" in found.sentence) == ("reproduced", True)


def test_the_authors_weights_must_give_the_printed_number():
    made = claim(metric="evaluate:acc", value="91.1 %")
    author = runs("evaluate", range(5), AUTHOR)
    same = one(runs("evaluate", [4], [0.9181]), author, made, fixed=frozenset({"evaluate"}))
    other = one(runs("evaluate", [4], [0.90]), author, made, fixed=frozenset({"evaluate"}))
    assert (same.outcome, other.outcome) == ("reproduced", "inconclusive")


def both(train, base, seeds=(11, 12, 13, 14, 15)):
    return (*runs("train", seeds, train), *runs("base", seeds, base))


RECORD = (*runs("train", range(5), AUTHOR), *runs("base", range(5), BASE))


def test_five_pairs_show_a_comparison():
    found = one(both([0.911, 0.917, 0.903, 0.92, 0.907], [0.88, 0.885, 0.87, 0.88, 0.88]), RECORD, C2)
    assert (found.outcome, found.level, found.p) == ("reproduced", "interpretation", 1 / 32)


def test_three_pairs_do_not():
    found = one(both([0.911, 0.917, 0.903], [0.88, 0.885, 0.87], (11, 12, 13)), RECORD, C2)
    assert (found.outcome, "5 re-run seeds could decide" in found.settles) == ("inconclusive", True)


def test_a_comparison_that_turned_round_is_not_reproduced():
    found = one(both([0.85, 0.86, 0.84, 0.85, 0.855], [0.88, 0.885, 0.87, 0.88, 0.88]), RECORD, C2)
    assert (found.outcome, "no longer holds" in found.sentence) == ("not-reproduced", True)


def test_a_smaller_gap_that_still_holds_is_reproduced_and_said():
    found = one(both([0.901, 0.902, 0.9, 0.901, 0.903], [0.885, 0.884, 0.885, 0.884, 0.886]), RECORD, C2)
    assert (found.outcome, "differs from the recorded" in found.sentence) == ("reproduced", True)


def test_pairs_need_the_same_seeds():
    rerun = (*runs("train", [11, 12], [0.91, 0.92]), *runs("base", [13, 14], [0.88, 0.88]))
    assert one(rerun, RECORD, C2).outcome == "not-run"


def test_a_number_on_the_right_is_compared_seed_by_seed():
    made = claim(holds="train:acc > 0.9")
    found = one(runs("train", range(11, 16), [0.91, 0.92, 0.93, 0.91, 0.92]), RECORD, made)
    assert found.outcome == "reproduced"


def test_claims_that_share_seeds_are_tested_together():
    """A moderate drop that alone would be seen is not, beside nineteen quiet claims: the level is the bundle's."""
    names = [f"m{i}" for i in range(20)]
    author = [run("train", s, **{n: math.sin(7 * i + 3 * s) for i, n in enumerate(names)}) for s in range(5)]
    rerun = [run("train", s, **{n: math.sin(7 * i + 3 * s) for i, n in enumerate(names)}) for s in (11, 12, 13)]
    claims = [claim(n, f"train:{n}", value="0.000001") for n in names]
    found = compare(claims, author, rerun)
    assert all(a.adjusted_p >= a.p for a in found)
    assert len({a.p for a in found}) == 1


def test_claims_with_other_seeds_split_the_level():
    author = (*runs("train", range(5), AUTHOR), *runs("base", range(10, 15), BASE))
    rerun = (*runs("train", [21, 22, 23], [0.8] * 3), *runs("base", [31, 32, 33], [0.7] * 3))
    found = compare([C1, claim("B", "base:acc", value="88 %")], author, rerun)
    assert [f.outcome for f in found] == ["not-reproduced", "not-reproduced"]  # 1/56 is below 2.5 % too


def test_a_claim_nobody_can_read_is_not_comparable():
    found = one(runs("train", [7], [0.9]), made=claim(value="many"))
    assert (found.outcome, "claims.C1.value" in found.sentence) == ("not-comparable", True)
