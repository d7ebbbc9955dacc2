"""`artifactpack fill` through the real program."""

import pytest

from artifactpack.cli.app import run
from tests.core.latex_forms import neurips

pytestmark = pytest.mark.usefixtures("kept_cache")


@pytest.fixture
def form(make_tree):
    root = make_tree({"train.py": "print('x')\n", "checklist.tex": neurips().text()})
    return root / "checklist.tex"


def test_shows_each_item_and_writes_nothing(form, capsys):
    before = form.read_bytes()
    assert run(["fill", str(form), str(form.parent)]) == 0
    out, err = capsys.readouterr()
    assert "? 9     Code of ethics" in out and "nothing written" in out
    assert "instruction block" in err and "TODO left" in err
    assert form.read_bytes() == before


def test_diff_is_empty_where_nothing_is_known(form, capsys):
    assert run(["fill", str(form), str(form.parent), "--diff"]) == 0
    assert capsys.readouterr().out.strip() == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fill"], "give the venue's FILE.tex"),
        (["fill", "none.tex"], "no such file"),
        (["fill", "--form", "acl"], "give one of arr"),
        (["fill", "--form", "table"], "no recorded results"),
    ],
)
def test_bad_usage_is_one_line_and_exit_2(form, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(form.parent)
    assert run(arguments) == 2
    err = capsys.readouterr().err
    assert message in err and err.count("\n") == 1


def test_form_to_a_file(form, tmp_path):
    target = tmp_path / "arr.json"
    assert run(["fill", "--form", "arr", str(form.parent), "-o", str(target)]) == 0
    assert '"A1_limitations_section": ""' in target.read_text(encoding="utf-8")
