"""Comet: the zip of an offline experiment; nothing in it is extracted."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

from artifactpack.models.run import Hardware
from artifactpack.models.system import SystemReading, TrackedRun
from artifactpack.systems.about import About
from artifactpack.systems.files import files_of
from artifactpack.systems.points import kept
from artifactpack.systems.reading import Unreadable
from artifactpack.systems.values import coerce, metric, number, seed_of

if TYPE_CHECKING:
    from artifactpack.project import Project

ABOUT = About(
    title="Comet",
    reads="offline experiment archives: `experiment.json`, `messages.json`",
    proves="PSVMCEh",
    limits="the archive is removed after a successful upload; user and host names in it are never read",
)
LARGEST_MEMBER = 256 << 20
_PLUMBING = ("curr_step", "curr_epoch")


def detect(project: Project) -> bool:
    """Whether a zip holds an offline experiment."""
    return any(_is_offline(project, path) for path in files_of(project).ending(".zip"))


def _is_offline(project: Project, path: str) -> bool:
    try:
        with zipfile.ZipFile(project.root / path) as archive:
            return {"experiment.json", "messages.json"} <= set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, IndexError):
        return False


def read(project: Project) -> SystemReading:
    """One run an archive."""
    paths = [path for path in files_of(project).ending(".zip") if _is_offline(project, path)]
    runs, warnings = [], []
    for path in paths:
        try:
            runs.append(_run(project, path))
        except (Unreadable, zipfile.BadZipFile, OSError, ValueError, RuntimeError) as error:
            warnings.append(f"{path}: {error}")
    return SystemReading(system=ABOUT.title, sources=tuple(paths), runs=tuple(runs), warnings=tuple(warnings))


def _run(project: Project, path: str) -> TrackedRun:
    with zipfile.ZipFile(project.root / path) as archive:
        about = json.loads(_member(archive, "experiment.json"))
        messages = _Messages()
        for line in _member(archive, "messages.json").splitlines():
            messages.take(line)
    start, stop = number(about.get("start_time")), number(about.get("stop_time"))
    series = {name: tuple(points) for name, points in messages.points.items()}
    return TrackedRun(
        system=ABOUT.title,
        id=str(about.get("offline_id") or path),
        name=messages.name,
        source=path,
        parameters=messages.parameters,
        seed=seed_of(messages.parameters),
        metrics=tuple(m for name, points in series.items() if (m := metric(name, points, path))),
        series=kept(str(about.get("offline_id") or path), series),
        commit=messages.commit,
        python=messages.python,
        packages=messages.packages,
        hardware=messages.hardware,
        wall=(stop - start) / 1000 if start and stop else None,
        complete=not messages.torn and stop is not None,
    )


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    info = archive.getinfo(name)
    if info.file_size > LARGEST_MEMBER:
        raise Unreadable(f"{name} in it is larger than {LARGEST_MEMBER >> 20} MiB")
    with archive.open(info) as stream:
        return stream.read(LARGEST_MEMBER)


class _Messages:
    """What the log's messages say, one JSON object a line."""

    def __init__(self) -> None:
        self.parameters: dict[str, Any] = {}
        self.points: dict[str, list[tuple[float, float]]] = {}
        self.packages: dict[str, str] = {}
        self.commit = self.python = self.name = ""
        self.hardware: Hardware | None = None
        self.torn = False

    def take(self, line: bytes) -> None:
        try:
            message = json.loads(line)
            kind, payload = message["type"], message["payload"]
        except (ValueError, KeyError, TypeError, RecursionError):
            self.torn = self.torn or bool(line.strip())
            return
        handler = getattr(self, f"_{kind}", None)
        if handler is not None and isinstance(payload, dict):
            handler(payload)

    def _parameter_msg(self, payload: dict[str, Any]) -> None:
        found = payload.get("param") or {}
        name = str(found.get("paramName", ""))
        if name and name not in _PLUMBING:
            self.parameters[name.replace("|", ".")] = coerce(found.get("paramValue"))

    def _metric_msg(self, payload: dict[str, Any]) -> None:
        found = payload.get("metric") or {}
        name, value = str(found.get("metricName", "")), number(found.get("metricValue"))
        if name and value is not None and not name.startswith("sys."):
            points = self.points.setdefault(name, [])
            step = number(found.get("step"))
            points.append((float(len(points)) if step is None else step, value))

    def _installed_packages(self, payload: dict[str, Any]) -> None:
        pairs = (str(entry).partition("==") for entry in payload.get("installed_packages") or ())
        self.packages.update({name: version for name, mark, version in pairs if mark})

    def _git_metadata(self, payload: dict[str, Any]) -> None:
        found = payload.get("git_metadata") or {}
        self.commit = str(found.get("parent") or "")

    def _system_details(self, payload: dict[str, Any]) -> None:
        self.python = str(payload.get("python_version") or "")
        self.hardware = Hardware(system=str(payload.get("os") or ""), machine=str(payload.get("machine") or ""))

    def _log_other(self, payload: dict[str, Any]) -> None:
        if payload.get("key") == "Name":
            self.name = str(payload.get("val") or "")
