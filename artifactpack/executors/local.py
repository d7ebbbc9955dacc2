"""Runs on this machine, several at a time, each with graphics cards of its own where it asks for them."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Iterator
from pathlib import Path

from artifactpack.errors import ArtifactPackError, InputError
from artifactpack.executors.base import Ended
from artifactpack.executors.table import check
from artifactpack.models.event import Event, Notify
from artifactpack.recorder.worker import Job
from artifactpack.systems.recorded import series_in

_CARDS = Path("/proc/driver/nvidia/gpus")


def cards() -> tuple[str, ...]:
    """The graphics cards that may be used, as CUDA_VISIBLE_DEVICES names them."""
    told = os.environ.get("CUDA_VISIBLE_DEVICES")
    if told is not None:
        return tuple(part.strip() for part in told.split(",") if part.strip() not in ("", "-1"))
    return tuple(str(i) for i, _ in enumerate(_CARDS.iterdir())) if _CARDS.is_dir() else ()


class Local:
    """At most *jobs* runs at once; the pattern every executor follows: ``submit``, ``watch``, ``cancel``."""

    name = "local"
    retries = 0  # what killed a run here would most likely do so again

    def __init__(self, jobs: int | None = None) -> None:
        self.slots = max(1, jobs or 1)
        self._free = list(cards())
        self._said: queue.Queue[Event | Ended] = queue.Queue()
        self._running: dict[str, tuple[threading.Thread, tuple[str, ...]]] = {}
        self._stop = threading.Event()

    def ready(self, job: Job) -> bool:
        """Whether *job* can start now; InputError where it never can."""
        wanted = job.plan.resources.gpus
        total = len(self._free) + sum(len(given) for _, given in self._running.values())
        if wanted > total:
            raise InputError(f"commands.{job.plan.command}: asks for {wanted} GPUs, this machine has {total}")
        return len(self._running) < self.slots and wanted <= len(self._free)

    def submit(self, job: Job) -> None:
        """Start *job*; only after :meth:`ready` said yes."""
        wanted = job.plan.resources.gpus
        given, self._free = tuple(self._free[:wanted]), self._free[wanted:]
        environ = dict(os.environ)
        if given:
            environ["CUDA_VISIBLE_DEVICES"] = ",".join(given)
        thread = threading.Thread(target=self._work, args=(job, environ), name=job.plan.id)
        self._running[job.plan.id] = (thread, given)
        thread.start()

    def _work(self, job: Job, environ: dict[str, str]) -> None:
        try:
            run = job.run(self._said.put, stop=self._stop, environ=environ, systems=series_in)
            self._said.put(Ended(id=job.plan.id, run=run))
        except KeyboardInterrupt:
            self._said.put(Ended(id=job.plan.id, interrupted=True))
        except (ArtifactPackError, OSError, MemoryError) as error:
            self._said.put(Ended(id=job.plan.id, error=error))
        except BaseException as error:  # noqa: BLE001 - raised again where the caller waits
            self._said.put(Ended(id=job.plan.id, error=error))

    def watch(self, notify: Notify) -> Iterator[Ended]:
        """Wait until one of the running jobs ends, passing on what they say; nothing when none is running."""
        while self._running:
            said = self._said.get()
            if isinstance(said, Event):
                notify(said)
                continue
            thread, given = self._running.pop(said.id)
            thread.join()
            self._free += given
            yield said
            return

    def detach(self) -> None:
        """InputError: runs on this machine end with us."""
        check(self.name, detach=True)

    def leave(self) -> None:
        """Nobody would be there to write their records: the same as :meth:`cancel`."""
        self.cancel()

    def close(self) -> None:
        """Nothing is held."""

    def cancel(self) -> None:
        """Interrupt what runs and wait until it has written down how far it came."""
        self._stop.set()
        for thread, _ in self._running.values():
            thread.join()
        self._running.clear()
