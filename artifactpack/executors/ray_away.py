"""Runs that Ray goes on with when we are gone: each is an actor that Ray itself keeps, and ends with its run.

Their results come by the shared folder alone; what became of one without a record is asked by its name.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from artifactpack.errors import InfrastructureError, InputError
from artifactpack.executors.base import Ended
from artifactpack.executors.collect import collect_all, give_up, look_again
from artifactpack.executors.flight import Batch, Flights
from artifactpack.executors.slurm_text import said_last
from artifactpack.models.records import to_json
from artifactpack.recorder.worker import Job

NAMESPACE = "artifactpack"


class Run:
    """The actor: all of its work is its making, which needs nobody who calls it; then it lets go of its place."""

    def __init__(self, perform: Callable[..., tuple[str, str, bytes]], order: tuple[str, ...], said: str) -> None:
        try:
            _, text, _ = perform(*order)
            Path(said).write_text(text, encoding="utf-8")
        finally:
            os._exit(0)


class Away:
    """What of a project is with Ray on its own: given with :meth:`send`, taken up again by the next process."""

    def __init__(self, ray: Any, root: Path) -> None:
        self.ray, self.flights = ray, Flights(root)
        self.grace = float(os.environ.get("ARTIFACTPACK_GRACE") or 60.0)
        self._out: dict[str, tuple[Job, Batch, int]] = {}
        self._gone: dict[str, float] = {}
        for batch in self.flights.batches():
            if batch.engine == "ray":
                self._keep(batch)

    def _keep(self, batch: Batch) -> None:
        self._out |= {job.plan.id: (job, batch, number) for number, job in batch.jobs().items()}

    def __contains__(self, run_id: str) -> bool:
        return run_id in self._out

    def __len__(self) -> int:
        return len(self._out)

    def send(
        self, jobs: list[Job], perform: Callable[..., tuple[str, str, bytes]], options: Callable[[Job], dict[str, Any]]
    ) -> None:
        """Hand over *jobs*; they are written down before Ray is told of them."""
        if not jobs:
            return
        batch = self.flights.add("ray", jobs)
        actor = self.ray.remote(Run)
        for number, job in enumerate(jobs):
            own = {"name": _name(batch, number), "namespace": NAMESPACE, "lifetime": "detached", "max_restarts": 0}
            order = (to_json(job), sys.executable, job.root, job.folder, str(batch.folder))
            actor.options(**own, **options(job)).remote(perform, order, str(batch.folder / f"{number}.txt"))
        self._keep(batch)

    def ended(self) -> Iterator[Ended]:
        """Those that are over: they have a record, or Ray knows nothing of them any more."""
        look_again(self.flights.folder.parent / "runs")
        for job, run in collect_all(job for job, _, _ in self._out.values()):
            self._drop(job.plan.id)
            yield Ended(id=run.id, run=run, again=run.state == "crashed")
        for name, (job, batch, number) in list(self._out.items()):
            if self._actor(batch, number) is None and time.monotonic() - self._since(name) > self.grace:
                said = batch.output(number)
                self._drop(name)
                yield without_record(job, said, "lost on the cluster")

    def _since(self, run_id: str) -> float:
        return self._gone.setdefault(run_id, time.monotonic())

    def _drop(self, run_id: str) -> None:
        _, batch, number = self._out.pop(run_id)
        self._gone.pop(run_id, None)
        batch.landed(number)

    def _actor(self, batch: Batch, number: int) -> Any:
        """The actor of a run that is waiting or at work; None where there is none any more."""
        try:
            return self.ray.get_actor(_name(batch, number), namespace=NAMESPACE)
        except ValueError:
            return None

    def cancel(self) -> None:
        """Stop all of them."""
        for _, batch, number in self._out.values():
            actor = self._actor(batch, number)
            if actor is not None:
                self.ray.kill(actor)


def _name(batch: Batch, number: int) -> str:
    return f"{batch.name}-{number}"


def without_record(job: Job, said: str, why: str) -> Ended:
    """The end of a run that left no record: what its worker *said* of itself, else it crashed, because *why*."""
    if fault := said_last(said):
        return Ended(id=job.plan.id, error=InputError(fault))
    try:
        return Ended(id=job.plan.id, run=give_up(job, "crashed", why), again=True)
    except OSError as error:
        return Ended(id=job.plan.id, error=InfrastructureError(str(error)))
