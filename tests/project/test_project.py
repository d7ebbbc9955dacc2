"""Opening folders: any folder, none followed out of itself."""

from __future__ import annotations

import os
import subprocess

import pytest

from artifactpack.errors import InputError
from artifactpack.project import open_project
from tests.support.asking import make, write

IDENTITY = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")


def git(root, *arguments):
    subprocess.run(["git", "-C", str(root), *IDENTITY, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path):
    write(tmp_path, {"train.py": "x = 1\n", "ignored.log": "", ".gitignore": "*.log\n", "sub/deep.py": ""})
    git(tmp_path, "init")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "first")
    return tmp_path


def test_a_missing_path_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        open_project(tmp_path / "nowhere")


def test_a_file_is_not_a_project(tmp_path):
    with pytest.raises(InputError, match="not a folder"):
        open_project(write(tmp_path, {"a": ""}) / "a")


def test_an_empty_folder_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match="no files"):
        open_project(tmp_path)


def test_files_without_git(tmp_path):
    project = make(tmp_path, {"b.py": "", "a/c.txt": "", "__pycache__/x.pyc": "", ".venv/pyvenv.cfg": ""})
    assert project.files == ("a/c.txt", "b.py")
    assert project.tracked == frozenset()


def test_files_as_git_lists_them(repository):
    write(repository, {"new.py": "", "noise.log": "", ".artifactpack/runs/x/record.json": "{}"})
    project = open_project(repository)
    assert project.files == (".gitignore", "new.py", "sub/deep.py", "train.py")
    assert "new.py" not in project.tracked


def test_state_of_a_clean_repository(repository):
    state = open_project(repository).git
    assert (state.present, len(state.commit), state.branch, state.dirty) == (True, 40, "main", False)


@pytest.mark.parametrize("change", ["edit", "delete", "stage"])
def test_a_change_is_dirt(repository, change):
    if change == "delete":
        (repository / "train.py").unlink()
    else:
        (repository / "train.py").write_text("x = 2\n")
    if change == "stage":
        git(repository, "add", ".")
    assert open_project(repository).git.dirty is True


def test_a_touched_file_is_not_dirt(repository):
    os.utime(repository / "train.py", (1, 1))
    assert open_project(repository).git.dirty is False


def test_windows_lines_are_not_dirt(repository):
    (repository / "train.py").write_bytes(b"x = 1\r\n")
    assert open_project(repository).git.dirty is False


def test_a_folder_inside_a_repository(repository):
    project = open_project(repository / "sub")
    assert project.files == ("deep.py",)
    assert project.git.dirty is False


def test_a_repository_without_commits(tmp_path):
    write(tmp_path, {"a.py": ""})
    git(tmp_path, "init")
    state = open_project(tmp_path).git
    assert (state.present, state.commit, state.dirty, state.note) == (True, "", None, "no commits yet")


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.md", ("README.md", "docs/a.md", "docs/b/c.md")),
        ("readme*", ("README.md",)),
        ("/*.md", ("README.md",)),
        ("docs/*.md", ("docs/a.md",)),
        ("docs/**/*.md", ("docs/a.md", "docs/b/c.md")),
        ("[a-c].md", ("docs/a.md", "docs/b/c.md")),
    ],
)
def test_glob(tmp_path, pattern, found):
    assert make(tmp_path, dict.fromkeys(("README.md", "docs/a.md", "docs/b/c.md"), "")).glob(pattern) == found


def test_text_is_decoded_and_bounded(tmp_path):
    project = make(tmp_path, {"a": b"caf\xe9\r\n", "b": "é".encode() * 4, "c": b"\xff\xfea\0"})
    assert project.read_text("a") == "café\n"
    assert project.read_text("b", 3).startswith("é")
    assert project.read_text("c") == "a"
    assert project.read_text("../secret") == ""


def test_odd_files_are_set_apart(tmp_path):
    write(tmp_path, {"a.py": "", "outside/secret": "s", "p/real.py": ""})
    root = tmp_path / "p"
    (root / "link.py").symlink_to("/etc/passwd")
    (root / "loop").symlink_to("loop")
    (root / "up").symlink_to("..")
    os.mkfifo(root / "pipe.py")
    (root / "line\nbreak.py").write_text("")
    (root.joinpath(os.fsdecode(b"\xff\xfe.py"))).write_text("")
    project = open_project(root)
    assert project.files == ("real.py",)
    reasons = {s.path: s.reason for s in project.skipped}
    assert reasons["pipe.py"] == "not a regular file"
    assert reasons["link.py"] == reasons["loop"] == reasons["up"] == "a symbolic link, not followed"
    assert {r"\xff\xfe.py", r"line\nbreak.py"} < set(reasons)  # escaped once, as they would be typed
    assert project.links["loop"] == "loop"


def test_a_tracked_path_behind_a_link_is_not_read(repository, tmp_path_factory):
    elsewhere = write(tmp_path_factory.mktemp("elsewhere"), {"deep.py": "SECRET"})
    (repository / "sub" / "deep.py").unlink()
    (repository / "sub").rmdir()
    (repository / "sub").symlink_to(elsewhere)
    project = open_project(repository)
    assert "sub/deep.py" not in project.files
    assert project.read_text("sub/deep.py") == ""


def test_depth_is_bounded(tmp_path):
    deep = tmp_path
    handle = os.open(tmp_path, os.O_RDONLY)
    for _ in range(300):
        os.mkdir("d", dir_fd=handle)
        inner = os.open("d", os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = inner
    os.close(handle)
    (deep / "a.py").write_text("")
    project = open_project(tmp_path)
    assert project.files == ("a.py",)
    assert any("deeper than" in s.reason for s in project.skipped)
    subprocess.run(["rm", "-rf", str(tmp_path / "d")], check=True)
