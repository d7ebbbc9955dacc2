"""Every recipe of CONTRIBUTING.md is at most ten lines long and works, run line for line in a copy."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
RECIPES = re.findall(r"^## (Add an? .+?)\n.*?^```sh\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
AFTERWARDS = {
    "Add a probe": (["explain", "funding"], "a document names who paid"),
    "Add a checklist item": (["checklist", "show", "essentials"], "The work says how to cite it"),
    "Add a tracked system": (["check", "lab", "--format", "json"], '"schema"'),
    "Add a command": (["count", "lab"], "2"),
}


def test_there_are_four_recipes():
    assert [title for title, _ in RECIPES] == list(AFTERWARDS)


@pytest.mark.parametrize(("title", "recipe"), RECIPES, ids=[title for title, _ in RECIPES])
def test_a_recipe_is_short(title, recipe):
    assert len(recipe.strip().splitlines()) <= 10


@pytest.mark.slow
@pytest.mark.parametrize(("title", "recipe"), RECIPES, ids=[title for title, _ in RECIPES])
def test_a_recipe_works(title, recipe, tmp_path):
    for name in ("artifactpack", "schemas", "templates", "examples"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", ".artifactpack"))
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "runs.tsv").write_text("run-1\n")
    (tmp_path / "lab" / "README.md").write_text("# Lab\n")
    bin_dir = Path(sys.executable).parent
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PATH": f"{bin_dir}{os.pathsep}{os.environ['PATH']}"}
    script = recipe.replace("python -m", f"{sys.executable} -m")
    subprocess.run(["bash", "-e", "-c", script], cwd=tmp_path, env=environment, check=True, capture_output=True)
    arguments, wanted = AFTERWARDS[title]
    command = [sys.executable, "-m", "artifactpack", *arguments]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    assert wanted in done.stdout
    if title == "Add a tracked system":
        script = "from artifactpack.project import open_project as o; from artifactpack.systems import read_systems"
        script += "; print(read_systems(o('lab')))"
        command = [sys.executable, "-c", script]
        told = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
        assert "run-1" in told.stdout
