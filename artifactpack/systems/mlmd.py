"""TFX and ML Metadata: the SQLite store of executions, artifacts and the events that join them."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from artifactpack.models.records import Json
from artifactpack.models.system import DataVersion, SystemReading, TrackedRun
from artifactpack.systems.about import About
from artifactpack.systems.files import files_of
from artifactpack.systems.reading import attempt, has_tables, open_sqlite
from artifactpack.systems.values import coerce, flatten, metric, number, seed_of

if TYPE_CHECKING:
    import sqlite3

    from artifactpack.project import Project

ABOUT = About(
    title="ML Metadata",
    also="TFX",
    reads="`metadata.sqlite` (ML Metadata, TFX): executions, artifacts, lineage",
    proves="PsVMD",
    limits="stores on MySQL or PostgreSQL are not read; TFX's input fingerprint rests on file times",
)
KNOWN_SCHEMA, COMPLETE, OUTPUT = 10, 3, 4
_TABLES = frozenset({"Type", "Artifact", "Execution", "Event", "ExecutionProperty", "ArtifactProperty", "MLMDEnv"})


def detect(project: Project) -> bool:
    """Whether an SQLite file has ML Metadata's tables."""
    return bool(_stores(project))


def _stores(project: Project) -> list[str]:
    paths = files_of(project).ending(".sqlite", ".db", ".sqlite3")
    return [path for path in paths if has_tables(project.root / path, _TABLES, "MLMDEnv")]


def read(project: Project) -> SystemReading:
    """One run an execution that has parameters or metrics; artifacts with a fingerprint as data."""
    runs: list[TrackedRun] = []
    data: list[DataVersion] = []
    versions: set[str] = set()
    warnings: list[str] = []
    paths = _stores(project)
    for path in paths:
        store = attempt(path, warnings, _store, project, path)
        if store is None:
            continue
        found, artifacts, schema = store
        runs, data = runs + found, data + artifacts
        versions.add(f"schema {schema}")
        if schema != KNOWN_SCHEMA:
            warnings.append(f"{path}: store schema {schema} is not one that was tried")
    return SystemReading(
        system=ABOUT.title, version=", ".join(sorted(versions)), sources=tuple(paths), runs=tuple(runs),
        data=tuple(data), warnings=tuple(warnings),
    )  # fmt: skip


def _store(project: Project, path: str) -> tuple[list[TrackedRun], list[DataVersion], int]:
    with open_sqlite(project.root / path) as db:
        schema = next((row[0] for row in db.execute("SELECT schema_version FROM MLMDEnv")), 0)
        return _runs(db, path), _artifacts(db), schema


def _properties(db: sqlite3.Connection, table: str, key: str) -> dict[int, dict[str, Json]]:
    found: dict[int, dict[str, Json]] = defaultdict(dict)
    query = f"SELECT {key}, name, int_value, double_value, string_value FROM {table}"  # noqa: S608 - our own names
    for owner, name, integer, double, text in db.execute(query):
        value = integer if integer is not None else double if double is not None else text
        found[owner].update(_decoded(name, value))
    return found


def _decoded(name: str, value: Any) -> dict[str, Json]:
    """TFX writes hyperparameters as JSON text (``train_args``, ``custom_config``)."""
    if isinstance(value, str) and value[:1] == "{":
        try:
            inner = json.loads(value)
        except (ValueError, RecursionError):
            return {name: value}
        return flatten(inner, f"{name}.") if isinstance(inner, dict) else {name: value}
    return {name: coerce(value)}


def _types(db: sqlite3.Connection) -> dict[int, str]:
    return {row[0]: row[1] for row in db.execute("SELECT id, name FROM Type")}


def _runs(db: sqlite3.Connection, path: str) -> list[TrackedRun]:
    types, properties = _types(db), _properties(db, "ExecutionProperty", "execution_id")
    measured = _properties(db, "ArtifactProperty", "artifact_id")
    outputs: dict[int, list[int]] = defaultdict(list)
    for artifact, execution, _ in db.execute(
        "SELECT artifact_id, execution_id, type FROM Event WHERE type = ?", [OUTPUT]
    ):
        outputs[execution].append(artifact)
    rows = db.execute("SELECT id, type_id, last_known_state FROM Execution ORDER BY id").fetchall()
    found = [_run(path, row, types, properties, measured, outputs) for row in rows]
    return [run for run in found if run.parameters or run.metrics]


def _run(
    path: str, row: Any, types: dict[int, str], properties: dict[int, dict[str, Json]],
    measured: dict[int, dict[str, Json]], outputs: dict[int, list[int]],
) -> TrackedRun:  # fmt: skip
    identity, kind, state = row
    parameters = {key: value for key, value in properties.get(identity, {}).items() if not key.startswith("__")}
    values = {k: v for artifact in outputs.get(identity, ()) for k, v in measured.get(artifact, {}).items()}
    numbers = {k: n for k, v in values.items() if not isinstance(v, bool | str) and (n := number(v)) is not None}
    return TrackedRun(
        system=ABOUT.title, id=f"{path}:{identity}", name=types.get(kind, ""), source=path,
        state="finished" if state == COMPLETE else "unfinished", parameters=parameters, seed=seed_of(parameters),
        metrics=tuple(m for key, n in numbers.items() if (m := metric(key, [(0.0, n)], path))),
        complete=state == COMPLETE,
    )  # fmt: skip


def _artifacts(db: sqlite3.Connection) -> list[DataVersion]:
    types, properties = _types(db), _properties(db, "ArtifactProperty", "artifact_id")
    found = []
    for identity, kind, uri in db.execute("SELECT id, type_id, uri FROM Artifact ORDER BY id"):
        fingerprint = properties.get(identity, {}).get("input_fingerprint")
        if types.get(kind) in ("Examples", "DataSet", "Dataset") or fingerprint:
            name = str(uri or "").rstrip("/").rsplit("/", 1)[-1]
            found.append(
                DataVersion(system=ABOUT.title, path=name, hash=str(fingerprint or ""), algorithm="tfx-fingerprint")
            )
    return found
