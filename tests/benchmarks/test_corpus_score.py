"""The scoring script: labels and checkouts in, counts and a page out."""

import importlib.util
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent.parent / "benchmarks" / "corpus" / "score.py"


@pytest.fixture(scope="module")
def score():
    spec = importlib.util.spec_from_file_location("corpus_score", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def corpus(make_tree, tmp_path):
    root = make_tree({"a__licensed/LICENSE": "MIT License\n", "a__bare/x.py": "x = 1\n"}, "checkouts")
    labels = tmp_path / "labels.csv"
    labels.write_text(
        "repo,license,borderline,license_where\na/licensed,1,,LICENSE:1\na/bare,1,license,README.md:9\na/absent,0,,\n"
    )
    return labels, root


def test_cells_come_from_labels_and_checkouts(score, corpus):
    found, remarks = score.cells([corpus[0]], corpus[1])
    assert [(c.repo, c.fact, c.label, c.said, c.borderline) for c in found] == [
        ("a/licensed", "license.present", True, True, False),
        ("a/bare", "license.present", True, False, True),
    ]
    assert remarks == ["not there: a/absent"]


@pytest.mark.parametrize(
    ("pairs", "precision", "recall", "balanced"),
    [
        ([(True, True), (True, False), (False, False), (False, True)], 0.5, 0.5, 0.5),
        ([(True, True), (False, False)], 1.0, 1.0, 1.0),
        ([(True, True)], 1.0, 1.0, None),
        ([(False, False)], None, None, None),
    ],
)
def test_ratios(score, pairs, precision, recall, balanced):
    got = score.score([score.Cell("r", "f", label, said, False, "", "") for label, said in pairs])
    assert (got.precision, got.recall, got.balanced) == (precision, recall, balanced)


def test_the_page_lists_every_difference_with_its_reason(score, corpus):
    found, _ = score.cells([corpus[0]], corpus[1])
    page = score.document({"labels.csv": found}, {"license.present a/bare": "It is said in a picture."})
    assert "- `license.present`, a/bare (not found, borderline): It is said in a picture." in page
    assert "not explained" not in page


def test_every_fact_is_one_that_a_probe_reports(score):
    from artifactpack.probes import PROBES

    assert {name for name in score.FACTS if name.split(".")[1] not in PROBES[name.split(".")[0]].FACTS} == set()
