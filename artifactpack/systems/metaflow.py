"""Metaflow: the local datastore; artifacts are pickles and are read by a reader that knows plain values only."""

from __future__ import annotations

import gzip
import io
import pickle
import re
import zlib
from typing import TYPE_CHECKING, Any

from artifactpack.models.records import Json
from artifactpack.models.system import SystemReading, TrackedRun
from artifactpack.systems.about import About
from artifactpack.systems.files import files_of
from artifactpack.systems.reading import Unreadable, read_json
from artifactpack.systems.values import flatten, metric, number, seed_of

if TYPE_CHECKING:
    from artifactpack.project import Project

ABOUT = About(
    title="Metaflow",
    reads="`.metaflow/<Flow>/<run>/<step>/<task>/`: artifacts that are plain values, git and Python metadata",
    proves="PSVMCe",
    limits="arrays and objects are named by type only; no hardware, no package list",
)
_DATA = re.compile(r"(?:^|/)\.metaflow/([^/]+)/(\d+)/([^/]+)/(\d+)/(\d+)\.data\.json$")
LARGEST_ARTIFACT = 8 << 20
_INTERNAL = ("name", "script_name")


def detect(project: Project) -> bool:
    """Whether a local datastore is there."""
    return any(_DATA.search(path) for path in files_of(project).paths)


def read(project: Project) -> SystemReading:
    """One run a task that is a leaf of a foreach over seeds, else one run a Metaflow run."""
    tasks: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for path in files_of(project).paths:
        if match := _DATA.search(path):
            tasks.setdefault((match[1], match[2]), []).append((match[3], path))
    runs = [run for (flow, number_), found in sorted(tasks.items()) for run in _runs(project, flow, number_, found)]
    return SystemReading(
        system=ABOUT.title,
        version=next((w for run in runs for w in run.warnings if w.startswith("metaflow ")), ""),
        sources=tuple(sorted({path.split("/.metaflow/")[0] if "/.metaflow/" in path else ".metaflow" for _, path in
                              (entry for found in tasks.values() for entry in found)})),
        runs=tuple(runs),
    )  # fmt: skip


def _runs(project: Project, flow: str, identity: str, tasks: list[tuple[str, str]]) -> list[TrackedRun]:
    parameters: dict[str, Json] = {}
    found: list[TrackedRun] = []
    commit, python = "", ""
    for step, path in tasks:
        if step == "_parameters":
            parameters = flatten(_artifacts(project, flow, path))
    for step, path in _newest(tasks):
        folder = path.rpartition("/")[0]
        commit = commit or _meta(project, folder, "git-info", "commit_sha")
        python = python or _meta(project, folder, "python_version", "")
        values = flatten(_artifacts(project, flow, path))
        own = {**parameters, **{k: v for k, v in values.items() if k in parameters or "seed" in k}}
        series = _series({k: v for k, v in values.items() if k not in own})
        if step not in ("_parameters", "start", "join", "end") and series:
            found.append(_run(flow, f"{identity}/{step}/{folder.rsplit('/', 1)[-1]}", folder, own, series,
                              done=_done(project, path)))  # fmt: skip
    return [_with(run, commit, python) for run in found]


def _newest(tasks: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The highest attempt of every task."""
    newest = {path.rpartition("/")[0]: (step, path) for step, path in sorted(tasks, key=lambda entry: entry[1])}
    return list(newest.values())


def _done(project: Project, path: str) -> bool:
    return path.removesuffix("data.json") + "DONE.lock" in files_of(project).paths


def _run(
    flow: str, identity: str, source: str, parameters: dict[str, Json], series: dict[str, Any], *, done: bool
) -> TrackedRun:
    return TrackedRun(
        system=ABOUT.title, id=identity, name=flow, source=source, parameters=parameters, seed=seed_of(parameters),
        metrics=tuple(m for name, points in series.items() if (m := metric(name, points, source))), series=series,
        complete=done, state="finished" if done else "unfinished",
    )  # fmt: skip


def _with(run: TrackedRun, commit: str, python: str) -> TrackedRun:
    from dataclasses import replace

    return replace(run, commit=commit, python=python)


def _meta(project: Project, folder: str, kind: str, key: str) -> str:
    import json

    for path in files_of(project).under(f"{folder}/_meta"):
        if kind in path.rsplit("/", 1)[-1]:
            try:
                value = read_json(project.root / path).get("value", "")
                inner = json.loads(value) if key else value
            except (Unreadable, AttributeError, ValueError, TypeError):
                continue
            return str(inner.get(key, "")) if key and isinstance(inner, dict) else str(inner)
    return ""


def _series(values: dict[str, Json]) -> dict[str, tuple[tuple[float, float], ...]]:
    """Numbers are one point, lists of numbers a point an index."""
    found = {}
    for name, value in values.items():
        points = value if isinstance(value, list) else [value]
        numbers = [None if isinstance(point, bool) else number(point) for point in points]
        if numbers and None not in numbers:
            found[name] = tuple((float(index), float(n or 0.0)) for index, n in enumerate(numbers))
    return found


def _artifacts(project: Project, flow: str, path: str) -> dict[str, Any]:
    try:
        about = read_json(project.root / path)
        objects = dict(about.get("objects") or {})
    except (Unreadable, AttributeError):
        return {}
    store = path.split(f"/{flow}/")[0] + f"/{flow}/data"
    found = {}
    for name, sha in objects.items():
        if name.startswith("_") or name in _INTERNAL or not re.fullmatch(r"[0-9a-f]{40}", str(sha)):
            continue
        value = _unpickled(project, f"{store}/{str(sha)[:2]}/{sha}")
        if value is not None:
            found[name] = value
    return found


class PlainUnpickler(pickle.Unpickler):
    """Loads numbers, strings, lists, dicts and tuples; every global is refused, so no code can run."""

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"{module}.{name} is no plain value")

    def persistent_load(self, pid: Any) -> Any:
        raise pickle.UnpicklingError("persistent ids are no plain values")


def _unpickled(project: Project, path: str) -> Any:
    try:
        with gzip.open(project.root / path) as stream:
            data = stream.read(LARGEST_ARTIFACT + 1)
        if len(data) > LARGEST_ARTIFACT:
            return None
        return PlainUnpickler(io.BytesIO(data)).load()
    except (OSError, EOFError, zlib.error, pickle.UnpicklingError, ValueError, TypeError, AttributeError,
            IndexError, KeyError, MemoryError, RecursionError, OverflowError):  # fmt: skip
        return None
