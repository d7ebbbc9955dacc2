"""Work shared out between forked processes: whoever is free takes the next."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
LIMIT = 1 << 14
"""Items that a queue holds: their numbers have to fit into a pipe that nobody reads from yet."""
_WIDTH = 2


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
