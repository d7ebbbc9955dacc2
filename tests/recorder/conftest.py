"""Run a small program under the recorder, in a project of its own."""

import sys
from pathlib import Path

import pytest

from artifactpack.models.config import Command, Config, Environment
from artifactpack.recorder.launch import launch
from artifactpack.recorder.plan import plan_runs


@pytest.fixture
def run(make_tree, tmp_path):
    """``run({"a.py": text}, "{python}", "a.py", …)`` launches it and returns the record; ``run.folder`` is where."""

    def go(files, *argv, python=sys.executable, environ=None, more=None, **table):
        root = make_tree({"keep.txt": "x", **files}, name="project")
        config = Config(commands={"go": Command(run=argv, **table)}, environment=Environment(pass_=tuple(more or ())))
        plan = plan_runs(config, ("go",))[0]
        go.root, go.folder = root, root / ".artifactpack" / "runs" / plan.id
        return launch(plan, root, go.folder, python=Path(python), environ=environ)

    return go
