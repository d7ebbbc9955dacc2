"""Findings kept from last time: given again only for the very same files, runs, systems and tool."""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path

from artifactpack import __version__
from artifactpack.folders import cache_dir
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Finding
from artifactpack.models.project import Skipped
from artifactpack.models.records import dump, restore
from artifactpack.models.system import SystemReading
from artifactpack.project import Project
from artifactpack.project.reading import write_cache

SETTLED = 50_000_000
"""Nanoseconds that must lie between the last change of a file and our look at it: clocks tick coarsely."""


class Memory:
    """Findings of one project under one key; ``recall`` before asking, ``keep`` afterwards."""

    def __init__(self, project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> None:
        self.project = project
        self.started = time.time_ns()
        state, self.newest = _stat_of(project)
        parts = [__version__, _tool(), state, repr(project.git), repr(project.config), json.dumps(dump(systems))]
        parts.append(json.dumps(dump(runs)) if runs.records or runs.claims else "")
        self.key = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()
        root = hashlib.sha256(os.fsencode(project.root)).hexdigest()[:32]
        self.place = cache_dir() / "findings" / f"{root}.json"

    def recall(self) -> dict[str, Finding] | None:
        """What was found last time, where nothing has changed since."""
        try:
            kept = json.loads(self.place.read_bytes())
            if kept["key"] != self.key:
                return None
            found = {name: restore(Finding, data) for name, data in kept["findings"].items()}
            skipped = [restore(Skipped, s) for s in kept["skipped"]]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        self.project.skipped[:] = skipped
        return found

    def keep(self, findings: dict[str, Finding]) -> None:
        """Keep *findings*, unless a file changed so recently that a further change could go unnoticed."""
        if self.newest + SETTLED > self.started:
            return
        data = {"key": self.key, "findings": dump(findings), "skipped": dump(self.project.skipped)}
        write_cache(self.place, json.dumps(data, separators=(",", ":")).encode("utf-8", "surrogatepass"))


def _stat_of(project: Project) -> tuple[str, int]:
    """Size, times and inode of every file in one text, and the newest of the times."""
    root, parts, newest = os.fspath(project.root), [], 0
    for path in (*project.files, *_repository(project)):
        try:
            status = os.lstat(f"{root}/{path}")
        except OSError:
            continue
        newest = max(newest, status.st_mtime_ns, status.st_ctime_ns)
        parts.append(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\0{status.st_ctime_ns}\0{status.st_ino}")
    parts += [f"{s.path}\0{s.reason}" for s in project.skipped]
    return "\n".join(parts), newest


def _repository(project: Project) -> tuple[str, ...]:
    """What tells that tags or history changed without a file changing."""
    return (".git/packed-refs", ".git/refs/tags", ".git/HEAD", ".git/shallow") if project.git.present else ()


def _tool() -> str:
    """A fingerprint of our own code: what an older version found is not given again."""
    package = Path(__file__).parent.parent
    parts = []
    for folder in ("probes", "project", "core", "models", "scan", "systems"):
        with os.scandir(package / folder) as entries:
            parts += [f"{e.name}{e.stat().st_mtime_ns}" for e in entries if e.name.endswith(".py")]
    return ",".join(sorted(parts))
