"""TensorBoard: event files, one run a folder; hyperparameters from the hparams plugin."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from artifactpack.models.system import SystemReading, TrackedRun
from artifactpack.scan.tfevents import Events, read_events
from artifactpack.systems.about import About
from artifactpack.systems.files import files_of
from artifactpack.systems.points import kept
from artifactpack.systems.values import coerce, metric, seed_of

if TYPE_CHECKING:
    from artifactpack.project import Project

ABOUT = About(
    title="TensorBoard",
    reads="`events.out.tfevents.*`: scalars (TF1, TF2, PyTorch, tensorboardX) and the hparams plugin",
    proves="MVps",
    limits="values are 32-bit floats; no code version, data or environment; images and histograms are skipped",
    versions=r"brain\.Event:2",
)
MARK = "events.out.tfevents."


def detect(project: Project) -> bool:
    """Whether event files lie in the folder."""
    return MARK in files_of(project).joined


def read(project: Project) -> SystemReading:
    """One run a folder; a sub-folder made by ``add_hparams`` is joined with the folder above it."""
    folders: dict[str, list[str]] = defaultdict(list)
    for path in files_of(project).paths:
        if MARK in path.rsplit("/", 1)[-1]:
            folders[path.rpartition("/")[0]].append(path)
    found: dict[str, TrackedRun] = {}
    versions: set[str] = set()
    for folder, paths in folders.items():
        files = [_read(project, path) for path in paths]
        found[folder] = _run(folder, files)
        versions |= {events.version for events in files} - {""}
    runs = _joined(found)
    return SystemReading(
        system=ABOUT.title, version=", ".join(sorted(versions)), sources=tuple(sorted(folders)), runs=tuple(runs)
    )


def _read(project: Project, path: str) -> Events:
    try:
        return read_events(project.root / path)
    except OSError:
        damaged = Events()
        damaged.complete = False
        return damaged


def _run(folder: str, files: list[Events]) -> TrackedRun:
    """Merge the files of one folder: of two values at one step the later written one counts (a restart)."""
    newest: dict[str, dict[int, tuple[float, float]]] = defaultdict(dict)
    parameters: dict[str, object] = {}
    for events in files:
        parameters.update(events.hparams)
        for tag, step, time, value in events.scalars:
            known = newest[tag].get(step)
            if known is None or known[0] <= time:
                newest[tag][step] = (time, value)
    series = {tag: tuple((float(s), v) for s, (_, v) in sorted(points.items())) for tag, points in newest.items()}
    flat = {key: coerce(value) for key, value in parameters.items()}
    return TrackedRun(
        system=ABOUT.title,
        id=folder or ".",
        name=folder.rsplit("/", 1)[-1],
        source=folder,
        parameters=flat,
        seed=seed_of(flat),
        metrics=tuple(m for tag, points in series.items() if (m := metric(tag, points, folder))),
        series=kept(folder or ".", series),
        complete=all(events.complete for events in files),
    )


def _joined(runs: dict[str, TrackedRun]) -> list[TrackedRun]:
    from dataclasses import replace

    kept = dict(runs)
    for folder, run in runs.items():
        above = folder.rpartition("/")[0]
        if run.parameters and above in kept and not kept[above].parameters:
            parent = kept[above]
            known = {m.name for m in parent.metrics}
            kept[above] = replace(
                parent,
                parameters=run.parameters,
                seed=run.seed,
                metrics=parent.metrics + tuple(m for m in run.metrics if m.name not in known),
            )
            del kept[folder]
    return list(kept.values())
