"""Lightning: what its CSV logger and hyperparameter files leave in `lightning_logs/version_*`."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from artifactpack.models.records import Json
from artifactpack.models.system import SystemReading, TrackedRun
from artifactpack.systems.about import About
from artifactpack.systems.files import files_of
from artifactpack.systems.outputs import Series, rows_to_series
from artifactpack.systems.points import kept
from artifactpack.systems.reading import Unreadable, read_text, read_yaml
from artifactpack.systems.values import flatten, metric, seed_of

if TYPE_CHECKING:
    from artifactpack.project import Project

ABOUT = About(
    title="Lightning",
    reads="`hparams.yaml`, `metrics.csv`, `config.yaml` (LightningCLI) of every logger version",
    proves="PSVM",
    limits="no code version or environment; checkpoints are read as weights",
)


def detect(project: Project) -> bool:
    """Whether a version folder is there."""
    return bool(_folders(project))


def _folders(project: Project) -> list[str]:
    paths = files_of(project).named("hparams.yaml", "metrics.csv")
    return sorted({p.rpartition("/")[0] for p in paths if "/version_" in f"/{p}"})


def read(project: Project) -> SystemReading:
    """One run a version folder."""
    folders = _folders(project)
    return SystemReading(
        system=ABOUT.title, sources=tuple(folders), runs=tuple(_run(project, folder) for folder in folders)
    )


def _run(project: Project, folder: str) -> TrackedRun:
    parameters: dict[str, Json] = {}
    for name in ("config.yaml", "hparams.yaml"):
        try:
            data = read_yaml(project.root / folder / name)
        except Unreadable:
            continue
        parameters.update(flatten(data) if isinstance(data, dict) else {})
    series, complete = _series(project, f"{folder}/metrics.csv")
    return TrackedRun(
        system=ABOUT.title, id=folder, name=folder.rsplit("/", 1)[-1], source=folder, parameters=parameters,
        seed=seed_of(parameters), series=kept(folder, series), complete=complete,
        metrics=tuple(m for name, points in series.items() if (m := metric(name, points, folder))),
    )  # fmt: skip


def _series(project: Project, path: str) -> tuple[Series, bool]:
    """The columns of the log; a last line without its end is left out, and told by False."""
    try:
        *lines, rest = read_text(project.root / path).split("\n")
        rows = list(csv.DictReader(lines))
    except (Unreadable, csv.Error):
        return {}, not (project.root / path).exists()
    return rows_to_series([{key: value for key, value in row.items() if value != ""} for row in rows]), not rest
