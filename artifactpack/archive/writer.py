"""Write a bundle: one file at a time, memory flat at any size, hashing on a second thread, atomic."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from artifactpack import __version__
from artifactpack.archive import names, zipform
from artifactpack.archive.atomic import failure, replacing
from artifactpack.archive.bag import derived, manifest
from artifactpack.archive.content import PAYLOAD, Entry, order, placed
from artifactpack.archive.crc import Sums, crc32
from artifactpack.archive.deflate import pack
from artifactpack.archive.limits import MAX_DEFLATED, MAX_ENTRIES
from artifactpack.archive.overlap import BLOCK, Hashing
from artifactpack.archive.source import identity, opened
from artifactpack.errors import InputError, RefusedError
from artifactpack.models.event import Event, Notify, silent
from artifactpack.models.manifest import Manifest, Member

Tags = Callable[[tuple[Member, ...]], Iterable[Entry]]
_ATTEMPTS, _STEP = 3, 16 << 20
_AHEAD = 32 << 20  # bytes after which the disk is asked to begin, so that the sync at the end finds little to do


def write_bundle(
    target: Path,
    payload: Iterable[Entry],
    tags: Tags,
    *,
    name: str = "",
    compress: bool = False,
    threads: int = 2,
    check: Callable[[Path], None] | None = None,
    notify: Notify = silent,
) -> Manifest:
    """Write the zip *target* and return its manifest.

    *tags* gets the payload's members and returns the tag files, in memory; *check* gets the finished file before it
    takes *target*'s name, and raises if it must not. Raises :class:`InputError` for a name
    that cannot be packed or a file that keeps changing, :class:`RefusedError` for one that is not what was
    expected, :class:`InfrastructureError` when the disk gives out.
    """
    entries = sorted(payload, key=lambda e: order(e.path))
    _check(entries)
    with replacing(target, check) as fd, Hashing(threads) as hashing:
        writer = Writer(fd, target, hashing, compress, _Progress(notify, sum(_size(e) for e in entries)))
        members = writer.payload(entries)
        listed = list(tags(members))
        content = manifest(name, [*members, *(_tag_member(e) for e in listed)], __version__)
        writer.tags({e.path: e.data or b"" for e in listed}, content)
        writer.close()
    return content


def _check(entries: list[Entry]) -> None:
    for entry in entries:
        if reason := names.fault(entry.path):
            raise InputError(f"cannot pack {names.shown(entry.path)}: {reason}; rename or exclude it")
        if not entry.path.startswith(PAYLOAD):
            raise InputError(f"cannot pack {entry.path}: the payload lies below {PAYLOAD}")
    if clash := names.collisions(e.path for e in entries):
        raise InputError(f"cannot pack: {clash}; rename or exclude one")
    if len(entries) > MAX_ENTRIES - 100:
        raise InputError(f"cannot pack {len(entries):,} files: at most {MAX_ENTRIES:,}; make the data thin")


def _size(entry: Entry) -> int:
    if entry.data is not None:
        return len(entry.data)
    try:
        return 0 if entry.file is None else entry.file.lstat().st_size
    except OSError:
        return 0


def _tag_member(entry: Entry) -> Member:
    data = entry.data or b""
    return Member(path=entry.path, size=len(data), sha256=hashlib.sha256(data).hexdigest(), role=entry.role)


@dataclass
class _Progress:
    notify: Notify
    total: int
    done: int = 0
    told: int = -_STEP

    def add(self, path: str, count: int) -> None:
        self.done += count
        if self.done - self.told >= _STEP:
            self.told = self.done
            self.notify(Event(stage="packing", text=path, done=self.done, total=self.total))


@dataclass
class Writer:
    """The open archive: headers so far, and where the next byte goes."""

    fd: int
    target: Path
    hashing: Hashing
    compress: bool = False
    progress: _Progress = field(default_factory=lambda: _Progress(silent, 0))
    headers: list[zipform.Header] = field(default_factory=list)
    deflated: dict[str, str] = field(default_factory=dict)
    streamed: list[tuple[int, Sums]] = field(default_factory=list)
    gathered: list[bytes] = field(default_factory=list)
    at: int = 0
    written: int = 0
    begun: int = 0

    def payload(self, entries: list[Entry]) -> tuple[Member, ...]:
        """Write all that is not thin; returns every member, hashed."""
        hashed = [(e, *self._entry(e)) for e in entries]
        self.hashing.finish()
        self._patch()
        return tuple(_member(entry, size, value) for entry, size, value in hashed)

    def tags(self, files: dict[str, bytes], content: Manifest) -> None:
        """Write *files* and everything that is derived from *content*."""
        packed = {path: pack(data) if self.compress else None for path, data in files.items()}
        self.deflated |= {p: hashlib.sha256(z).hexdigest() for p, z in packed.items() if z is not None}
        files = files | derived(content, self.deflated)
        if clash := names.collisions(files) or next((p for p in files if not placed(p)), ""):
            raise InputError(f"cannot pack: {clash}")
        for path in sorted(files, key=order):
            self._bytes(path, files[path], zipform.FILE, packed.get(path))

    def close(self) -> None:
        """Write the directory and the end record."""
        start = self.at
        for index in range(0, len(self.headers), 4096):
            self._gather(b"".join(map(zipform.central, self.headers[index : index + 4096])))
        self._gather(zipform.end(len(self.headers), self.at - start, start))
        self._flush()

    def _entry(self, entry: Entry) -> tuple[int, Any]:
        if entry.url:
            return entry.size, None
        mode = zipform.PROGRAM if entry.executable else zipform.FILE
        if entry.data is not None:
            return self._payload_bytes(entry.path, entry.data, mode)
        if entry.file is None:
            raise InputError(f"nothing to pack as {entry.path}")
        for _ in range(_ATTEMPTS):
            done = self._file(entry, entry.file, mode)
            if done is not None:
                return done
        raise InputError(f"{entry.file} keeps changing while it is packed; stop what writes it and try again")

    def _payload_bytes(self, path: str, data: bytes, mode: int) -> tuple[int, Any]:
        packed = pack(data) if self.compress else None
        if packed is not None:
            self.deflated[path] = hashlib.sha256(packed).hexdigest()
        self._bytes(path, data, mode, packed)
        self.progress.add(path, len(data))
        return len(data), hashlib.sha256(data)

    def _bytes(self, path: str, data: bytes, mode: int, packed: bytes | None) -> None:
        body, method = (data, zipform.STORED) if packed is None else (packed, zipform.DEFLATED)
        header = zipform.Header(path.encode(), method, crc32(data, 0), len(body), len(data), self.at, mode)
        self._gather(zipform.local(header))
        self._gather(body)
        self.headers.append(header)

    def _file(self, entry: Entry, path: Path, mode: int) -> tuple[int, Any] | None:
        """Copy *path* as it is now; None when it changed meanwhile, with the archive as before."""
        try:
            with opened(path) as fd:
                return self._opened(entry.path, fd, mode)
        except OSError as error:  # a write that fails is told by _write
            raise InputError(f"cannot read {path}: {error.strerror}") from error

    def _opened(self, path: str, fd: int, mode: int) -> tuple[int, Any] | None:
        before = identity(fd)
        size = before[2]
        if size >= BLOCK and not (self.compress and size <= MAX_DEFLATED):
            return self._stream(path, fd, before, mode)
        data = _read(fd, size)
        if len(data) != size or identity(fd) != before:
            return None
        return self._payload_bytes(path, data, mode)

    def _stream(self, path: str, fd: int, before: tuple[int, ...], mode: int) -> tuple[int, Any] | None:
        self._flush()
        size, start = before[2], self.at
        header = zipform.Header(path.encode(), zipform.STORED, 0, size, size, start, mode)
        self.at = self.written = start + len(zipform.local(header))
        sums, left = Sums(), size
        while left:
            block = self.hashing.block()
            count = os.preadv(fd, [block[: min(left, BLOCK)]], size - left)
            if not count:
                self.hashing.unused(block)
                break
            self.hashing.update(sums, block, count)
            self.at += count
            self._write(block[:count])
            left -= count
            self.progress.add(path, count)
        if left or identity(fd) != before:
            self._back(start)
            self.progress.done -= size - left
            return None
        self.streamed.append((len(self.headers), sums))
        self.headers.append(header)
        return size, sums.sha256

    def _patch(self) -> None:
        """Fill in the checksums of what was streamed: a header comes before its bytes, its checksum after them."""
        self._flush()
        end = self.written
        for index, sums in self.streamed:
            header = self.headers[index] = self.headers[index]._replace(crc=sums.crc)
            self.written = header.offset
            self._write(zipform.local(header))
        self.written = end

    def _back(self, start: int) -> None:
        """Forget what was written from *start* on: the next try may be shorter."""
        self.at = self.written = start
        self.begun = min(self.begun, start)
        os.ftruncate(self.fd, start)

    def _gather(self, data: bytes) -> None:
        """Keep *data* until a block's worth is there: a system call for every small file costs more than its bytes."""
        self.gathered.append(data)
        self.at += len(data)
        if self.at - self.written >= BLOCK:
            self._flush()

    def _flush(self) -> None:
        self._write(b"".join(self.gathered))
        self.gathered.clear()

    def _write(self, data: bytes | memoryview) -> None:
        view = memoryview(data)
        try:
            while view:
                count = os.pwrite(self.fd, view, self.written)
                self.written += count
                view = view[count:]
        except OSError as error:
            raise failure(error, self.target) from error
        self._begin()

    def _begin(self) -> None:
        """Dirty pages of a range that will not be needed are sent to the disk, without waiting for it."""
        if self.written - self.begun >= _AHEAD:
            with contextlib.suppress(OSError):
                os.posix_fadvise(self.fd, self.begun, self.written - self.begun, os.POSIX_FADV_DONTNEED)
            self.begun = self.written


def _read(fd: int, size: int) -> bytes:
    """Up to one byte more than *size*: a file that has grown gives more."""
    parts, left = [], size + 1
    while left and (part := os.read(fd, left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _member(entry: Entry, size: int, value: Any) -> Member:
    sha256 = entry.expected if value is None else value.hexdigest()
    if entry.expected and entry.expected != sha256:
        raise RefusedError(f"{entry.path.removeprefix('data/project/')} is not the file that the recorded run read")
    return Member(path=entry.path, size=size, sha256=sha256, role=entry.role, url=entry.url)
