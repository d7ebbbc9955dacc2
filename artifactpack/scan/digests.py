"""SHA-256 of stretches of a file, read once, with a fixed amount of memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Span:
    """``length`` bytes of the file from ``start``."""

    start: int
    length: int


def hash_spans(path: Path, spans: Iterable[Span]) -> dict[Span, str]:
    """The SHA-256 of each distinct span, in file order."""
    ordered = sorted(set(spans), key=lambda span: (span.start, span.length))
    buffer = memoryview(bytearray(CHUNK))
    found: dict[Span, str] = {}
    with path.open("rb", buffering=0) as file:
        for span in ordered:
            digest, left = hashlib.sha256(), span.length
            file.seek(span.start)
            while left:
                count = file.readinto(buffer[: min(left, CHUNK)])
                if not count:
                    break
                digest.update(buffer[:count])
                left -= count
            if not left:
                found[span] = digest.hexdigest()
    return found


def hash_file(path: Path) -> str:
    """The file's SHA-256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
