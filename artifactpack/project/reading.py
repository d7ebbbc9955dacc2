"""Opening a stranger's file: never through a link, never a pipe, never more than asked for."""

from __future__ import annotations

import os
import stat
from pathlib import Path


class Unreadable(OSError):
    """The file is not one we read; the message says why."""


def read_file(path: Path | str, limit: int) -> bytes:
    """The first *limit* bytes of a regular file; FileNotFoundError, or Unreadable with the reason."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Unreadable(_why(error)) from error
    try:
        status = os.fstat(handle)
        regular = stat.S_ISREG(status.st_mode)
        data = _read(handle, min(limit, status.st_size)) if regular else b""
    except OSError as error:
        raise Unreadable(_why(error)) from error
    finally:
        os.close(handle)
    if not regular:
        raise Unreadable("not a regular file")
    return data


def _read(handle: int, size: int) -> bytes:
    data = os.read(handle, size)
    if len(data) == size or not data:
        return data
    parts = [data]
    while size > (have := sum(map(len, parts))):
        more = os.read(handle, size - have)
        if not more:
            break
        parts.append(more)
    return b"".join(parts)


def _why(error: OSError) -> str:
    import errno

    if error.errno in (errno.ELOOP, errno.EMLINK):
        return "a symbolic link, not followed"
    return (error.strerror or str(error)).lower()


def decode(data: bytes, *, cut: bool = False) -> str:
    """Text of *data*: UTF-8 (or UTF-16 with its mark), else Latin-1, lines ending in ``\\n``; NULs become spaces.

    *cut* says that *data* may end in the middle of a character.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = data.decode("utf-16", "replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            ended = cut and error.reason == "unexpected end of data"
            text = data.decode("utf-8-sig", "ignore") if ended else data.decode("latin-1")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.replace("\0", " ") if "\0" in text else text


MOST_VALUES = 2_000_000


def too_many_values(text: str) -> bool:
    """Whether *text*, taken for JSON, may hold so many values that they fill memory; its texts count too."""
    return text.count(",") + text.count("[") + text.count("{") > MOST_VALUES


def write_cache(place: Path, data: bytes) -> None:
    """Write *data* atomically into the user's cache; a cache that cannot be written is no error."""
    temporary = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary.write_bytes(data)
        temporary.replace(place)
    except OSError:
        temporary.unlink(missing_ok=True)
