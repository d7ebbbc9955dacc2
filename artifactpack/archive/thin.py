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
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from artifactpack.archive.publish_http import patiently
from artifactpack.archive.thin_sources import NoRanges, Source, source
from artifactpack.errors import InfrastructureError, RefusedError
from artifactpack.folders import cache_dir
from artifactpack.models.event import Event, Notify, silent

RANGE = 8 << 20
REMOTE = ("https", "s3", "gs")
PAUSE = 0.5  # seconds before the second try of a range; longer before the third


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
    InputError where nobody has it there, InfrastructureError where the source gives out, three times (what has arrived
    is kept for the next call).
    """
    scheme = url.partition("://")[0]
    if scheme not in schemes or not re.fullmatch("[0-9a-f]{64}", sha256) or size < 0:
        raise RefusedError(f"{url}: not an address of {', '.join(schemes)} with a SHA-256 and a size")
    target = cache_dir() / "data" / sha256
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _locked(target.with_suffix(".lock")):
        if target.is_file() and target.stat().st_size == size:
            return target
        if shutil.disk_usage(target.parent).free + _taken(target.with_suffix(".part")) < size:
            raise InfrastructureError(f"{url}: {size >> 20} MiB do not fit into {target.parent}")
        _Fetch(target, url, size, notify).run(source(url, size), sha256, threads)
    return target


def _taken(part: Path) -> int:
    """Bytes that *part* has on the disk already."""
    return part.stat().st_blocks * 512 if part.exists() else 0


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

    def run(self, source: Source, sha256: str, threads: int) -> None:
        """Fetch what is missing; once more from the start where what was there before turns out to be the fault."""
        resumed = self.done.exists()
        found = self._fetched(source, threads)
        if found != sha256 and resumed:
            self._discard()
            found = self._fetched(source, threads)
        if found != sha256:
            self._discard()
            raise RefusedError(f"{self.url}: is not the recorded file: sha256 {found[:16]}…, recorded {sha256[:16]}…")
        self.done.unlink(missing_ok=True)
        self.part.rename(self.target)
        with contextlib.suppress(OSError):
            self.target.chmod(0o400)

    def _discard(self) -> None:
        self.done.unlink(missing_ok=True)
        self.part.unlink(missing_ok=True)

    def _fetched(self, source: Source, threads: int) -> str:
        """The SHA-256 of all of it, taken in order as it arrives."""
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        data, marks = os.open(self.part, flags, 0o600), os.open(self.done, flags, 0o600)
        try:
            os.ftruncate(data, self.size)
            os.ftruncate(marks, self.count)
            try:
                digest = self._in_ranges(source, threads, data, marks)
            except NoRanges:
                digest = self._in_order(source, data)
            os.fsync(data)
        finally:
            os.close(data)
            os.close(marks)
        return digest

    def _in_ranges(self, source: Source, threads: int, data: int, marks: int) -> str:
        there = os.pread(marks, self.count, 0)
        digest = hashlib.sha256()
        with ThreadPoolExecutor(threads) as pool:
            coming = {n: pool.submit(self._one, n, source, data, marks) for n in range(self.count) if not there[n]}
            try:
                for number in range(self.count):
                    if number in coming:
                        coming.pop(number).result()
                    digest.update(os.pread(data, RANGE, number * RANGE))
                    self.notify(Event(stage="data", text=self.url, done=number + 1, total=self.count))
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        return digest.hexdigest()

    def _one(self, number: int, source: Source, data: int, marks: int) -> None:
        start, stop = number * RANGE, min(self.size, (number + 1) * RANGE)
        os.pwrite(data, patiently(lambda: source.read(start, stop), pause=PAUSE), start)
        os.pwrite(marks, b"\1", number)

    def _in_order(self, source: Source, data: int) -> str:
        """All at once from a server that knows no ranges: what is cut there begins anew."""
        digest, at = hashlib.sha256(), 0
        for block in source.whole():
            os.pwrite(data, block, at)
            digest.update(block)
            at += len(block)
            self.notify(Event(stage="data", text=self.url, done=at, total=self.size))
        return digest.hexdigest()
