"""The console output of a run, kept within bounds."""

from __future__ import annotations

import os
import re

CHUNK = 1 << 16
HEAD, TAIL = 8 << 20, 4 << 20


class Log:
    """A console log that cannot grow: its first 8 MiB, then two segments of 4 MiB that replace each other."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.file = self._new(path)
        self.size = self.total = 0
        self.segments: list[str] = []
        self.last = b""
        self.lost = ""

    @staticmethod
    def _new(path: str) -> int:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(path, flags, 0o600)

    def write(self, data: bytes) -> None:
        self.total += len(data)
        self.last = (self.last + data)[-4096:]
        if self.lost:
            return
        try:
            while data:
                room = (HEAD if not self.segments else TAIL) - self.size
                if room <= 0:
                    self._turn()
                    continue
                written = os.write(self.file, data[:room])
                self.size += written
                data = data[written:]
        except OSError as error:
            self.lost = error.strerror or "cannot be written"

    def _turn(self) -> None:
        os.close(self.file)
        path = f"{self.path}.{len(self.segments) % 2}"
        self.segments = [*self.segments[-1:], path] if len(self.segments) < 2 else [self.segments[1], self.segments[0]]
        self.file, self.size = self._new(self.segments[-1]), 0

    def line(self) -> str:
        """The last whole line, for people."""
        lines = re.split(rb"[\r\n]+", self.last.rstrip())
        return lines[-1][-200:].decode("utf-8", "replace") if lines else ""

    def close(self) -> None:
        """Put the segments behind the head, with a line that says how much is missing between them."""
        os.close(self.file)
        if not self.segments:
            return
        kept = HEAD + sum(os.path.getsize(path) for path in self.segments)
        gap = self.total - kept
        with open(self.path, "ab") as log:
            if gap > 0:
                log.write(f"\n[… {gap} bytes left out here …]\n".encode())
            for path in self.segments:
                with open(path, "rb") as part:
                    while block := part.read(CHUNK):
                        log.write(block)
                os.unlink(path)
