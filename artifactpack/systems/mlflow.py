"""MLflow: the SQLite store of version 3, the file store of version 2, MLproject and MLmodel files."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from artifactpack.models.records import Json
from artifactpack.models.run import Metric
from artifactpack.models.system import DataVersion, DeclaredEnvironment, Pipeline, SystemReading, TrackedRun
from artifactpack.systems.about import About
from artifactpack.systems.files import files_of
from artifactpack.systems.mlflow_files import file_store_runs, is_run
from artifactpack.systems.points import Series, kept
from artifactpack.systems.reading import Unreadable, attempt, columns, has_tables, open_sqlite, read_text, read_yaml
from artifactpack.systems.values import coerce, metric, seed_of

if TYPE_CHECKING:
    import sqlite3

    from artifactpack.project import Project

ABOUT = About(
    title="MLflow",
    reads="`mlflow.db` (3.x), `mlruns/` file store (2.x), `MLproject`, `MLmodel` with its `requirements.txt`",
    proves="PSVMCde",
    limits="whether the tree was dirty is not recorded; data digests are over a sample; parameters may be cut",
)
KNOWN_SCHEMAS = frozenset({"dc11669786a5"})
STATES = {"FINISHED": "finished", "FAILED": "failed", "KILLED": "failed", "RUNNING": "unfinished"}
TABLES = frozenset({"runs", "params", "metrics", "tags", "alembic_version"})
Texts = dict[str, dict[str, str]]
Measured = tuple[tuple[Metric, ...], Series]


def detect(project: Project) -> bool:
    """Whether a store, a project file or a logged model is there."""
    files = files_of(project)
    return bool(_databases(project) or files.named("MLproject", "MLmodel") or any(is_run(p) for p in files.paths))


def _databases(project: Project) -> list[str]:
    """SQLite files that have MLflow's tables, or had them before they were damaged."""
    paths = files_of(project).ending(".db", ".sqlite", ".sqlite3")
    return [path for path in paths if has_tables(project.root / path, TABLES, "latest_metrics")]


def read(project: Project) -> SystemReading:
    """Runs of every store, environments of logged models, entry points of MLproject."""
    files, versions = files_of(project), []
    warnings: list[str] = []
    runs, data = file_store_runs(project)
    databases = _databases(project)
    for path in databases:
        store = attempt(path, warnings, _store, project, path)
        if store is None:
            continue
        found, versioned, schema = store
        runs, data = runs + found, data + versioned
        versions.append(f"schema {schema}")
        if schema not in KNOWN_SCHEMAS:
            warnings.append(f"{path}: store schema {schema} is not one that was tried")
    return SystemReading(
        system=ABOUT.title,
        version=", ".join(sorted(set(versions))),
        sources=(*databases, *sorted({run.source for run in runs} - set(databases))),
        runs=tuple(runs),
        data=tuple(data),
        environments=tuple(e for path in files.named("MLmodel") if (e := _model(project, path))),
        pipelines=tuple(
            p for path in files.named("MLproject") if (p := attempt(path, warnings, _mlproject, project, path))
        ),
        warnings=tuple(warnings),
    )


def _store(project: Project, path: str) -> tuple[list[TrackedRun], list[DataVersion], str]:
    with open_sqlite(project.root / path) as db:
        schema = next((row[0] for row in db.execute("SELECT version_num FROM alembic_version")), "")
        parameters = _keyed(db, "params")
        tags = _keyed(db, "tags")
        measured = dict(_measured(db, path))
        rows = db.execute("SELECT * FROM runs WHERE lifecycle_stage = 'active' ORDER BY start_time, run_uuid")
        runs = [_run(path, row, parameters, tags, measured) for row in rows]
        return runs, _datasets(db), str(schema)


def _keyed(db: sqlite3.Connection, table: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for run, key, value in db.execute(f"SELECT run_uuid, key, value FROM {table}"):  # noqa: S608 - our own names
        found[run][key] = value
    return found


def _measured(db: sqlite3.Connection, path: str) -> Iterator[tuple[str, Measured]]:
    """The metrics of one run after the other, so that only one run's points are in memory."""
    special = "is_nan" if "is_nan" in columns(db, "metrics") else "0"
    query = f"SELECT run_uuid, key, step, value, {special} FROM metrics ORDER BY run_uuid, timestamp"  # noqa: S608
    for run, rows in groupby(db.execute(query), itemgetter(0)):
        points: dict[str, dict[float, float]] = defaultdict(dict)
        for _, key, step, value, nan in rows:
            points[key][float(step)] = math.nan if nan else float(value)
        series = {name: tuple(sorted(values.items())) for name, values in sorted(points.items())}
        metrics = tuple(m for name, values in series.items() if (m := metric(name, values, path)))
        yield run, (metrics, kept(run, series))


def _run(
    path: str,
    row: Any,
    parameters: dict[str, dict[str, str]],
    tags: dict[str, dict[str, str]],
    measured: dict[str, Measured],
) -> TrackedRun:
    identity = row["run_uuid"]
    flat: dict[str, Json] = {key: coerce(value) for key, value in parameters.get(identity, {}).items()}
    tag, (metrics, series) = tags.get(identity, {}), measured.get(identity, ((), {}))
    state, start, end = STATES.get(row["status"], str(row["status"]).lower()), row["start_time"], row["end_time"]
    return TrackedRun(
        system=ABOUT.title,
        id=identity,
        name=row["name"] or tag.get("mlflow.runName", ""),
        source=path,
        state=state,
        parameters=flat,
        seed=seed_of(flat),
        metrics=metrics,
        series=series,
        commit=tag.get("mlflow.source.git.commit", ""),
        argv=(tag["mlflow.source.name"],) if "mlflow.source.name" in tag else (),
        wall=(end - start) / 1000 if start and end else None,
        complete=state == "finished",
    )


def _datasets(db: sqlite3.Connection) -> list[DataVersion]:
    if not columns(db, "datasets"):
        return []
    rows = db.execute("SELECT name, digest, dataset_source_type FROM datasets ORDER BY name, digest")
    return [
        DataVersion(system=ABOUT.title, path=name, hash=digest, algorithm="mlflow-digest") for name, digest, _ in rows
    ]


def _model(project: Project, path: str) -> DeclaredEnvironment | None:
    """The packages that a logged model wants: `requirements.txt` beside its `MLmodel`."""
    requirements = path.removesuffix("MLmodel") + "requirements.txt"
    try:
        lines = read_text(project.root / requirements).splitlines()
        about = read_yaml(project.root / path)
    except Unreadable:
        return None
    pairs = [line.strip().partition("==") for line in lines if line.strip() and not line.startswith(("#", "-"))]
    packages = {name.strip(): version.strip() for name, _, version in pairs}
    flavors = about.get("flavors", {}) if isinstance(about, dict) else {}
    function = flavors.get("python_function", {}) if isinstance(flavors, dict) else {}
    return DeclaredEnvironment(
        system=ABOUT.title,
        source=requirements,
        packages=packages,
        pinned=sum(bool(version) for version in packages.values()),
        python=str(function.get("python_version", "")) if isinstance(function, dict) else "",
    )


def _mlproject(project: Project, path: str) -> Pipeline | None:
    data = read_yaml(project.root / path)
    points = data.get("entry_points") if isinstance(data, dict) else None
    if not isinstance(points, dict):
        return None
    commands, parameters = {}, {}
    for name, point in points.items():
        if isinstance(point, dict):
            commands[str(name)] = str(point.get("command", ""))
            for key, value in (point.get("parameters") or {}).items():
                parameters[f"{name}.{key}"] = coerce(value.get("default") if isinstance(value, dict) else None)
    return Pipeline(
        system=ABOUT.title, source=path, name=str(data.get("name", "")), stages=tuple(commands), commands=commands,
        parameters=parameters,
    )  # fmt: skip
