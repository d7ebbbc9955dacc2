"""Every command that a document shows runs, every generated page is fresh, every link leads somewhere."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from tools import docs
from tools.config_meanings import MEANINGS

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
WRITTEN = [p for p in PAGES if p.relative_to(ROOT).as_posix() not in docs.makers()]
MADE = docs.pages()
NAMED = [pytest.param(p, id=p.relative_to(ROOT).as_posix()) for p in WRITTEN]
# What cannot run here: it asks a package index, or trains the real example for minutes (`make demo` runs that).
SKIPPED = re.compile(
    r"(pip|pipx|uv|uvx|docker|apptainer|sudo|apt-get|make) |python -m (pip|benchmarks)|python benchmarks|"
    r"artifactpack demo|git clone"
)


# What pages take for granted: recorded runs, a bundle, and somebody's re-run of it.
MADE_BEFORE = (
    "artifactpack record --jobs 2 -q",
    "artifactpack bundle -o paper.zip -q",
    "artifactpack rerun paper.zip --tier smoke --work again -q",
)


def blocks(page, *languages):
    found = re.findall(r"^( *)```(\w+)\n(.*?)^\1```", page.read_text(encoding="utf-8"), re.S | re.M)
    return [text for _, language, text in found if language in languages]


def commands(page):
    """The lines of shell blocks, joined at backslashes, without prompts and without what a transcript prints."""
    for block in blocks(page, "sh", "bash", "console"):
        lines = re.sub(r"\\\n\s*", " ", block).splitlines()
        prompted = [line[2:] for line in lines if line.startswith("$ ")]
        yield from (line for line in prompted or lines if line.strip() and not line.lstrip().startswith("#"))


def forms(folder):
    """The files that venue pages speak of, in the venue's own form."""
    from tests.core import latex_forms

    (folder / "paper").mkdir()
    (folder / "paper" / "checklist.tex").write_text(latex_forms.neurips().text(), encoding="utf-8")
    (folder / "ReproducibilityChecklist.tex").write_text(latex_forms.aaai().text(), encoding="utf-8")
    (folder / "paper.tex").write_text(latex_forms.nested().text(), encoding="utf-8")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A recorded project in a repository, made once; each page gets a copy."""
    base = tmp_path_factory.mktemp("docs")
    folder = base / "digits"
    shutil.copytree(ROOT / "tests" / "projects" / "quick", folder)
    forms(folder)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "The paper's code"]):
        subprocess.run([*git, *arguments], cwd=folder, check=True)
    (base / "bin").mkdir()
    (base / "bin" / "artifactpack").write_text(f'#!/bin/sh\nexec {sys.executable} -m artifactpack "$@"\n')
    (base / "bin" / "artifactpack").chmod(0o755)
    (base / "bin" / "python").symlink_to(sys.executable)
    environment = {
        "PATH": f"{base / 'bin'}:{Path(sys.executable).parent}:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(base),
        "PYTHONPATH": str(ROOT),
        "XDG_STATE_HOME": str(base / "state"),
        "XDG_CACHE_HOME": str(base / "cache"),
        "NO_COLOR": "1",
        **{k: v for k, v in os.environ.items() if k in ("PIP_CONFIG_FILE", "LANG", "TMPDIR")},
    }
    for command in MADE_BEFORE:
        done = run(command, folder, environment)
        assert done.returncode in (0, 1), done.stderr
    return folder, environment


def beside_the_result(folder, names):
    """Of the re-run only its outcome is copied: pages name nothing else of it."""
    return [name for name in names if name != "rerun.json"] if Path(folder).name == "again" else []


def run(command, folder, environment):
    return subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, timeout=240, check=False
    )


@pytest.mark.slow
@pytest.mark.parametrize("page", NAMED)
def test_every_command_shown_runs(page, recorded, tmp_path):
    """Status 0 or 1 (the thing examined falls short); anything else means that the document is wrong."""
    original, environment = recorded
    shutil.copytree(original, tmp_path / "digits", symlinks=True, ignore=beside_the_result)
    if page.name == "README.md":  # its transcript is of a shipped example
        shutil.copytree(ROOT / "examples" / "pitfalls", tmp_path / "digits" / "examples" / "pitfalls")
    where = tmp_path if any(line == "cd digits" for line in commands(page)) else tmp_path / "digits"
    for line in commands(page):
        if SKIPPED.match(line):
            continue
        if line.startswith("cd "):
            where = where / line[3:].split()[0]
            continue
        done = run(line, where, environment)
        assert done.returncode in (0, 1), f"{line}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("page", NAMED)
def test_every_toml_and_yaml_block_can_be_read(page):
    from artifactpack.models.config import Config
    from artifactpack.models.records import load

    for block in blocks(page, "toml"):
        told = tomllib.loads(re.sub(r"(?m)^ {2}", "", block) if block.startswith("  ") else block)
        load(Config, told.get("tool", {}).get("artifactpack", told))
    for block in blocks(page, "yaml"):
        yaml.safe_load(block)


@pytest.mark.parametrize("name", MADE)
def test_generated_pages_are_fresh(name):
    assert (ROOT / name).read_text(encoding="utf-8") == MADE[name], "run `make docs`"


def test_every_key_of_the_configuration_has_a_meaning():
    assert {key for key, _, _ in docs.keys()} == set(MEANINGS)


@pytest.mark.parametrize("page", [pytest.param(p, id=p.relative_to(ROOT).as_posix()) for p in PAGES])
def test_every_link_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if not re.match(r"[a-z]+:", target):
            assert (page.parent / target).exists(), target


def test_every_page_can_be_reached_from_the_index():
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\]\(([^)#\s]+)\)", index))
    pages = {p.relative_to(ROOT / "docs").as_posix() for p in PAGES if "docs" in p.parts} - {"index.md"}
    assert pages <= linked


@pytest.mark.slow
def test_the_manual_page_is_well_formed():
    groff = shutil.which("groff")
    if not groff:
        pytest.skip("groff is missing: apt-get install groff-base")
    page = ROOT / "docs" / "reference" / "artifactpack.1"
    done = subprocess.run(
        [groff, "-K", "utf8", "-man", "-Tutf8", "-ww", "-z", page], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
