"""Documents: text in, lines, commands, links and tables out."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artifactpack.project import open_project
from artifactpack.project.prose import document_name, prose_of
from artifactpack.project.prose_text import clean, parse


def read(text, path="README.md"):
    return prose_of([(path, text)])


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("README.md", True),
        ("readme", True),
        ("ReadMe.rst", True),
        ("sub/README.txt", True),
        ("INSTALL", True),
        ("REPRODUCIBILITY.md", True),
        ("docs/usage.rst", True),
        ("requirements.txt", False),
        ("data/words.txt", False),
        ("LICENSE.md", False),
        ("CHANGELOG.md", False),
        (".github/ISSUE_TEMPLATE/bug.md", False),
        ("train.py", False),
    ],
)
def test_tells_documents_from_other_files(path, wanted):
    assert document_name(path) is wanted


@pytest.mark.parametrize(
    ("text", "script", "options"),
    [
        pytest.param("```\npython train.py --lr 0.1\n```", "train.py", ("--lr",), id="fence"),
        pytest.param("```bash\n$ python train.py --lr 0.1\n```", "train.py", ("--lr",), id="prompt"),
        pytest.param("```\npython train.py \\\n  --lr 0.1\n```", "train.py", ("--lr",), id="backslash"),
        pytest.param("```\npython train.py\n --lr 0.1\n```", "train.py", ("--lr",), id="bare-continuation"),
        pytest.param("Run `python train.py --lr 0.1`.", "train.py", ("--lr",), id="inline"),
        pytest.param(
            "<table><tr><td><code>python train.py --lr 0.1</code></td></tr></table>",
            "train.py",
            ("--lr",),
            id="html-table",
        ),
        pytest.param("<pre>\npython train.py --lr 0.1\n</pre>", "train.py", ("--lr",), id="html-pre"),
        pytest.param("Then call python train.py --lr 0.1 and wait.", "train.py", ("--lr",), id="sentence"),
        pytest.param("python train.py --lr 0.1", "train.py", ("--lr",), id="bare-line"),
        pytest.param(
            "```\nCUDA_VISIBLE_DEVICES=0,1 torchrun --nproc_per_node 2 train.py --lr 1\n```",
            "train.py",
            ("--lr",),
            id="torchrun",
        ),
        pytest.param("```\nuv run python -m pkg.train --lr 1\n```", "pkg.train", ("--lr",), id="module"),
        pytest.param(
            "```\npython -m torch.distributed.launch train.py --lr 1\n```", "train.py", ("--lr",), id="launcher-module"
        ),
        pytest.param("```\nbash scripts/run.sh\n```", "scripts/run.sh", (), id="shell"),
        pytest.param("```\n./run.sh\n```", "run.sh", (), id="dot-slash"),
        pytest.param("```\npython train.py model=big seed=1\n```", "train.py", ("model=big", "seed=1"), id="hydra"),
        pytest.param("* Train:\n\n  ```python train.py --lr 1```\n", "train.py", ("--lr",), id="fence-of-one-line"),
        pytest.param("- ```$ python train.py --lr 1``` \n", "train.py", ("--lr",), id="fence-in-a-list-entry"),
        pytest.param("```\n!python train.py --lr 1\n```", "train.py", ("--lr",), id="notebook-bang"),
    ],
)
def test_finds_the_command(text, script, options):
    commands = [c for c in read(text).commands if c.script]
    assert [(c.script, c.options) for c in commands] == [(script, options)]


def test_rst_block_gives_commands_with_their_line():
    text = "Usage\n=====\n\nTo train::\n\n    python train.py --seed 1\n\nDone.\n"
    (command,) = read(text, "README.rst").commands
    assert (command.script, command.number, command.section) == ("train.py", 6, "Usage")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("- `python 3.8 or later`", id="version"),
        pytest.param("```python\nimport train\ntrain.main()\n```", id="python-snippet"),
        pytest.param("Make sure that python is installed.", id="sentence"),
        pytest.param("<!-- python train.py -->", id="comment"),
        pytest.param("The file `train.py` holds the loop.", id="named-only"),
    ],
)
def test_what_is_no_command(text):
    assert read(text).commands == ()


def test_named_files_are_mentions():
    assert [m.name for m in read("See [the loop](src/train.py) and `eval.ipynb`.").mentions] == [
        "src/train.py",
        "eval.ipynb",
    ]


def test_links_images_and_labels():
    prose = read(
        "[weights](https://host/w.pt) ![acc](fig/acc.png) <img src='b.png'> https://bare.org/x.\n[[bib]](https://h/a.bib)"
    )
    assert [(x.url, x.image) for x in prose.links] == [
        ("fig/acc.png", True),
        ("b.png", True),
        ("https://host/w.pt", False),
        ("https://bare.org/x", False),
        ("https://h/a.bib", False),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "| m | acc |\n|---|---|\n| a | 1.5 |",
        "m | acc\n--- | ---\na | 1.5",
        "<table>\n<tr><th>m</th><th>acc</th></tr>\n<tr><td>a</td><td>1.5</td></tr>\n</table>",
    ],
    ids=["pipes", "bare-pipes", "html"],
)
def test_tables_in_every_spelling(text):
    assert [t.rows for t in read(text).tables] == [(("m", "acc"), ("a", "1.5"))]


def test_headings_nest_and_bold_lines_open_a_part():
    prose = read("# A\n## B\n**Needs**\n\n- numpy\n## C\ntext\n")
    assert [(x.text, x.section) for x in prose.lines if x.kind == "text" and x.text] == [
        ("- numpy", "A / B / Needs"),
        ("text", "A / C"),
    ]


def test_cleaned_text_keeps_words_and_drops_addresses():
    assert (
        clean("**81** ± 2, see [paper](https://arxiv.org/abs/1906.P100) <br> $90 \\pm 1$")
        == "81 ± 2, see paper   $90 ± 1$"
    )


def test_notebook_markdown_is_read(make_tree):
    book = '{"cells": [{"cell_type": "markdown", "source": ["# T\\n", "run `python a.py`"]}]}'
    project = open_project(make_tree({"n.ipynb": book}))
    assert [c.script for c in project.prose.commands] == ["a.py"]


def test_notebook_markdown_has_the_lines_of_the_file(make_tree):
    cells = [
        {"cell_type": "markdown", "source": ["# Title\n", "a\n", "a\n"]},
        {"cell_type": "code", "source": ["x = 1\n"], "outputs": []},
        {"cell_type": "markdown", "source": ['ä quoted "word"']},
    ]
    text = json.dumps({"cells": cells}, indent=1)
    prose = open_project(make_tree({"n.ipynb": text})).prose
    lines = text.split("\n")
    assert [json.loads(lines[x.number - 1].rstrip(",")).strip() for x in prose.lines if x.text] == [
        "# Title",
        "a",
        "a",
        'ä quoted "word"',
    ]
    assert len({x.number for x in prose.lines if x.text}) == 4


@pytest.mark.parametrize(
    ("name", "text", "titles"),
    [
        ("README.md", "To train as in table 1\n```\npython a.py\n```\nTitle\n===\n", ["Title"]),
        ("README.rst", "Title\n~~~~~\ntext\n\nOther\n-----\n", ["Title", "Other"]),
    ],
)
def test_a_line_above_a_fence_is_no_title(make_tree, name, text, titles):
    assert [x.text for x in open_project(make_tree({name: text})).prose.sections] == titles


@pytest.mark.slow
@given(st.text(alphabet="`#*[]()<>|-=~\n\\ ab$!.:/_&;{}'\"", max_size=400))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read(text):
    prose = prose_of([("README.md", text), ("README.rst", text)])
    assert all(line.number <= text.count("\n") + 1 for line in prose.lines)


@pytest.mark.slow
@pytest.mark.parametrize(
    "bait",
    [
        "[" * 60_000,
        "<a href='" * 8_000,
        "`" * 60_000,
        "|-" * 30_000,
        "*_" * 30_000,
        "![" * 30_000,
        "python " * 9_000,
        "[a](b" * 10_000,
        "./" * 20_000,
    ],
)
def test_time_is_linear(bait):
    start = time.process_time()
    parse("README.md", "\n".join([bait, *(bait[i : i + 400] for i in range(0, len(bait), 400))]))
    prose_of([("README.md", bait)])
    assert time.process_time() - start < 2
