"""Neptune: offline folders of the 2.x client, SQLite logs of the 3.x client, Parquet exports."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from artifactpack.models.records import Json
from artifactpack.models.system import SystemReading, TrackedRun
from artifactpack.systems import wire
from artifactpack.systems.about import About
from artifactpack.systems.files import files_of
from artifactpack.systems.points import kept
from artifactpack.systems.reading import Unreadable, attempt, open_sqlite, read_json, read_text
from artifactpack.systems.values import coerce, metric, number, seed_of

if TYPE_CHECKING:
    from artifactpack.project import Project

ABOUT = About(
    title="Neptune",
    reads="`.neptune/**/data-*.log` (2.x), `run_operations.sqlite3` (3.x), exported Parquet (extra `parquet`)",
    proves="PSVMcE",
    limits="the hosted service was closed in March 2026; the 2.x client writes no commit offline",
)
CREATE, UPDATE = 1, 0
Points = dict[str, list[tuple[float, float]]]


@dataclass
class _Found:
    parameters: dict[str, Json] = field(default_factory=dict)
    points: Points = field(default_factory=dict)
    commit: str = ""
    python: str = ""
    whole: bool = True
    warnings: list[str] = field(default_factory=list)

    def assign(self, name: str, value: Json) -> None:
        if name.startswith("source_code/"):
            self.commit = str(value) if name.endswith("commit/commit_id") else self.commit
            if name == "source_code/dirty" and value is True:
                self.warnings.append("the tree was dirty")
        elif not name.startswith(("sys/", "monitoring/", "runtime/")):
            self.parameters[name] = coerce(value)

    def add(self, name: str, step: float | None, value: float | None) -> None:
        if value is not None and not name.startswith("monitoring/"):
            points = self.points.setdefault(name, [])
            points.append((float(len(points)) if step is None else step, value))

    def run(self, identity: str, source: str, name: str = "") -> TrackedRun:
        series = {key: tuple(points) for key, points in self.points.items()}
        singles = {k: v for k, v in self.parameters.items() if _looks_like_result(k)}
        metrics = [m for key, points in series.items() if (m := metric(key, points, source))]
        for key, value in singles.items():
            made = metric(key, [(0.0, v)], source) if (v := number(value)) is not None else None
            metrics += [made] if made else []
        parameters = {k: v for k, v in self.parameters.items() if k not in singles}
        return TrackedRun(
            system=ABOUT.title, id=identity, name=name, source=source, parameters=parameters,
            seed=seed_of(parameters), metrics=tuple(metrics), series=kept(identity, series), commit=self.commit,
            python=self.python, complete=self.whole, warnings=tuple(self.warnings),
        )  # fmt: skip


def _looks_like_result(name: str) -> bool:
    return name.split("/")[0] in ("metrics", "results", "test", "val", "valid", "validation", "eval", "scores")


def detect(project: Project) -> bool:
    """Whether a `.neptune` folder's logs or an export are there."""
    return bool(_legacy(project) or _scale(project) or _exports(project))


def _legacy(project: Project) -> list[str]:
    paths = files_of(project).paths
    return sorted({p.rpartition("/")[0] for p in paths if ".neptune/" in p and "/data-" in p and p.endswith(".log")})


def _scale(project: Project) -> tuple[str, ...]:
    return files_of(project).named("run_operations.sqlite3")


def _exports(project: Project) -> list[str]:
    return [path for path in files_of(project).ending(".parquet") if "_part_" in path and "/data/" in f"/{path}"]


def read(project: Project) -> SystemReading:
    """Runs of every kind of log found."""
    warnings: list[str] = []
    read_so = [(path, _legacy_run) for path in _legacy(project)] + [(path, _scale_run) for path in _scale(project)]
    runs = [run for path, reader in read_so if (run := attempt(path, warnings, reader, project, path))]
    exports = _exports(project)
    runs += _exported(project, exports, warnings) if exports else []
    sources = (*_legacy(project), *_scale(project), *exports)
    return SystemReading(system=ABOUT.title, sources=sources, runs=tuple(runs), warnings=tuple(warnings))


def _legacy_run(project: Project, folder: str) -> TrackedRun:
    found = _Found()
    logs = [
        p for p in files_of(project).under(folder) if p.rsplit("/", 1)[-1].startswith("data-") and p.endswith(".log")
    ]
    for path in sorted(logs, key=lambda p: int(number(p.rsplit("-", 1)[-1][:-4]) or 0)):
        try:
            text = read_text(project.root / path, 512 << 20)
        except Unreadable:
            found.whole = False
            continue
        for operation in _objects(text, found):
            _legacy_operation(operation, found)
    try:
        about = read_json(project.root / folder / "metadata.json")
        found.python = str(about.get("pythonVersion", ""))
    except (Unreadable, AttributeError):
        pass
    return found.run(folder.rsplit("/", 1)[-1], folder)


def _objects(text: str, found: _Found) -> Any:
    decoder, position, end = json.JSONDecoder(), 0, len(text)
    while position < end:
        while position < end and text[position].isspace():
            position += 1
        if position >= end:
            return
        try:
            value, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            found.whole = False
            return
        if isinstance(value, dict):
            yield value.get("obj", value)


def _legacy_operation(operation: Any, found: _Found) -> None:
    if not isinstance(operation, dict):
        return
    kind, name = str(operation.get("type", "")), "/".join(map(str, operation.get("path") or ()))
    if kind.startswith("Assign") and kind != "AssignArtifact":
        found.assign(name, operation.get("value"))
    elif kind == "LogFloats":
        for point in operation.get("values") or ():
            found.add(name, number(point.get("step")), number(point.get("value")))


def _scale_run(project: Project, path: str) -> TrackedRun:
    found, identity = _Found(), path
    with open_sqlite(project.root / path) as db:
        for row in db.execute("SELECT run_id FROM metadata"):
            identity = str(row[0])
        query = "SELECT operation_type, operation FROM run_operations ORDER BY sequence_id"
        for kind, blob in db.execute(query):
            if kind == UPDATE and isinstance(blob, bytes):
                _snapshot(blob, found)
    return found.run(identity, path)


def _snapshot(blob: bytes, found: _Found) -> None:
    """UpdateRunSnapshot: 1 step {1 whole, 2 micro}, 4 assign map, 8 append map."""
    parts = wire.message(blob)
    step = wire.first(parts, 1)
    at = None
    if isinstance(step, bytes):
        numbers = wire.message(step)
        at = float(wire.signed(wire.first(numbers, 1)) or 0) + (wire.signed(wire.first(numbers, 2)) or 0) / 1e6
    for entry in parts.get(4, ()):
        name, value = _entry(entry)
        found.assign(name, value)
    for entry in parts.get(8, ()):
        name, value = _entry(entry)
        found.add(name, at, number(value))


def _entry(entry: wire.Value) -> tuple[str, Json]:
    pair = wire.message(entry) if isinstance(entry, bytes) else {}
    value = wire.first(pair, 2)
    return wire.text(wire.first(pair, 1)), _value(value if isinstance(value, bytes) else b"")


def _value(data: bytes) -> Json:
    """Value: 1 float64, 3 int64, 5 bool, 6 string."""
    parts = wire.message(data)
    if 1 in parts:
        return wire.double(parts[1][0])
    if 3 in parts:
        return wire.signed(parts[3][0])
    if 5 in parts:
        return bool(parts[5][0])
    return wire.text(parts[6][0]) if 6 in parts else None


def _exported(project: Project, paths: list[str], warnings: list[str]) -> list[TrackedRun]:
    from importlib.util import find_spec

    if not find_spec("pyarrow"):
        warnings.append("Parquet exports are not read: pip install 'artifactpack[parquet]'")
        return []
    runs: dict[str, _Found] = {}
    torn = [path for path in sorted(paths) if not attempt(path, warnings, _part, project, path, runs)]
    firsts = {path.rsplit("_part_", 1)[0] for path in paths if path.endswith("_part_0.parquet")}
    for found in runs.values():
        found.whole = found.whole and not torn and len(firsts) >= len(runs)
    return [found.run(identity, paths[0]) for identity, found in runs.items()]


def _part(project: Project, path: str, runs: dict[str, _Found]) -> bool:
    """Take in the rows of one part of an export; True where all of it was read."""
    from pyarrow import parquet

    for batch in parquet.ParquetFile(project.root / path).iter_batches():
        for row in batch.to_pylist():
            _exported_row(row, runs.setdefault(f"{row.get('project_id')}/{row.get('run_id')}", _Found()))
    return True


def _exported_row(row: dict[str, Any], found: _Found) -> None:
    name, kind = str(row.get("attribute_path", "")), row.get("attribute_type")
    if kind == "float_series":
        found.add(name, number(float(row["step"])) if row.get("step") is not None else None, row.get("float_value"))
        return
    for column in ("int_value", "float_value", "string_value", "bool_value"):
        if row.get(column) is not None:
            found.assign(name, row[column])
            return
