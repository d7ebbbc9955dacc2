"""Hash a folder of a million files; the next time, only those that changed.

Every file is looked at each time (one written in place leaves no trace in its folder), none is read whose size, inode
and time stamps are those of the last time. Folders are worked on by processes, a batch at a time, and remembered batch
by batch: an interrupted hash goes on where it was. Memory is that of a few folders' entries, and a line a folder.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from functools import partial
from pathlib import Path

from artifactpack.core.merkle import files_hash, node
from artifactpack.errors import InfrastructureError, InputError
from artifactpack.folders import cache_dir
from artifactpack.models.event import Event, Notify, silent
from artifactpack.models.records import record
from artifactpack.recorder.folder_index import Index, Seen, look, stamp
from artifactpack.recorder.hashing import BLOCK, SETTLED

LARGE = 1 << 20  # bytes from which a file is worth a thread: hashing lets go of the interpreter lock, opening does not
ALONE = 4000  # files up to which starting processes costs more than it saves
BATCH = 64  # folders


@record
class FolderHash:
    """A folder's Merkle node, with how many files and bytes it covers and how many had to be read this time."""

    node: str
    files: int = 0
    size: int = 0
    read: int = 0


@record
class Part:
    """A folder's own files: their hash, number, bytes, how many were read; and the folders in it."""

    path: bytes
    files: str
    count: int
    size: int
    read: int
    folders: tuple[bytes, ...]


def hash_folder(
    root: Path, *, processes: int | None = None, place: Path | None = None, notify: Notify = silent
) -> FolderHash:
    """The hash of the folder *root*; *place* is the index (default: in the user's cache, one file a folder).

    Raises InputError for what cannot be hashed: a link, a device, a file that changes or cannot be read.
    """
    real = os.fsencode(os.path.realpath(root))
    if not os.path.isdir(real):  # noqa: PTH112 - bytes
        raise InputError(f"{root}: no such folder")
    place = place or cache_dir() / "folders" / f"{hashlib.sha256(real).hexdigest()[:32]}.index"
    parts: dict[bytes, Part] = {}
    files = 0
    for part in _parts(real, place, processes or min(8, os.cpu_count() or 1)):
        parts[part.path] = part
        files += part.count
        notify(Event(stage="hashing", text=f"{root}: {files} files", done=files))
    return _total(real, parts)


def _total(root: bytes, parts: dict[bytes, Part]) -> FolderHash:
    """The node of *root* from its *parts*, which stand in an order that has every folder before those in it."""
    nodes: dict[bytes, str] = {}
    for path, part in reversed(parts.items()):
        nodes[path] = node(part.files, [(name, nodes.pop(_join(path, name))) for name in part.folders])
    return FolderHash(
        node=nodes[root],
        files=sum(part.count for part in parts.values()),
        size=sum(part.size for part in parts.values()),
        read=sum(part.read for part in parts.values()),
    )


def _parts(root: bytes, place: Path, processes: int) -> Iterator[Part]:
    """Every folder below *root*, each before those in it: the first few here, the rest by *processes*."""
    waiting, seen = [root], 0
    with closing(Index(place)) as index:
        while waiting and (seen < ALONE or len(waiting) == 1 or processes < 2):
            part = _part(index, waiting.pop())
            yield part
            seen += part.count + 1
            waiting += _below(part)
    if waiting:
        yield from _together(waiting, place, processes)


def _together(waiting: list[bytes], place: Path, processes: int) -> Iterator[Part]:
    context = multiprocessing.get_context("fork" if hasattr(os, "fork") else "spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        try:
            while waiting:
                size = max(1, min(BATCH, len(waiting) // (4 * processes)))
                batches = [waiting[i : i + size] for i in range(0, len(waiting), size)]
                waiting = []
                for parts in pool.map(partial(_batch, place), batches):
                    yield from parts
                    waiting += [path for part in parts for path in _below(part)]
        except BrokenProcessPool:
            raise InfrastructureError("a process that hashed was killed; what it had done is kept, try again") from None
        finally:
            pool.shutdown(cancel_futures=True)


def _batch(place: Path, paths: list[bytes]) -> list[Part]:
    with closing(Index(place)) as index:
        return [_part(index, path) for path in paths]


def _below(part: Part) -> list[bytes]:
    return [_join(part.path, name) for name in part.folders]


def _join(folder: bytes, name: bytes) -> bytes:
    return folder.rstrip(b"/") + b"/" + name


def _part(index: Index, path: bytes) -> Part:
    """Look at the files of *path* and read what changed."""
    before = time.time_ns() - SETTLED
    seen = look(path)
    files, read = index.known(path, seen), 0
    if not files:
        hashes, read = _hashes(index, path, seen)
        files = files_hash(zip(seen.names, seen.sizes, hashes, strict=True))
        index.put(path, seen, files, hashes, before)
    return Part(path=path, files=files, count=len(seen.names), size=sum(seen.sizes), read=read, folders=seen.folders)


def _hashes(index: Index, path: bytes, seen: Seen) -> tuple[list[bytes], int]:
    """The SHA-256 of each file *seen*, and how many had to be read for it."""
    earlier = index.hashes(path)
    hashes = [b""] * len(seen.names)
    for number, name in enumerate(seen.names):
        was, sha256 = earlier.get(name, (b"", b""))
        if was and was == seen.stamp(number):
            hashes[number] = sha256
    new = [number for number, sha256 in enumerate(hashes) if not sha256]
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for number, sha256 in _read(partial(_one, folder, path, seen), new, seen):
            hashes[number] = sha256
    finally:
        os.close(folder)
    return hashes, len(new)


def _read(one: Callable[[int], bytes], new: list[int], seen: Seen) -> Iterator[tuple[int, bytes]]:
    large = [number for number in new if seen.stamps[4 * number] >= LARGE]
    if len(large) < 2:
        yield from ((number, one(number)) for number in new)
        return
    with ThreadPoolExecutor(2) as pool:
        yield from zip(large, pool.map(one, large), strict=True)
    yield from ((number, one(number)) for number in new if seen.stamps[4 * number] < LARGE)


def _one(folder: int, path: bytes, seen: Seen, number: int) -> bytes:
    """The hash of one file; InputError where it is not what it was when it was looked at."""
    name, size = seen.names[number], seen.stamps[4 * number]
    try:
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, dir_fd=folder)
        try:
            digest = _digest(fd, size)
            after = stamp(os.fstat(fd))
        finally:
            os.close(fd)
    except OSError as error:
        raise InputError(f"{os.fsdecode(_join(path, name))}: cannot be read: {error.strerror}") from error
    if after != tuple(seen.stamps[4 * number : 4 * number + 4]):
        where = os.fsdecode(_join(path, name))
        raise InputError(f"{where}: changed while it was hashed; try again when nothing writes to it")
    return digest


def _digest(fd: int, size: int) -> bytes:
    """The SHA-256 of the first *size* bytes of *fd*; whether those were all is for its stamp to say."""
    digest = hashlib.sha256()
    while size and (block := os.read(fd, min(size, BLOCK))):
        digest.update(block)
        size -= len(block)
    return digest.digest()
