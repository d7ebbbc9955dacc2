"""Work shared out between forked processes: whoever is free takes the next, and a child sends what it has done."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO, Generic, TypeVar

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
    did not send is for this one to do."""

    def __init__(self, work: Callable[[Callable[[bytes], None]], object]) -> None:
        self._frames: list[bytes] = []
        self._arrived = threading.Condition()
        self._ended = False
        reader, writer = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        self._process = os.fork()
        if self._process == 0:
            os.close(reader)
            _run(writer, work)
        os.close(writer)
        self._drain = threading.Thread(target=self._read, args=(os.fdopen(reader, "rb"),), daemon=True)
        self._drain.start()

    def _read(self, pipe: BinaryIO) -> None:
        with pipe:
            while len(head := pipe.read(_LENGTH)) == _LENGTH:
                size = int.from_bytes(head, "big")
                frame = pipe.read(size)
                if len(frame) < size:
                    break
                with self._arrived:
                    self._frames.append(frame)
                    self._arrived.notify()
        with self._arrived:
            self._ended = True
            self._arrived.notify()

    def receive(self) -> bytes | None:
        """What was sent next, waited for; None once all was received and the child has ended."""
        with self._arrived:
            while not self._frames and not self._ended:
                self._arrived.wait()
            if self._frames:
                return self._frames.pop(0)
        self._drain.join()
        if self._process:
            os.waitpid(self._process, 0)
            self._process = 0
        return None


def _run(writer: int, work: Callable[[Callable[[bytes], None]], object]) -> None:
    """Runs in the child and never returns."""
    code = 1
    try:
        with os.fdopen(writer, "wb", buffering=1 << 16) as out:
            work(lambda frame: _send(out, frame))
        code = 0
    except BaseException:  # noqa: BLE001, S110 - the parent does what is missing
        pass
    finally:
        os._exit(code)


def _send(out: BinaryIO, frame: bytes) -> None:
    out.write(len(frame).to_bytes(_LENGTH, "big") + frame)
    out.flush()
