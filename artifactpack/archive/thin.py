"""Fetch data that no bundle holds: by address and hash, in ranges at once, resumed, into a cache by content.

`cache_dir()/data/<sha256>` holds whole, verified files only. While one is fetched, `<sha256>.part` has its bytes and
`<sha256>.done` one byte for each range that has arrived; a lock lets a second process wait for the first.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from artifactpack.errors import (
    ArtifactPackError,
    InfrastructureError,
    InputError,
    MissingExtraError,
    RefusedError,
)
from artifactpack.folders import cache_dir
from artifactpack.models.event import Event, Notify, silent

RANGE = 8 << 20
REMOTE = ("https", "s3", "gs")
Read = Callable[[int, int], bytes]


def fetch(
    url: str,
    sha256: str,
    size: int,
    *,
    schemes: tuple[str, ...] = REMOTE,
    threads: int = 4,
    notify: Notify = silent,
) -> Path:
    """The cached file with this hash, fetched from *url* if it is not there yet; *size* in bytes.

    Raises RefusedError where the bytes are other ones or *schemes* do not allow the address (nothing is kept),
    InfrastructureError where the source gives out (what has arrived is kept for the next call).
    """
    scheme = url.partition("://")[0]
    if scheme not in schemes or not re.fullmatch("[0-9a-f]{64}", sha256) or size < 0:
        raise RefusedError(f"{url}: not an address of {', '.join(schemes)} with a SHA-256 and a size")
    target = cache_dir() / "data" / sha256
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _locked(target.with_suffix(".lock")):
        if target.is_file() and target.stat().st_size == size:
            return target
        if shutil.disk_usage(target.parent).free < size:
            raise InfrastructureError(f"{url}: {size >> 20} MiB do not fit into {target.parent}")
        _Fetch(target, url, size, notify).run(_reader(url), sha256, threads)
    return target


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


class _Fetch:
    """One file on its way."""

    def __init__(self, target: Path, url: str, size: int, notify: Notify) -> None:
        self.target, self.url, self.size, self.notify = target, url, size, notify
        self.part, self.done = target.with_suffix(".part"), target.with_suffix(".done")
        self.count = -(-size // RANGE)

    def run(self, read: Read, sha256: str, threads: int) -> None:
        """Fetch what is missing and hash all of it in order as it arrives."""
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        data, marks = os.open(self.part, flags, 0o600), os.open(self.done, flags, 0o600)
        try:
            os.ftruncate(data, self.size)
            os.ftruncate(marks, self.count)
            there = os.pread(marks, self.count, 0)
            digest = hashlib.sha256()
            with ThreadPoolExecutor(threads) as pool:
                coming = [pool.submit(self._one, n, read, data, marks) for n in range(self.count) if not there[n]]
                try:
                    waiting = iter(coming)
                    for number in range(self.count):
                        if not there[number]:
                            next(waiting).result()
                        digest.update(os.pread(data, RANGE, number * RANGE))
                        self.notify(Event(stage="data", text=self.url, done=number + 1, total=self.count))
                except BaseException:
                    pool.shutdown(cancel_futures=True)
                    raise
            os.fsync(data)
        finally:
            os.close(data)
            os.close(marks)
        self._end(digest.hexdigest(), sha256)

    def _one(self, number: int, read: Read, data: int, marks: int) -> None:
        start, stop = number * RANGE, min(self.size, (number + 1) * RANGE)
        try:
            block = read(start, stop)
        except ArtifactPackError:
            raise
        except Exception as error:  # each kind of store, and HTTP itself, has classes of its own
            said = f"{type(error).__name__}: {str(error)[:200]}"
            raise InfrastructureError(f"{self.url}: {said}; what has arrived is kept, try again") from error
        if len(block) != stop - start:
            raise RefusedError(f"{self.url}: is not {self.size} bytes long")
        os.pwrite(data, block, start)
        os.pwrite(marks, b"\1", number)

    def _end(self, found: str, wanted: str) -> None:
        self.done.unlink(missing_ok=True)
        if found != wanted:
            self.part.unlink()
            raise RefusedError(f"{self.url}: is not the recorded file: sha256 {found[:16]}…, recorded {wanted[:16]}…")
        self.part.rename(self.target)
        with contextlib.suppress(OSError):
            self.target.chmod(0o400)


def _reader(url: str) -> Read:
    return _web(url) if url.startswith(("https://", "http://")) else _store(url)


def _web(url: str) -> Read:
    """Ranges over HTTP; a server that knows none is asked for all and the rest is thrown away."""

    def read(start: int, stop: int) -> bytes:
        try:
            return ranged(start, stop)
        except urllib.error.HTTPError as error:
            error.close()
            raise OSError(f"HTTP {error.code} {error.reason}") from None

    def ranged(start: int, stop: int) -> bytes:
        request = urllib.request.Request(url, headers={"Range": f"bytes={start}-{stop - 1}"})  # noqa: S310
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - the scheme was checked
            if answer.status == 206:
                return bytes(answer.read(stop - start))
            left = start
            while left and (block := answer.read(min(left, 1 << 20))):
                left -= len(block)
            return bytes(answer.read(stop - start))

    return read


def _store(url: str) -> Read:
    """Ranges from anything that fsspec knows."""
    try:
        import fsspec

        system, path = fsspec.core.url_to_fs(url)
    except ImportError as error:
        raise MissingExtraError(f"{url}", "s3") from error
    except (ValueError, OSError) as error:
        raise InputError(f"{url}: {error}") from error

    def read(start: int, stop: int) -> bytes:
        data: Any = system.cat_file(path, start=start, end=stop)
        return bytes(data)

    return read
