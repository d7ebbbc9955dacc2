"""What is known of a folder's files from an earlier look: a row of packed stamps and hashes in SQLite, one a folder.

Names are joined by zero bytes, stamps are four 64-bit integers a file, hashes 32 bytes a file: a folder whose stamps
are the same is told by one comparison, without an object for each file.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import stat
from array import array
from pathlib import Path

from artifactpack.errors import InputError
from artifactpack.models.records import record

WIDTH = 4  # size, mtime_ns, ctime_ns, inode
_INODE = (1 << 63) - 1
_TABLE = """CREATE TABLE IF NOT EXISTS folder
(path BLOB PRIMARY KEY, stamp BLOB, files TEXT, names BLOB, stamps BLOB, hashes BLOB)"""


@record
class Seen:
    """One look at a folder: its files' names with their stamps, in the order the system gave them, and its folders."""

    names: list[bytes]
    stamps: array[int]
    folders: tuple[bytes, ...]

    def stamp(self, index: int) -> bytes:
        """The stamp of the file *index*."""
        return self.stamps[WIDTH * index : WIDTH * index + WIDTH].tobytes()

    @property
    def sizes(self) -> array[int]:
        """Bytes of each file."""
        return self.stamps[::WIDTH]

    @property
    def key(self) -> bytes:
        """The same for the same names with the same stamps."""
        return hashlib.sha256(b"\0".join(self.names) + b"\0\0" + self.stamps.tobytes()).digest()


def stamp(there: os.stat_result) -> tuple[int, int, int, int]:
    """What tells an unchanged file: size, time stamps in nanoseconds, inode."""
    return there.st_size, there.st_mtime_ns, there.st_ctime_ns, there.st_ino & _INODE


def look(path: bytes) -> Seen:
    """The files and the folders directly in *path*, each file looked at; InputError for anything else in it."""
    names: list[bytes] = []
    stamps: list[int] = []
    folders = []
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                there = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(there.st_mode):
                    names.append(entry.name)
                    stamps += stamp(there)
                elif stat.S_ISDIR(there.st_mode):
                    folders.append(entry.name)
                else:
                    raise InputError(f"{os.fsdecode(entry.path)}: neither a file nor a folder; it cannot be hashed")
    except OSError as error:
        raise InputError(f"{os.fsdecode(path)}: cannot be read: {error.strerror}") from error
    return Seen(names=names, stamps=array("q", stamps), folders=tuple(sorted(folders)))


def _open(place: Path) -> sqlite3.Connection:
    """The database at *place*, made anew where what is there is none."""
    store = sqlite3.connect(place, isolation_level=None, timeout=60)
    try:
        store.execute("PRAGMA journal_mode = WAL")
        store.execute("PRAGMA synchronous = OFF")
        store.execute(_TABLE)
    except sqlite3.OperationalError:
        pass  # a folder that cannot be written: nothing is remembered
    except sqlite3.DatabaseError:
        store.close()
        place.unlink()
        return _open(place)
    return store


class Index:
    """The rows of one tree; one that cannot be read or written is an empty one."""

    def __init__(self, place: Path) -> None:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._store = _open(place)

    def close(self) -> None:
        self._store.close()

    def known(self, path: bytes, seen: Seen) -> str:
        """The hash of the files of *path* if they are those of the last time, else ""."""
        row = self._row("stamp, files", path)
        return str(row[1]) if row and row[0] == seen.key else ""

    def hashes(self, path: bytes) -> dict[bytes, tuple[bytes, bytes]]:
        """(stamp, SHA-256) by name of what is remembered of *path*."""
        row = self._row("names, stamps, hashes", path)
        if not row or not row[0]:
            return {}
        names, stamps, hashes = bytes(row[0]).split(b"\0"), bytes(row[1]), bytes(row[2])
        width = 8 * WIDTH
        if len(stamps) != width * len(names) or len(hashes) != 32 * len(names):
            return {}
        pairs = ((stamps[width * i : width * i + width], hashes[32 * i : 32 * i + 32]) for i in range(len(names)))
        return dict(zip(names, pairs, strict=True))

    def _row(self, columns: str, path: bytes) -> tuple[bytes, ...] | None:
        with contextlib.suppress(sqlite3.Error):
            found: tuple[bytes, ...] | None = self._store.execute(
                f"SELECT {columns} FROM folder WHERE path = ?",  # noqa: S608 - ours
                (path,),
            ).fetchone()
            return found
        return None

    def put(self, path: bytes, seen: Seen, files: str, hashes: list[bytes], before: int) -> None:
        """Remember the *hashes* of what was *seen* in *path*, but for files that changed after *before* (ns).

        Such a file may change again within one tick of its time stamp, and nobody could tell.
        """
        latest = zip(seen.stamps[1::WIDTH], seen.stamps[2::WIDTH], strict=True)
        old = [index for index, times in enumerate(latest) if max(times) < before]
        row = (
            path,
            seen.key if len(old) == len(seen.names) else b"",
            files,
            b"\0".join(seen.names[i] for i in old),
            b"".join(seen.stamp(i) for i in old),
            b"".join(hashes[i] for i in old),
        )
        with contextlib.suppress(sqlite3.Error):
            self._store.execute("REPLACE INTO folder VALUES (?, ?, ?, ?, ?, ?)", row)
