"""Read a project's file while it may be changing, and never anything but a regular file."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from artifactpack.errors import InputError

Identity = tuple[int, int, int, int, int]


def identity(fd: int) -> Identity:
    """What changes when an open file is written to: device, inode, size, mtime and ctime in nanoseconds."""
    s = os.fstat(fd)
    return (s.st_dev, s.st_ino, s.st_size, s.st_mtime_ns, s.st_ctime_ns)


@contextmanager
def opened(path: Path) -> Iterator[int]:
    """A descriptor of the regular file *path*; raises :class:`InputError` for a link, FIFO, device or folder."""
    try:
        # O_NONBLOCK: opening a FIFO that nobody writes to would wait forever.
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}; it was there when packing began") from error
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise InputError(f"cannot pack {path}: it is not a regular file")
        yield fd
    finally:
        os.close(fd)


def kind(mode: int) -> str:
    """The word for a file that cannot be packed, or ``""`` for a regular one."""
    words = {
        stat.S_IFREG: "",
        stat.S_IFIFO: "a FIFO",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
        stat.S_IFLNK: "a symbolic link",
        stat.S_IFDIR: "a folder",
    }
    return words.get(stat.S_IFMT(mode), "not a regular file")
