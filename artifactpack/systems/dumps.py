"""Configuration that programs dump themselves: argparse and OmegaConf files beside metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from artifactpack.models.records import Json
from artifactpack.models.system import SystemReading, TrackedRun
from artifactpack.systems.about import About
from artifactpack.systems.files import files_of
from artifactpack.systems.outputs import metrics_beside
from artifactpack.systems.points import kept
from artifactpack.systems.reading import Unreadable, read_json, read_yaml
from artifactpack.systems.values import flatten, seed_of

if TYPE_CHECKING:
    from artifactpack.project import Project

ABOUT = About(
    title="Configuration dumps",
    also="OmegaConf, argparse",
    reads="`args.json`, `config.yaml`, `hparams.json`, `opts.json` and the like that lie beside metric files",
    proves="PSVM",
    limits="only folders that hold metrics too; who wrote the file is not known",
)
NAMES = (
    "args.json", "args.yaml", "config.json", "config.yaml", "hparams.json", "hparams.yaml", "params.json", "opts.json",
    "opt.json", "options.json", "flags.json", "arguments.json",
)  # fmt: skip
_OTHERS = ("/.hydra/", "/version_", "/files/", "mlruns/", "/.dvc", "conf/")


def detect(project: Project) -> bool:
    """Whether a folder holds both a dump and metrics."""
    return bool(_dumps(project))


def _dumps(project: Project) -> list[tuple[str, str]]:
    """(folder, dump) where metrics lie beside the dump; the project's root and other systems' folders are left out."""
    found: dict[str, str] = {}
    for path in files_of(project).named(*NAMES):
        folder = path.rpartition("/")[0]
        if (
            folder
            and folder not in found
            and not any(mark in f"/{path}" for mark in _OTHERS)
            and not _sacred(project, folder)
        ):
            found[folder] = path
    return [(folder, path) for folder, path in sorted(found.items()) if metrics_beside(project, folder)[0]]


def _sacred(project: Project, folder: str) -> bool:
    return f"{folder}/run.json" in files_of(project)


def read(project: Project) -> SystemReading:
    """One run a folder."""
    runs = [run for folder, path in _dumps(project) if (run := _run(project, folder, path))]
    return SystemReading(system=ABOUT.title, sources=tuple(run.source for run in runs), runs=tuple(runs))


def _run(project: Project, folder: str, path: str) -> TrackedRun | None:
    try:
        reader = read_yaml if path.endswith((".yaml", ".yml")) else read_json
        data: Any = reader(project.root / path)
    except Unreadable:
        return None
    parameters: dict[str, Json] = flatten(data) if isinstance(data, dict) else {}
    metrics, series = metrics_beside(project, folder)
    return TrackedRun(
        system=ABOUT.title, id=folder, name=folder.rsplit("/", 1)[-1], source=path, parameters=parameters,
        seed=seed_of(parameters), metrics=metrics, series=kept(folder, series),
    )  # fmt: skip
