"""Hash many members on two threads, the largest first; small ones that lie side by side are read together."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from threading import Lock, Thread

from artifactpack.archive.crc import Sums, crc32
from artifactpack.archive.overlap import BLOCK, started
from artifactpack.archive.zipbytes import begin, checked, read_exactly, wrong
from artifactpack.archive.zipdir import refuse
from artifactpack.archive.zipform import DEFLATED, Header
from artifactpack.buffers import buffer
from artifactpack.models.event import Event, Notify

_SMALL = 1 << 20  # bytes below which one piece of work does everything


@dataclass(frozen=True, slots=True)
class Part:
    """One member to be checked: where it is and what it must be."""

    fd: int
    header: Header
    sha256: str
    packed_sha256: str = ""

    @property
    def name(self) -> str:
        return self.header.name.decode()


def check_parts(parts: list[Part], threads: int, notify: Notify) -> None:
    """Raise :class:`RefusedError` naming the first of *parts* whose bytes are not what they must be."""
    done = Counter(notify, sum(p.header.size for p in parts))
    small = [p for p in parts if p.header.size < _SMALL or p.header.method == DEFLATED]
    large = [p for p in parts if p.header.size >= _SMALL and p.header.method != DEFLATED]
    work: list[tuple[float, Callable[[], None]]] = [(0.0, partial(_side_by_side, s, done)) for s in _spans(small)]
    for part in large:
        size = float(part.header.size)
        if threads > 1 and size * threads > done.total:  # one that all others would wait for
            work += [(size, partial(_sha256, part, done)), (size / 10, partial(_crc, part))]
        else:
            work.append((size, partial(_both, part, done)))
    run([job for _, job in sorted(work, key=lambda w: -w[0])], threads)


def _spans(parts: list[Part]) -> Iterator[list[Part]]:
    """Groups of members that lie within one block of the archive."""
    group: list[Part] = []
    for part in sorted(parts, key=lambda p: p.header.offset):
        if group and _end(part) - begin(group[0].header) > BLOCK:
            yield group
            group = []
        group.append(part)
    if group:
        yield group


def _end(part: Part) -> int:
    return begin(part.header) + part.header.packed


def run(jobs: Iterable[Callable[[], None]], threads: int) -> None:
    """Run *jobs* on *threads* threads and raise the first error."""
    waiting, failed = deque(jobs), list[BaseException]()

    def work() -> None:
        while waiting and not failed:
            try:
                job = waiting.popleft()
            except IndexError:  # another thread took the last one
                return
            try:
                job()
            except BaseException as error:  # noqa: BLE001 - raised again by the thread that waits
                failed.append(error)

    others = [t for t in (Thread(target=work, daemon=True) for _ in range(threads - 1)) if started(t)]
    work()
    for thread in others:
        thread.join()
    if failed:
        raise failed[0]


class Counter:
    """Bytes hashed so far, told now and then."""

    def __init__(self, notify: Notify, total: int) -> None:
        self.notify, self.total, self.done, self.told, self.lock = notify, total, 0, 0, Lock()

    def add(self, name: str, count: int) -> None:
        with self.lock:
            self.done += count
            if self.done - self.told < 16 << 20 and self.done != self.total:
                return
            self.told = self.done
        self.notify(Event(stage="checking", text=name, done=self.done, total=self.total))


def _side_by_side(parts: list[Part], done: Counter) -> None:
    start = begin(parts[0].header)
    raw = read_exactly(parts[0].fd, _end(parts[-1]) - start, start)
    for part in parts:
        at = begin(part.header) - start
        checked(raw[at : at + part.header.packed], part.header, part.sha256, part.packed_sha256)
    done.add(parts[-1].name, sum(p.header.size for p in parts))


def _both(part: Part, done: Counter) -> None:
    sums = Sums()

    def add(block: memoryview) -> None:
        sums.update(block)
        done.add(part.name, len(block))

    blocks(part.fd, begin(part.header), part.header.size, add)
    if not sums.agree(part.header.crc, part.sha256):
        raise wrong(part.header)


def _sha256(part: Part, done: Counter) -> None:
    value = hashlib.sha256()

    def add(block: memoryview) -> None:
        value.update(block)
        done.add(part.name, len(block))

    blocks(part.fd, begin(part.header), part.header.size, add)
    if value.hexdigest() != part.sha256:
        raise wrong(part.header)


def _crc(part: Part) -> None:
    crc = 0

    def add(block: memoryview) -> None:
        nonlocal crc
        crc = crc32(block, crc)

    blocks(part.fd, begin(part.header), part.header.size, add)
    if crc != part.header.crc:
        raise wrong(part.header)


def blocks(fd: int, offset: int, size: int, use: Callable[[memoryview], None]) -> None:
    """Call *use* with the bytes from *offset* on, block by block, in one buffer."""
    room = buffer(min(BLOCK, max(size, 1)))
    at = 0
    while at < size:
        count = os.preadv(fd, [room[: min(len(room), size - at)]], offset + at)
        if not count:
            raise refuse("it is cut short")
        use(room[:count])
        at += count
