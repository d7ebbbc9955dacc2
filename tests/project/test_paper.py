"""Which file is the paper, what it takes in, and that nothing leads out of the project."""

import pytest

from artifactpack.project import open_project
from artifactpack.project.paper import NoPaper, Paper, read_paper, references
from tests.core.latex_forms import neurips

HEAD = "\\documentclass{article}\n\\newcommand{\\x}{\\section{Not this}}\n\\begin{document}\n"
END = "\\end{document}\n\\section{Behind}\n"


def paper(make_tree, files, name="project"):
    return read_paper(open_project(make_tree(files, name)))


def titles(found):
    return [p.title for p in found.places]


def test_inputs_are_read_in_their_place_once(make_tree):
    files = {
        "paper/main.tex": HEAD + "\\section{A}\n\\input{parts/b}\n\\include{parts/c.tex}\\input{parts/b}\n" + END,
        "paper/parts/b.tex": "\\section{B}\n\\input{parts/d}\nText of b.\n",
        "paper/parts/c.tex": "\\section{C}\\import{parts/}{e}\n",
        "paper/parts/d.tex": "\\section{D}\n\\input{../main}\n",
        "paper/parts/e.tex": "\\section{E}\n",
    }
    found = paper(make_tree, files)
    assert found.main == "paper/main.tex"
    assert titles(found) == ["A", "B", "D", "C", "E"]
    assert [(s.path, s.line) for s in found.sentences if "of b" in s.text] == [("paper/parts/b.tex", 3)]
    assert found.missing == ()


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "../../etc/passwd", "link", "gone"])
def test_no_input_leads_out_of_the_project(make_tree, tmp_path, name):
    (tmp_path / "secret.tex").write_text("\\section{Secret}", encoding="utf-8")
    root = make_tree({"main.tex": f"{HEAD}\\section{{A}}\\input{{{name}}}\n{END}"})
    (root / "link.tex").symlink_to(tmp_path / "secret.tex")
    found = read_paper(open_project(root))
    assert titles(found) == ["A"]
    assert found.missing == (name,)


def test_the_form_is_no_part_of_the_paper(make_tree):
    made_up = neurips({"8": ("\\answerYes{}", "We trained everything on 8 H100 GPUs for 3 days.")}).text()
    apart = paper(
        make_tree, {"main.tex": f"{HEAD}\\section{{A}}\nWords.\n\\input{{checklist}}\n{END}", "checklist.tex": made_up}
    )
    inside = paper(make_tree, {"main.tex": f"{HEAD}\\section{{A}}\nWords.\n{made_up}\\section{{B}}\n{END}"})
    for found in (apart, inside):
        assert [s.text for s in found.sentences] == ["Words."]
    assert titles(inside) == ["A", "B"]


def test_several_papers_are_told_apart_by_the_form_or_not_at_all(make_tree):
    one, two = f"{HEAD}\\section{{One}}\n\\input{{checklist}}{END}", f"{HEAD}\\section{{Two}}\n{END}"
    form = neurips().text()
    assert paper(make_tree, {"a.tex": one, "b.tex": two, "checklist.tex": form}).main == "a.tex"
    assert paper(make_tree, {"a.tex": two, "supplement.tex": two, "poster.tex": two}, "likely").main == "a.tex"
    none = paper(make_tree, {"a.tex": two, "b.tex": two}, "none")
    assert isinstance(none, NoPaper) and none.reason == "several papers in the project: a.tex, b.tex"


def test_the_declared_form_decides(make_tree):
    files = {f"{n}.tex": f"{HEAD}\\section{{{n}}}\n\\input{{form-{n}}}{END}" for n in "ab"}
    files |= {f"form-{n}.tex": neurips().text() for n in "ab"}
    files["artifactpack.toml"] = '[paper]\nchecklist-tex = "form-b.tex"\n'
    assert paper(make_tree, files).main == "b.tex"


def test_no_paper(make_tree):
    slides = HEAD.replace("article", "beamer") + "\\section{S}" + END
    for files in ({"a.py": ""}, {"a.tex": "\\section{A}"}, {"a.tex": slides}, {"a.tex": HEAD + neurips().text() + END}):
        assert isinstance(paper(make_tree, files), NoPaper)
        assert references(open_project(make_tree(files, "again"))) == {}


def test_odd_bytes_are_read(make_tree):
    text = f"{HEAD}\\section{{Caf\xe9}}\r\n\\label{{sec:c}}\r\nWords.\r\n{END}".encode("latin-1")
    found = paper(make_tree, {"main.tex": text})
    assert isinstance(found, Paper) and found.places[0].name == "Section 1 (sec:c)"
