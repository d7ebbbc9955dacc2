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
    """A job that is over: with its record, with the error that kept it from making one, or interrupted."""

    id: str
    run: RunRecord | None = None
    error: BaseException | None = None
    interrupted: bool = False


class Executor(Protocol):
    """``ready`` before ``submit``; ``watch`` waits for the next job to end; ``cancel`` leaves nothing running."""

    name: str

    def ready(self, job: Job) -> bool: ...

    def submit(self, job: Job) -> None: ...

    def watch(self, notify: Notify) -> Iterator[Ended]: ...

    def cancel(self) -> None: ...
