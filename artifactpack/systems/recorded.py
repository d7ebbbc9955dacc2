"""The series of the one run that a tracker kept in a recorded run's own folder: metrics that it wrote nowhere else."""

from __future__ import annotations

import math
from importlib import import_module
from pathlib import Path

from artifactpack.models.config import Config
from artifactpack.models.system import SystemReading, TrackedRun
from artifactpack.project.project import Project
from artifactpack.project.tree import Tree
from artifactpack.systems.files import files_of
from artifactpack.systems.points import keeping
from artifactpack.systems.reading import FAULTS
from artifactpack.systems.table import SYSTEMS, System, wanted

_READ_ALREADY = ("tensorboard",)  # by the recorder itself


def series_in(folder: Path) -> dict[str, list[list[float]]]:
    """``{metric: [[step, value], …]}`` of what MLflow, W&B and the other systems wrote below *folder*.

    A system that tracked several runs there is left out: which of them is meant cannot be told. A metric that has only
    a last value stands at step NaN.
    """
    if not folder.is_dir() or folder.is_symlink():
        return {}
    project = Project(folder.absolute(), Tree((), {}, frozenset(), {}, ()), Config(), "")
    paths = files_of(project).joined
    found: dict[str, list[list[float]]] = {}
    with keeping(None):
        for system in SYSTEMS:
            if system.module not in _READ_ALREADY and wanted(system, paths, frozenset()):
                for name, points in _series(_runs(system, project)).items():
                    found.setdefault(name, points)
    return found


def _runs(system: System, project: Project) -> list[TrackedRun]:
    module = import_module(f"artifactpack.systems.{system.module}")
    try:
        reading: SystemReading = module.read(project)
    except FAULTS:
        return []
    return [run for run in reading.runs if run.metrics or run.series]


def _series(runs: list[TrackedRun]) -> dict[str, list[list[float]]]:
    if len(runs) != 1:
        return {}
    (run,) = runs
    last = {m.name: [[math.nan, m.last]] for m in run.metrics if m.last is not None}
    return last | {name: [[float(s), float(v)] for s, v in points] for name, points in run.series.items() if points}
