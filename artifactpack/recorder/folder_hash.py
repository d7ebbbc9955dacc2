"""Hash a folder of a million files; the next time, only those that changed.

What was found is kept by folder in SQLite in the user's cache: a folder whose entries have the same names, sizes,
inodes and time stamps as before costs one look at each, no reading. Memory is that of one folder's entries.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from artifactpack.core.merkle import Entry, file_entry, folder_entry, node
from artifactpack.errors import InputError
from artifactpack.folders import cache_dir
from artifactpack.models.records import record
from artifactpack.recorder.hashing import BLOCK, SETTLED

SMALL = 1 << 20  # bytes
Stamp = tuple[int, int, int, int]  # size, mtime_ns, ctime_ns, inode


@record
class FolderHash:
    """A folder's Merkle node, with how many files and bytes it covers and how many had to be read this time."""

    node: str
    files: int = 0
    size: int = 0
    read: int = 0


def hash_folder(root: Path, *, threads: int = 2, place: Path | None = None) -> FolderHash:
    """The hash of the folder *root*; *place* is the cache (default: the user's, one file a folder).

    Raises InputError for what cannot be hashed: a link, a device, a file that changes or cannot be read.
    """
    real = Path(os.path.realpath(root))
    if not real.is_dir():
        raise InputError(f"{root}: no such folder")
    name = hashlib.sha256(os.fsencode(real)).hexdigest()[:32]
    known = place or cache_dir() / "folders" / f"{name}.sqlite"
    known.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with contextlib.closing(sqlite3.connect(known, isolation_level=None)) as store, ThreadPoolExecutor(threads) as pool:
        store.execute("PRAGMA journal_mode = WAL")
        store.execute(
            "CREATE TABLE IF NOT EXISTS folder (path BLOB PRIMARY KEY, stamp TEXT, node TEXT, files TEXT) WITHOUT ROWID"
        )
        store.execute("BEGIN")
        found = _Walk(store, pool).folder(os.fsencode(real))
        store.execute("COMMIT")
    return found


class _Walk:
    def __init__(self, store: sqlite3.Connection, pool: ThreadPoolExecutor) -> None:
        self.store, self.pool = store, pool

    def folder(self, path: bytes) -> FolderHash:
        there, below = _look(path)
        inner = [(name, self.folder(os.path.join(path, name))) for name in below]  # noqa: PTH118 - bytes
        found, read = self._node(path, there, [folder_entry(name, one.node) for name, one in inner])
        return FolderHash(
            node=found,
            files=len(there) + sum(one.files for _, one in inner),
            size=sum(stamp[0] for stamp in there.values()) + sum(one.size for _, one in inner),
            read=read + sum(one.read for _, one in inner),
        )

    def _node(self, path: bytes, there: dict[bytes, Stamp], inner: list[Entry]) -> tuple[str, int]:
        """The node of *path*, and how many files were read for it; known at one glance if nothing in it changed."""
        stamp = hashlib.sha256(repr((sorted(there.items()), inner)).encode()).hexdigest()
        row = self.store.execute("SELECT stamp, node FROM folder WHERE path = ?", (path,)).fetchone()
        if row and row[0] == stamp:
            return str(row[1]), 0
        hashes, new = self._files(path, there)
        found = node([*(file_entry(name, there[name][0], sha) for name, sha in hashes.items()), *inner])
        now = time.time_ns()  # a file this fresh may change again within one tick of its time stamp: not remembered
        old = {n: [*there[n], sha] for n, sha in hashes.items() if now - max(there[n][1:3]) > SETTLED}
        kept = json.dumps({_text(n): row for n, row in old.items()})
        settled = stamp if len(old) == len(there) else ""
        self.store.execute("REPLACE INTO folder VALUES (?, ?, ?, ?)", (path, settled, found, kept))
        return found, new

    def _files(self, path: bytes, there: dict[bytes, Stamp]) -> tuple[dict[bytes, str], int]:
        """The hashes of the files directly in *path*, and how many were read for it."""
        earlier = self._earlier(path)
        same = {name: earlier.get(_text(name), [None]) for name in there}
        hashes = {name: str(row[4]) for name, row in same.items() if row[:4] == list(there[name])}
        new = [name for name in there if name not in hashes]
        read = _Reader(path, there)
        small = [name for name in new if there[name][0] < SMALL]
        large = [name for name in new if there[name][0] >= SMALL]
        coming = self.pool.map(read, large)  # hashing lets go of the interpreter lock, opening small files does not
        hashes.update((name, read(name)) for name in small)
        hashes.update(zip(large, coming, strict=True))
        return hashes, len(new)

    def _earlier(self, path: bytes) -> dict[str, list[int | str]]:
        row = self.store.execute("SELECT files FROM folder WHERE path = ?", (path,)).fetchone()
        with contextlib.suppress(ValueError):
            told = json.loads(row[0]) if row else {}
            return told if isinstance(told, dict) else {}
        return {}


class _Reader:
    """Hashes one file of a folder; InputError where it is not what it was when it was looked at."""

    def __init__(self, folder: bytes, there: dict[bytes, Stamp]) -> None:
        self.folder, self.there = folder, there

    def __call__(self, name: bytes) -> str:
        path = os.path.join(self.folder, name)  # noqa: PTH118 - bytes
        try:
            fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
            try:
                digest = _digest(fd)
                after = _stamp(os.fstat(fd))
            finally:
                os.close(fd)
        except OSError as error:
            raise InputError(f"{os.fsdecode(path)}: cannot be read: {error.strerror}") from error
        if after != self.there[name]:
            raise InputError(f"{os.fsdecode(path)}: changed while it was hashed; try again when nothing writes to it")
        return digest


def _digest(fd: int) -> str:
    digest = hashlib.sha256()
    while block := os.read(fd, BLOCK):
        digest.update(block)
    return digest.hexdigest()


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


def _stamp(there: os.stat_result) -> Stamp:
    return there.st_size, there.st_mtime_ns, there.st_ctime_ns, there.st_ino


def _look(path: bytes) -> tuple[dict[bytes, Stamp], list[bytes]]:
    """The files and the folders directly in *path*; InputError for anything else."""
    files: dict[bytes, Stamp] = {}
    below = []
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                there = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(there.st_mode):
                    files[entry.name] = _stamp(there)
                elif stat.S_ISDIR(there.st_mode):
                    below.append(entry.name)
                else:
                    raise InputError(f"{os.fsdecode(entry.path)}: neither a file nor a folder; it cannot be hashed")
    except OSError as error:
        raise InputError(f"{os.fsdecode(path)}: cannot be read: {error.strerror}") from error
    return files, sorted(below)
