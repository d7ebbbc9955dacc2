"""Hydra: the composed configuration of every job, single runs and multiruns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from artifactpack.models.records import Json
from artifactpack.models.system import SystemReading, TrackedRun
from artifactpack.patterns import late
from artifactpack.systems.about import About
from artifactpack.systems.files import files_of
from artifactpack.systems.outputs import metrics_beside
from artifactpack.systems.points import kept
from artifactpack.systems.reading import Unreadable, read_yaml
from artifactpack.systems.values import flatten, seed_of

if TYPE_CHECKING:
    from artifactpack.project import Project

ABOUT = About(
    title="Hydra",
    reads="`.hydra/{config,overrides,hydra}.yaml` of single runs and multiruns, and metric files beside them",
    proves="PSV",
    limits="no code version; resolvers such as `${oc.env:X}` stay as written; `output_subdir: null` leaves nothing",
    versions=r"1\.[0-3]\..*",
)
_REFERENCE = late(r"\$\{([A-Za-z_][\w.]*)\}")
_DEEPEST = 8


def detect(project: Project) -> bool:
    """Whether a `.hydra` folder with a job's configuration is there."""
    return any(path.endswith(".hydra/config.yaml") for path in files_of(project).paths)


def read(project: Project) -> SystemReading:
    """One run a `.hydra` folder."""
    folders = [path.rpartition("/")[0] for path in files_of(project).paths if path.endswith(".hydra/config.yaml")]
    read_runs = [_run(project, folder) for folder in folders]
    versions = sorted({version for _, version in read_runs if version})
    return SystemReading(
        system=ABOUT.title, version=", ".join(versions), sources=tuple(folders), runs=tuple(run for run, _ in read_runs)
    )


def _run(project: Project, folder: str) -> tuple[TrackedRun, str]:
    job = folder.rpartition("/")[0]
    config, complete = _yaml(project, f"{folder}/config.yaml")
    hydra, _ = _yaml(project, f"{folder}/hydra.yaml")
    overrides, _ = _yaml(project, f"{folder}/overrides.yaml")
    flat = resolve(flatten(config if isinstance(config, dict) else {}))
    about = hydra.get("hydra", hydra) if isinstance(hydra, dict) else {}
    metrics, series = metrics_beside(project, job)
    run = TrackedRun(
        system=ABOUT.title,
        id=job,
        name=str(_dig(about, "job", "override_dirname") or job.rsplit("/", 1)[-1]),
        source=folder,
        parameters=flat,
        seed=seed_of(flat),
        metrics=metrics,
        series=kept(job, series),
        argv=tuple(map(str, overrides)) if isinstance(overrides, list) else (),
        complete=complete,
    )
    return run, str(_dig(about, "runtime", "version") or "")


def _yaml(project: Project, path: str) -> tuple[Any, bool]:
    try:
        return read_yaml(project.root / path) or {}, True
    except Unreadable:
        return {}, False


def _dig(data: Any, *keys: str) -> Any:
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def resolve(flat: dict[str, Json]) -> dict[str, Json]:
    """Fill in plain ``${a.b}`` references; resolvers (``${oc.env:X}``) and missing values (``???``) stay."""
    return {key: _resolved(value, flat, 0) for key, value in flat.items()}


def _resolved(value: Json, flat: dict[str, Json], depth: int) -> Json:
    if not isinstance(value, str) or "${" not in value or depth > _DEEPEST:
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole:
        return _resolved(flat[whole[1]], flat, depth + 1) if whole[1] in flat else value
    return _REFERENCE.sub(lambda m: str(_resolved(flat.get(m[1], m[0]), flat, depth + 1)), value)
