"""`demo`: a copy of the digits example, as a git repository, and the commands that take it from check to re-run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from artifactpack.data import data_dir
from artifactpack.errors import InputError

MARK = ".artifactpack-demo"
IDENTITY = ("-c", "user.name=artifactpack demo", "-c", "user.email=demo@example.org", "-c", "commit.gpgsign=false")
NEEDS = ("torch", "numpy", "sklearn", "safetensors")


def prepare(folder: Path) -> Path:
    """Copy the example into *folder* as a git repository; a demo folder from before is taken up again."""
    missing = [name for name in NEEDS if find_spec(name) is None]
    if missing:
        raise InputError(
            f"the demo trains a real model and needs {', '.join(missing)}: pip install torch scikit-learn safetensors"
        )
    if shutil.which("git") is None:
        raise InputError("the demo is a git repository and needs git")
    project = folder / "digits"
    if not (folder / MARK).exists():
        _refuse_foreign(folder)
        shutil.copytree(data_dir("examples/digits"), project, ignore=shutil.ignore_patterns("__pycache__", ".*pack"))
        _commit(project)
        (folder / MARK).write_text("made by `artifactpack demo`\n", encoding="utf-8")
    os.environ["VIRTUAL_ENV"] = sys.prefix  # the demo trains in the environment that runs it
    return project


def _refuse_foreign(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise InputError(f"{folder}: not empty and not a demo from before; name another folder")
    folder.mkdir(parents=True, exist_ok=True)


def _commit(project: Path) -> None:
    for arguments in (("init", "-q"), ("add", "-A"), (*IDENTITY, "commit", "-q", "-m", "The paper's code")):
        try:
            subprocess.run(["git", *arguments], cwd=project, check=True, capture_output=True)
        except subprocess.CalledProcessError as error:
            lines = error.stderr.decode("utf-8", "replace").strip().splitlines() or ["no word of why"]
            raise InputError(f"{project}: git failed: {lines[-1]}") from error


def steps(folder: Path) -> tuple[tuple[str, list[str]], ...]:
    """What the demo shows: a sentence and the command for each step."""
    project, bundle = str(folder / "digits"), str(folder / "digits.zip")
    return (
        ("The repository against two checklists, before anything ran", ["check", project]),
        ("Every declared command over its seeds, observed from inside and outside", ["record", project, "--jobs", "2"]),
        ("The same checklists, now with what really happened", ["check", project]),
        ("One archive: code, weights, records, verdicts, report", ["bundle", project, "-o", bundle]),
        ("A reviewer checks the archive without running anything", ["verify", bundle]),
        (
            "… and runs it again, in a fresh environment and a sandbox",
            ["rerun", bundle, "--work", str(folder / "rerun")],
        ),
        ("The report", ["report", project, "-o", str(folder / "report.html")]),
        ("The same as PDF", ["report", project, "-o", str(folder / "report.pdf")]),
        ("A badge that can be checked", ["badge", project, "-o", str(folder / "badge.svg")]),
    )
