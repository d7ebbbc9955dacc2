"""Runs on a Slurm cluster: job arrays by sbatch, polling by squeue, no accounting and no daemon of ours.

Works from a login node that shares the project's folder with the compute nodes. What is submitted outlives this
process; :class:`artifactpack.executors.flight.Flights` is how a later one takes it up again.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from artifactpack.errors import InfrastructureError, InputError
from artifactpack.executors import slurm_text
from artifactpack.executors.base import Ended
from artifactpack.executors.collect import collect_all, give_up, look_again
from artifactpack.executors.flight import Batch, Flights
from artifactpack.executors.slurm_ask import ask
from artifactpack.models.event import Event, Notify
from artifactpack.models.run import State
from artifactpack.recorder.recover import last_sign
from artifactpack.recorder.store import STATE
from artifactpack.recorder.worker import Job

ARRAY = 1000  # Slurm's own limit (MaxArraySize) is 1001 unless a site changed it
# final state of the engine, where our worker left no record: our state, whether to try again, and in words
_ENDS: dict[str, tuple[State, bool, str]] = {
    "TIMEOUT": ("timeout", False, "stopped by Slurm: its time limit was up"),
    "OUT_OF_MEMORY": ("crashed", False, "stopped by Slurm: out of memory; raise resources.memory"),
    "CANCELLED": ("interrupted", False, "cancelled on the cluster"),
    "DEADLINE": ("timeout", False, "stopped by Slurm: its deadline had passed"),
    "NODE_FAIL": ("crashed", True, "its node was lost"),
    "BOOT_FAIL": ("crashed", True, "its node did not start"),
    "PREEMPTED": ("crashed", True, "its node was given to another job"),
}


@dataclass
class _Task:
    """One run on the cluster; ``gone`` is since when the scheduler has not counted it as alive."""

    job: Job
    batch: Batch
    number: int
    told: str = ""
    gone: float = 0.0

    @property
    def id(self) -> str:
        return f"{self.batch.job}_{self.batch.task(self.number)}"

    @property
    def waits(self) -> bool:
        """Whether its turn in a task that it shares with other runs has not come."""
        shared = self.batch.task(self.number) != self.number
        return shared and not (Path(self.job.folder) / "running.json").exists()


class Slurm:
    """*jobs* bounds how many of one array run at once; *grace* seconds a shared folder may lag behind the scheduler,
    *patience* seconds the scheduler may be away."""

    name = "slurm"
    retries = 2

    def __init__(
        self,
        root: Path,
        jobs: int | None = None,
        *,
        grace: float | None = None,
        patience: float = 900.0,
        pause: float = 0.5,
    ) -> None:
        self.flights, self.limit = Flights(root), jobs
        self.grace = float(os.environ.get("ARTIFACTPACK_GRACE") or 60.0) if grace is None else grace
        self.patience, self.pause = patience, pause
        self._waiting: list[Job] = []
        self._tasks: dict[str, _Task] = {}
        self._asked = self._answered = time.monotonic()
        self._began = self._asked
        self._adopt()

    def _adopt(self) -> None:
        """Take up what an earlier process submitted."""
        for batch in self.flights.batches():
            if batch.engine != self.name:
                continue
            batch.job = batch.job or self._find(batch)
            if not batch.job:
                batch.discard()  # it never reached the scheduler
                continue
            for number, job in batch.jobs().items():
                self._tasks[job.plan.id] = _Task(job, batch, number)

    def _find(self, batch: Batch) -> str:
        found = ask("squeue", "-h", "-t", "all", "-n", batch.name, "-o", "%F").split()
        if found:
            batch.note(found[0])
        return found[0] if found else ""

    def ready(self, job: Job) -> bool:
        """Always: the scheduler holds back what must wait. ConfigError for resources that cannot be read."""
        slurm_text.options(job.plan)
        return True

    def submit(self, job: Job) -> None:
        """Note *job* for the next array, unless it is on the cluster already."""
        if job.plan.id not in self._tasks:
            self._waiting.append(job)

    def detach(self) -> None:
        """Hand over what waits; nothing of ours stays behind."""
        self._flush()

    def leave(self) -> None:
        """The cluster's runs go on; what was not handed over yet is not."""
        self._waiting.clear()

    def close(self) -> None:
        """Nothing is held: no process of ours outlives this one."""

    def cancel(self) -> None:
        """Stop everything, queued and running."""
        self._waiting.clear()
        jobs = {task.batch.job for task in self._tasks.values()}
        if jobs:
            ask("scancel", *sorted(jobs))

    # -- submitting ------------------------------------------------------------------------------------------------

    def _flush(self) -> None:
        groups: dict[tuple[str, ...], list[Job]] = {}
        for job in self._waiting:
            key = (*slurm_text.options(job.plan), str(job.plan.slurm.pack))
            groups.setdefault(key, []).append(job)
        self._waiting.clear()
        for (*options, _), jobs in groups.items():
            most = ARRAY * jobs[0].plan.slurm.pack
            for start in range(0, len(jobs), most):
                self._send(options, jobs[start : start + most])

    def _send(self, options: list[str], jobs: list[Job]) -> None:
        tasks = -(-len(jobs) // jobs[0].plan.slurm.pack)
        batch = self.flights.add(self.name, jobs, tasks)
        throttle = f"%{self.limit}" if self.limit else ""
        own = (
            *("--parsable", f"--job-name={batch.name}", f"--array=0-{tasks - 1}{throttle}", "--requeue"),
            *(f"--chdir={jobs[0].root}", f"--output={batch.folder}/%a.txt", "--open-mode=append"),
        )
        try:
            script = slurm_text.script(sys.executable, str(batch.folder), tasks)
            said = ask("sbatch", *options, *own, stdin=script)
        except InputError as error:
            batch.discard()
            raise InputError(f"commands.{jobs[0].plan.command}: {error}; see its resources and slurm tables") from error
        except BaseException:
            if not batch.job:
                batch.discard()
            raise
        batch.note(said.split(";")[0].strip())
        for number, job in enumerate(jobs):
            self._tasks[job.plan.id] = _Task(job, batch, number)

    # -- waiting ---------------------------------------------------------------------------------------------------

    def watch(self, notify: Notify) -> Iterator[Ended]:
        """Wait until a run has ended and yield all that have; nothing when none is out."""
        while self._tasks or self._waiting:
            self._flush()
            ended = self._landed() or self._missing(notify)
            if ended:
                yield from ended
                return
            time.sleep(self._nap())

    def _nap(self) -> float:
        """Look often at first, then every five seconds: files cost little, but a login node is shared."""
        return min(5.0, max(self.pause, (time.monotonic() - self._began) / 200))

    def _landed(self) -> list[Ended]:
        look_again(self.flights.root / STATE / "runs")
        found = collect_all(task.job for task in self._tasks.values())
        for job, _ in found:
            self._drop(self._tasks[job.plan.id])
        return [Ended(id=run.id, run=run, again=run.state == "crashed") for _, run in found]

    def _drop(self, task: _Task) -> None:
        del self._tasks[task.job.plan.id]
        task.batch.landed(task.number)

    def _missing(self, notify: Notify) -> list[Ended]:
        """Ask the scheduler, at most every other second, what became of runs that have no record yet."""
        now = time.monotonic()
        if now - self._asked < min(30.0, 4 * self._nap()):
            return []
        self._asked = now
        try:
            jobs = ",".join(sorted({task.batch.job for task in self._tasks.values()}))
            known = slurm_text.states(ask("squeue", "-h", "-r", "-t", "all", "-j", jobs, "-o", slurm_text.FORMAT))
        except InfrastructureError as error:
            if now - self._answered > self.patience:
                raise
            notify(Event(stage="slurm", text=str(error), state="waiting"))
            return []
        except InputError:
            known = {}  # Slurm has forgotten a job that ended minutes ago
        self._answered = now
        lost = [self._look(task, known.get(task.id, ("GONE", "", "")), notify) for task in list(self._tasks.values())]
        return [ended for ended in lost if ended is not None]

    def _look(self, task: _Task, told: tuple[str, str, str], notify: Notify) -> Ended | None:
        state, reason, nodes = told
        if state in slurm_text.ALIVE:
            task.gone = 0.0
            words = f"on {nodes}" if state == "RUNNING" else f"{state.lower()}{f' ({reason})' if reason else ''}"
            if words != task.told:
                task.told = words
                notify(Event(stage=task.job.plan.label, text=words))
            return None
        task.gone = task.gone or time.monotonic()
        fault = slurm_text.said_last(task.batch.output(task.number))
        if fault and state == "FAILED":
            self._drop(task)
            return Ended(id=task.job.plan.id, error=InputError(fault))
        if time.monotonic() - task.gone < self.grace or time.time() - last_sign(Path(task.job.folder)) < self.grace:
            return None
        if task.waits and state != "CANCELLED":
            self._drop(task)
            self._waiting.append(task.job)  # not a try: another run of its task used that up
            return None
        return self._lose(task, state, nodes)

    def _lose(self, task: _Task, state: str, nodes: str) -> Ended:
        """The scheduler says it is over and no record came: write one that says so."""
        ours, again, words = _ENDS.get(state, ("crashed", True, f"ended without a record (Slurm: {state.lower()})"))
        where = f" on {nodes}" if nodes and not nodes.startswith("(") else ""
        try:
            run = give_up(task.job, ours, f"{words}{where}")
        except OSError as error:
            return Ended(id=task.job.plan.id, error=InfrastructureError(str(error)))
        self._drop(task)
        return Ended(id=run.id, run=run, again=again)
