"""A working tree is clean or not by our own hashes, against a real repository."""

import subprocess

import pytest

from artifactpack.project.git import read_state

IDENTITY = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")


@pytest.fixture
def repository(make_tree):
    root = make_tree({"a.py": "x = 1\n", "b/c.txt": "text\n", "d\te.txt": "a tab in its name\n", "z.md": "# z\n"})
    for arguments in (("init", "-q"), ("add", "-A"), (*IDENTITY, "commit", "-q", "-m", "first")):
        subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True)
    return root


def test_a_fresh_commit_is_clean(repository):
    state = read_state(repository)
    assert state.present
    assert state.dirty is False, state.note


def test_touching_a_file_without_changing_it_is_still_clean(repository):
    (repository / "a.py").write_text("x = 1\n")
    assert read_state(repository).dirty is False


@pytest.mark.parametrize("path", ["a.py", "b/c.txt", "d\te.txt", "z.md"])
def test_a_changed_file_is_dirty_and_named(repository, path):
    (repository / path).write_text("changed\n")
    state = read_state(repository)
    assert state.dirty is True
    assert path in state.note


def test_a_deleted_file_is_dirty(repository):
    (repository / "z.md").unlink()
    assert read_state(repository).dirty is True


def test_a_staged_file_is_dirty(repository):
    (repository / "new.py").write_text("y = 2\n")
    subprocess.run(["git", "add", "new.py"], cwd=repository, check=True)
    assert read_state(repository).dirty is True


def test_a_sub_folder_of_a_repository_is_judged_by_itself(repository):
    (repository / "a.py").write_text("changed\n")
    assert read_state(repository / "b").dirty is False
