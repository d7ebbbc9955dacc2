"""Deflate text where it pays, within bounds that no decompression bomb fits."""

from __future__ import annotations

import zlib

from artifactpack.archive.limits import MAX_DEFLATED, MAX_RATIO


def pack(data: bytes) -> bytes | None:
    """*data* as a raw deflate stream, or None where it is binary, large, or would gain less than a twentieth."""
    if not 64 <= len(data) <= MAX_DEFLATED or b"\0" in data[:8192]:
        return None
    stream = zlib.compressobj(6, zlib.DEFLATED, -15)
    packed = stream.compress(data) + stream.flush()
    return packed if len(data) / MAX_RATIO < len(packed) < 0.95 * len(data) else None


def unpack(packed: bytes, size: int) -> bytes | None:
    """The *size* bytes that *packed* holds, or None when it holds anything else or goes on after its end."""
    stream = zlib.decompressobj(-15)
    try:
        data = stream.decompress(packed, size + 1)
    except zlib.error:
        return None
    complete = stream.eof and not stream.unused_data and not stream.unconsumed_tail
    return data if complete and len(data) == size else None
