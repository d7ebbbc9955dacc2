"""`runs import`: freeze runs that other tools recorded into records of our own, so that the bundle holds them."""

from __future__ import annotations

import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from artifactpack import __version__
from artifactpack.core.tracked import settings
from artifactpack.errors import InfrastructureError, InputError
from artifactpack.models.config import Scalar
from artifactpack.models.run import CodeState, Cost, Hardware, PackageUse, RunRecord, State
from artifactpack.models.system import TrackedRun
from artifactpack.project import open_project
from artifactpack.project.config import resolve_command
from artifactpack.recorder.outputs import disk_use
from artifactpack.recorder.plan import command_digest, run_key
from artifactpack.recorder.series import write_series
from artifactpack.recorder.store import RunStore, commit, new_id
from artifactpack.systems import SYSTEMS, read_systems

if TYPE_CHECKING:
    from artifactpack.project import Project


def not_imported(project: Project, records: Iterable[RunRecord]) -> tuple[RunRecord, ...]:
    """Tracked runs of *project*, as records, that are not among its *records* yet."""
    done = _done(records)
    found = [run for reading in read_systems(project) for run in reading.runs if (run.system, run.id) not in done]
    cells = _cells(found)
    return tuple(_record(run, run.id, slug(run.system), cell) for run, cell in zip(found, cells, strict=True))


def import_runs(root: Path, names: Collection[str] = (), command: str = "") -> tuple[RunRecord, ...]:
    """Freeze the tracked runs called *names* (a run's id or its beginning, or a system's name; none: all) into records.

    *command* is the declared command they were runs of; without it they stand under their system's name. Runs that are
    frozen already are left alone. InputError for an unknown command or name, or where no system tracked a run.
    """
    project = open_project(root)
    store = RunStore(project.root)
    table = resolve_command(project.config, command) if command else None
    done = _done(store.records())
    chosen = _chosen([run for reading in read_systems(project) for run in reading.runs], names)
    new = [run for run in chosen if (run.system, run.id) not in done]
    wanted = {(run.system, run.id) for run in new}
    full = read_systems(project, points=frozenset(run.id for run in new)) if new else ()
    with_points = [run for reading in full for run in reading.runs if (run.system, run.id) in wanted]
    made = []
    with store.locked():
        attempts = Counter(store.attempts())
        for run, cell in zip(with_points, _cells(with_points), strict=True):
            name = command or slug(run.system)
            key = run_key(name, cell, run.seed, 0)
            record = _record(run, new_id(name, run.seed), name, cell)
            if table:
                record = replace(record, tier=table.tier, command_digest=command_digest(table))
            made.append(_write(store, run, replace(record, attempt=attempts[key])))
            attempts[key] += 1
    return tuple(made)


def slug(system: str) -> str:
    """``Weights & Biases`` → ``weights-biases``: what stands for a command where none is given."""
    return re.sub(r"[^a-z0-9]+", "-", system.lower()).strip("-")


def _short(system: str) -> set[str]:
    """What a system may be called on the command line: its title, or the name of its reader (``wandb``)."""
    return {slug(system)} | {row.module for row in SYSTEMS if row.title == system}


def _done(records: Iterable[RunRecord]) -> set[tuple[str, str]]:
    return {(r.system, r.system_id) for r in records if r.origin == "imported"}


def _chosen(runs: list[TrackedRun], names: Collection[str]) -> list[TrackedRun]:
    if not runs:
        raise InputError("no system tracked a run here; docs/systems.md names what is read")
    if not names:
        return runs
    found: dict[int, TrackedRun] = {}
    for name in names:
        hits = [(i, r) for i, r in enumerate(runs) if slug(name) in _short(r.system) or r.id == name]
        hits = hits or [(i, r) for i, r in enumerate(runs) if r.id.startswith(name)]
        if not hits:
            raise InputError(f"{name}: no tracked run and no system is called so; see `artifactpack runs list`")
        found.update(hits)
    return [found[i] for i in sorted(found)]


def _cells(runs: list[TrackedRun]) -> list[dict[str, Scalar]]:
    """Of every run the settings that differ between the runs of its system: what a sweep went over."""
    values: dict[tuple[str, str], set[str]] = defaultdict(set)
    every = [(run, {k: v for k, v in settings(run).items() if isinstance(v, str | int | float | bool)}) for run in runs]
    for run, found in every:
        for name, value in found.items():
            values[run.system, name].add(repr(value))
    return [{k: v for k, v in found.items() if len(values[run.system, k]) > 1} for run, found in every]


def _record(run: TrackedRun, identity: str, command: str, cell: dict[str, Scalar]) -> RunRecord:
    failed: State = "failed" if run.state == "failed" else "interrupted"
    return RunRecord(
        id=identity,
        command=command,
        argv=run.argv,
        cell=cell,
        seed=run.seed,
        origin="imported",
        state="finished" if run.complete and run.state not in ("failed", "unfinished") else failed,
        started=run.started,
        not_observed=(f"imported from {run.system}: it was not recorded when it ran", *run.warnings),
        python=run.python,
        packages=tuple(PackageUse(name=name, version=version) for name, version in sorted(run.packages.items())),
        hardware=run.hardware or Hardware(),
        cost=Cost(wall=run.wall or 0.0),
        metrics=run.metrics,
        parameters=run.parameters,
        code=CodeState(commit=run.commit),
        log="",
        system=run.system,
        system_id=run.id,
        tool_version=__version__,
    )


def _write(store: RunStore, run: TrackedRun, record: RunRecord) -> RunRecord:
    folder = store.folder(record.id)
    try:
        folder.mkdir(parents=True)
        write_series(folder, _series(run))
        record = replace(record, cost=replace(record.cost, disk=disk_use(folder)))
        commit(folder, record)
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, OSError) and not isinstance(error, PermissionError):
            raise InfrastructureError(f"cannot write {folder}: {error.strerror}") from error
        raise
    return record


def _series(run: TrackedRun) -> dict[str, list[list[float]]]:
    """All points; a metric of which only the last value is known has that."""
    known = {name: [list(point) for point in points] for name, points in run.series.items()}
    return {m.name: [[m.step or 0.0, m.last]] for m in run.metrics} | known
