"""Kedro: parameters, the data catalogue, versioned results."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

from artifactpack.models.records import Json
from artifactpack.models.system import DataVersion, Pipeline, SystemReading, TrackedRun
from artifactpack.patterns import late
from artifactpack.systems.about import About
from artifactpack.systems.files import files_of
from artifactpack.systems.outputs import rows_to_series
from artifactpack.systems.reading import Unreadable, read_json, read_toml, read_yaml
from artifactpack.systems.values import flatten, metric, seed_of

if TYPE_CHECKING:
    from artifactpack.project import Project

ABOUT = About(
    title="Kedro",
    reads="`conf/<env>/{parameters,catalog,globals}*.yml`, `pyproject.toml`, versioned JSON results",
    proves="PsMD",
    limits="`--params` on the command line leaves no trace; `conf/local` is never read; versions are times",
    versions=r"(?:0\.1[89]|1)\..*",
)
_CONF = late(r"(?:^|/)conf/(?!local/)([^/]+)/(?:.*/)?(parameters|catalog|globals)[\w/-]*\.ya?ml$")
_VERSION = late(r"^(.*/([^/]+))/(\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d\.\d{3}Z)/\2$")


def detect(project: Project) -> bool:
    """Whether pyproject.toml names a Kedro project."""
    return any("[tool.kedro]" in project.read_text(path) for path in files_of(project).named("pyproject.toml"))


def read(project: Project) -> SystemReading:
    """Base parameters as configuration and pipeline parameters, the catalogue as data, versions as runs."""
    conf = [(m[1], m[2], path) for path in files_of(project).paths if (m := _CONF.search(path))]
    parameters: dict[str, Json] = {}
    for environment in sorted({env for env, _, _ in conf}, key=lambda env: env != "base"):
        for env, kind, path in conf:
            if env == environment and kind == "parameters":
                parameters.update(flatten(_yaml(project, path)))
    version, name = _about(project)
    scalars = {key: value for key, value in parameters.items() if isinstance(value, str | int | float | bool)}
    return SystemReading(
        system=ABOUT.title,
        version=version,
        sources=tuple(path for _, _, path in conf),
        runs=tuple(_runs(project, parameters)),
        data=tuple(d for _, kind, path in conf if kind == "catalog" for d in _catalogue(project, path)),
        pipelines=(Pipeline(system=ABOUT.title, source="conf/base", name=name, parameters=parameters),),
        configuration=scalars,
    )


def _yaml(project: Project, path: str) -> dict[str, Any]:
    try:
        data = read_yaml(project.root / path)
    except Unreadable:
        return {}
    return data if isinstance(data, dict) else {}


def _about(project: Project) -> tuple[str, str]:
    for path in files_of(project).named("pyproject.toml"):
        try:
            about = read_toml(project.root / path).get("tool", {}).get("kedro")
        except Unreadable:
            continue
        if isinstance(about, dict):
            return str(about.get("kedro_init_version", "")), str(about.get("project_name", ""))
    return "", ""


def _catalogue(project: Project, path: str) -> list[DataVersion]:
    base = path.split("conf/")[0]
    entries = [(n, e) for n, e in _yaml(project, path).items() if isinstance(e, dict) and not n.startswith("_")]
    return [
        DataVersion(system=ABOUT.title, path=f"{base}{entry['filepath']}", url=str(entry.get("type", "")))
        for _, entry in entries
        if isinstance(entry.get("filepath"), str)
    ]


def _runs(project: Project, parameters: dict[str, Json]) -> list[TrackedRun]:
    """One run a version folder; the parameters are those of the configuration as it is now."""
    by_version: dict[str, list[str]] = {}
    for path in files_of(project).paths:
        match = _VERSION.match(path)
        if match and path.endswith(".json"):
            by_version.setdefault(match[3], []).append(path)
    return [_run(project, version, paths, parameters) for version, paths in sorted(by_version.items())]


def _run(project: Project, version: str, paths: list[str], parameters: dict[str, Json]) -> TrackedRun:
    series = {}
    for path in paths:
        try:
            series.update(rows_to_series([read_json(project.root / path)]))
        except Unreadable:
            continue
    seeds = {key: int(points[0][1]) for key, points in series.items() if "seed" in key and isfinite(points[0][1])}
    return TrackedRun(
        system=ABOUT.title,
        id=version,
        source=paths[0],
        seed=seed_of(dict(seeds)),
        metrics=tuple(m for key, points in series.items() if key not in seeds and (m := metric(key, points, paths[0]))),
        series={key: points for key, points in series.items() if key not in seeds},
        started=version,
        warnings=("the parameters of this version were not recorded",) if parameters else (),
    )
