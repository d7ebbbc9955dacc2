"""The folder as systems see it: ignored files too, because that is where trackers write."""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property
from itertools import islice, takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from artifactpack.patterns import late

if TYPE_CHECKING:
    from artifactpack.project import Project

MOST_FILES, DEEPEST = 200_000, 24
_PRUNED = frozenset({
    ".git", ".hg", ".svn", "node_modules", "__pycache__", "site-packages", ".tox", ".nox", ".mypy_cache",
    ".ruff_cache", ".pytest_cache", ".ipynb_checkpoints", ".artifactpack",
})  # fmt: skip
_ENVIRONMENT_MARKS = ("pyvenv.cfg", "conda-meta")
_RUN_FOLDER = late(r"(?:^|/)(?:offline-)?run-\d{8}_\d{6}-\w+/files/")


class Files:
    """All regular files below the project, POSIX and relative, sorted; links are never followed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.truncated = False
        self.paths: tuple[str, ...] = tuple(sorted(self._walk()))
        self.joined = "\n".join(self.paths)

    def _walk(self) -> Iterator[str]:
        waiting, seen = [("", 0)], 0
        while waiting:
            folder, depth = waiting.pop()
            entries = self._entries(folder)
            marks = [entry for entry in entries if entry.name in _ENVIRONMENT_MARKS]
            for entry in marks if folder and marks else entries:  # of an installed environment only what it says it is
                path = f"{folder}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in _PRUNED and depth < DEEPEST:
                        waiting.append((f"{path}/", depth + 1))
                elif entry.is_file(follow_symlinks=False):
                    seen += 1
                    if seen > MOST_FILES:
                        self.truncated = True
                        return
                    yield path

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self.root / folder) as entries:
                return list(entries)
        except OSError:
            return []

    def __contains__(self, path: str) -> bool:
        where = bisect_left(self.paths, path)
        return self.paths[where : where + 1] == (path,)

    def under(self, folder: str) -> tuple[str, ...]:
        """Paths below *folder* (POSIX, without a slash at the end)."""
        prefix = f"{folder}/" if folder else ""
        start = bisect_left(self.paths, prefix)
        return tuple(takewhile(lambda path: path.startswith(prefix), islice(self.paths, start, None)))

    @cached_property
    def authored(self) -> tuple[str, ...]:
        """Paths but those that a tracker wrote about a run or model of its own (MLflow beside an `MLmodel`, W&B among a
        run's files): its reader tells of them."""
        models = {path.rpartition("/")[0] for path in self.named("MLmodel")}
        return tuple(p for p in self.paths if p.rpartition("/")[0] not in models and not _RUN_FOLDER.search(p))

    def named(self, *names: str) -> tuple[str, ...]:
        """Paths whose last part is one of *names*."""
        wanted = set(names)
        return tuple(path for path in self.paths if path.rsplit("/", 1)[-1] in wanted)

    def ending(self, *endings: str) -> tuple[str, ...]:
        """Paths that end with one of *endings*."""
        return tuple(path for path in self.paths if path.endswith(endings))


def files_of(project: Project) -> Files:
    """The walk of *project*, made once and kept on it."""
    found: Files | None = project.__dict__.get("_system_files")
    if found is None:
        found = project.__dict__["_system_files"] = Files(project.root)
    return found
