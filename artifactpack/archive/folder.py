"""An unpacked bundle: the same checks by descriptor, because a folder can hold links and pipes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from artifactpack.archive import names
from artifactpack.archive.hashes import Counter, blocks, run
from artifactpack.archive.limits import MAX_ENTRIES
from artifactpack.archive.source import kind
from artifactpack.archive.tree import new_tree, open_file, write_all
from artifactpack.archive.zipdir import refuse
from artifactpack.models.event import Notify
from artifactpack.models.manifest import Manifest, Member


def walk(root: Path) -> dict[str, int]:
    """``{path: size}`` of every file below *root*; raises :class:`RefusedError` for anything that is not a file."""
    files: dict[str, int] = {}
    waiting = [""]
    while waiting:
        below = waiting.pop()
        with os.scandir(root / below if below else root) as listing:
            entries = list(listing)
        for entry in entries:
            path = f"{below}/{entry.name}" if below else entry.name
            if reason := names.fault(path):
                raise refuse(f"the folder holds '{names.shown(path)}': {reason}")
            if entry.is_dir(follow_symlinks=False):
                waiting.append(path)
                continue
            told = entry.stat(follow_symlinks=False)
            if word := kind(told.st_mode):
                raise refuse(f"{path} in the folder is {word}")
            files[path] = told.st_size
            if len(files) > MAX_ENTRIES:
                raise refuse(f"the folder holds more than {MAX_ENTRIES:,} files")
    return files


def check_set(files: dict[str, int], manifest: Manifest, derived: dict[str, bytes], deflated: dict[str, str]) -> None:
    """The folder holds what the manifest lists and nothing else; thin members may have been fetched."""
    known = {m.path: m for m in manifest.members}
    if missing := next((m.path for m in manifest.members if not m.url and m.path not in files), ""):
        raise refuse(f"{missing} is in the manifest but not in the folder")
    if missing := next((p for p in derived if p not in files), ""):
        raise refuse(f"{missing} is not in the folder")
    if extra := next((p for p in files if p not in known and p not in derived), ""):
        raise refuse(f"{extra} is in the folder but not in the manifest")
    if wrong := next((p for p, m in known.items() if p in files and files[p] != m.size), ""):
        raise refuse(f"{wrong} has another size than the manifest says")
    if unknown := next((p for p in deflated if p not in known), ""):
        raise refuse(f"{unknown} is said to be deflated but is not in the manifest")


def read(root: Path, path: str, limit: int) -> bytes:
    """The bytes of *path*; raises :class:`RefusedError` if it is over *limit* bytes, a link, or cannot be read."""
    parts: list[bytes] = []
    _each(root, path, limit, lambda block: parts.append(bytes(block)))
    return b"".join(parts)


def checked(root: Path, member: Member, limit: int) -> bytes:
    """Like :func:`read`, hash checked."""
    data = read(root, member.path, limit)
    if hashlib.sha256(data).hexdigest() != member.sha256:
        raise _wrong(member)
    return data


def check_hashes(root: Path, members: list[Member], threads: int, notify: Notify) -> None:
    """Hash every member; raises :class:`RefusedError` naming the first that is wrong."""
    done = Counter(notify, sum(m.size for m in members))

    def check(group: list[Member]) -> None:
        for member in group:
            value = hashlib.sha256()
            _each(root, member.path, member.size, value.update)
            if value.hexdigest() != member.sha256:
                raise _wrong(member)
            done.add(member.path, member.size)

    ordered = sorted(members, key=lambda m: -m.size)
    groups = [[m] for m in ordered if m.size >= 1 << 20]
    small = [m for m in ordered if m.size < 1 << 20]
    groups += [small[i : i + 256] for i in range(0, len(small), 256)]
    run([partial(check, group) for group in groups], threads)


def copy(root: Path, target: Path, members: list[Member], derived: dict[str, bytes], notify: Notify) -> None:
    """Copy the checked members below the new folder *target*; nothing is left if one is wrong."""
    done = Counter(notify, sum(m.size for m in members))
    with new_tree(target) as tree:
        for path, data in derived.items():
            with tree.create(path, executable=False) as fd:
                write_all(fd, data)
        for member in members:
            executable = os.access(root / member.path, os.X_OK, follow_symlinks=False)
            with tree.create(member.path, executable) as fd:
                copied = _Copy(fd)
                _each(root, member.path, member.size, copied.add)
            if copied.value.hexdigest() != member.sha256:
                raise _wrong(member)
            done.add(member.path, member.size)


class _Copy:
    def __init__(self, fd: int) -> None:
        self.fd, self.value = fd, hashlib.sha256()

    def add(self, block: memoryview) -> None:
        self.value.update(block)
        write_all(self.fd, block)


def _each(root: Path, path: str, limit: int, use: Callable[[memoryview], None]) -> None:
    try:
        at = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fd = open_file(at, path)
        finally:
            os.close(at)
    except OSError as error:
        raise refuse(f"{path} in the folder cannot be read: {error.strerror or error}") from error
    try:
        size = os.fstat(fd).st_size
        if size > limit:
            raise refuse(f"{path} in the folder has {size:,} bytes, over {limit:,}")
        blocks(fd, 0, size, use)
    finally:
        os.close(fd)


def _wrong(member: Member) -> Exception:
    return refuse(f"{member.path} is damaged or was changed: its bytes are not what the manifest says")
