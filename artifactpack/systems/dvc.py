"""DVC and dvclive: locked stages, data hashes, experiments that live in git references."""

from __future__ import annotations

import hashlib
import json
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artifactpack.models.records import Json
from artifactpack.models.system import DataVersion, Pipeline, SystemReading, TrackedRun
from artifactpack.systems.about import About
from artifactpack.systems.dvc_experiments import experiments
from artifactpack.systems.files import files_of
from artifactpack.systems.outputs import rows_to_series
from artifactpack.systems.points import kept
from artifactpack.systems.reading import Unreadable, read_json, read_text, read_yaml
from artifactpack.systems.values import flatten, metric, seed_of

if TYPE_CHECKING:
    from artifactpack.project import Project

ABOUT = About(
    title="DVC",
    also="dvclive",
    reads="`dvc.yaml`, `dvc.lock`, `*.dvc`, `dvclive/`, experiments in `refs/exps`; hashes are recomputed",
    proves="PSVMD",
    limits="experiments are not cloned by default; templated stages are read from `dvc.lock` only",
)
LARGEST_RECOMPUTED = 1 << 30


def detect(project: Project) -> bool:
    """Whether DVC or dvclive files are there."""
    files = files_of(project)
    return bool(files.named("dvc.yaml", "dvc.lock") or files.ending(".dvc") or _live(project))


def _live(project: Project) -> list[str]:
    return [p.rpartition("/")[0] for p in files_of(project).paths if p.endswith("dvclive/metrics.json")]


def read(project: Project) -> SystemReading:
    """Stages as pipelines, outputs and imports as data versions, dvclive folders and experiments as runs."""
    files = files_of(project)
    locks, stages, pointers = files.named("dvc.lock"), files.named("dvc.yaml"), files.ending(".dvc")
    pointers = tuple(path for path in pointers if path.rsplit("/", 1)[-1] != ".dvc")
    data = [version for path in (*locks, *pointers) for version in _data(project, path)]
    warnings = [f"{path}: no dvc.lock beside it: the stages were never run" for path in stages if _stale(project, path)]
    runs = [_live_run(project, folder) for folder in _live(project)] + list(experiments(project))
    pipelines = tuple(p for path in locks or stages if (p := _pipeline(project, path)))
    return SystemReading(
        system=ABOUT.title, sources=(*stages, *locks, *pointers), runs=tuple(runs), data=tuple(data),
        pipelines=pipelines, warnings=tuple(warnings),
    )  # fmt: skip


def _yaml(project: Project, path: str) -> dict[str, Any]:
    try:
        data = read_yaml(project.root / path)
    except Unreadable:
        return {}
    return data if isinstance(data, dict) else {}


def _stale(project: Project, path: str) -> bool:
    return path.removesuffix("yaml") + "lock" not in files_of(project)


def _pipeline(project: Project, path: str) -> Pipeline | None:
    stages = _yaml(project, path).get("stages")
    if not isinstance(stages, dict):
        return None
    commands, parameters = {}, {}
    for name, stage in stages.items():
        body = stage if isinstance(stage, dict) else {}
        command = body.get("cmd", "")
        commands[str(name)] = " && ".join(map(str, command)) if isinstance(command, list) else str(command)
        for source, values in (body.get("params") or {}).items() if isinstance(body.get("params"), dict) else ():
            if isinstance(values, dict):
                parameters.update({f"{source}:{key}": value for key, value in flatten(values).items()})
    return Pipeline(
        system=ABOUT.title, source=path, stages=tuple(commands), commands=commands, parameters=parameters
    )  # fmt: skip


def _data(project: Project, path: str) -> list[DataVersion]:
    content = _yaml(project, path)
    folder = path.rpartition("/")[0]
    entries = [out for out in content.get("outs") or () if isinstance(out, dict)]
    for stage in (content.get("stages") or {}).values() if isinstance(content.get("stages"), dict) else ():
        if isinstance(stage, dict):
            for key in ("deps", "outs"):
                entries += [entry for entry in stage.get(key) or () if isinstance(entry, dict)]
    unique = {str(entry.get("path")): entry for entry in entries if entry.get("md5") or entry.get("etag")}
    return [_version(project, folder, name, entry) for name, entry in sorted(unique.items())]


def _version(project: Project, folder: str, name: str, entry: dict[str, Any]) -> DataVersion:
    relative = posixpath.normpath(posixpath.join(folder, name))
    digest = str(entry.get("md5") or entry.get("etag") or "")
    size, count = entry.get("size"), entry.get("nfiles")
    checkable = entry.get("md5") and (project.root / relative).resolve().is_relative_to(project.root.resolve())
    return DataVersion(
        system=ABOUT.title,
        path=relative,
        hash=digest,
        algorithm="md5" if entry.get("md5") else "etag",
        size=size if isinstance(size, int) else None,
        files=count if isinstance(count, int) else None,
        verified=verify(project.root / relative, digest, legacy="hash" not in entry) if checkable else None,
    )


def verify(path: Path, digest: str, *, legacy: bool = False) -> bool | None:
    """Whether *path* has the DVC hash *digest*; None where it is not there or too large to read again."""
    if path.is_symlink():
        return None
    if digest.endswith(".dir"):
        return _directory_agrees(path, digest, legacy=legacy) if path.is_dir() else None
    if not path.is_file() or path.stat().st_size > LARGEST_RECOMPUTED:
        return None
    found = _md5(path)
    return found == digest or (legacy and _md5_unix(path) == digest)


def _directory_agrees(path: Path, digest: str, *, legacy: bool) -> bool | None:
    """None where the folder is too large to read again; a folder of DVC 2 may be of either hash."""
    found = [directory_hash(path), *([directory_hash(path, legacy=True)] if legacy else [])]
    return digest in found if all(found) else None


def _md5(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _md5_unix(path: Path) -> str:
    """DVC 2 hashed what looks like text by its first bytes, as many a PDF does, after turning CRLF into LF."""
    content = path.read_bytes()
    if _looks_like_text(content[:512]):
        content = content.replace(b"\r\n", b"\n")
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


_TEXT = bytes(range(32, 127)) + b"\n\r\t\f\b"


def _looks_like_text(start: bytes) -> bool:
    return b"\0" not in start and len(start.translate(None, _TEXT)) <= 0.3 * len(start)


def directory_hash(path: Path, *, legacy: bool = False) -> str:
    """DVC's hash of a directory: MD5 of the sorted JSON list of {md5, relpath}, with ``.dir`` behind it."""
    found = sorted(p for p in path.rglob("*") if p.is_file() and not p.is_symlink())
    if sum(p.stat().st_size for p in found) > LARGEST_RECOMPUTED:
        return ""
    hashed = _md5_unix if legacy else _md5
    entries = [{"md5": hashed(p), "relpath": p.relative_to(path).as_posix()} for p in found]
    entries.sort(key=lambda entry: entry["relpath"])
    text = json.dumps(entries, sort_keys=True)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest() + ".dir"


def _live_run(project: Project, folder: str) -> TrackedRun:
    parameters: dict[str, Json] = flatten(_yaml(project, f"{folder}/params.yaml"))
    series, last = {}, {}
    prefix = f"{folder}/plots/metrics/"
    for path in files_of(project).under(folder):
        if path.startswith(prefix) and path.endswith(".tsv"):
            series[path[len(prefix) : -4]] = _history(project, path)
    try:
        last = rows_to_series([read_json(project.root / folder / "metrics.json")])
    except Unreadable:
        pass
    points = {**last, **{name: values for name, values in series.items() if values}}
    points.pop("step", None)
    return TrackedRun(
        system="dvclive", id=folder, name=folder, source=folder, parameters=parameters, seed=seed_of(parameters),
        metrics=tuple(m for name, values in points.items() if (m := metric(name, values, folder))),
        series=kept(folder, points),
    )  # fmt: skip


def _history(project: Project, path: str) -> tuple[tuple[float, float], ...]:
    import csv

    try:
        rows = list(csv.DictReader(read_text(project.root / path).splitlines(), delimiter="\t"))
    except (Unreadable, csv.Error):
        return ()
    return next(iter(rows_to_series(rows).values()), ())
