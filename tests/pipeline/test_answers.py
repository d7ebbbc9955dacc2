"""Answers from the configuration and from the venue's LaTeX: joined, held against each other, never guessed."""

import pytest

from artifactpack.core.checklist import load_checklist
from artifactpack.errors import ConfigError
from artifactpack.pipeline.answers import gather_answers, read_answers
from artifactpack.project import open_project
from tests.core.latex_forms import nested, neurips

pytestmark = pytest.mark.usefixtures("kept_cache")

FILLED = neurips(
    {"7": ("\\answerYes{}", "See Section~\\ref{sec:runs}."), "9": ("\\answerNo", "Odd.")}, block=False
).text()


@pytest.fixture
def gathered(make_tree):
    def gather(config="", name="neurips-2026", **files):
        root = make_tree({"artifactpack.toml": config, **{k.replace("__", "/") + ".tex": v for k, v in files.items()}})
        return gather_answers(open_project(root), load_checklist(name))

    return gather


def test_reads_the_declared_file(gathered):
    result = gathered('paper.checklist-tex = "paper/form.tex"', paper__form=FILLED)
    assert {k: (a.value, a.source) for k, a in result.answers.items()} == {
        "7": ("yes", "paper/form.tex"),
        "9": ("no", "paper/form.tex"),
    }
    assert "TODO left in items 1, 2" in result.notes[-1]


def test_finds_a_checklist_that_nobody_declared(gathered):
    assert set(gathered(paper__checklist=FILLED).answers) == {"7", "9"}
    assert gathered(paper__checklist="\\section{Shopping}").answers == {}


def test_config_and_latex_that_differ_are_an_error(gathered):
    config = '[answers.neurips-2026]\n"7" = { answer = "no" }\n"9" = { answer = "No", why = "Because." }\n'
    with pytest.raises(ConfigError, match=r"\"7\" is 'no', but checklist.tex:\d+ says 'yes'"):
        gathered(config, checklist=FILLED)
    same = gathered(config.replace('"no"', '"yes"'), checklist=FILLED).answers
    assert (same["9"].value, same["9"].why) == ("no", "Because.")


def test_config_faults_are_all_listed(gathered):
    config = '[answers.neurips-2026]\n"17" = { answer = "yes" }\n"7" = { answer = "maybe" }\n"8" = { answer = "N/A" }\n'
    with pytest.raises(ConfigError) as caught:
        gathered(config)
    assert 'answers.neurips-2026."17": no such item' in str(caught.value)
    assert "'maybe' is not one of yes, no, na" in str(caught.value)
    assert '"8"' not in str(caught.value)


def test_label_that_no_file_defines_is_a_fault_of_the_answer(gathered):
    result = gathered(checklist=FILLED, main="\\label{sec:intro} % \\label{sec:runs}")
    assert result.answers["7"].faults == ("refers to the label 'sec:runs', which no file defines",)
    fine = gathered(checklist=FILLED, main="\\label{sec:runs}")
    assert fine.answers["7"].faults == ()


def test_other_list_by_content_is_said(gathered):
    text = neurips({"5": ("\\answerYes{}", "Here.")}, name="neurips-2024").text()
    result = gathered(checklist=text)
    assert result.answers["5"].value == "yes"
    assert any("by its content this is neurips-2024, not neurips-2026" in n for n in result.notes)
    assert any("items not found: 16" in n for n in result.notes)


def test_a_form_of_another_family_is_not_read(gathered):
    assert gathered(checklist=nested({"3c": "\\answerYes{x}"}).text()).answers == {}
    assert gathered(name="essentials", checklist=FILLED).answers == {}


def test_unreadable_answers_are_noted_with_their_line_and_left_out(gathered):
    text = neurips({"7": ("maybe", "Hm.")}).text()
    line = next(n for n, t in enumerate(text.splitlines(), 1) if "Answer: maybe" in t)
    result = gathered(checklist=text)
    assert "7" not in result.answers
    assert f"checklist.tex:{line}: item 7: 'maybe' is not an answer macro" in result.notes


def test_a_declared_file_outside_the_project_is_refused(gathered, tmp_path):
    (tmp_path / "form.tex").write_text(FILLED, encoding="utf-8")
    with pytest.raises(ConfigError, match="outside the project"):
        gathered('paper.checklist-tex = "../form.tex"')


def test_read_answers_is_what_the_judge_takes(make_tree):
    root = make_tree({"checklist.tex": FILLED})
    assert read_answers(open_project(root), load_checklist("neurips-2026"))["7"].value == "yes"


def test_a_checklist_that_is_a_link_out_of_the_project_is_not_read(make_tree, tmp_path):
    root = make_tree({"train.py": "x = 1\n"})
    (tmp_path / "secret.tex").write_text(FILLED, encoding="utf-8")
    (root / "checklist.tex").symlink_to(tmp_path / "secret.tex")
    assert read_answers(open_project(root), load_checklist("neurips-2026")) == {}
