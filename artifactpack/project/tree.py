"""The files of a project: as git lists them, else by our own walk; links, pipes and strange names set apart."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import NamedTuple

from artifactpack.models.project import Skipped
from artifactpack.project import git
from artifactpack.project.config import STATE_FOLDER

MAX_FILES = 200_000
MAX_DEPTH = 64
_LEFT_OUT = frozenset(
    {".git", ".hg", ".svn", ".bzr", "__pycache__", ".venv", "node_modules", ".tox", ".nox", "site-packages"}
    | {".mypy_cache", ".pytest_cache", ".ruff_cache", ".eggs", ".ipynb_checkpoints", ".hypothesis"}
)
_ENVIRONMENT_MARKS = ("pyvenv.cfg", "conda-meta")


class Tree(NamedTuple):
    """Sorted POSIX paths of regular files with their sizes; what git tracks; links with their targets."""

    files: tuple[str, ...]
    sizes: dict[str, int]
    tracked: frozenset[str]
    links: dict[str, str]
    skipped: tuple[Skipped, ...]
    git_note: str = ""
    head: git.Head | None = None


def read_tree(root: Path) -> Tree:
    """List *root*: tracked files and untracked ones that git does not ignore, or everything where git is absent."""
    note = ""
    if git.is_inside(root):
        try:
            head = git.read_head(root)
            return _sorted_out(root, *git.listed(root))._replace(head=head)
        except git.GitError as error:
            note = str(error)
    return _sorted_out(root, [], [""])._replace(git_note=note)


class _Sorter:
    def __init__(self, root: Path) -> None:
        self.root = os.fspath(root)
        self.sizes: dict[str, int] = {}
        self.links: dict[str, str] = {}
        self.skipped: list[Skipped] = []
        self.folders: dict[str, bool] = {"": True}
        self.full = False

    def add(self, path: str) -> None:
        """Sort *path* by what lies there; folders (nested repositories, submodules) are walked."""
        if path == STATE_FOLDER or path.startswith(f"{STATE_FOLDER}/"):
            return
        if not path.isprintable():
            self.skip(path, "its name is not printable text")
            return
        if len(self.sizes) >= MAX_FILES:
            self.full = True
            return
        folder = path.rpartition("/")[0]
        if folder not in self.folders and not self.real_folder(folder):
            return
        if self.folders[folder]:
            self.look(path)

    def look(self, path: str) -> None:
        try:
            status = os.lstat(f"{self.root}/{path}")
        except OSError as error:
            if not isinstance(error, FileNotFoundError):
                self.skip(path, (error.strerror or "unreadable").lower())
            return
        mode = status.st_mode
        if stat.S_ISREG(mode):
            self.sizes[path] = status.st_size
        elif stat.S_ISLNK(mode):
            self.links[path] = os.readlink(f"{self.root}/{path}")  # noqa: PTH115 - a Path would normalise it
            self.skip(path, "a symbolic link, not followed")
        elif stat.S_ISDIR(mode):
            self.walk(path)
        else:
            self.skip(path, "not a regular file")

    def real_folder(self, folder: str) -> bool:
        """Whether no component of *folder* is a link: git lists what it once knew, not what is there."""
        parent, _, _name = folder.rpartition("/")
        known = self.folders.get(parent)
        if known is None:
            known = self.real_folder(parent) if folder.count("/") < 1000 else False
        real = known
        if known:
            try:
                real = stat.S_ISDIR(os.lstat(f"{self.root}/{folder}").st_mode)
            except OSError:
                real = False
            if not real:
                self.look(folder)
        self.folders[folder] = real
        return real

    def walk(self, start: str) -> None:
        """Every file below *start*, without recursion and without following links."""
        stack = [start.rstrip("/")]
        while stack and not self.full:
            folder = stack.pop()
            self.folders[folder] = True
            try:
                with os.scandir(f"{self.root}/{folder}" if folder else self.root) as listing:
                    entries = sorted(listing, key=lambda e: e.name, reverse=True)
            except OSError as error:
                self.skip(folder or ".", (error.strerror or "unreadable").lower())
                continue
            if folder != start and any(e.name in _ENVIRONMENT_MARKS for e in entries):
                self.skip(folder, "an environment, not the project's own files")
                continue
            for entry in entries:
                path = f"{folder}/{entry.name}" if folder else entry.name
                if not entry.is_dir(follow_symlinks=False):
                    self.add(path)
                elif entry.name in _LEFT_OUT or path == STATE_FOLDER:
                    continue
                elif path.count("/") >= MAX_DEPTH:
                    self.skip(path, f"deeper than {MAX_DEPTH} folders")
                else:
                    stack.append(path)

    def skip(self, path: str, reason: str) -> None:
        if not path.isprintable():
            path = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
            path = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in path)
        self.skipped.append(Skipped(path=path, reason=reason))


def _sorted_out(root: Path, tracked: list[str], others: list[str]) -> Tree:
    sorter = _Sorter(root)
    for path in tracked:
        sorter.add(path)
    known = frozenset(sorter.sizes) & frozenset(tracked)
    for path in others:
        if path == "" or path.endswith("/"):
            sorter.walk(path.rstrip("/"))
        else:
            sorter.add(path)
    if sorter.full:
        sorter.skip(".", f"more than {MAX_FILES} files: the rest were not looked at")
    files = tuple(sorted(sorter.sizes))
    return Tree(files, sorter.sizes, known, sorter.links, tuple(sorter.skipped))
