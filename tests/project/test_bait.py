"""Files of every kind that is read, made of what patterns stumble over: one line as long as the file, or many."""

from __future__ import annotations

import os
import resource
import subprocess
import sys

import pytest

PUMPS = [
    *(
        "a",
        "0",
        " ",
        "\t",
        ".",
        "-",
        "_",
        "/",
        "(",
        "[",
        "<",
        '"',
        "`",
        "{",
        "|",
        "#",
        ",",
        "A",
        "1,",
        "0.",
        "a.",
        "a-",
    ),
    *("a ", "a/", "a=", "a:", "--a ", "$a", "@a.", "a@", "http://", "](", "| a", "*a*", "± ", "1e", "0.0 ± "),
    *(
        "python ",
        "conda install ",
        "pip install a ",
        "Table 1 ",
        "95% ",
        "seed ",
        "\\begin{a}",
        "git+",
        "x1.0==",
        "hours ",
    ),
    *("seed", "token", "test_", "./", "> log ", "data ", "trained on ", "<em>", "a\n", " \n", "a = a:a\n"),
]
AROUND = {
    "README.md": "# T\n\n{}",
    "notes.md": "# T\n\n```\n{}```\n",
    "INSTALL": "{}",
    "LICENSE": "{}",
    "requirements.txt": "numpy{}",
    "requirements-dev.txt": "{}",
    "environment.yml": "dependencies:\n  - {}",
    "poetry.lock": "{}",
    "setup.cfg": "[options]\ninstall_requires =\n    a{}",
    "config.yaml": "a: {}",
    "CITATION.cff": "a: {}",
    "a.bib": "@article{{a,\n title={{{}",
    "paper.tex": "{}",
    "run.sh": "{}",
    "Makefile": "a:\n\t{}",
    "Dockerfile": "FROM a\nRUN {}",
    "results.csv": "{}",
    "train.py": "import torch\n# {}",
    "dvc.yaml": "stages: {}",
    "MLproject": "name: {}",
    "pyproject.toml": "[project.scripts]\n# {}",
    "setup.py": "from setuptools import setup\nsetup(entry_points='''{}''')\n",
    "docs/REQUIREMENTS.md": "# Requirements\n\n{}\n\n- {}\n\nThe following packages are needed:\n\n{}\n",
    "docs/RESULTS.md": "## Results {}\n\n| {} | GPUs |\n|---|---|\n| {} | 1 |\n\n<em>\n{}\n</em>\n",
    "checklist.tex": "\\item {{\\bf Claims}}\n\\item[] Answer: {}\n\\item[] Justification: {}\n\\answerYes{{}}\n",
    "configs/a.yaml": "{}",
    "configs/a.json": '{{"{}": 1}}',
    "configs/a.txt": "{}",
    "train.sbatch": "#SBATCH {}\npython train.py {}\n",
    "names.py": "def train_{}(): pass\nx = '{}'\n",
    "a.ipynb": '{{"cells": [{{"cell_type": "code", "source": "{}", "outputs": []}}], "nbformat": 4}}',
    "wandb/run-1/files/config.yaml": "a: {}",
    "out.log": "epoch 1 {}",
}
CLAIMED = """
config-version = 1
[[claims]]
id = "C1"
text = "a"
holds = '''a:b {} > c:d {}'''
[commands.a]
run = "python {}"
"""
SECONDS = 20


def checked(root, text):
    """Processor seconds that a check of files full of *text* takes; it is ended beyond three times those allowed."""
    for name, around in AROUND.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(around.format(*[text] * around.count("{}")))
    if "\n" not in text and "." not in text and '"' not in text:  # which no claim could hold
        (root / "artifactpack.toml").write_text(CLAIMED.format(*[text] * 3))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "artifactpack", "check", str(root), "--fail-on", "never", "--quiet"]
    environment = os.environ | {"XDG_CACHE_HOME": str(root.parent / "cache")}
    subprocess.run(["prlimit", f"--cpu={3 * SECONDS}", *command], env=environment, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.slow
def test_many_long_lines(tmp_path):
    (root := tmp_path / "tree").mkdir()
    assert checked(root, "".join(pump * (1_900 // len(pump)) + "!\n" for pump in PUMPS)) < SECONDS


@pytest.mark.parametrize(
    "pump", [p if n % 12 == 0 else pytest.param(p, marks=pytest.mark.exhaustive) for n, p in enumerate(PUMPS)]
)
@pytest.mark.slow
def test_one_line_as_long_as_the_file(tmp_path, pump):
    (root := tmp_path / "tree").mkdir()
    assert checked(root, pump * (100_000 // len(pump)) + "!") < SECONDS
