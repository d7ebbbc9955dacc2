"""Runs that a cluster has: taken up again by a later `record`, attached to, or cancelled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from artifactpack.errors import InputError
from artifactpack.executors.collect import collect, collect_all, give_up
from artifactpack.executors.flight import Flights
from artifactpack.executors.table import make
from artifactpack.models.run import RunRecord
from artifactpack.recorder.plan import RunPlan
from artifactpack.recorder.store import RunStore, commit
from artifactpack.recorder.worker import Job


def flying(root: Path, executor: str = "") -> tuple[RunPlan, ...]:
    """The plans that are out; InputError where they are on another engine than *executor* ("" for any)."""
    plans = []
    for batch in Flights(root).batches():
        jobs = batch.jobs()
        if executor and batch.engine != executor:
            raise InputError(
                f"{len(jobs)} runs of this project are on {batch.engine}: "
                "wait for them with `artifactpack record --attach`, or stop them with `--cancel`"
            )
        plans += [job.plan for job in jobs.values()]
    return tuple(plans)


@contextmanager
def remembered(
    root: Path,
    executor: str,
    commands: Iterable[str],
    seeds: tuple[int, ...] | None,
    repeat: int | None,
    jobs: int | None,
    quota: int | None,
) -> Iterator[None]:
    """Keep this call for `--attach` as long as something of it is out."""
    if executor == "local":
        yield
        return
    call = {"executor": executor, "commands": list(commands), "seeds": None if seeds is None else list(seeds)}
    flights = Flights(root)
    flights.remember(call | {"repeat": repeat, "jobs": jobs, "quota": quota})
    try:
        yield
    finally:
        flights.close()


def call_of(root: Path) -> dict[str, Any]:
    """The arguments of `run_all` for the call that is out; InputError where there is none."""
    call = Flights(root).call()
    if not call or not isinstance(call.get("commands"), list):
        raise InputError(f"{root}: nothing is on a cluster; start with `artifactpack record --executor slurm`")
    seeds = call.get("seeds")
    known = {k: call.get(k) for k in ("executor", "repeat", "jobs", "quota")}
    return {**known, "commands": tuple(call["commands"]), "seeds": None if seeds is None else tuple(seeds)}


_STOPPED = ("crashed", "interrupted")
"""How a run that was killed tells of its end; one that ended by itself in the meantime keeps what it says."""


def cancel(root: Path) -> tuple[int, int]:
    """Stop what is on the cluster; returns how many runs were stopped and how many had ended before.

    Runs that had begun are recorded as interrupted. InputError where nothing is out, or a `record` is watching it.
    """
    flights, store = Flights(root), RunStore(root)
    with store.locked():
        batches = flights.batches()
        if not batches:
            raise InputError(f"{root}: nothing is on a cluster")
        before = {run.id for batch in batches for _, run in collect_all(batch.jobs().values())}
        for engine in {batch.engine for batch in batches}:
            make(engine, root).cancel()
        stopped = ended = 0
        for batch in batches:
            for number, job in batch.jobs().items():
                run = collect(job)
                if run is not None and (run.id in before or run.state not in _STOPPED):
                    ended += 1
                else:
                    stopped += 1
                    _interrupted(job, run)
                batch.landed(number)
        flights.close()
    return stopped, ended


def _interrupted(job: Job, run: RunRecord | None) -> None:
    """Record that the user stopped *job*, which may have written as *run* that it was killed."""
    folder, why = Path(job.folder), "cancelled by the user"
    if run is not None:
        commit(folder, replace(run, state="interrupted", error=why))
    elif folder.exists():
        give_up(job, "interrupted", why)
