"""A member's two checksums. CRC-32 is by ISA-L where it is installed (three times as fast), else by zlib."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from typing import cast

Crc32 = Callable[[bytes | bytearray | memoryview, int], int]


def _fastest() -> Crc32:
    try:
        from isal.isal_zlib import crc32
    except ImportError:
        return zlib.crc32
    return cast(Crc32, crc32)


crc32 = _fastest()


class Sums:
    """SHA-256 and CRC-32 of the same bytes, block by block while a block is in the processor's cache."""

    def __init__(self) -> None:
        self.sha256, self.crc = hashlib.sha256(), 0

    def update(self, block: bytes | bytearray | memoryview) -> None:
        self.sha256.update(block)
        self.crc = crc32(block, self.crc)

    def agree(self, crc: int, sha256: str) -> bool:
        """Whether the bytes were those that *crc* and *sha256* (hexadecimal) stand for."""
        return self.crc == crc and self.sha256.hexdigest() == sha256
