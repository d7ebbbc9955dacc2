"""One unit of work for any executor, in a file: `python -m artifactpack.executors.worker JOB.json` runs its plan.

The run folder is made anew (a requeued job clears its own half-written one) and its record is renamed in last, so
whoever submitted the job trusts files only. Exit status: 0 when a record was written, whatever the run's own state;
the class's exit code of artifactpack/errors.py where no run could be made.
"""

from __future__ import annotations

import json
from pathlib import Path

from artifactpack.errors import InputError
from artifactpack.models.event import Notify, silent
from artifactpack.models.records import Invalid, load, record, restore, to_json
from artifactpack.models.run import CodeState, RunRecord
from artifactpack.recorder.launch import launch
from artifactpack.recorder.plan import RunPlan


@record
class Job:
    """Everything a worker needs; paths are absolute and must be the same on the machine that runs it.

    ``tracked`` holds the project's files under version control (None where there is no repository).
    """

    schema: str = "artifactpack.job/1"
    plan: RunPlan
    root: str
    folder: str
    python: str
    code: CodeState
    tracked: tuple[str, ...] | None = None
    trace: str = ""

    def run(self, notify: Notify = silent, **more: object) -> RunRecord:
        """Run it here."""
        return launch(
            self.plan,
            Path(self.root),
            Path(self.folder),
            notify=notify,
            python=Path(self.python),
            code=self.code,
            tracked=None if self.tracked is None else frozenset(self.tracked),
            trace=self.trace,
            **more,  # type: ignore[arg-type]
        )


def write_job(job: Job, path: Path) -> None:
    """Write *job* for a worker."""
    path.write_text(to_json(job), encoding="utf-8")


def read_job(path: Path) -> Job:
    """Read a job; InputError where it is none."""
    try:
        return load(Job, json.loads(path.read_bytes()))
    except (OSError, ValueError, Invalid) as error:
        raise InputError(f"{path}: not a job of artifactpack ({error})") from error


def take_job(path: Path) -> Job:
    """The job in a file that our own submitter checked and wrote: see :func:`job_of`."""
    try:
        return job_of(path.read_bytes(), str(path))
    except OSError as error:
        raise InputError(f"{path}: not a job of artifactpack ({error})") from error


def job_of(text: str | bytes, name: str) -> Job:
    """The job that is written in *text*, not validated again, which would double a worker's start."""
    try:
        return restore(Job, json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError(f"{name}: not a job of artifactpack ({error})") from error
