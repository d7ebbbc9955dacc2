"""Read one member's bytes out of a zip whose structure is checked."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable

from artifactpack.archive import names, zipform
from artifactpack.archive.crc import crc32
from artifactpack.archive.deflate import unpack
from artifactpack.archive.zipdir import refuse
from artifactpack.archive.zipform import Header
from artifactpack.patterns import late

_LINE = late(r"([0-9a-f]{64})  ([^\n]+)\n")


def begin(header: Header) -> int:
    """Offset of the member's first byte."""
    return header.offset + zipform.local_size(header)


def read_member(fd: int, header: Header, sha256: str = "", packed_sha256: str = "") -> bytes:
    """All bytes of the member; raises :class:`RefusedError` unless checksum, size and the hashes given agree."""
    return checked(read_exactly(fd, header.packed, begin(header)), header, sha256, packed_sha256)


def checked(raw: bytes, header: Header, sha256: str = "", packed_sha256: str = "") -> bytes:
    """The member whose bytes in the archive are *raw*; raises like :func:`read_member`."""
    data: bytes | None = raw
    if header.method == zipform.DEFLATED:
        if hashlib.sha256(raw).hexdigest() != packed_sha256:
            raise wrong(header)
        data = unpack(raw, header.size)
    if data is None or crc32(data, 0) != header.crc:
        raise wrong(header)
    if sha256 and hashlib.sha256(data).hexdigest() != sha256:
        raise wrong(header)
    return data


def wrong(header: Header) -> Exception:
    """The refusal of a member whose bytes are not what the manifest says."""
    return refuse(
        f"{names.shown(header.name.decode())} is damaged or was changed: its bytes are not what the manifest says"
    )


def read_exactly(fd: int, count: int, offset: int) -> bytes:
    """*count* bytes at *offset*; raises :class:`RefusedError` when the file is shorter than it was."""
    data = os.pread(fd, count, offset)
    while len(data) < count:
        more = os.pread(fd, count - len(data), offset + len(data))
        if not more:
            raise refuse("it is cut short")
        data += more
    return data


def listing_size(names: Iterable[bytes]) -> int:
    """Bytes of a list of hashes of *names*, see :func:`hash_lines`."""
    return sum(64 + 2 + len(name) + 1 for name in names)


def hash_lines(data: bytes) -> dict[str, str]:
    """``{path: hash}`` of a file as `sha256sum` writes it; raises :class:`RefusedError` for any other form."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise refuse("a list of hashes in it is not UTF-8") from error
    found = {m[2]: m[1] for m in _LINE.finditer(text)}
    if "".join(f"{value}  {path}\n" for path, value in found.items()) != text:
        raise refuse("a list of hashes in it is malformed")
    return found
