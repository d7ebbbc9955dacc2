"""The terminal: one screen, the worst first, nothing that drives the terminal."""

import pytest

from artifactpack.models.fact import Defect, Finding, Source
from artifactpack.report import check_text, words
from tests.report.samples import ITEMS, check_result, item


def test_contradicted_comes_first_with_place_and_fix():
    text = check_text.render(check_result())
    lines = text.splitlines()
    first = next(line for line in lines if line.lstrip().startswith(("✗", "?", "✓")))
    assert "✗ 3" in first
    assert "[train.py:30]" in text.replace("\n      ", " ")
    assert "fix: Call torch.use_deterministic_algorithms(True)" in text


def test_defects_are_named_with_file_and_line():
    assert "utils.py:8  set_seed is defined but nothing calls it" in check_text.render(check_result())


def test_counts_are_met_over_applicable_with_the_rest_beside():
    text = check_text.render(check_result())
    assert "5 of 8 machine-checkable items met (beside: 1 only the author can answer, 1 not applicable)" in text


def test_fits_one_screen_and_verbose_shows_everything():
    many = tuple(item(i, "no-evidence", f"Item {i}", fix="Do it.") for i in range(300))
    short = check_text.render(check_result(many))
    assert len(short.splitlines()) <= 50
    assert "295 more without evidence" in short
    long = check_text.render(check_result(many), verbose=True)
    assert all(f"Item {i}" in long for i in range(300))


def test_every_contradicted_item_is_shown_however_many():
    many = tuple(item(i, "contradicted", f"Item {i}") for i in range(30))
    text = check_text.render(check_result(many))
    assert all(f"Item {i} " in text for i in range(30))


def test_a_stream_without_our_marks_gets_plain_ones():
    text = words.encodable(check_text.render(check_result(claims=()), verbose=True), "ascii")
    assert "x 3" in text
    assert text.isascii()
    assert words.encodable("✗ ü", "cp1252") == "x ü"


def test_names_cannot_drive_the_terminal():
    hostile = "\033[2Jevil\r\n::error::x\u202e.py"
    defect = Defect(id="a.b", message=hostile, fact="a.b", sources=(Source(path=hostile, line=1),))
    items = (item(1, "contradicted", hostile, reason=hostile, fix=hostile),)
    text = check_text.render(check_result(items, findings={"a": Finding(defects=(defect,))}))
    assert "\033" not in text
    assert "\u202e" not in text
    assert not any(line.startswith("::error") for line in text.splitlines())


@pytest.mark.parametrize(
    ("verdicts", "sentence"),
    [
        pytest.param(("contradicted", "supported"), "The evidence says otherwise: 1 answer contradicted", id="bad"),
        pytest.param(("no-evidence", "supported"), "Nothing is contradicted, but 1 answer has no evidence.", id="open"),
        pytest.param(("supported",), "every answer that a machine can check has evidence", id="good"),
        pytest.param(("unanswered", "unanswered"), "No answer is given yet; of 2 questions", id="empty"),
        pytest.param(("unanswered", "supported"), "Nothing is contradicted; 1 question is unanswered.", id="begun"),
    ],
)
def test_the_headline_says_the_worst(verdicts, sentence):
    items = tuple(item(i, v, f"Item {i}") for i, v in enumerate(verdicts))
    assert sentence in words.headline(check_result(items, claims=()))


def test_a_contradicted_claim_is_in_the_headline():
    claims = check_result().claims
    from dataclasses import replace

    wrong = replace(claims[0], verdict="contradicted")
    assert "1 claim contradicted by the author's own runs" in words.headline(check_result(claims=(wrong,)))


def test_no_item_goes_unmentioned():
    text = check_text.render(check_result())
    for one in ITEMS:
        assert one.id in text


def test_what_is_unanswered_and_unmet_is_told_with_its_fix():
    items = (
        item(1, "unanswered", "Bare", evidence="unmet", reason="the facts say: unmet (nothing there)", fix="Do it."),
        item(2, "unanswered", "Backed", evidence="met", fix="Answer."),
    )
    text = check_text.render(check_result(items, claims=()))
    assert "Bare" in text and "nothing there" in text and "fix: Do it." in text
    assert "Backed" not in text and "1 unanswered: 2" in text
