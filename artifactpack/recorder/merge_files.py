"""What the processes of a run said about files: read, written, and those outside of the project, only counted."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from pathlib import Path

from artifactpack.folders import home
from artifactpack.models.records import record
from artifactpack.recorder.events import Events, each, number, several, table, text, whole

_STATE = ".artifactpack/"


@record
class Opened:
    """A file as it was when opened for reading: bytes and nanoseconds; or (size -1) only when that was."""

    size: int
    mtime_ns: int
    at_ns: int = 0


def files(processes: list[Events], root: Path) -> tuple[dict[str, Opened], tuple[str, ...]]:
    """The files of the project that were read, each as it was when first opened, and those written, sorted."""
    read: dict[str, Opened] = {}
    written: dict[str, bool] = {}
    for _, event in each(processes, "files"):
        for entry in several(event.get("f")):
            if not (isinstance(entry, list) and len(entry) == 4 and isinstance(entry[1], str)):
                continue
            path = posixpath.normpath(text(entry[1]))
            if path.startswith("../") or path == "..":
                continue
            if entry[0] == "w":
                written[path] = True
            elif path not in written:
                read.setdefault(path, Opened(size=whole(entry[2]), mtime_ns=whole(entry[3])))
    for path, at in _many(processes, root):
        if path not in written:
            read.setdefault(path, Opened(size=-1, mtime_ns=0, at_ns=at))
    for _, event in each(processes, "modules"):
        for path in several(event.get("own")):
            read.setdefault(posixpath.normpath(text(path)), Opened(size=-1, mtime_ns=0))
    return read, tuple(sorted(written))


def _many(processes: list[Events], root: Path) -> Iterator[tuple[str, int]]:
    """Files of a program that opened very many: project-relative path, and a time just before it was opened."""
    base = f"{root}/"
    for _, event in each(processes, "many"):
        cwd, at = str(event.get("cwd", "")), int(number(event.get("at")) * 1e9)
        for name in several(event.get("f")):
            full = posixpath.normpath(posixpath.join(cwd, text(name)))
            if full.startswith(base) and "-packages/" not in full and "/__pycache__/" not in full:
                yield full[len(base) :], at


def outside(processes: list[Events]) -> dict[str, int]:
    """Files read elsewhere, counted by the kind of place: no path from outside the project is written down."""
    base = home().parts[1:2]
    counts: dict[str, int] = {}
    for _, event in each(processes, "outside"):
        for name, count in table(event.get("counts")).items():
            kind = _KINDS.get(str(name), "home" if (str(name),) == base else "elsewhere")
            counts[kind] = counts.get(kind, 0) + whole(count)
    return counts


_SYSTEM = ("usr", "lib", "lib64", "etc", "proc", "sys", "dev", "bin", "sbin", "opt", "var", "run", "boot")
_KINDS = dict.fromkeys(_SYSTEM, "system") | {"tmp": "temporary", "home": "home", "root": "home", "Users": "home"}


def inputs(paths: Iterable[str]) -> tuple[str, ...]:
    """The paths that are inputs: without version control, caches and the recorder's own state."""
    return tuple(p for p in paths if not p.startswith((".git/", f"{_STATE}cache/")) and "__pycache__/" not in p)
