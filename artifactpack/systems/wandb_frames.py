"""The framing of a `.wandb` log: a 7-byte header, then LevelDB-style blocks of 32 KiB holding pieces of records.

A piece is CRC-32 (u32, over kind and data), length (u16), kind (u8: a whole record, or its first, middle or last
piece), data. Found by reading logs of versions 0.13 to 0.31.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from itertools import chain, repeat
from pathlib import Path

from artifactpack.systems.reading import Unreadable

HEADER, BLOCK = b":W&B", 32768
FULL, FIRST, MIDDLE, LAST = 1, 2, 3, 4
_FRAME = struct.Struct("<IHB")
_CRC_OF_KIND = {kind: zlib.crc32(bytes((kind,))) for kind in (FULL, FIRST, MIDDLE, LAST)}
Pieces = tuple[int | None, list[bytes]]


def records(path: Path) -> Iterator[bytes | None]:
    """Each record of the log at *path*; None marks a place where records were lost."""
    return chain.from_iterable([None] if batch is None else batch for batch in batches(path))


def batches(path: Path) -> Iterator[list[bytes] | None]:
    """The records of the log at *path*, those of a block together; None marks a place where records were lost."""
    parts: list[bytes] = []
    for kind, pieces in _pieces(path):
        if kind == FULL:
            yield pieces
        elif kind is None:
            parts = []
            yield None
        else:
            for piece in pieces:
                if (kind == FIRST) == bool(parts):  # a beginning is missing, or an end
                    yield None
                parts = [piece] if kind == FIRST else [*parts, piece] if parts else []
                if kind == LAST and parts:
                    yield [b"".join(parts)]
                    parts = []
    if parts:
        yield None


def _pieces(path: Path) -> Iterator[Pieces]:
    with path.open("rb", buffering=1 << 20) as stream:
        header = stream.read(7)
        if len(header) < 7 or header[:4] != HEADER:
            raise Unreadable("not a .wandb log")
        size = BLOCK - len(header)
        while block := stream.read(size):
            size = BLOCK
            yield from _in_block(block)


def _in_block(block: bytes) -> Iterator[Pieces]:
    """Runs of pieces of one kind; a kind of None ends them where the block is damaged."""
    at, last, unpack = 0, len(block) - 7, _FRAME.unpack_from
    while at <= last:
        kind = block[at + 6]
        begun = _CRC_OF_KIND.get(kind)
        if begun is None:
            if any(block[at : at + 7]):
                yield None, []
            return
        pieces: list[bytes] = []
        wanted: list[int] = []
        add, add_wanted = pieces.append, wanted.append
        while at <= last:
            crc, length, one = unpack(block, at)
            if one != kind:
                break
            start = at + 7
            at = start + length
            add(block[start:at])
            add_wanted(crc)
        if at > len(block):
            wanted[-1] = -1  # cut short
        good = _agreeing(list(map(zlib.crc32, pieces, repeat(begun))), wanted)
        yield kind, pieces[:good]
        if good < len(pieces):
            yield None, []
            return


def _agreeing(found: list[int], wanted: list[int]) -> int:
    """How many of both lists agree before the first that does not."""
    if found == wanted:
        return len(found)
    return next(place for place, (a, b) in enumerate(zip(found, wanted, strict=True)) if a != b)
