"""Is the working tree what the commit says? Told by hashing files ourselves: git would run filters to tell."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import NamedTuple

from artifactpack.project.reading import Unreadable, read_file

HASH_LIMIT = 1 << 30
_GITLINK, _SYMLINK = "160000", "120000"
_DEBUG_LINES = 5  # ctime, mtime, dev, uid, size


class Entry(NamedTuple):
    """One file of the index: what git remembers of it."""

    mode: str
    hash: str
    mtime: tuple[int, int] = (0, 0)
    size: int = -1


def parse_index(data: bytes) -> dict[str, Entry]:
    """Entries of `git ls-files -s -z --debug` by path; the debug lines (stat data) may be missing."""
    entries: dict[str, Entry] = {}
    parts = data.split(b"\0")
    for position, part in enumerate(parts[:-1]):
        has_debug = position > 0 and part.startswith(b"  ctime:")
        line = part.split(b"\n", _DEBUG_LINES)[-1] if has_debug else part
        head, _, path = line.partition(b"\t")
        words = head.split()
        if len(words) == 3:
            mtime, size = _stat_data(parts[position + 1])
            entries[os.fsdecode(path)] = Entry(words[0].decode(), words[1].decode(), mtime, size)
    return entries


def _stat_data(debug: bytes) -> tuple[tuple[int, int], int]:
    mtime, size = (0, 0), -1
    for line in debug.split(b"\n")[:6]:
        words = line.split()
        if words[:1] == [b"mtime:"]:
            seconds, _, rest = words[1].partition(b":")
            mtime = (int(seconds), int(rest))
        elif words[:1] == [b"size:"]:
            size = int(words[1])
    return mtime, size


def parse_tree(data: bytes) -> dict[str, tuple[str, str]]:
    """(mode, hash) of `git ls-tree -r -z` by path."""
    tree = {}
    for part in data.split(b"\0"):
        head, _, path = part.partition(b"\t")
        words = head.split()
        if len(words) == 3:
            tree[os.fsdecode(path)] = (words[0].decode(), words[2].decode())
    return tree


def compare(root: Path, index: bytes, tree: bytes) -> tuple[bool | None, str]:
    """(dirty, why): dirty is None where filters, such as LFS, hide the answer."""
    entries, committed = parse_index(index), parse_tree(tree)
    if {p: (e.mode, e.hash) for p, e in entries.items()} != committed:
        return True, "the index differs from the commit"
    unclear, budget = 0, HASH_LIMIT
    for path, entry in entries.items():
        if entry.mode == _GITLINK:
            continue
        same, cost = same_file(root / path, entry, budget)
        budget -= cost
        if same is False and not _filtered(root):
            return True, f"{path} differs from the commit"
        unclear += same is not True
    if unclear:
        return None, f"{unclear} tracked files may differ: filters (such as LFS) or their size hide it"
    return False, ""


def _filtered(root: Path) -> bool:
    try:
        return b"filter=" in read_file(root / ".gitattributes", 1 << 20)
    except OSError:
        return False


def same_file(path: Path, entry: Entry, budget: int) -> tuple[bool | None, int]:
    """Whether the file at *path* is the blob of *entry*, and how many bytes had to be hashed to tell."""
    try:
        status = os.lstat(path)
    except OSError:
        return False, 0
    if entry.mode == _SYMLINK:
        return stat.S_ISLNK(status.st_mode) and _blob(os.fsencode(path.readlink()), entry.hash) == entry.hash, 0
    if (status.st_size, divmod(status.st_mtime_ns, 10**9)) == (entry.size, entry.mtime):
        return True, 0
    if status.st_size > budget:
        return None, 0
    try:
        data = read_file(path, status.st_size)
    except Unreadable:
        return False, 0
    same = _blob(data, entry.hash) == entry.hash
    return same or _blob(data.replace(b"\r\n", b"\n"), entry.hash) == entry.hash, len(data)


def _blob(data: bytes, like: str) -> str:
    digest = hashlib.sha256() if len(like) == 64 else hashlib.sha1(usedforsecurity=False)
    digest.update(b"blob %d\0" % len(data) + data)
    return digest.hexdigest()
