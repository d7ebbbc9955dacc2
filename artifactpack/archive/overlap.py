"""Hash blocks on a second thread while the first reads and writes: OpenSSL and the kernel both leave the GIL."""

from __future__ import annotations

from queue import SimpleQueue
from threading import Thread
from typing import Any, Self

from artifactpack.buffers import buffer

BLOCK = 1 << 20  # bytes; larger ones leave the second-level cache, smaller ones cost more system calls
_BLOCKS = 8


def started(thread: Thread) -> bool:
    """Start *thread*; False where a limit on processes forbids it, so that the caller does the work itself."""
    try:
        thread.start()
    except RuntimeError:
        return False
    return True


class Hashing:
    """Digests fed from one thread and computed on another, in order; with ``threads=1``, or where the system gives
    no second thread, at once.

    Per block: ``block()``, fill it, ``update(digest, block, count)`` or ``unused(block)``. The caller may go on reading
    the block until it asks for the next one, because blocks come back to it alone.
    """

    def __init__(self, threads: int = 2) -> None:
        self._blocks = _BLOCKS if threads > 1 else 1
        self._free: SimpleQueue[memoryview] = SimpleQueue()
        self._work: SimpleQueue[tuple[Any, memoryview, int] | None] = SimpleQueue()
        self._thread = Thread(target=self._run, daemon=True) if threads > 1 else None
        for _ in range(self._blocks):
            self._free.put(buffer(BLOCK))

    def __enter__(self) -> Self:
        if self._thread is not None and not started(self._thread):
            self._thread = None
        return self

    def __exit__(self, *_: object) -> None:
        if self._thread is not None:
            self._work.put(None)
            self._thread.join()

    def block(self) -> memoryview:
        """A free buffer; waits while the other thread is behind."""
        return self._free.get()

    def update(self, digest: Any, block: memoryview, count: int) -> None:
        """Hash the first *count* bytes of *block*; nobody may write to it any more."""
        if self._thread is None:
            digest.update(block[:count])
            self._free.put(block)
        else:
            self._work.put((digest, block, count))

    def unused(self, block: memoryview) -> None:
        """Give *block* back without hashing it."""
        self._free.put(block)

    def finish(self) -> None:
        """Wait until everything fed so far is hashed."""
        for block in [self._free.get() for _ in range(self._blocks)]:
            self._free.put(block)

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            digest, block, count = work
            digest.update(block[:count])
            self._free.put(block)
