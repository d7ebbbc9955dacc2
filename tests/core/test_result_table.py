"""The table to paste: mean ± spread, n and the name of the spread."""

import pytest

from artifactpack.core.result_table import result_table, to_latex, to_markdown
from artifactpack.core.statistics import spread
from artifactpack.errors import InputError
from artifactpack.models.reference import MetricSummary, ReferenceRun


def summary(command, metric, values, **cell):
    return MetricSummary(command=command, metric=metric, cell=cell, values=tuple(values), between_seeds=spread(values))


RUNS = ReferenceRun(
    summaries=(
        summary("train", "test_accuracy", [0.91, 0.92, 0.90, 0.91, 0.915], dataset="digits"),
        summary("train", "loss", [0.3, 0.31, 0.29, 0.3, 0.32], dataset="digits"),
        summary("base_line", "test_accuracy", [0.88, 0.89]),
    )
)


def test_markdown_names_the_spread_and_n():
    text = to_markdown(result_table(RUNS, ("test_accuracy",), "sd", 100))
    assert "| train (dataset=digits) | 91.10 ± 0.74 |" in text
    assert "Mean ± sample standard deviation over seeds (n = 2 to 5). Values in percent." in text
    assert "Fewer than three seeds" in text


def test_latex_escapes_and_fills_gaps():
    text = to_latex(result_table(RUNS, spread="se"))
    assert "base\\_line & 0.8850 $\\pm$ 0.0050 & --" in text
    assert "standard error of the mean" in text


@pytest.mark.parametrize("kind", ["sd", "se", "ci95"])
def test_each_spread_is_the_one_it_says(kind):
    table = result_table(RUNS, ("train:loss",), kind)
    own = RUNS.summaries[1].between_seeds
    width = {"sd": own.sd, "se": own.se, "ci95": own.ci_high - own.mean}[kind]
    assert float(table.rows[0][1][0].split("±")[1]) == pytest.approx(width, rel=0.05)


def test_one_seed_has_no_spread():
    table = result_table(ReferenceRun(summaries=(summary("t", "m", [0.5]),)))
    assert table.rows[0][1] == ("0.5 (n = 1)",)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((RUNS, (), "iqr"), "--spread iqr"), ((RUNS, ("f1",)), "train:loss"), ((ReferenceRun(),), "no recorded results")],
)
def test_says_what_is_wrong(arguments, message):
    with pytest.raises(InputError, match=message):
        result_table(*arguments)
