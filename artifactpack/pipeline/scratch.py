"""A folder for as long as one process lives: whoever makes the next removes those whose makers were killed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
from pathlib import Path

_LOCK = ".lock"
_held: dict[Path, int] = {}


def scratch(prefix: str) -> Path:
    """A new folder *prefix*… in the temporary folder, this user's only; the caller removes it.

    It stays locked while this process lives. Folders of that prefix that nobody holds any more are removed.
    """
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    for gone in [old for old in _held if not old.exists()]:
        os.close(_held.pop(gone))
    _held[folder] = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(_held[folder], fcntl.LOCK_EX)
    for other in folder.parent.glob(f"{prefix}*"):
        if other != folder and _ours(other):
            _sweep(other)
    return folder


def _ours(folder: Path) -> bool:
    try:
        seen = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(seen.st_mode) and seen.st_uid == os.geteuid()


def _sweep(folder: Path) -> None:
    """Remove *folder* unless somebody holds its lock, or it has none yet."""
    with contextlib.suppress(OSError):
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder)
        finally:
            os.close(lock)
