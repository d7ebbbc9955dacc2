"""Airflow: DAG files read as text (never imported), the metadata database of a local installation."""

from __future__ import annotations

import ast
import json
import zlib
from typing import TYPE_CHECKING, Any

from artifactpack.models.records import Json
from artifactpack.models.system import DeclaredEnvironment, Pipeline, SystemReading, TrackedRun
from artifactpack.project.python_apart import SAFE
from artifactpack.systems.about import About
from artifactpack.systems.files import files_of
from artifactpack.systems.images import image
from artifactpack.systems.reading import Unreadable, attempt, columns, open_sqlite
from artifactpack.systems.values import flatten, metric, number, seed_of

if TYPE_CHECKING:
    import sqlite3

    from artifactpack.project import Project

ABOUT = About(
    title="Airflow",
    reads="DAG files (literals, one level of names), `airflow.db` (SQLite): runs, their configuration, XComs",
    proves="Pse",
    limits="a DAG built in a loop or from a file is not evaluated; the values of a run need the database",
)
LARGEST = 1 << 20


def detect(project: Project) -> bool:
    """Whether DAG files or a metadata database are there."""
    return bool(_dag_files(project) or _databases(project))


def _dag_files(project: Project) -> list[str]:
    return [path for path in project.files if path.endswith(".py") and _names_airflow(project, path)]


def _names_airflow(project: Project, path: str) -> bool:
    if not 0 < project.size(path) <= LARGEST:
        return False
    data = project.read_bytes(path)
    return b"airflow" in data and (b"DAG(" in data or b"@dag" in data)


def _databases(project: Project) -> tuple[str, ...]:
    return files_of(project).named("airflow.db")


def read(project: Project) -> SystemReading:
    """A pipeline a DAG; one run a row of ``dag_run``."""
    pipelines: list[Pipeline] = []
    environments: list[DeclaredEnvironment] = []
    warnings: list[str] = []
    for path in _dag_files(project):
        if project.size(path) > SAFE:
            warnings.append(f"{path}: not parsed: larger than {SAFE >> 10} kB")
            continue
        try:
            dags = _Dags(path)
            dags.visit(ast.parse(project.read_bytes(path)))
        except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
            warnings.append(f"{path}: not parsed: {type(error).__name__}")
            continue
        pipelines += dags.pipelines()
        environments += [image(path, reference) for reference in dags.images]
    runs: list[TrackedRun] = []
    for path in _databases(project):
        runs += attempt(path, warnings, _runs, project, path) or []
    return SystemReading(
        system=ABOUT.title, sources=(*_dag_files(project), *_databases(project)), runs=tuple(runs),
        environments=tuple(environments), pipelines=tuple(pipelines), warnings=tuple(warnings),
    )  # fmt: skip


class _Dags(ast.NodeVisitor):
    """Literals of ``DAG(…)``, ``@dag(…)``, ``@task`` and operators; module constants are filled in one level."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.constants: dict[str, Any] = {}
        self.dags: list[tuple[str, dict[str, Any]]] = []
        self.commands: dict[str, str] = {}
        self.images: list[str] = []

    def visit_Assign(self, node: ast.Assign) -> None:
        value = self._literal(node.value)
        if value is not None and node.targets and isinstance(node.targets[0], ast.Name):
            self.constants[node.targets[0].id] = value
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for decorator in node.decorator_list:
            name = call_name(decorator.func if isinstance(decorator, ast.Call) else decorator)
            if name == "dag":
                keywords = self._keywords(decorator) if isinstance(decorator, ast.Call) else {}
                self.dags.append((str(keywords.get("dag_id", node.name)), keywords))
            elif name == "task" or name.startswith("task."):
                self.commands[node.name] = name
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = call_name(node.func).rsplit(".", 1)[-1]
        if name == "DAG":
            keywords = self._keywords(node)
            first = self._literal(node.args[0]) if node.args else None
            self.dags.append((str(keywords.get("dag_id", first or "")), keywords))
        elif name.endswith("Operator"):
            keywords = self._keywords(node)
            command = keywords.get("bash_command") or keywords.get("python_callable") or name
            self.commands[str(keywords.get("task_id", name))] = str(command)
            self.images += [keywords["image"]] if isinstance(keywords.get("image"), str) else []
        self.generic_visit(node)

    def _keywords(self, node: ast.Call) -> dict[str, Any]:
        found = {keyword.arg: self._literal(keyword.value) for keyword in node.keywords if keyword.arg}
        return {key: value for key, value in found.items() if value is not None}

    def _literal(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Name):
            return self.constants.get(node.id)
        if isinstance(node, ast.Dict):
            pairs = ((self._literal(k), self._literal(v)) for k, v in zip(node.keys, node.values, strict=True) if k)
            return {key: value for key, value in pairs if isinstance(key, str)}
        try:
            return ast.literal_eval(node)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return None

    def pipelines(self) -> list[Pipeline]:
        """One pipeline a DAG; the tasks of a file belong to each DAG in it."""
        return [
            Pipeline(
                system=ABOUT.title,
                source=self.path,
                name=name,
                stages=tuple(self.commands),
                commands=self.commands,
                parameters=flatten(keywords["params"]) if isinstance(keywords.get("params"), dict) else {},
            )
            for name, keywords in self.dags
        ]


def call_name(node: ast.expr) -> str:
    """The dotted name of what is called, "" where it is no plain name."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join(reversed([*parts, node.id])) if isinstance(node, ast.Name) else ""


def _runs(project: Project, path: str) -> list[TrackedRun]:
    with open_sqlite(project.root / path) as db:
        if not columns(db, "dag_run"):
            raise Unreadable("no dag_run table: not an Airflow database")
        defaults = _defaults(db)
        found = _xcoms(db)
        rows = db.execute("SELECT dag_id, run_id, state, conf FROM dag_run ORDER BY dag_id, run_id").fetchall()
        return [_run(path, row, defaults, found) for row in rows]


def _run(path: str, row: Any, defaults: dict[str, dict[str, Json]], xcoms: dict[str, dict[str, float]]) -> TrackedRun:
    parameters = dict(defaults.get(row["dag_id"], {}))
    parameters.update(flatten(_loaded(row["conf"])))
    values = xcoms.get(row["run_id"], {})
    return TrackedRun(
        system=ABOUT.title,
        id=f"{row['dag_id']}/{row['run_id']}",
        name=row["dag_id"],
        source=path,
        state="finished" if row["state"] == "success" else str(row["state"]),
        parameters=parameters,
        seed=seed_of(parameters),
        metrics=tuple(m for key, value in values.items() if (m := metric(key, [(0.0, value)], path))),
        complete=row["state"] == "success",
    )


def _loaded(value: Any) -> dict[str, Any]:
    if isinstance(value, bytes) and value[:1] == b"\x80":
        return {}  # a pickle of an old version: never loaded
    try:
        data = json.loads(value) if value else {}
    except (ValueError, TypeError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _defaults(db: sqlite3.Connection) -> dict[str, dict[str, Json]]:
    """Default parameters out of the serialised DAGs."""
    found: dict[str, dict[str, Json]] = {}
    if not {"dag_id", "data"} <= columns(db, "serialized_dag"):
        return found
    compressed = "data_compressed" if "data_compressed" in columns(db, "serialized_dag") else "NULL"
    for dag, data, packed in db.execute(f"SELECT dag_id, data, {compressed} FROM serialized_dag"):  # noqa: S608
        text = data or (zlib.decompressobj().decompress(packed, 8 << 20) if isinstance(packed, bytes) else None)
        params = _loaded(text).get("dag", {}).get("params", ())
        pairs = (
            params.items() if isinstance(params, dict) else [p for p in params if isinstance(p, list) and len(p) == 2]
        )
        found[dag] = flatten({str(key): _parameter(value) for key, value in pairs})
    return found


def _parameter(value: Any) -> Json:
    """A serialised ``Param`` holds its value under ``value``."""
    return value["value"] if isinstance(value, dict) and "value" in value else value


def _xcoms(db: sqlite3.Connection) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    if not {"run_id", "task_id", "key", "value"} <= columns(db, "xcom"):
        return found
    for run, task, key, value in db.execute("SELECT run_id, task_id, key, value FROM xcom"):
        try:
            data = json.loads(value)
        except (ValueError, TypeError, UnicodeDecodeError, RecursionError):
            continue
        for name, number_ in flatten(data if isinstance(data, dict) else {key: data}).items():
            parsed = None if isinstance(number_, bool) else number(number_)
            if parsed is not None:
                found.setdefault(run, {})[f"{task}.{name}"] = parsed
    return found
