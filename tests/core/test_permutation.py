"""The permutation test: exact where it can be counted by hand, within its level where it cannot."""

import itertools
import random

import pytest

from artifactpack.core import permutation
from artifactpack.core.permutation import enough_seeds, max_t, resolution, scaled, sign_flip, smallest_p


def brute_force(author, rerun):
    """p of one claim by the textbook: |difference of means| / pooled sd over every split."""
    pooled, m = [*author, *rerun], len(rerun)

    def statistic(chosen):
        a = [v for i, v in enumerate(pooled) if i not in chosen]
        b = [pooled[i] for i in chosen]
        mean_a, mean_b = sum(a) / len(a), sum(b) / len(b)
        within = sum((v - mean_a) ** 2 for v in a) + sum((v - mean_b) ** 2 for v in b)
        return abs(mean_a - mean_b) / max(1e-12, within) ** 0.5

    bar = statistic(tuple(range(len(author), len(pooled)))) * (1 - 1e-9)
    splits = list(itertools.combinations(range(len(pooled)), m))
    return sum(statistic(s) >= bar for s in splits) / len(splits)


@pytest.mark.parametrize(("n", "m"), [(5, 3), (5, 5), (3, 4), (4, 2), (1, 3)])
def test_p_is_that_of_the_textbook(n, m):
    generator = random.Random(n * 10 + m)
    for _ in range(20):
        a = [generator.gauss(0, 1) for _ in range(n)]
        b = [generator.gauss(1, 1) for _ in range(m)]
        assert max_t([a], [b]).p == pytest.approx(brute_force(a, b))


def test_values_apart_reach_the_smallest_p():
    found = max_t([[1.0, 1.1, 0.9, 1.05, 0.95]], [[5.0, 5.1, 4.9]])
    assert (found.p, found.splits, found.exact) == (1 / 56, 56, True)


@pytest.mark.parametrize(
    ("n", "m", "p"), [(5, 3, 1 / 56), (5, 5, 2 / 252), (3, 3, 0.1), (5, 1, 1 / 6), (0, 3, 1), (3, 0, 1)]
)
def test_the_smallest_reachable_p(n, m, p):
    assert smallest_p(n, m) == pytest.approx(p)


@pytest.mark.parametrize(
    ("n", "alpha", "pairs", "enough"),
    [
        (5, 0.05, False, 3),
        (10, 0.05, False, 3),
        (3, 0.05, False, 4),
        (5, 0.05, True, 5),
        (1, 0.05, False, 19),
        (0, 0.05, False, 0),
    ],
)
def test_how_many_seeds_can_decide(n, alpha, pairs, enough):
    assert enough_seeds(n, alpha, pairs) == enough
    if enough:
        assert smallest_p(n, enough) <= alpha


def test_no_variation_at_all_is_no_difference():
    assert max_t([[1.0] * 5], [[1.0] * 3]).p == 1


def test_a_constant_that_moved_is_a_difference():
    assert max_t([[1.0] * 5], [[1.1] * 3]).p == pytest.approx(1 / 56)


def test_step_down_blames_the_claim_that_moved():
    author = [[0.1, 0.2, 0.15, 0.12, 0.18], [1.0, 1.1, 0.9, 1.05, 0.95]]
    rerun = [[0.16, 0.11, 0.19], [5.0, 5.1, 4.9]]
    found = max_t(author, rerun)
    assert found.adjusted[1] <= 0.05 < found.adjusted[0]
    assert found.p == min(found.adjusted)


def test_the_unit_of_a_claim_does_not_matter():
    author, rerun = [[0.1, 0.2, 0.15], [3.0, 1.0, 2.0]], [[0.3, 0.1, 0.2], [4.0, 2.0, 9.0]]
    scaled_up = [[v * 1e6 + 3 for v in author[0]], author[1]], [[v * 1e6 + 3 for v in rerun[0]], rerun[1]]
    assert max_t(author, rerun).adjusted == max_t(*scaled_up).adjusted


@pytest.mark.slow
def test_many_splits_are_sampled_reproducibly_and_never_give_zero(monkeypatch):
    monkeypatch.setattr(permutation, "EXACT_SPLITS", 10)
    a, b = [[0.0, 0.1, 0.2, 0.3, 0.4]], [[9.0, 9.1, 9.2]]
    first, second = max_t(a, b), max_t(a, b)
    assert first == second and not first.exact
    assert 1 / 56 * 0.8 < first.p < 1 / 56 * 1.25


@pytest.mark.slow
def test_false_alarms_stay_within_the_level():
    """600 honest bundles of five claims with a metric that collapses in one run of five."""
    generator, alarms = random.Random(1), 0
    draw = lambda: generator.gauss(0, 0.1) - (3 if generator.random() < 0.2 else 0)  # noqa: E731
    for _ in range(600):
        a = [[draw() for _ in range(5)] for _ in range(5)]
        b = [[draw() for _ in range(3)] for _ in range(5)]
        alarms += max_t(a, b).p <= 0.05
    assert alarms / 600 <= 0.05 + 3 * (0.05 * 0.95 / 600) ** 0.5


@pytest.mark.parametrize(
    ("differences", "p"),
    [([1, 2, 3, 4, 5], 1 / 32), ([1, 2, 3], 1 / 8), ([-1, -2, -3], 1), ([], 1), ([1, float("nan")], 1), ([0, 0], 1)],
)
def test_sign_flips(differences, p):
    assert sign_flip(differences) == pytest.approx(p)


def test_many_pairs_are_sampled():
    assert sign_flip([1.0] * 20) == pytest.approx(1 / 20_000)


@pytest.mark.slow
def test_resolution_is_about_what_the_simulations_say():
    """n = 5, m = 3, one normal claim: 80 % power lies between 2 and 3.5 sd (docs/statistics.md)."""
    generator, found = random.Random(3), []
    for _ in range(25):
        a, b = [[generator.gauss(0, 1) for _ in range(5)]], [[generator.gauss(0, 1) for _ in range(3)]]
        found.append(resolution(a, b, 0))
    assert 2 < sum(found) / len(found) < 3.5


@pytest.mark.slow
def test_a_resolved_change_is_really_seen():
    """Moving the re-run by twice the resolution is rejected in well over 80 % of draws."""
    generator, seen = random.Random(5), 0
    for _ in range(30):
        a, b = [generator.gauss(0, 1) for _ in range(5)], [generator.gauss(0, 1) for _ in range(3)]
        change = 2 * resolution([a], [b], 0)
        seen += max_t([a], [[v + change for v in b]]).p <= 0.05
    assert seen >= 24


def test_too_few_seeds_have_no_resolution():
    assert resolution([[1.0, 2.0, 3.0]], [[1.0, 2.0, 3.0]], 0) is None


def test_a_constant_metric_has_the_finest_resolution():
    assert resolution([[1.0] * 5], [[1.0] * 3], 0) == 0.0


def test_scaled_has_unit_length():
    assert sum(v * v for v in scaled([1.0, 2.0, 4.0])) == pytest.approx(1)


def test_numbers_of_a_run_that_diverged_are_told_apart():
    recorded = [[1.0, 2.0, 3.0, 2.0, 1.0]]
    assert max_t(recorded, [[1e200, 2e200, 3e200]]).p == max_t(recorded, [[1e9, 2e9, 3e9]]).p
    assert resolution([[1e200, 2e200, 1e300]], [[1e200] * 5], 0) is None
