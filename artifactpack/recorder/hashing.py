"""SHA-256 of files, in the launcher's process, never in the run's."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
import time
from pathlib import Path

from artifactpack.buffers import buffer
from artifactpack.folders import cache_dir

BLOCK = 1 << 18
SETTLED = 2_000_000_000  # ns: a file this fresh may change again within one tick of its time stamp


def sha256_file(path: Path) -> str:
    """The SHA-256 of a regular file's bytes; OSError where it is none or cannot be read."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    digest = hashlib.sha256()
    with os.fdopen(fd, "rb", buffering=0) as file:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise OSError(f"{path}: not a regular file")  # a device may have no end
        view = buffer(BLOCK)
        while size := file.readinto(view):
            digest.update(view[:size])
    return digest.hexdigest()


class Hashes:
    """Hashes of files by path, each computed once as long as its size, inode and time stamps stay the same."""

    def __init__(self, place: Path | None = None) -> None:
        self._known: dict[str, list[int | str]] = {}
        self._place, self._changed = place, False

    @classmethod
    def kept(cls, root: Path) -> Hashes:
        """Those that were computed for the project at *root* before, from the user's cache."""
        name = hashlib.sha256(os.fsencode(os.path.realpath(root))).hexdigest()[:32]
        hashes = cls(cache_dir() / "hashes" / f"{name}.json")
        with contextlib.suppress(OSError, ValueError):
            told = json.loads((cache_dir() / "hashes" / f"{name}.json").read_bytes())
            hashes._known = told if isinstance(told, dict) else {}
        return hashes

    def of(self, path: Path) -> str:
        """The hash of *path*, or "" where it cannot be read."""
        name = os.fsencode(path).decode("utf-8", "backslashreplace")
        try:
            there = path.stat()
            stamp = [there.st_size, there.st_mtime_ns, there.st_ctime_ns, there.st_ino]
            known = self._known.get(name)
            if known and known[:4] == stamp:
                return str(known[4])
            digest = sha256_file(path)
        except OSError:
            return ""
        if time.time_ns() - there.st_mtime_ns > SETTLED:
            self._known[name], self._changed = [*stamp, digest], True
        return digest

    def keep(self) -> None:
        """Write the hashes to the cache; a cache that cannot be written is none."""
        if not self._changed or self._place is None:
            return
        with contextlib.suppress(OSError):
            self._place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            temporary = self._place.with_name(f".{self._place.name}.{os.getpid()}.part")
            temporary.write_text(json.dumps(self._known), encoding="utf-8")
            temporary.replace(self._place)
