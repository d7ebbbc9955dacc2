"""One stored member of a zip as a file of its own, without copying it out."""

from __future__ import annotations

import io
import os
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from artifactpack.archive.zipbytes import begin

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

    from artifactpack.archive.zipform import Header


class _Window(io.RawIOBase):
    def __init__(self, fd: int, start: int, size: int) -> None:
        self.fd, self.start, self.size, self.at = fd, start, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self.at = max(0, offset + (0, self.at, self.size)[whence])
        return self.at

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)[: max(0, self.size - self.at)]
        count = os.preadv(self.fd, [view], self.start + self.at) if view else 0
        self.at += count
        return count


class MemberFile:
    """What code that opens a path needs of one: ``open``, ``name``, ``suffix``."""

    def __init__(self, fd: int, header: Header) -> None:
        self._fd, self._header = fd, header
        self.path = header.name.decode()
        self.name, self.suffix = PurePosixPath(self.path).name, PurePosixPath(self.path).suffix

    def open(self, mode: str = "rb", buffering: int = -1) -> io.BufferedReader:
        return io.BufferedReader(_Window(self._fd, begin(self._header), self._header.size), 1 << 16)
