"""`runs`: look at recorded runs, compare two, take one in that happened elsewhere, remove some."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import UTC, datetime
from pathlib import Path

from artifactpack import __version__
from artifactpack.errors import InfrastructureError, InputError
from artifactpack.models.config import Scalar
from artifactpack.models.outcome import Difference
from artifactpack.models.records import record
from artifactpack.models.run import Cost, FileUse, RunRecord, Weights
from artifactpack.project import open_project
from artifactpack.project.config import resolve_command
from artifactpack.recorder import metrics as reading
from artifactpack.recorder.current import current
from artifactpack.recorder.diff import differences
from artifactpack.recorder.hashing import sha256_file
from artifactpack.recorder.outputs import disk_use
from artifactpack.recorder.plan import command_digest, run_key
from artifactpack.recorder.series import write_series
from artifactpack.recorder.store import RunStore, commit, new_id
from artifactpack.recorder.weights import weights_of


@record
class Listing:
    """The recorded runs of a project: whose, which are current, bytes by run, records that cannot be read; ``tracked``
    are runs that other systems recorded and that are not imported yet, as records."""

    runs: tuple[RunRecord, ...] = ()
    own: frozenset[str] = frozenset()
    current: frozenset[str] = frozenset()
    disk: dict[str, int] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    tracked: tuple[RunRecord, ...] = ()


def list_runs(root: Path) -> Listing:
    """All recorded runs of the project at *root*, failed ones too, and those that other systems tracked."""
    from artifactpack.pipeline.runs_import import not_imported  # the systems are for listing and importing only

    project = open_project(root)
    store = RunStore(project.root)
    runs = store.records()
    return Listing(
        runs=runs,
        own=store.own(),
        current=current(runs, project.config, project.root),
        disk=dict(store.disk()),
        problems=store.problems,
        tracked=not_imported(project, runs),
    )


def show_run(root: Path, run_id: str) -> RunRecord:
    """One record, by its id or the beginning of it."""
    return RunStore(open_project(root).root).get(run_id)


def diff_runs(root: Path, one: str, two: str) -> tuple[Difference, ...]:
    """What differs between two recorded runs; see :func:`artifactpack.recorder.diff.differences`."""
    store = RunStore(open_project(root).root)
    return differences(store.get(one), store.get(two))


def remove_runs(root: Path, run_ids: Iterable[str]) -> int:
    """Remove runs for good; returns the bytes freed. InputError (and nothing removed) for an unknown id."""
    store = RunStore(open_project(root).root)
    with store.locked():
        known = {path.name for path in store.runs.iterdir()} if store.runs.is_dir() else set()
        names = [name if name in known else store.get(name).id for name in run_ids]
        return sum(store.remove(name) for name in dict.fromkeys(names))


def add_run(
    root: Path,
    command: str,
    *,
    metrics: Iterable[Path],
    seed: int | None = None,
    cell: Mapping[str, Scalar] | None = None,
    weights: Iterable[Path] = (),
    log: Path | None = None,
    started: str = "",
    wall: float | None = None,
) -> RunRecord:
    """Take in a run that happened elsewhere, as the author declares it: its files are copied, nothing is believed.

    Raises InputError for an unknown command, a missing or unreadable file, or a date that is none.
    """
    project = open_project(root)
    store = RunStore(project.root)
    table = resolve_command(project.config, command) if project.config.commands else None
    series, sources = _series(tuple(metrics))
    when = _date(started)
    with store.locked():
        run_id = new_id(command, seed)
        folder = store.folder(run_id)
        try:
            (folder / "out").mkdir(parents=True)
            kept = [_copy(path, folder / "out") for path in (*metrics, *weights, *([log] if log else []))]
            write_series(folder, series)
            run = RunRecord(
                id=run_id,
                command=command,
                cell=dict(cell or {}),
                seed=seed,
                attempt=store.attempts().get(run_key(command, cell or {}, seed, 0), 0),
                origin="declared",
                tier=table.tier if table else "train",
                started=when,
                not_observed=("declared by the author: it was not recorded when it ran",),
                written=tuple(_use(project.root, path) for path in kept),
                metrics=reading.summarise(series, sources),
                weights=tuple(_taken(project.root, folder / "out" / path.name) for path in weights),
                cost=Cost(wall=wall or 0.0, disk=disk_use(folder)),
                command_digest=command_digest(table) if table else "",
                log=f"out/{log.name}" if log else "",
                tool_version=__version__,
            )
            commit(folder, run)
        except BaseException as error:
            shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, OSError) and not isinstance(error, PermissionError):
                raise InfrastructureError(f"cannot write {folder}: {error.strerror}") from error
            raise
    return run


def _series(paths: tuple[Path, ...]) -> tuple[reading.Series, dict[str, str]]:
    if not paths:
        raise InputError("a run needs results: give --metrics FILE (json, jsonl, csv or a TensorBoard folder)")
    series: reading.Series = {}
    sources: dict[str, str] = {}
    for path in paths:
        if not path.exists():
            raise InputError(f"{path}: no such file")
        try:
            found = reading.read_metrics(path.resolve())  # a link that the user names is meant
        except reading.UnreadableError as error:
            raise InputError(f"{path}: {error}") from error
        for name, points in found.items():
            series.setdefault(name, points)
            sources.setdefault(name, f"out/{path.name}")
    if not series:
        raise InputError(f"{', '.join(map(str, paths))}: no numbers in there")
    return series, sources


def _date(text: str) -> str:
    if not text:
        return ""
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"--started {text}: write a date like 2026-05-01 or 2026-05-01T12:00+02:00") from error
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC).isoformat(timespec="seconds")


def _copy(path: Path, folder: Path) -> Path:
    target = folder / path.name
    if not path.exists():
        raise InputError(f"{path}: no such file")
    if target.exists():
        raise InputError(f"{path}: two files of one name; rename one")
    if path.is_dir():
        shutil.copytree(path, target)
    else:
        shutil.copy2(path, target)
    return target


def _use(root: Path, path: Path) -> FileUse:
    if path.is_dir():
        return FileUse(path=path.relative_to(root).as_posix(), size=disk_use(path))
    return FileUse(path=path.relative_to(root).as_posix(), size=path.stat().st_size, sha256=sha256_file(path))


def _taken(root: Path, path: Path) -> Weights:
    return weights_of(path, path.relative_to(root).as_posix())
