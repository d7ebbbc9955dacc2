"""The runs of a project: `.artifactpack/runs/<run-id>/`, append-only, each finished by the rename of its record."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from artifactpack.errors import InfrastructureError, InputError, RefusedError
from artifactpack.models.records import SPECIAL_FLOATS, Invalid, Json, load, restore, to_json
from artifactpack.models.run import RunRecord
from artifactpack.patterns import late
from artifactpack.recorder import own
from artifactpack.recorder.plan import Key, run_key
from artifactpack.recorder.plan import new_id as new_id

Build = Callable[[type[RunRecord], Any], RunRecord]
STATE = ".artifactpack"
RUN_ID = late(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,120}")
LIMIT = 256 << 20
MANY = 300  # records from which on importing the validator costs less than it saves
IGNORE = "# Written by artifactpack: recorded runs are shared through bundles, not through git.\n*\n"


def commit(folder: Path, run: RunRecord) -> str:
    """Write ``record.json`` into *folder* so that it is there as a whole or not at all; returns its SHA-256."""
    data = to_json(run).encode("utf-8")
    digest = hashlib.sha256(data).hexdigest()
    with contextlib.suppress(OSError):
        own.remember(digest)  # without a state folder our own records are only the author's
    write_whole(folder / "record.json", data)
    return digest


def write_whole(target: Path, data: bytes) -> None:
    """Write *target* so that it is there as a whole or not at all; a link in its place is replaced, never followed."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(target)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    _sync(target.parent)


def _sync(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


class RunStore:
    """The recorded runs below one project; reading never writes, and never follows a link out of the project."""

    def __init__(self, root: Path) -> None:
        self.root = Path(root)
        self.state = self.root / STATE
        self.runs = self.state / "runs"

    # -- reading ---------------------------------------------------------------------------------------------------

    @cached_property
    def _loaded(self) -> dict[str, tuple[RunRecord, str]]:
        self._refuse_links()
        ours, names = own.known(), self._names()
        build = _validated if len(names) > MANY else restore
        found = {}
        for name in names:
            entry = self._load(name, ours, build)
            if entry is not None:
                found[name] = entry
        return found

    @cached_property
    def problems(self) -> tuple[str, ...]:
        """Records that are there but cannot be read, and why."""
        self._faults: list[str] = []
        self.__dict__.pop("_loaded", None)
        _ = self._loaded
        return tuple(self._faults)

    def _names(self) -> list[str]:
        try:
            entries = list(os.scandir(self.runs))
            return sorted(e.name for e in entries if RUN_ID.fullmatch(e.name) and e.is_dir(follow_symlinks=False))
        except OSError:
            return []

    def _load(self, name: str, ours: frozenset[str], build: Build) -> tuple[RunRecord, str] | None:
        try:
            data = _bytes(self.runs / name / "record.json")
            digest = hashlib.sha256(data).hexdigest()
            raw = json.loads(data)
            run = build(RunRecord, raw) if digest in ours else load(RunRecord, raw)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, Invalid, RecursionError, TypeError) as error:
            self._fault(f"{STATE}/runs/{name}/record.json: {str(error)[:300]}")
            return None
        if run.id != name:
            self._fault(f"{STATE}/runs/{name}/record.json: says it is run {run.id!r}")
            return None
        return run, digest

    def _fault(self, text: str) -> None:
        if "_faults" in self.__dict__:
            self._faults.append(text)

    def records(self) -> tuple[RunRecord, ...]:
        """All readable records, oldest first; RefusedError for a linked state folder."""
        return tuple(sorted((run for run, _ in self._loaded.values()), key=lambda r: (r.started, r.id)))

    def own(self) -> frozenset[str]:
        """The ids of the records that this user's own recorder made, byte for byte."""
        ours = own.known()
        return frozenset(name for name, (_, digest) in self._loaded.items() if digest in ours)

    def get(self, run_id: str) -> RunRecord:
        """The record called *run_id*, or the only one whose id starts so; InputError otherwise."""
        if run_id in self._loaded:
            return self._loaded[run_id][0]
        near = [name for name in self._loaded if name.startswith(run_id)] if run_id else []
        if len(near) == 1:
            return self._loaded[near[0]][0]
        many = f"{len(near)} runs start so: {', '.join(near[:4])}"
        what = many if near else "no such run; see `artifactpack runs list`"
        raise InputError(f"{run_id}: {what}")

    def folder(self, run_id: str) -> Path:
        """The folder of a run; InputError for an id that is none."""
        if not RUN_ID.fullmatch(run_id):
            raise InputError(f"{run_id!r} is no run id")
        return self.runs / run_id

    def series(self, run_id: str) -> dict[str, list[list[float]]]:
        """``{metric: [[step, value], …]}``; empty where there is none or it cannot be read."""
        try:
            raw = json.loads(_bytes(self.folder(run_id) / "metrics.json"))
        except (OSError, ValueError, RecursionError):
            return {}
        return series_of(raw)

    def attempts(self) -> dict[Key, int]:
        """How many records there are of each run: the next one's attempt number."""
        counts: dict[Key, int] = {}
        for run, _ in self._loaded.values():
            key = run_key(run.command, run.cell, run.seed, run.repeat)
            counts[key] = max(counts.get(key, 0), run.attempt + 1)
        return counts

    # -- writing ---------------------------------------------------------------------------------------------------

    def open_for_writing(self) -> None:
        """Make the state folder, with a `.gitignore` of its own; RefusedError if it is linked or someone else's."""
        self._refuse_links()
        try:
            self.runs.mkdir(parents=True, exist_ok=True)
            owner = self.state.stat().st_uid
            if owner != os.geteuid():
                raise RefusedError(f"{self.state}: belongs to another user (uid {owner}); records are not mixed")
            if not (self.state / ".gitignore").exists():
                write_whole(self.state / ".gitignore", IGNORE.encode())
        except PermissionError as error:
            raise InputError(f"cannot write {self.state}: permission denied") from error
        except OSError as error:
            raise InfrastructureError(f"cannot write {self.state}: {error.strerror}") from error

    def _refuse_links(self) -> None:
        for path in (self.state, self.runs):
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                mode = path.lstat().st_mode
                if not stat.S_ISDIR(mode):
                    kind = "a symbolic link" if stat.S_ISLNK(mode) else "not a folder"
                    raise RefusedError(f"{path}: {kind}; remove it, records are only kept in a folder of the project")

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Only one `record` at a time in a project; InputError names the other one."""
        self.open_for_writing()
        fd = os.open(self.state / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                other = os.read(fd, 64).decode("ascii", "replace").strip()
                raise InputError(f"another `artifactpack record` runs in this project (process {other})") from None
            os.ftruncate(fd, 0)
            os.write(fd, str(os.getpid()).encode())
            yield
        finally:
            os.close(fd)

    def forget(self) -> None:
        """Read again at the next question."""
        for name in ("_loaded", "problems", "_faults"):
            self.__dict__.pop(name, None)

    def unfinished(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Run folders without a record, with what their launcher wrote of itself."""
        for name in self._names():
            folder = self.runs / name
            if not (folder / "record.json").exists():
                told: dict[str, Any] = {}
                with contextlib.suppress(OSError, ValueError):
                    told = json.loads(_bytes(folder / "running.json"))
                yield name, told if isinstance(told, dict) else {}

    def remove(self, run_id: str) -> int:
        """Remove a run's folder for good; returns the bytes freed."""
        from artifactpack.recorder.outputs import disk_use

        self._refuse_links()
        folder = self.folder(run_id)
        if folder.is_symlink() or not folder.is_dir():
            raise InputError(f"{run_id}: no such run; see `artifactpack runs list`")
        freed = disk_use(folder)
        grave = self.runs / f".removed-{run_id}"
        shutil.rmtree(grave, ignore_errors=True)  # of a removal that was cut short
        folder.rename(grave)
        shutil.rmtree(grave)
        self.forget()
        return freed

    def disk(self) -> Mapping[str, int]:
        """Bytes by run id."""
        from artifactpack.recorder.outputs import disk_use

        return {name: disk_use(self.runs / name) for name in self._names()}


def _validated(cls: type[RunRecord], raw: Any) -> RunRecord:
    """What :func:`restore` gives, by the compiled validator, which is five times as fast once it is imported."""
    try:
        return load(cls, raw)
    except Invalid:
        return restore(cls, raw)  # ours, of another version


def _bytes(path: Path) -> bytes:
    """A regular file's bytes, no link followed; ValueError if it is too big."""
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(fd, "rb") as file:
        there = os.fstat(fd)
        if not stat.S_ISREG(there.st_mode):
            raise ValueError("not a regular file")
        if there.st_size > LIMIT:
            raise ValueError(f"larger than {LIMIT >> 20} MiB")
        return file.read()


def series_of(value: Json) -> dict[str, list[list[float]]]:
    """The series in the JSON of a `metrics.json`, of which a stranger may have made anything: pairs of numbers only."""
    lists = value.items() if isinstance(value, dict) else ()
    return {str(k): list(_points(v)) for k, v in lists if isinstance(v, list)}


def _points(value: Json) -> Iterator[list[float]]:
    for point in value if isinstance(value, list) else ():
        pair = [SPECIAL_FLOATS.get(p, p) if isinstance(p, str) else p for p in point] if isinstance(point, list) else []
        if len(pair) == 2 and all(isinstance(p, (int, float)) for p in pair):
            with contextlib.suppress(OverflowError):
                yield [float(pair[0]), float(pair[1])]
