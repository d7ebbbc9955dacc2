"""Claims as they are printed, held against the author's own record."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifactpack.core.claim_text import parse_claim, parse_metric, parse_printed, parse_relation
from artifactpack.core.claims import check_claims
from artifactpack.errors import ConfigError
from artifactpack.models.config import Claim, Command, Config
from artifactpack.models.run import Metric, RunRecord
from tests.core.numbers import claim, run, runs

FIVE = (0.968, 0.975, 0.971, 0.974, 0.972)  # mean 0.972, sd 0.00274


def check(made, records, **commands):
    (found,) = check_claims(Config(claims=(made,), commands=commands), records)
    return found


@pytest.mark.parametrize(
    ("text", "value", "half", "percent"),
    [
        ("97.2 %", 97.2, 0.05, True),
        ("0.031", 0.031, 0.0005, False),
        ("1,234.50", 1234.5, 0.005, False),
        ("1.2e-3", 0.0012, 0.00005, False),
        ("−3.1", -3.1, 0.05, False),
        (".5", 0.5, 0.05, False),
        ("97", 97, 0.5, False),
    ],
)
def test_the_printed_precision_is_part_of_the_number(text, value, half, percent):
    found = parse_printed(text)
    assert (found.value, found.half, found.percent) == (value, pytest.approx(half), percent)


@given(st.text(max_size=40))
def test_any_text_is_a_number_or_a_clear_error(text):
    try:
        parse_printed(text, "here")
    except ConfigError as error:
        assert str(error).startswith("here: ")


@given(st.text(max_size=60))
def test_any_text_is_a_relation_or_a_clear_error(text):
    try:
        parse_relation(text, "here")
    except ConfigError as error:
        assert str(error).startswith("here: ")


def test_metric_with_cell_and_place():
    found = parse_metric("train:loss[dataset=wine]@step=100")
    assert (found.command, found.metric, found.at, found.select) == (
        "train",
        "loss",
        "step=100",
        (("dataset", "wine"),),
    )


@pytest.mark.parametrize(
    ("text", "sign", "margin", "number"),
    [
        ("a:x > b:x", ">", 0, False),
        ("a:x > b:x + 0.01", ">", 0.01, False),
        ("a:x <= b:x - 2 %", "<=", -0.02, False),
        ("a:x >= 90 %", ">=", 0.9, True),
        ("a-b:x > c-d:x", ">", 0, False),
    ],
)
def test_relations(text, sign, margin, number):
    found = parse_relation(text)
    assert (found.sign, found.margin, found.right is None) == (sign, pytest.approx(margin), number)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        pytest.param({"metric": "accuracy"}, "command:metric", id="no-command"),
        pytest.param({"value": "about 97"}, "not a number as printed", id="words"),
        pytest.param({"spread": "0.3"}, "0.3 sd", id="spread-without-kind"),
        pytest.param({"over": "max"}, "mean, median, best", id="unknown-aggregate"),
        pytest.param({"metric": "t:x@first"}, "@best", id="unknown-place"),
        pytest.param({"metric": ""}, "either metric", id="nothing-claimed"),
        pytest.param({"holds": "a:x == b:x"}, "should", id="equality"),
    ],
)
def test_a_claim_that_cannot_be_read_names_its_key(more, words):
    with pytest.raises(ConfigError, match=r"claims\.C1") as error:
        parse_claim(claim(**more))
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("more", "verdict"),
    [
        pytest.param({"value": "97.2 %"}, "supported", id="percent-of-a-fraction"),
        pytest.param({"value": "97.2"}, "supported", id="percent-without-its-sign"),
        pytest.param({"value": "0.972"}, "supported", id="fraction"),
        pytest.param({"value": "97 %"}, "supported", id="fewer-digits"),
        pytest.param({"value": "99.2 %"}, "contradicted", id="two-points-more"),
        pytest.param({"value": "97.3 %"}, "contradicted", id="last-digit"),
        pytest.param({"value": "97.2 %", "spread": "0.3 sd"}, "supported", id="sd"),
        pytest.param({"value": "97.2 ± 0.3 %"}, "supported", id="sd-in-the-value"),
        pytest.param({"value": "97.2 %", "spread": "0.1 se"}, "supported", id="se"),
        pytest.param({"value": "97.2 %", "spread": "0.3 ci95"}, "supported", id="ci95"),
        pytest.param({"value": "97.2 %", "spread": "0.1 sd"}, "contradicted", id="se-called-sd"),
        pytest.param({"value": "97.5 %", "over": "best"}, "supported", id="best"),
        pytest.param({"value": "97.5 %", "over": "mean"}, "contradicted", id="best-called-mean"),
        pytest.param({"value": "97.2 %", "over": "median"}, "supported", id="median"),
        pytest.param({"value": "96.8 %", "over": "seed:0"}, "supported", id="one-seed"),
        pytest.param({"value": "96.8 %", "over": "seed:9"}, "no-evidence", id="a-seed-not-run"),
        pytest.param({"value": ""}, "no-evidence", id="nothing-printed"),
    ],
)
def test_a_claim_against_its_own_runs(more, verdict):
    found = check(claim(**more), runs("train", range(5), FIVE))
    assert found.verdict == verdict, found.reason


def test_a_metric_that_was_never_recorded_is_no_evidence_and_names_the_nearest():
    found = check(claim(metric="train:accc", value="97 %"), runs("train", range(5), FIVE))
    assert (found.verdict, "did you mean acc?" in found.reason) == ("no-evidence", True)


def test_no_run_is_no_evidence():
    assert check(claim(value="97 %"), ()).verdict == "no-evidence"


def test_missing_seeds_make_a_difference_no_contradiction():
    found = check(claim(value="97.2 %"), runs("train", [0], [0.968]), train=Command(seeds=(0, 1, 2, 3, 4)))
    assert (found.verdict, "4 of 5 declared seeds" in found.reason) == ("no-evidence", True)


def test_a_metric_recorded_in_percent():
    assert check(claim(value="97.2 %"), runs("train", range(2), (97.1, 97.3))).verdict == "supported"


def test_a_small_percentage_whose_unit_nobody_can_tell_is_no_contradiction():
    found = check(claim(value="0.9 %"), runs("train", range(2), (0.9, 0.9)))
    assert (found.verdict, "without %" in found.reason) == ("no-evidence", True)


def test_nan_contradicts_a_number():
    assert check(claim(value="97.2 %"), runs("train", range(2), (0.972, float("nan")))).verdict == "contradicted"


def test_several_cells_need_a_selection():
    records = [run("train", 0, cell={"d": "a"}, acc=0.5), run("train", 0, cell={"d": "b"}, acc=0.6)]
    found = check(claim(value="0.5"), records)
    assert (found.verdict, "select one by d" in found.reason) == ("no-evidence", True)
    assert check(claim(value="0.6", select={"d": "b"}), records).verdict == "supported"


@pytest.mark.parametrize(
    ("holds", "verdict"),
    [
        ("train:acc > base:acc", "supported"),
        ("train:acc > base:acc + 0.05", "supported"),
        ("train:acc > base:acc + 0.1", "contradicted"),
        ("base:acc > train:acc", "contradicted"),
        ("train:acc >= 97 %", "supported"),
        ("train:acc > other:acc", "no-evidence"),
    ],
)
def test_comparisons(holds, verdict):
    records = (*runs("train", range(5), FIVE), *runs("base", range(5), [0.9] * 5))
    assert check(claim(holds=holds), records).verdict == verdict


@pytest.mark.parametrize(
    ("value", "written", "there"),
    [
        (True, "true", True),
        (True, "True", True),
        (False, "true", False),
        (0.001, "1e-3", True),
        (0.001, "0.01", False),
        (4, "4.0", True),
        ("4", "4.0", False),
        (4, "four", False),
    ],
)
def test_a_cell_is_named_by_its_value_however_it_is_written(value, written, there):
    records = runs("train", range(3), [0.6] * 3, cell={"d": value})
    found = check(claim(metric=f"train:acc[d={written}]", value="0.6"), records).verdict
    assert found == ("supported" if there else "no-evidence")


def test_the_selection_of_a_comparison_leaves_a_side_without_that_grid_alone():
    records = [
        run("train", 0, cell={"d": "a"}, acc=0.5),
        run("train", 0, cell={"d": "b"}, acc=0.9),
        run("base", 0, acc=0.6),
    ]
    assert check(claim(holds="train:acc > base:acc", select={"d": "b"}), records).verdict == "supported"


def test_best_of_the_series_follows_the_direction():
    record = RunRecord(
        id="r", command="train", seed=0, metrics=(Metric(name="loss", last=3.0, minimum=1.0, maximum=9.0),)
    )
    assert check(claim(metric="train:loss@best", value="1.0", better="lower"), [record]).verdict == "supported"


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("value", "1e-400"),
        ("value", "1e9999999"),
        ("value", "0." + "0" * 400 + "1"),
        ("value", "1" * 100_000 + "x"),
        ("spread", "1e-400 sd"),
        ("metric", "a:" + " " * 50_000 + "@"),
        ("holds", "a:x" + " " * 50_000),
        ("over", "seed:" + "1" * 5000),
    ],
    ids=lambda value: value[:12],
)
def test_a_part_of_a_claim_that_nobody_prints_is_refused_at_once(key, text):
    told = {"id": "C1", "value": "1", "metric": "a:x", key: text} | ({"metric": ""} if key == "holds" else {})
    with pytest.raises(ConfigError, match=f"claims.C1.{key}"):
        parse_claim(Claim(**told))
