"""What a run may have left as a trap for those who read its files; removed by the supervisor when nothing of it runs.

Standard library only.
"""

from __future__ import annotations

import contextlib
import os
import stat
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

_SLACK = 1.25  # one file alone may have reached the limit
DEEPEST = 64  # folders below each other: readers go down by calling themselves


def real_roots(folders: Sequence[str]) -> tuple[str, ...]:
    """Where *folders* really lie, to be asked before a run: it could put links in their place."""
    return tuple(os.path.realpath(folder) + "/" for folder in folders)


def apart(folders: Sequence[str]) -> list[str]:
    """*folders* without those that lie in another of them."""
    return [one for one in folders if not any(one.startswith(f"{other}/") for other in folders)]


def folder_size(path: str) -> int:
    """Bytes of the files below *path*, holes included, because who reads them reads those too; no link is followed."""
    return sum(_size(entry) for entry, _ in _entries(path) if not entry.is_dir(follow_symlinks=False))


def _size(entry: os.DirEntry[str]) -> int:
    try:
        there = entry.stat(follow_symlinks=False)
    except OSError:
        return 0
    return max(there.st_size, there.st_blocks * 512)


def _entries(folder: str) -> Iterator[tuple[os.DirEntry[str], int]]:
    """Everything below *folder*, each with its depth; a folder that is gone when its turn comes is not gone into."""
    stack = [(folder, 1)]
    while stack:
        place, depth = stack.pop()
        with contextlib.suppress(OSError), os.scandir(place) as found:
            for entry in found:
                yield entry, depth
                if entry.is_dir(follow_symlinks=False):
                    stack.append((entry.path, depth + 1))


class Sweep:
    """Removes links that lead out of *roots*, pipes, sockets, devices, programs that would run as their owner, folders
    without end, and files that go beyond *limit* bytes (0: none) of what was made after *began* (seconds)."""

    def __init__(self, roots: Sequence[str], limit: float = 0, began: float = 0.0) -> None:
        self.roots, self.limit, self.began = tuple(roots), limit, began
        self.removed: list[str] = []
        self.new = 0

    @property
    def too_much(self) -> bool:
        return bool(self.limit) and self.new > _SLACK * self.limit

    def clean(self, folder: str) -> None:
        """Clean *folder*; a link that was put in its place, or on the way to it, is not followed."""
        if os.path.realpath(folder) + "/" not in self.roots:
            if os.path.islink(folder):  # noqa: PTH114
                self._remove(folder)
            return
        for entry, depth in _entries(folder):
            if entry.is_dir(follow_symlinks=False):
                if depth > DEEPEST:
                    self._remove(entry.path)
            elif self._is_trap(entry):
                self._remove(entry.path)

    def _is_trap(self, entry: os.DirEntry[str]) -> bool:
        if entry.is_symlink():
            return not (os.path.realpath(entry.path) + "/").startswith(self.roots)
        try:
            there = entry.stat(follow_symlinks=False)
        except OSError:
            return False
        if there.st_ctime > self.began:
            self.new += _size(entry)
        return not stat.S_ISREG(there.st_mode) or bool(there.st_mode & 0o6000) or self.too_much

    def _remove(self, path: str) -> None:
        with contextlib.suppress(OSError):
            if Path(path).is_dir() and not Path(path).is_symlink():
                subprocess.run(["rm", "-rf", "--", path], capture_output=True, check=False)
            else:
                os.unlink(path)  # noqa: PTH108
            self.removed.append(path)
