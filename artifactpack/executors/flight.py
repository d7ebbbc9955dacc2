"""What was handed to a cluster and has not come back: `.artifactpack/flight/<batch>/`, one job file a run.

A batch is written before the cluster is told of it, and its name is the cluster's name for the job, so that a crash in
between loses nothing. A job's file goes when its record was taken in; an empty batch goes with its last file.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from artifactpack.errors import InfrastructureError, InputError, RefusedError
from artifactpack.recorder.store import STATE, RunStore
from artifactpack.recorder.worker import Job, read_job, write_job

ENGINE = "engine.json"


class Batch:
    """Jobs that were submitted together; ``engine`` has them and calls them ``job`` ("" if not known).

    They are worked on by ``tasks`` of the engine's: number *n* by task *n* modulo ``tasks``, in order.
    """

    def __init__(self, folder: Path, engine: str, job: str = "", tasks: int = 0) -> None:
        self.folder, self.engine, self.job, self.tasks = folder, engine, job, tasks

    @property
    def name(self) -> str:
        return self.folder.name

    def note(self, job: str) -> None:
        """Write down the cluster's id of the batch."""
        self.job = job
        _put(self.folder / ENGINE, {"engine": self.engine, "job": job, "tasks": self.tasks})

    def task(self, number: int) -> int:
        """Which of the engine's tasks works on job *number*."""
        return number % self.tasks if self.tasks > 0 else number

    def jobs(self) -> dict[int, Job]:
        """The jobs that have not come back, by their number in the batch; InputError for a file that is no job."""
        return {number: read_job(self.folder / f"{number}.json") for number in self._numbers()}

    def _numbers(self) -> list[int]:
        return sorted(int(p.stem) for p in self.folder.glob("*.json") if p.stem.isdigit())

    def output(self, number: int) -> str:
        """What the worker of a job printed."""
        try:
            return (self.folder / f"{self.task(number)}.txt").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""

    def landed(self, number: int) -> None:
        """Job *number* has been taken in."""
        (self.folder / f"{number}.json").unlink(missing_ok=True)
        with os.scandir(self.folder) as entries:
            last = not any(e.name.endswith(".json") and e.name[0].isdigit() for e in entries)
        if last:
            self.discard()

    def discard(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


class Flights:
    """All batches of a project, and the call of `record` that made them."""

    def __init__(self, root: Path) -> None:
        self.root = Path(os.path.realpath(root))
        self.folder = self.root / STATE / "flight"
        if self.folder.is_symlink():
            raise RefusedError(
                f"{self.folder}: a symbolic link; remove it, submitted runs are only kept in the project"
            )

    def add(self, engine: str, jobs: Sequence[Job], tasks: int = 0) -> Batch:
        """Write down *jobs* before they are submitted, to be worked on by so many *tasks* (0: one each)."""
        folder = self.folder / f"artifactpack-{secrets.token_hex(6)}"
        try:
            folder.mkdir(parents=True, mode=0o700)
            for number, job in enumerate(jobs):
                write_job(job, folder / f"{number}.json")
            batch = Batch(folder, engine, tasks=tasks or len(jobs))
            batch.note("")
        except OSError as error:
            raise InfrastructureError(f"cannot write {folder}: {error.strerror}") from error
        return batch

    def batches(self) -> tuple[Batch, ...]:
        """Those that are still out, oldest first; InputError for one that is not ours to trust."""
        found = []
        for folder in self.folder.glob("artifactpack-*"):
            told = _read(folder / ENGINE)
            if not folder.is_symlink() and isinstance(told.get("engine"), str):
                tasks = told.get("tasks")
                count = tasks if isinstance(tasks, int) else 0
                batch = Batch(folder, told["engine"], str(told.get("job", "")), count)
                found.append((folder.stat().st_mtime_ns, batch))
        batches = tuple(batch for _, batch in sorted(found, key=lambda pair: (pair[0], pair[1].name)))
        for batch in batches:
            self._check(batch)
        return batches

    def _check(self, batch: Batch) -> None:
        """A project that was copied with its flights in it must not send ours to the other one's folders."""
        store = RunStore(self.root)
        for number, job in batch.jobs().items():
            if job.root != str(self.root) or job.folder != os.path.realpath(store.folder(job.plan.id)):
                where = batch.folder / f"{number}.json"
                raise InputError(
                    f"{where}: belongs to the project at {job.root}; remove {self.folder} if it was copied"
                )

    def call(self) -> dict[str, Any]:
        """The options of the `record` that is out; {} where there is none."""
        return _read(self.folder / "call.json")

    def remember(self, call: dict[str, Any]) -> None:
        with contextlib.suppress(FileExistsError):
            self.folder.mkdir(mode=0o700)
        _put(self.folder / "call.json", call)

    def close(self) -> None:
        """Forget the call once nothing is out."""
        if self.folder.is_dir() and not self.batches():
            shutil.rmtree(self.folder, ignore_errors=True)


def _read(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _put(path: Path, value: dict[str, Any]) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    temporary.write_text(json.dumps(value), encoding="utf-8")
    temporary.replace(path)
