"""A new private folder filled by descriptor, never by following a name; taken away again if anything fails."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from artifactpack.archive.atomic import failure
from artifactpack.errors import RefusedError

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class NewTree:
    """Files below a folder that did not exist before."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made: list[str] = []  # folders, parents first
        self.files: list[str] = []
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError as error:
            raise RefusedError(f"refused: {folder} is there already; name a folder that is not") from error
        except OSError as error:
            raise failure(error, folder) from error
        self.root = os.open(folder, _FOLDER)

    @contextmanager
    def create(self, path: str, executable: bool) -> Iterator[int]:
        """A descriptor to write the new file *path* with; its parents are made as needed."""
        parent, name = path.rpartition("/")[::2]
        try:
            at = self._folder(parent)
            try:
                fd = os.open(name, _NEW, 0o755 if executable else 0o644, dir_fd=at)
            finally:
                os.close(at)
        except OSError as error:
            raise failure(error, self.folder / path) from error
        self.files.append(path)
        try:
            yield fd
        finally:
            os.close(fd)

    def _folder(self, path: str) -> int:
        at, so_far = os.dup(self.root), ""
        for name in filter(None, path.split("/")):
            so_far = f"{so_far}/{name}" if so_far else name
            try:
                try:
                    os.mkdir(name, 0o755, dir_fd=at)
                    self.made.append(so_far)
                except FileExistsError:
                    pass
                below = os.open(name, _FOLDER, dir_fd=at)
            finally:
                os.close(at)
            at = below
        return at

    def remove(self) -> None:
        """Take away what was made here, and nothing else."""
        for path in self.files:
            self._unlink(path, folder=False)
        for path in reversed(self.made):
            self._unlink(path, folder=True)
        with suppress(OSError):
            self.folder.rmdir()

    def _unlink(self, path: str, *, folder: bool) -> None:
        parent, name = path.rpartition("/")[::2]
        with suppress(OSError):
            at = open_below(self.root, parent)
            try:
                os.rmdir(name, dir_fd=at) if folder else os.unlink(name, dir_fd=at)
            finally:
                os.close(at)

    def close(self) -> None:
        os.close(self.root)


@contextmanager
def new_tree(folder: Path) -> Iterator[NewTree]:
    """A :class:`NewTree` that is removed when the block fails."""
    tree = NewTree(folder)
    try:
        yield tree
    except BaseException:
        tree.remove()
        raise
    finally:
        tree.close()


def open_below(root: int, path: str) -> int:
    """A descriptor of the folder *path* below *root*, no link followed on the way."""
    at = os.dup(root)
    for name in filter(None, path.split("/")):
        try:
            below = os.open(name, _FOLDER, dir_fd=at)
        finally:
            os.close(at)
        at = below
    return at


def open_file(root: int, path: str) -> int:
    """A descriptor of the regular file *path* below *root*; raises OSError for anything else."""
    parent, name = path.rpartition("/")[::2]
    at = open_below(root, parent)
    try:
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=at)
    finally:
        os.close(at)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError(f"{path} is not a regular file")
    return fd


def write_all(fd: int, data: bytes | memoryview) -> None:
    """Write all of *data* at the descriptor's place."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
