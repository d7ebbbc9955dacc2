"""A stranger's files: nothing hangs, nothing crashes, nothing is followed, everything skipped is said."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artifactpack.project.notebooks import read_notebook
from artifactpack.project.python_source import record_of
from artifactpack.project.shell import invocations
from tests.support.asking import ask, make

CAP_SECONDS = 2.0
DEEP = 100_000
BOMBS = {
    "parentheses": b"x = " + b"(" * DEEP + b")" * DEEP,
    "brackets": b"[" * DEEP,
    "minus": b"x = " + b"-" * DEEP + b"1",
    "attributes": b"x = a" + b".b" * DEEP,
    "sum": b"x = 1" + b"+1" * DEEP,
    "calls": b"x = f" + b"()" * DEEP,
    "not": b"x = " + b"not " * 20_000 + b"1",
    "lambda": b"x = " + b"lambda: " * 20_000 + b"1",
    "blocks": b"".join(b" " * n + b"if 1:\n" for n in range(150)) + b" " * 150 + b"pass\n",
    "elif": b"if 1:\n pass\n" + b"elif 1:\n pass\n" * 20_000,
    "digits": b"x = " + b"9" * 5_000,
    "nul": b"x = 1\0\n",
    "latin-1": b"# caf\xe9\nx = '\xe9'\n",
    "latin-1 cookie": b"# coding: latin-1\nx = '\xe9'\n",
    "zip cookie": b"# coding: zip\nx = 1\n",
    "unknown cookie": b"# coding: nonsense-9\nx = 1\n",
    "byte-order mark": b"\xef\xbb\xbfx = 1\n",
    "utf-16": "x = 1\n".encode("utf-16"),
    "print bait": b"print " * DEEP,
    "except bait": b"except " * DEEP,
    "back-ticks": b"`" * DEEP + b"print x\n",
    "octal bait": b"print x\n" + b"0" * DEEP,
    "if bait": b"print x\n" + b"if : " * 30_000,
    "semicolon bait": b"print x\n" + b"a; print " * 20_000,
    "one broken line in many": b"x = 1\n" * 20_000 + b"y = = 2\n",
    "every line broken": b"y = = 2\n" * 3_000,
    "long strings": b"x = '" + b"a/" * DEEP + b"'\n",
    "f-string": b"x = f'" + b"{a}" * 5_000 + b"'\n",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_read_or_refused_in_time(name):
    started = time.process_time()
    record = record_of(BOMBS[name])
    assert time.process_time() - started < CAP_SECONDS
    assert record["d"] in ("3", "2", "broken", "unread")
    assert record["d"] == "3" or record["n"]
    json.dumps(record)


@pytest.mark.parametrize("name", ["latin-1", "latin-1 cookie", "byte-order mark", "zip cookie", "unknown cookie"])
def test_odd_encodings_are_still_read(name):
    assert record_of(BOMBS[name])["d"] == "3"


def test_24_megabytes_are_not_read(tmp_path):
    project = make(tmp_path, {"big.py": b"x = 1\n" * (4 << 20), "run.py": "import torch\ntorch.manual_seed(1)\n"})
    assert ask("seeds", project).facts["set"].value is True
    assert any(s.path == "big.py" and "larger than" in s.reason for s in project.skipped)


def test_a_broken_file_is_read_as_far_as_it_goes():
    record = record_of(b"import torch\ntorch.manual_seed(1)\ndef f(:\n    pass\n")
    assert record["d"] == "broken"
    assert any(e[2] == "torch.manual_seed" for s in record["s"] for e in s[7])


def test_what_was_skipped_is_said(tmp_path):
    project = make(tmp_path, {"a.py": BOMBS["nul"], "b.ipynb": "{", "c.py": "x = = 1\n"})
    ask("code", project)
    reasons = {s.path: s.reason for s in project.skipped}
    assert "NUL" in reasons["a.py"]
    assert "notebook" in reasons["b.ipynb"]
    assert "line 1" in reasons["c.py"]


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", b'{"cells": 3}', b'{"cells": [1, {"source": 3}]}', b"[" * 100_000, b'{"cells":' + b"[" * 5_000],
)
def test_no_notebook_stops_us(data):
    read_notebook(data)


def test_a_notebook_in_one_line():
    cell = {
        "cell_type": "code",
        "source": ["%matplotlib inline\n", "!pip install x\n", "import torch\n", "torch.rand(1)"],
    }
    notebook = read_notebook(json.dumps({"cells": [cell]}).encode())
    assert notebook is not None
    assert notebook.source.split("\n")[:4] == ["pass", "pass", "import torch", "torch.rand(1)"]
    assert notebook.commands == ((1, "pip install x"),)


def test_lines_of_a_notebook_are_those_of_the_file():
    cell = {"cell_type": "code", "source": ["import torch\n", "torch.manual_seed(1)"]}
    text = json.dumps({"cells": [{"cell_type": "markdown", "source": ["x"]}, cell]}, indent=1)
    notebook = read_notebook(text.encode())
    assert notebook is not None
    line = notebook.lines[notebook.source.split("\n").index("torch.manual_seed(1)")]
    assert "torch.manual_seed" in text.split("\n")[line - 1]


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_survived(data):
    json.dumps(record_of(data))
    read_notebook(data)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="abc(){}[]:=,.#'\"\\\n\t 0123print except lambda", max_size=300))
def test_any_python_like_text_is_survived(text):
    json.dumps(record_of(text.encode()))
    invocations("run.sh", text)


@pytest.mark.parametrize(
    "text", ["python " * 50_000, "python -m " + "a." * 50_000, "\\\n" * 50_000, "python " + "'" * 50_000]
)
def test_scripts_are_read_in_time(text):
    started = time.process_time()
    invocations("run.sh", text)
    assert time.process_time() - started < CAP_SECONDS


def test_imports_and_bases_in_circles(tmp_path):
    files = {
        "a.py": "from b import *\nfrom b import f\nclass A(B):\n    pass\nclass B(A):\n    pass\nA().go()\nB().go()\n",
        "b.py": "from a import *\nfrom a import f\n",
        "main.py": "from a import f\ndef g():\n    g()\ng()\nf()\n",
    }
    assert ask("seeds", make(tmp_path, files)).facts["set"].value is False


def test_values_in_circles(tmp_path):
    code = "import torch\na = b\nb = a\ntorch.manual_seed(a)\ntorch.rand(1)\n"
    ask("seeds", make(tmp_path, {"run.py": code, "c.yaml": "seed: ${seed}\n"}))


@pytest.mark.slow
def test_many_files(tmp_path):
    folder = tmp_path / "d"
    folder.mkdir()
    for number in range(5_000):
        (folder / f"{number}.txt").touch()
    started = time.process_time()
    project = make(tmp_path, {"run.py": "x = 1\n"})
    ask("seeds", project)
    assert len(project.files) == 5_001
    assert time.process_time() - started < 5


def test_a_file_that_takes_too_long_is_not_read_to_its_end(monkeypatch, tmp_path):
    from artifactpack.project import python_source

    monkeypatch.setattr(python_source, "TIME_LIMIT", 0.0)
    project = make(tmp_path, {"slow.py": "import random\n" + "random.seed(1)\n" * 500})
    assert project.index.record("slow.py").dialect == "unread"
    assert [s.reason for s in project.skipped] == ["not fully read: takes longer than 0 s to be read"]


@pytest.mark.slow
def test_the_heaviest_file_that_is_read_stays_within_its_time():
    """The most a visitor can be given; Python's own parser, which cannot be stopped, is measured apart."""
    import ast

    from artifactpack.project.python_source import PARSE_LIMIT, TIME_LIMIT

    line = b"f(seed=g(seed=h(1, seed=2), rng=a.b), *c, **d)\n"
    source = line * (PARSE_LIMIT // len(line))
    started = time.thread_time()
    ast.parse(source)
    parsed = time.thread_time()
    record_of(source)
    assert time.thread_time() - parsed < max(2 * (parsed - started), TIME_LIMIT) + CAP_SECONDS / 4
