"""Write a file so that it is there as a whole or not at all, and clean up after our own dead processes only."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from artifactpack.errors import InfrastructureError, InputError
from artifactpack.folders import state_dir

_PERMISSION = {errno.EACCES, errno.EPERM}


@contextmanager
def replacing(target: Path, check: Callable[[Path], None] | None = None) -> Iterator[int]:
    """A descriptor of a temporary file beside *target* that takes its place if the block ends well.

    *check* gets the finished temporary file and raises if it must not appear. Raises
    :class:`InfrastructureError` when the disk gives out (*target* keeps what it held), InputError for a place where
    no file can be.
    """
    if stat.S_ISDIR(_mode(target)) or is_special(target):
        raise InputError(f"cannot write {target}: it is a folder, a device or a pipe; name a file")
    sweep()
    temporary = target.with_name(f".{target.name[:80]}.{os.getpid()}.{os.urandom(4).hex()}.part")
    note = _remember(temporary)
    try:
        with _ours(target):
            fd = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        try:
            yield fd
            with _ours(target):
                os.fsync(fd)
        finally:
            with _ours(target):
                os.close(fd)
        if check is not None:
            check(temporary)
        with _ours(target):
            temporary.replace(target)
            sync_folder(target.parent)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    finally:
        if note is not None:
            with suppress(OSError):
                note.unlink()


def is_special(target: Path) -> bool:
    """Whether *target* is a device, a pipe or a name for one (``/dev/stdout``): nothing may be renamed over it."""
    if target.absolute().parts[1:2] in (("dev",), ("proc",)):
        return target.absolute().parts[1:3] != ("dev", "shm")
    mode = _mode(target)
    return bool(mode) and not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _mode(target: Path) -> int:
    try:
        return target.stat().st_mode
    except OSError:
        return 0


@contextmanager
def _ours(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise failure(error, target) from error


def failure(error: OSError, target: Path) -> InfrastructureError | InputError:
    """The sentence for a write that failed: ours (no space, input/output error) or the caller's (no permission)."""
    if error.errno in _PERMISSION or error.errno in (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG):
        return InputError(f"cannot write {target}: {error.strerror}; choose another place with --output")
    return InfrastructureError(f"cannot write {target}: {error.strerror}; what was there before is untouched")


def sync_folder(folder: Path) -> None:
    """Make a rename in *folder* survive a power cut."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def sweep() -> None:
    """Remove temporary files that a process of ours recorded and did not live to rename."""
    for note in _notes():
        with suppress(OSError, ValueError, KeyError, TypeError):
            told = json.loads(note.read_text(encoding="utf-8"))
            if told["boot"] != _boot() or not _alive(int(told["pid"]), str(told["born"])):
                _remove(Path(told["path"]))
                note.unlink()


def _remove(path: Path) -> None:
    with suppress(FileNotFoundError):
        path.unlink()


def _notes() -> list[Path]:
    with suppress(OSError):
        return sorted((state_dir() / "parts").glob("*.json"))
    return []


def _remember(temporary: Path) -> Path | None:
    """Note *temporary* before it exists; without a writable state folder a kill leaves it behind."""
    path = str(temporary.absolute())
    note = state_dir() / "parts" / f"{hashlib.sha256(os.fsencode(path)).hexdigest()[:32]}.json"
    told = {"path": path, "pid": os.getpid(), "born": _born(os.getpid()), "boot": _boot()}
    try:
        note.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        note.write_text(json.dumps(told), encoding="utf-8")
    except OSError:
        return None
    return note


def _alive(pid: int, born: str) -> bool:
    return _born(pid) == born


def _born(pid: int) -> str:
    """The start time of process *pid* in clock ticks since boot: a pid alone may be used again. "" when dead."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return ""
    return stat.rpartition(b")")[2].split()[19].decode()


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def write_bytes(target: Path, data: bytes, mode: int | None = None) -> None:
    """Write *data* to *target* atomically, with that *mode* if given; raises what :func:`replacing` raises."""
    with replacing(target) as fd, _ours(target):
        if mode is not None:
            os.fchmod(fd, mode)
        view = memoryview(data)
        while view:
            view = view[os.write(fd, view) :]
