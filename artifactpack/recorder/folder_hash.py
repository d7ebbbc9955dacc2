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
from artifactpack.recorder.hashing import SETTLED, sha256_file

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
        store.execute("CREATE TABLE IF NOT EXISTS folder (path BLOB PRIMARY KEY, files TEXT) WITHOUT ROWID")
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
        hashes, read = self._files(path, there)
        entries: list[Entry] = [file_entry(name, stamp[0], hashes[name]) for name, stamp in there.items()]
        entries += [folder_entry(name, found.node) for name, found in inner]
        return FolderHash(
            node=node(entries),
            files=len(there) + sum(found.files for _, found in inner),
            size=sum(stamp[0] for stamp in there.values()) + sum(found.size for _, found in inner),
            read=read + sum(found.read for _, found in inner),
        )

    def _files(self, path: bytes, there: dict[bytes, Stamp]) -> tuple[dict[bytes, str], int]:
        """The hashes of the files directly in *path*, and how many were read for it."""
        earlier = self._earlier(path) if there else {}
        keys = {name: name.decode("utf-8", "surrogateescape") for name in there}
        same = {name: earlier[key] for name, key in keys.items() if earlier.get(key, [None])[:4] == list(there[name])}
        new = [name for name in there if name not in same]
        if not new and len(same) == len(earlier):
            return {name: str(row[4]) for name, row in same.items()}, 0
        hashes = {name: str(row[4]) for name, row in same.items()}
        hashes.update(zip(new, self.pool.map(_Reader(path, there), new, chunksize=64), strict=True))
        now = time.time_ns()  # a file this fresh may change again within one tick of its time stamp: not remembered
        kept = {keys[n]: [*there[n], sha] for n, sha in hashes.items() if now - there[n][1] > SETTLED}
        self.store.execute("REPLACE INTO folder VALUES (?, ?)", (path, json.dumps(kept)))
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
        path = Path(os.fsdecode(self.folder), os.fsdecode(name))
        try:
            digest = sha256_file(path)
            after = _stamp(path.stat(follow_symlinks=False))
        except OSError as error:
            raise InputError(f"{path}: cannot be read: {error.strerror}") from error
        if after != self.there[name]:
            raise InputError(f"{path}: changed while it was hashed; try again when nothing writes to it")
        return digest


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
