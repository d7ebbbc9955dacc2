"""What a bundle says of itself, read by the same rules for whoever asks: its configuration and its runs' series."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from artifactpack.archive import trees
from artifactpack.archive.documents import parsed
from artifactpack.archive.limits import MAX_SERIES
from artifactpack.archive.reader import Bundle
from artifactpack.errors import ConfigError, RefusedError
from artifactpack.models.config import Config
from artifactpack.models.records import Invalid, load
from artifactpack.models.run import RunRecord
from artifactpack.models.tree import Tree
from artifactpack.recorder.store import series_of

PROJECT, RUNS = "data/project/", "data/runs/"


def bundled_config(bundle: Bundle) -> Config:
    """The bundled project's configuration; RefusedError where it cannot be read."""
    from artifactpack.project.config import load_config

    with TemporaryDirectory(prefix="artifactpack-") as folder:
        for name in ("artifactpack.toml", "pyproject.toml"):
            member = bundle.member(PROJECT + name)
            if member is not None and not member.url:
                Path(folder, name).write_bytes(bundle.read(PROJECT + name))
        try:
            return load_config(Path(folder))[0]
        except ConfigError as error:
            raise RefusedError(f"refused: the bundled configuration cannot be read: {error}") from error


def bundled_trees(bundle: Bundle) -> tuple[Tree, ...]:
    """The data sets that *bundle* knows by one hash only."""
    return trees.read(bundle.read(trees.MEMBER)) if bundle.member(trees.MEMBER) else ()


def record_paths(bundle: Bundle) -> Iterator[str]:
    """Where the records of its runs lie."""
    for member in bundle.manifest.members:
        if member.path.startswith(RUNS) and member.path.endswith("/record.json") and member.path.count("/") == 3:
            yield member.path


def bundled_run(data: bytes, path: str) -> RunRecord:
    """The record of a run that *data* holds; RefusedError where it is none, or that of another run than *path* says."""
    try:
        run = load(RunRecord, parsed(data, path))
    except (Invalid, KeyError) as error:
        raise RefusedError(f"refused: {path} is not a RunRecord ({str(error)[:200]})") from error
    if run.id != path.split("/")[2]:
        raise RefusedError(f"refused: {path} says that it is run {run.id[:60]!r}")
    return run


def bundled_series(bundle: Bundle, run: str) -> dict[str, list[list[float]]]:
    """The series in the `metrics.json` of *run*, {} where there is none; RefusedError where it is not JSON."""
    path = f"{RUNS}{run}/metrics.json"
    if bundle.member(path) is None:
        return {}
    try:
        return series_of(parsed(bundle.read(path), path, MAX_SERIES))
    except KeyError as error:
        raise RefusedError(f"refused: {path} is not inside") from error
