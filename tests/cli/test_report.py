"""`report`: a project in, a page out."""

import pytest

from artifactpack.cli.app import run

pytestmark = pytest.mark.usefixtures("kept_cache")

FILES = {"README.md": "# Widgets\n\n<script>alert(1)</script>\n", "train.py": "print(1)\n"}


def test_writes_the_page_of_a_project_without_git_or_runs(make_tree, tmp_path, capsys):
    output = tmp_path / "report.html"
    assert run(["report", str(make_tree(FILES)), "-o", str(output)]) == 0
    page = output.read_text(encoding="utf-8")
    assert "<h1>project</h1>" in page
    assert "alert(1)" not in page
    assert capsys.readouterr().out.strip() == str(output)


def test_same_project_gives_the_same_page(make_tree, tmp_path):
    project = make_tree(FILES)
    for name in ("a.html", "b.html"):
        run(["report", str(project), "-o", str(tmp_path / name), "-q"])
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["nowhere"], "does not exist|no such folder", id="missing"),
        pytest.param([".", "-o", "x.txt"], ".html or .pdf", id="suffix"),
        pytest.param([".", "--paper", "a5"], "not one of a4, letter", id="paper"),
        pytest.param([".", "--rerun", "nowhere.json"], "no such file", id="rerun"),
        pytest.param([".", "-o", "missing/x.html"], "cannot write", id="no-folder"),
    ],
)
def test_bad_input_is_one_line(make_tree, monkeypatch, capsys, arguments, words):
    import re

    monkeypatch.chdir(make_tree(FILES))
    assert run(["report", *arguments]) == 2
    said = capsys.readouterr().err
    assert re.search(words, said) and said.count("\n") == 1


def test_a_file_that_is_no_bundle_is_refused(make_tree, capsys):
    project = make_tree({**FILES, "x.zip": b"PK nothing"})
    assert run(["report", str(project / "x.zip"), "-o", str(project / "x.html")]) == 3
    assert not (project / "x.html").exists()
