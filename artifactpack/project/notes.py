"""Small results kept for a project whose files have not changed since: told by size, times and inode of each."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artifactpack import __version__
from artifactpack.folders import cache_dir
from artifactpack.project.reading import write_cache

if TYPE_CHECKING:
    from artifactpack.project.project import Project

SETTLED = 50_000_000
"""Nanoseconds that must lie between the last change of a file and our look at it: clocks tick coarsely."""
_CODE = ("probes", "project", "core", "models", "scan", "systems")


class Fingerprint:
    """What a project's files look like from outside; ``settled`` is False where one changed a moment ago."""

    def __init__(self, project: Project) -> None:
        started = time.time_ns()
        root, newest = os.fspath(project.root), 0
        parts = [__version__, _tool()]
        for path in (*project.files, *_repository(project)):
            try:
                status = os.lstat(f"{root}/{path}")
            except OSError:
                continue
            newest = max(newest, status.st_mtime_ns, status.st_ctime_ns)
            parts.append(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\0{status.st_ctime_ns}\0{status.st_ino}")
        parts += [f"{s.path}\0{s.reason}" for s in project.tree.skipped]
        self.settled = newest + SETTLED <= started
        self.text = hashlib.sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()


class Notes:
    """Results by name, valid for one fingerprint; ``get`` works them out at most once."""

    def __init__(self, project: Project) -> None:
        self.fingerprint = project.fingerprint
        root = hashlib.sha256(os.fsencode(project.root)).hexdigest()[:32]
        self.place = cache_dir() / "notes" / f"{root}.json"
        self.kept = self._load()

    def _load(self) -> dict[str, Any]:
        try:
            data = json.loads(self.place.read_bytes())
        except (OSError, ValueError):
            return {}
        fits = isinstance(data, dict) and data.get("key") == self.fingerprint.text
        return data["notes"] if fits and isinstance(data.get("notes"), dict) else {}

    def get(self, name: str, work: Callable[[], Any]) -> Any:
        """The result called *name* (JSON), from last time or from *work*."""
        if name not in self.kept:
            self.kept[name] = work()
            if self.fingerprint.settled:
                data = {"key": self.fingerprint.text, "notes": self.kept}
                write_cache(self.place, json.dumps(data, separators=(",", ":")).encode("utf-8", "surrogatepass"))
        return self.kept[name]


def looks(root: Path, paths: Iterable[str]) -> str:
    """A digest of size, times and inode of *paths* below *root*."""
    parts = []
    for path in paths:
        try:
            status = os.lstat(f"{root}/{path}")
        except OSError:
            continue
        parts.append(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\0{status.st_ctime_ns}\0{status.st_ino}")
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()


def _repository(project: Project) -> tuple[str, ...]:
    """What tells that tags or history changed without a file changing."""
    return (".git/packed-refs", ".git/refs/tags", ".git/HEAD", ".git/shallow") if project.tree.head else ()


def _tool() -> str:
    """A fingerprint of our own code: what another version found is not given again."""
    package = Path(__file__).parent.parent
    parts = []
    for folder in _CODE:
        with os.scandir(package / folder) as entries:
            parts += [f"{e.name}{e.stat().st_mtime_ns}" for e in entries if e.name.endswith(".py")]
    return ",".join(sorted(parts))
