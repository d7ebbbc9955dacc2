"""Sources that are legal, small enough to be read, and take Python's own parser seconds: they are not waited for."""

from __future__ import annotations

import ast
import os
import resource
import time
from pathlib import Path

import pytest

from artifactpack.project.notebooks import read_notebook
from artifactpack.project.python_apart import MEMORY, SAFE, record_within
from artifactpack.project.python_source import PARSE_LIMIT, TIME_LIMIT, record_of
from artifactpack.project.reading import MOST_VALUES
from artifactpack.systems.reading import LARGEST_YAML, Unreadable, parse_yaml
from tests.support.asking import ask, make

DENSE = {
    "names": b"a\n",
    "assignments": b"a,b=c,d\n",
    "slices": b"a[b:c:d,e]\n",
    "calls": b"f(seed=g(seed=h(1, seed=2), rng=a.b), *c, **d)\n",
    "tests": b"if a:\n\tb\n",
    "stars": b"*a,=b\n",
    "fields": b"f'{a}{b}{c}'\n",
    "odd names": "é=1\n".encode(),
    "comprehensions": b"{a:b for c in d}\n",
    "errors": b"= =\n",
    "lambdas": b"x(lambda:f())\n",
}
"""The densest statements that were found: the most tokens a byte."""


def filled(name: str, size: int) -> bytes:
    return DENSE[name] * (size // len(DENSE[name]))


@pytest.mark.slow
@pytest.mark.parametrize("name", DENSE)
def test_a_dense_megabyte_gets_its_seconds_and_no_more(name):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    own = time.process_time()
    record = record_within(filled(name, PARSE_LIMIT))
    own = time.process_time() - own
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert record["d"] in ("3", "broken") or "to be read" in record["n"]
    assert spent < TIME_LIMIT + 0.5
    assert own < 0.5


@pytest.mark.slow
@pytest.mark.parametrize("name", DENSE)
def test_what_is_read_without_a_child_is_read_in_time(name):
    started = time.thread_time()
    record_within(filled(name, SAFE))
    assert time.thread_time() - started < TIME_LIMIT


def test_a_long_choice_costs_no_more_than_its_length():
    """Each of its values depends on those before it, of which a few are kept."""
    source = b"x = f()" + b" or f()" * (SAFE // 7)
    started = time.thread_time()
    record = record_of(source)
    assert time.thread_time() - started < TIME_LIMIT
    assert max(map(len, record["g"])) <= 8


@pytest.mark.slow
def test_the_child_says_what_we_would_have_said():
    source = b"import torch\ntorch.manual_seed(1)\n" + b"# filling\n" * (SAFE // 10)
    assert len(source) > SAFE
    record = record_within(source)
    assert record["d"] == "3"
    assert [e[2] for s in record["s"] for e in s[7]] == [e[2] for s in record_of(source)["s"] for e in s[7]]


@pytest.mark.slow
def test_a_file_that_is_ended_is_told(monkeypatch, tmp_path):
    from artifactpack.project import python_apart

    monkeypatch.setattr(python_apart, "SAFE", 10)
    monkeypatch.setattr(python_apart, "record_of", lambda data: ast.parse(b"a\n" * (4 << 20)))
    project = make(tmp_path, {"slow.py": "import random\n" * 9})
    ask("seeds", project)
    assert [s.path for s in project.skipped] == ["slow.py"]
    assert "not fully read: takes" in project.skipped[0].reason


@pytest.mark.slow
def test_memory_is_given_out_as_well():
    source = filled("names", PARSE_LIMIT)
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    record_within(source)
    own = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()  # mapped, as the limit counts
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10 <= max(before << 10, own + MEMORY)


@pytest.mark.slow
def test_no_child_is_left():
    record_within(b"x = 1\n" * SAFE)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_millions_of_values_are_no_notebook():
    assert read_notebook(b'{"cells": [' + b"[]," * (MOST_VALUES // 2) + b"[]]}") is None


def test_megabytes_of_yaml_are_not_read():
    with pytest.raises(Unreadable, match="larger than"):
        parse_yaml("- 1\n" * (LARGEST_YAML // 4 + 1))
