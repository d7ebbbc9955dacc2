"""What every executor is: jobs go in, ended jobs come out, files decide."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from artifactpack.models.event import Notify
from artifactpack.models.records import record
from artifactpack.models.run import RunRecord
from artifactpack.recorder.worker import Job


@record
class Ended:
    """A job that is over: with its record, with the error that kept it from making one, or interrupted.

    ``again``: it was the machine that failed, not the program, so that another try may well succeed.
    """

    id: str
    run: RunRecord | None = None
    error: BaseException | None = None
    interrupted: bool = False
    again: bool = False


class Executor(Protocol):
    """``ready`` before ``submit``; ``watch`` waits for the next job to end.

    ``detach`` hands over what was submitted and returns; ``leave`` is what happens when we are stopped (a machine's own
    runs are interrupted, a cluster's go on and can be attached again); ``cancel`` leaves nothing running;
    ``close`` lets go of what the executor itself holds, when all runs have ended.
    ``retries`` is how often a run that ended with ``again`` is started anew.
    """

    name: str
    retries: int

    def ready(self, job: Job) -> bool: ...

    def submit(self, job: Job) -> None: ...

    def watch(self, notify: Notify) -> Iterator[Ended]: ...

    def detach(self) -> None: ...

    def leave(self) -> None: ...

    def cancel(self) -> None: ...

    def close(self) -> None: ...
