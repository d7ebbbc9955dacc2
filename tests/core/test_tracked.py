"""Tracked runs are grouped so that only the seed differs, and held against what is declared."""

import pytest

from artifactpack.core.tracked import groups, matches, same
from artifactpack.models.run import Metric
from artifactpack.models.system import SystemReading, TrackedRun


def run(identity, seed, accuracy=0.9, **extra):
    parameters = {"seed": seed, "lr": 0.1, **extra.pop("parameters", {})}
    metric = Metric(name="accuracy", last=accuracy, minimum=accuracy, maximum=accuracy)
    return TrackedRun(system="MLflow", id=identity, seed=seed, parameters=parameters, metrics=(metric,), **extra)


def reading(*runs):
    return [SystemReading(system="MLflow", runs=runs)]


def test_runs_that_differ_in_the_seed_only_are_one_group():
    (group,) = groups(reading(run("a", 0, 0.9), run("b", 1, 0.92), run("c", 2, 0.94)))
    assert group.seeds == (0, 1, 2)
    assert group.spreads["accuracy"].n == 3
    assert group.spreads["accuracy"].mean == pytest.approx(0.92)


def test_names_and_places_do_not_split_a_group():
    made = groups(reading(run("a", 0, parameters={"run_name": "x", "out_dir": "1"}), run("b", 1)))
    assert len(made) == 1


def test_another_learning_rate_or_commit_is_another_group():
    others = (run("b", 1, parameters={"lr": 0.2}), run("c", 2, commit="f" * 40))
    assert len(groups(reading(run("a", 0), *others))) == 3


def test_failed_and_torn_runs_give_no_variance():
    (group,) = groups(reading(run("a", 0), run("b", 1, state="failed"), run("c", 2, complete=False)))
    assert group.seeds == (0,)


def test_a_resumed_run_counts_once():
    (group,) = groups(reading(run("a", 0, 0.5), run("a", 0, 0.9)))
    assert group.spreads["accuracy"].n == 1
    assert group.spreads["accuracy"].mean == 0.9


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [(0.1, 0.10000000149, True), (1, 1.0, True), (True, 1, False), ("a", "a", True), (0, 1e-9, False)],
)
def test_numbers_are_the_same_within_what_32_bits_lose(one, other, equal):
    assert same(one, other) is equal


def test_a_printed_number_is_found_as_share_or_percent():
    readings = reading(run("a", 0, 0.911), run("b", 1, 0.913))
    assert matches(91.2, 0.1, groups(readings))
    assert matches(0.912, 0.001, groups(readings))
    assert not matches(92.0, 0.1, groups(readings))
