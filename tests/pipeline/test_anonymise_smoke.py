"""The redacted copy's results against the project's own: the same, other, or nothing to compare with."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from artifactpack.pipeline.anonymise import redacted_copy
from artifactpack.pipeline.anonymise_smoke import compared
from artifactpack.pipeline.record import run_all
from tests.core.numbers import run

pytestmark = pytest.mark.usefixtures("kept_cache")

CONFIG = f"""
[environment]
python = "{sys.executable}"
[commands.smoke]
run = ["{{python}}", "train.py", "{{out}}"]
metrics = ["{{out}}/m.json"]
tier = "smoke"
"""
TRAIN = """
import json, sys
text = open("corpus.txt").read()
found = {"words": len(text.split()), "letters": len(text), "train_time": id(text)}
json.dump(found, open(sys.argv[1] + "/m.json", "w"))
"""


@pytest.fixture
def root(make_tree):
    files = {"artifactpack.toml": CONFIG, "train.py": TRAIN, "corpus.txt": "written by Nora Quillfeather\n"}
    root = make_tree(files)
    git = ["git", "-c", "user.name=Nora Quillfeather", "-c", "user.email=nora@quillfeather.example"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "all"]):
        subprocess.run([*git, *words], cwd=root, check=True)
    return root


def notes(root: Path) -> tuple[str, ...]:
    copy = redacted_copy(root)
    shutil.rmtree(Path(copy.root).parent)
    return copy.notes


@pytest.mark.slow
def test_a_redaction_that_changes_results_is_told(root):
    assert "not compared with the original: no current run of smoke is recorded" in notes(root)
    run_all(root)
    (told,) = (note for note in notes(root) if "results" in note)
    assert told.startswith("the redacted copy gives other results: smoke:letters is ")
    assert "train_time" not in told


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ({"a": 1.0}, {"a": 1.0}, "the same 1 metric values"),
        ({"a": float("nan")}, {"a": float("nan")}, "the same 1 metric values"),
        ({"a": 1.0, "seconds": 3.0}, {"a": 1.0, "seconds": 4.0}, "the same 1 metric values"),
        ({"a": 1.0}, {"a": 1.5}, "smoke:a is 1.5, not 1;"),
        ({"a": 1.0, "b": 2.0}, {"a": 1.0}, "smoke:b is missing, not 2;"),
    ],
)
def test_sentences(before, after, says):
    (told,) = compared([run("smoke", 0, **before)], [run("smoke", 0, **after)])
    assert says in told


def test_another_seed_is_not_compared():
    (told,) = compared([run("smoke", 0, a=1.0)], [run("smoke", 1, a=1.0)])
    assert told.startswith("not compared")
