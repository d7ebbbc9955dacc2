"""SHA-256 of stretches of a file, read once, with a fixed amount of memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from artifactpack.buffers import buffer

CHUNK = 1 << 20
WORTH_A_THREAD = 8 << 20
A = TypeVar("A")
B = TypeVar("B")


@dataclass(frozen=True, slots=True)
class Span:
    """``length`` bytes of the file from ``start``."""

    start: int
    length: int


def beside(one: Callable[[], A], other: Callable[[], B]) -> tuple[A, B]:
    """Both results, *one* computed on a second thread (hashing lets go of the interpreter's lock)."""
    import threading

    got: list[A] = []
    failed: list[BaseException] = []

    def work() -> None:
        try:
            got.append(one())
        except BaseException as error:  # noqa: BLE001 - raised again below
            failed.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        second = other()
    finally:
        thread.join()
    if failed:
        raise failed[0]
    return got[0], second


def hash_spans(path: Path, spans: Iterable[Span], *, threads: int = 1) -> dict[Span, str]:
    """The SHA-256 of each distinct span, in file order; on two *threads* where that is worth it."""
    ordered = sorted(set(spans), key=lambda span: (span.start, span.length))
    total = sum(span.length for span in ordered)
    if threads < 2 or len(ordered) < 2 or total < WORTH_A_THREAD:
        return _hash(path, ordered)
    half, middle = 0, 0
    while half < total // 2:
        half += ordered[middle].length
        middle += 1
    first, second = beside(lambda: _hash(path, ordered[:middle]), lambda: _hash(path, ordered[middle:]))
    return first | second


def _hash(path: Path, ordered: list[Span]) -> dict[Span, str]:
    import hashlib

    room = buffer(CHUNK)
    found: dict[Span, str] = {}
    with path.open("rb", buffering=0) as file:
        for span in ordered:
            digest, left = hashlib.sha256(), span.length
            file.seek(span.start)
            while left:
                count = file.readinto(room[: min(left, CHUNK)])
                if not count:
                    break
                digest.update(room[:count])
                left -= count
            if not left:
                found[span] = digest.hexdigest()
    return found


def hash_file(path: Path) -> str:
    """The file's SHA-256."""
    import hashlib

    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
