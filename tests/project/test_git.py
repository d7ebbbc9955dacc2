"""A hostile repository runs nothing of its own."""

from __future__ import annotations

import pytest

from artifactpack.project import git as plumbing
from artifactpack.project import open_project
from tests.project.test_project import git
from tests.support.asking import write

pytestmark = pytest.mark.slow


@pytest.fixture
def hostile(tmp_path):
    """A repository whose filters, hooks, monitor, pager, alias, diff and signature program would each leave a mark."""
    marks = tmp_path / "marks"
    marks.mkdir()
    root = tmp_path / "project"
    write(root, {"a.py": "x = 1\n", "b.bin": "data\n", ".gitattributes": "* filter=evil diff=evil\n", "new.py": ""})
    git(root, "init")
    git(root, "add", "a.py", "b.bin", ".gitattributes")
    git(root, "commit", "-m", "first")
    script = tmp_path / "mark.sh"
    script.write_text(f'#!/bin/sh\ntouch "{marks}/$1"\ncat\n')
    script.chmod(0o755)
    for key, name in {
        "core.fsmonitor": "fsmonitor",
        "filter.evil.clean": "clean",
        "filter.evil.smudge": "smudge",
        "filter.evil.process": "process",
        "diff.external": "diff",
        "diff.evil.textconv": "textconv",
        "core.pager": "pager",
        "core.sshCommand": "ssh",
        "core.editor": "editor",
        "gpg.program": "gpg",
        "log.showSignature": "",
        "credential.helper": "credential",
        "core.alternateRefsCommand": "refs",
        "uploadpack.packObjectsHook": "pack",
        "alias.ls-files": "alias",
    }.items():
        git(root, "config", key, f"{script} {name}" if name else "true")
    hooks = root / ".git" / "hooks"
    for hook in ("post-index-change", "reference-transaction", "pre-auto-gc", "fsmonitor-watchman", "post-checkout"):
        (hooks / hook).write_text(f'#!/bin/sh\ntouch "{marks}/{hook}"\n')
        (hooks / hook).chmod(0o755)
    (root / "a.py").write_text("x = 2\n")
    return root, marks


def test_a_hostile_repository_runs_nothing(hostile):
    root, marks = hostile
    project = open_project(root)
    assert project.files == (".gitattributes", "a.py", "b.bin", "new.py")
    assert project.git.present
    assert plumbing.history(root)
    plumbing.tags(root)
    assert project.index.records
    assert list(marks.iterdir()) == []


def test_the_marks_would_be_left_by_a_careless_reader(hostile):
    """The test above can fail: porcelain runs the monitor and the filters."""
    root, marks = hostile
    import subprocess

    subprocess.run(["git", "-C", str(root), "status"], capture_output=True, check=False)
    assert list(marks.iterdir())


def test_an_embedded_bare_repository_is_not_entered(tmp_path):
    root = write(tmp_path / "p", {"a.py": ""})
    inner = root / "inner"
    inner.mkdir()
    git(inner, "init", "--bare")
    mark = tmp_path / "mark"
    git(inner, "config", "core.fsmonitor", f"touch {mark}")
    git(inner, "config", "core.bare", "false")
    git(inner, "config", "core.worktree", str(inner))
    open_project(inner)
    assert not mark.exists()


def test_a_working_tree_elsewhere_is_refused(tmp_path):
    root = write(tmp_path / "p", {"a.py": ""})
    other = write(tmp_path / "q", {"secret.py": ""})
    git(root, "init")
    git(root, "config", "core.worktree", str(other))
    project = open_project(root)
    assert project.files == ("a.py",)
    assert "elsewhere" in project.tree.git_note


def test_the_callers_git_variables_are_not_used(tmp_path, monkeypatch):
    root = write(tmp_path / "p", {"a.py": ""})
    git(root, "init")
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_WORK_TREE", "/")
    assert open_project(root).files == ("a.py",)
