"""Which runs count, one value a seed, and what everything cost."""

from dataclasses import replace

import pytest

from artifactpack.core.reference import counting, failed, metric_values, reference_run, repeat_sd
from artifactpack.models.run import Cost, Metric, RunRecord
from tests.core.numbers import run, runs


def test_one_value_a_seed_with_repeats_averaged():
    found = reference_run([run("train", 0, 0, acc=0.5), run("train", 0, 1, acc=0.7), run("train", 1, acc=0.9)])
    (summary,) = found.summaries
    assert (summary.seeds, summary.values, summary.repeats) == ((0, 1), (pytest.approx(0.6), 0.9), 2)
    assert summary.repeat_sd == pytest.approx(0.1414, abs=1e-4)


def test_identical_repeats_have_no_noise_at_all():
    values = metric_values([run("train", 0, 0, acc=0.7), run("train", 0, 1, acc=0.7)], "acc")
    assert repeat_sd(values) == 0


def test_without_repeats_the_noise_is_not_known():
    assert repeat_sd(metric_values(runs("train", [0, 1], [0.1, 0.2]), "acc")) is None


def test_the_last_attempt_counts():
    first = replace(run("train", 0, acc=0.1), id="a", attempt=0)
    second = replace(run("train", 0, acc=0.2), id="b", attempt=1)
    assert counting([second, first]) == (second,)


def test_a_failed_run_made_good_is_not_lost():
    bad = replace(run("train", 0, state="failed"), id="bad")
    assert failed([bad, run("train", 0, acc=1.0)]) == ()
    assert failed([bad]) == (bad,)


def test_cells_are_kept_apart():
    found = reference_run([run("t", 0, cell={"d": "a"}, acc=1.0), run("t", 0, cell={"d": "b"}, acc=2.0)])
    assert [(s.cell, s.values) for s in found.summaries] == [({"d": "a"}, (1.0,)), ({"d": "b"}, (2.0,))]


def test_the_ledger_counts_failed_runs_and_their_cost():
    good = replace(run("train", 0, acc=1.0), cost=Cost(wall=2.0, peak_memory=5, energy=None))
    bad = replace(run("train", 1, state="failed"), cost=Cost(wall=3.0, peak_memory=9, energy=4.0))
    ledger = reference_run([good, bad]).ledger
    assert (ledger.runs, ledger.failed, ledger.cost.wall, ledger.cost.peak_memory, ledger.cost.energy) == (
        2,
        1,
        5,
        9,
        4,
    )


@pytest.mark.parametrize(
    ("records", "words"),
    [
        pytest.param(runs("train", [0, 1], [1.0, 2.0]), "2 seeds", id="few-seeds"),
        pytest.param([*runs("train", [0, 1, 2], [1.0] * 3), run("train", 3, state="failed")], "failed", id="failed"),
        pytest.param(runs("train", [0, 1, 2], [1.0, float("nan"), 1.0]), "not a finite number", id="nan"),
    ],
)
def test_what_weakens_the_numbers_is_said(records, words):
    assert any(words in warning for warning in reference_run(records).warnings)


@pytest.mark.parametrize(
    ("at", "better", "expected"),
    [
        ("last", "higher", 0.5),
        ("min", "higher", 0.1),
        ("max", "higher", 0.9),
        ("best", "lower", 0.1),
        ("step=3", "higher", 0.4),
    ],
)
def test_a_metric_is_read_at_its_place(at, better, expected):
    record = RunRecord(id="r", command="t", seed=0, metrics=(Metric(name="m", last=0.5, minimum=0.1, maximum=0.9),))
    series = {"r": {"m": [[1, 0.9], [3, 0.4], [5, 0.5]]}}
    assert metric_values([record], "m", at, better, series.__getitem__).values == (expected,)


def test_a_run_without_a_seed_is_one_observation():
    assert metric_values([run("eval", None, acc=0.4)], "acc").values == (0.4,)


def test_a_lost_repeat_is_not_called_the_whole_seed():
    records = [run("train", 0, acc=1.0), run("train", 0, 1, state="failed")]
    assert any("train seed 0 repeat 1" in warning for warning in reference_run(records).warnings)
