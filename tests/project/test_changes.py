"""The difference of a dirty tree: a patch that applies, with nothing run to make it."""

from __future__ import annotations

import subprocess

import pytest

from artifactpack.project.changes import changes, without
from tests.support.projects import GIT, make_project

BEFORE = {
    "a.py": "one\ntwo\nthree\n" + "same\n" * 30 + "end\n",
    "bare.txt": "no newline",
    "gone.txt": "1\n",
    "moved to.txt": "x\n",
    "latin.txt": b"caf\xe9\n",
    "b.bin": b"\0\1",
    "run.sh": "echo\n",
    "ü.txt": "x\n",
}


@pytest.fixture
def root(tmp_path):
    return make_project(tmp_path / "p", BEFORE)


def head(root):
    return subprocess.run(
        [*GIT, "rev-parse", "HEAD"], cwd=root, check=True, capture_output=True, text=True
    ).stdout.strip()


def edit(root):
    (root / "a.py").write_text("one\n2\nthree\n" + "same\n" * 30 + "end\nmore\r\nlast")
    (root / "bare.txt").write_text("no newline either")
    (root / "gone.txt").unlink()
    (root / "latin.txt").write_bytes(b"caf\xe9 cr\xe8me\n")
    (root / "moved to.txt").write_text("y\n")
    (root / "run.sh").write_text("echo 1\n")
    (root / "run.sh").chmod(0o755)
    (root / "ü.txt").write_text("")
    (root / "new.py").write_text("fresh\n")
    subprocess.run([*GIT, "add", "new.py"], cwd=root, check=True)


def test_it_applies(root, tmp_path):
    edit(root)
    patch = changes(root, head(root))
    subprocess.run([*GIT, "worktree", "add", "-q", "--detach", tmp_path / "w", "HEAD"], cwd=root, check=True)
    subprocess.run([*GIT, "apply", "-"], cwd=tmp_path / "w", input=patch, check=True)
    names = {p.name for p in root.iterdir() if p.is_file() and p.name != ".git"}
    assert {p.name for p in (tmp_path / "w").iterdir() if p.name != ".git"} == names
    for name in names:
        assert (tmp_path / "w" / name).read_bytes() == (root / name).read_bytes()
        assert (tmp_path / "w" / name).stat().st_mode == (root / name).stat().st_mode


def test_a_clean_tree_has_none(root):
    (root / "untracked.txt").write_text("x")
    assert changes(root, head(root)) == b""


def test_no_filter_runs(root):
    (root / "a.py").write_text("changed\n")
    for key in ("filter.x.clean", "filter.x.smudge", "diff.x.textconv", "diff.external"):
        subprocess.run([*GIT, "config", key, f"touch {root}/ran;cat"], cwd=root, check=True)
    (root / ".gitattributes").write_text("*.py filter=x diff=x\n")
    assert b"+changed" in changes(root, head(root))
    assert not (root / "ran").exists()


def test_binary_and_large_files_are_named_only(root, monkeypatch):
    monkeypatch.setattr("artifactpack.project.changes.PATCH_LIMIT", 2000)
    (root / "b.bin").write_bytes(b"\0\2")
    (root / "a.py").write_text("x" * 100_000)
    (root / "bare.txt").write_text("y" * (1 << 20))
    (root / "ü.txt").write_text("small\n")
    patch = changes(root, head(root))
    assert len(patch) < 3000 and b"+small" in patch
    assert patch.count(b"Binary files") == 3


def test_a_link_in_place_of_a_file(root, tmp_path):
    (root / "a.py").unlink()
    (root / "a.py").symlink_to("/etc/passwd")
    patch = changes(root, head(root))
    assert b"+/etc/passwd\n\\ No newline" in patch and b"root:" not in patch


def test_files_are_left_out_by_path(root):
    edit(root)
    (root / "run.sh").write_text("diff --git a/a.py b/a.py\n\rdiff --git a/x b/x\n")
    patch = changes(root, head(root))
    assert without(patch, lambda path: False) == patch
    rest = without(patch, lambda path: path in ("a.py", "moved to.txt", "ü.txt"))
    assert b"moved" not in rest and b"three" not in rest and "ü".encode() not in rest
    assert b"+fresh" in rest and b"+diff --git a/a.py b/a.py" in rest
    assert without(patch, lambda path: True) == b""
