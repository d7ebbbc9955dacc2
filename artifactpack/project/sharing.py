"""Work shared out between forked processes: whoever is free takes the next, and a child sends what it has done."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
LIMIT = 1 << 14
"""Items that a queue holds: their numbers have to fit into a pipe that nobody reads from yet."""
_WIDTH, _LENGTH = 2, 8


class Queue(Generic[T]):
    """At most ``LIMIT`` items: each is given to one of the processes that iterate, in order."""

    def __init__(self, items: Sequence[T]) -> None:
        self.items = tuple(items)
        self.reader, writer = os.pipe()
        os.write(writer, b"".join(n.to_bytes(_WIDTH, "big") for n in range(len(self.items))))
        os.close(writer)

    def __iter__(self) -> Iterator[T]:
        while number := os.read(self.reader, _WIDTH):
            yield self.items[int.from_bytes(number, "big")]

    def close(self) -> None:
        """Nothing is taken here any more."""
        os.close(self.reader)


class Child:
    """A forked process that runs *work*, handing it what sends bytes to this one, and ends; where it died, what it
    did not send is for this one to do.

    What it sends waits in memory, or in an unnamed file, so that neither waits for the other and no thread is needed.
    """

    def __init__(self, work: Callable[[Callable[[bytes], None]], object]) -> None:
        self._kept, self._taken = _unnamed(), 0
        reader, writer = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        self._process = os.fork()
        if self._process == 0:
            os.close(reader)
            _run(work, self._kept, writer)
        os.close(writer)
        self._lengths = os.fdopen(reader, "rb")

    def receive(self) -> bytes | None:
        """What was sent next, waited for; None once all was received and the child has ended."""
        if self._lengths.closed:
            return None
        head = self._lengths.read(_LENGTH)
        if len(head) < _LENGTH:
            self._lengths.close()
            os.close(self._kept)
            os.waitpid(self._process, 0)
            return None
        size = int.from_bytes(head, "big")
        self._taken += size
        return os.pread(self._kept, size, self._taken - size)


def _unnamed() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("artifactpack")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _run(work: Callable[[Callable[[bytes], None]], object], kept: int, writer: int) -> None:
    """Runs in the child and never returns."""

    def send(frame: bytes) -> None:
        rest = memoryview(frame)
        while rest:
            rest = rest[os.write(kept, rest) :]
        os.write(writer, len(frame).to_bytes(_LENGTH, "big"))

    code = 1
    try:
        work(send)
        code = 0
    except BaseException:  # noqa: BLE001, S110 - the parent does what is missing
        pass
    finally:
        os._exit(code)
