"""Take in what a job on another machine left: its record if it is there, else a record that says what became of it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from artifactpack.models.records import Invalid, dump, load
from artifactpack.models.run import RunRecord, State
from artifactpack.recorder import own
from artifactpack.recorder.plan import new_id
from artifactpack.recorder.recover import close
from artifactpack.recorder.store import commit
from artifactpack.recorder.worker import Job


def look_again(folder: Path) -> None:
    """Read *folder* anew: a network file system shows what others wrote into it only then."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        next(entries, None)


def collect(job: Job) -> RunRecord | None:
    """The finished record of *job*, noted as this user's own; None while there is none (or none of this run)."""
    return next(iter(collect_all([job])), (job, None))[1]


def collect_all(jobs: Iterable[Job]) -> list[tuple[Job, RunRecord]]:
    """Those of *jobs* that have a finished record, noted as this user's own all at once."""
    found, digests = [], []
    for job in jobs:
        try:
            data = (Path(job.folder) / "record.json").read_bytes()
            run = load(RunRecord, json.loads(data))
        except (OSError, ValueError, Invalid):
            continue
        if run.id == job.plan.id:
            found.append((job, run))
            digests.append(hashlib.sha256(data).hexdigest())
    if digests:
        with contextlib.suppress(OSError):
            own.remember(*digests)
    return found


def give_up(job: Job, state: State, error: str) -> RunRecord:
    """Write the record of a run whose worker left none, with what it had done so far; OSError where that fails."""
    folder = Path(job.folder)
    folder.mkdir(parents=True, exist_ok=True)
    told = {"plan": dump(job.plan), "began": time.time()}
    with contextlib.suppress(OSError, ValueError):
        told["began"] = float(json.loads((folder / "running.json").read_bytes())["began"])
    close(folder, told, state=state, error=error)
    run = collect(job)
    if run is None:
        raise OSError(f"{folder}: the record of a lost run cannot be written")
    return run


def set_aside(folder: Path, run: RunRecord) -> RunRecord:
    """Keep a failed try under an id of its own, so that *folder* is free for the next one; returns its record."""
    kept = replace(run, id=new_id(run.command, run.seed))
    aside = folder.with_name(kept.id)
    folder.rename(aside)
    commit(aside, kept)
    return kept
