"""Metaflow: the local datastore; artifacts are pickles and are read by a reader that knows plain values only."""

from __future__ import annotations

import gzip
import hashlib
import io
import pickle
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from artifactpack.models.records import Json
from artifactpack.models.system import SystemReading, TrackedRun
from artifactpack.patterns import late
from artifactpack.systems.about import About
from artifactpack.systems.files import files_of
from artifactpack.systems.reading import FAULTS, Unreadable, attempt, read_json
from artifactpack.systems.values import flatten, metric, number, seed_of

if TYPE_CHECKING:
    from pathlib import Path

    from artifactpack.project import Project

ABOUT = About(
    title="Metaflow",
    reads="`.metaflow/<Flow>/<run>/<step>/<task>/`: artifacts that are plain values, git and Python metadata",
    proves="PSVMCe",
    limits="arrays and objects are named by type only; no hardware, no package list",
    versions=r"2\..*",
)
_DATA = late(r"(?:^|/)\.metaflow/([^/]+)/(\d+)/([^/]+)/(\d+)/(\d+)\.data\.json$")
_VERSION = late(r"metaflow_version:([\w.+-]+)$")
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
    warnings: list[str] = []
    runs = [run for (flow, n), found in sorted(tasks.items()) for run in _runs(project, flow, n, found, warnings)]
    return SystemReading(
        system=ABOUT.title,
        version=", ".join(sorted({_version(project, found[0][1]) for found in tasks.values()} - {""})),
        sources=tuple(sorted({path.split("/.metaflow/")[0] if "/.metaflow/" in path else ".metaflow" for _, path in
                              (entry for found in tasks.values() for entry in found)})),
        runs=tuple(runs),
        warnings=tuple(warnings),
    )  # fmt: skip


def _runs(
    project: Project, flow: str, identity: str, tasks: list[tuple[str, str]], warnings: list[str]
) -> list[TrackedRun]:
    parameters: dict[str, Json] = {}
    before = len(warnings)
    for step, path in tasks:
        if step == "_parameters":
            parameters = attempt(path, warnings, _values, project, flow, path, warnings) or {}
    torn = len(warnings) > before
    found: list[TrackedRun] = []
    commit, python = "", ""
    for step, path in _newest(tasks):
        folder = path.rpartition("/")[0]
        commit = commit or _meta(project, folder, "git-info", "commit_sha")
        python = python or _meta(project, folder, "python_version", "")
        if step not in ("_parameters", "start", "join", "end"):
            made = attempt(path, warnings, _task, project, flow, f"{identity}/{step}", path, parameters, warnings)
            found += [made] if made else []
    return [replace(run, commit=commit, python=python, complete=run.complete and not torn) for run in found]


def _task(
    project: Project, flow: str, step: str, path: str, parameters: dict[str, Json], warnings: list[str]
) -> TrackedRun | None:
    """The run that a task's numbers make; one of whose artifacts some are damaged is not complete."""
    before, folder = len(warnings), path.rpartition("/")[0]
    values = _values(project, flow, path, warnings)
    own = {**parameters, **{k: v for k, v in values.items() if k in parameters or "seed" in k}}
    series = _series({k: v for k, v in values.items() if k not in own})
    done = _done(project, path) and len(warnings) == before
    return _run(flow, f"{step}/{folder.rsplit('/', 1)[-1]}", folder, own, series, done=done) if series else None


def _newest(tasks: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The highest attempt of every task."""
    newest = {path.rpartition("/")[0]: (step, path) for step, path in sorted(tasks, key=lambda entry: entry[1])}
    return list(newest.values())


def _done(project: Project, path: str) -> bool:
    return path.removesuffix("data.json") + "DONE.lock" in files_of(project)


def _run(
    flow: str, identity: str, source: str, parameters: dict[str, Json], series: dict[str, Any], *, done: bool
) -> TrackedRun:
    return TrackedRun(
        system=ABOUT.title, id=identity, name=flow, source=source, parameters=parameters, seed=seed_of(parameters),
        metrics=tuple(m for name, points in series.items() if (m := metric(name, points, source))), series=series,
        complete=done, state="finished" if done else "unfinished",
    )  # fmt: skip


def _meta(project: Project, folder: str, kind: str, key: str) -> str:
    import json

    for path in files_of(project).under(f"{folder}/_meta"):
        if kind in path.rsplit("/", 1)[-1]:
            try:
                value = read_json(project.root / path).get("value", "")
                inner = json.loads(value) if key else value
            except FAULTS:
                continue
            return str(inner.get(key, "")) if key and isinstance(inner, dict) else str(inner)
    return ""


def _version(project: Project, path: str) -> str:
    """The version of Metaflow that the task of the data file *path* was run by, "" where none is read."""
    place = f"{path.rpartition('/')[0]}/_meta/_self.json"
    about = attempt(place, [], read_json, project.root / place) if place in files_of(project) else None
    tags = about.get("system_tags") if isinstance(about, dict) else None
    named = (_VERSION.match(str(tag)) for tag in tags) if isinstance(tags, list) else ()
    return next((match[1] for match in named if match), "")


def _series(values: dict[str, Json]) -> dict[str, tuple[tuple[float, float], ...]]:
    """Numbers are one point, lists of numbers a point an index."""
    found = {}
    for name, value in values.items():
        points = value if isinstance(value, list) else [value]
        numbers = [None if isinstance(point, bool) else number(point) for point in points]
        if numbers and None not in numbers:
            found[name] = tuple((float(index), float(n or 0.0)) for index, n in enumerate(numbers))
    return found


def _values(project: Project, flow: str, path: str, warnings: list[str]) -> dict[str, Json]:
    """The plain values of a task; *warnings* are told each artifact that cannot be read, by the task's file."""
    store = path.split(f"/{flow}/")[0] + f"/{flow}/data"
    found = {}
    for name, sha in _objects(project, path).items():
        if name.startswith("_") or name in _INTERNAL or not re.fullmatch(r"[0-9a-f]{40}", str(sha)):
            continue
        place = project.root / store / str(sha)[:2] / str(sha)
        value = attempt(f"{path}: {name}", warnings, _unpickled, place, str(sha))
        if value is not None:
            found[name] = value
    return flatten(found)


def _objects(project: Project, path: str) -> dict[str, Any]:
    about = read_json(project.root / path)
    objects = about.get("objects") if isinstance(about, dict) else None
    if not isinstance(objects, dict):
        raise Unreadable("names no artifacts")
    return objects


class PlainUnpickler(pickle.Unpickler):
    """Loads numbers, strings, lists, dicts and tuples; every global is refused, so no code can run."""

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"{module}.{name} is no plain value")

    def persistent_load(self, pid: Any) -> Any:
        raise pickle.UnpicklingError("persistent ids are no plain values")


def _unpickled(place: Path, sha: str) -> Any:
    """A plain value; None for an object or a value too large. The store names what it keeps by its SHA-1."""
    with gzip.open(place) as stream:
        data = stream.read(LARGEST_ARTIFACT + 1)
    if len(data) > LARGEST_ARTIFACT:
        return None
    if hashlib.sha1(data, usedforsecurity=False).hexdigest() != sha:
        raise Unreadable("is not what its name says")
    try:
        return PlainUnpickler(io.BytesIO(data)).load()
    except (pickle.UnpicklingError, MemoryError, *FAULTS):
        return None
