"""The files of a run: inputs hashed after it, outputs kept in its folder, weights inspected."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from artifactpack.models.run import FileUse, Weights
from artifactpack.recorder.fill import kept_at
from artifactpack.recorder.hashing import Hashes
from artifactpack.recorder.merge import Inside
from artifactpack.recorder.merge_files import Opened, inputs
from artifactpack.recorder.plan import RunPlan


def keep_outputs(plan: RunPlan, root: Path, folder: Path, place: str, began: float) -> list[str]:
    """Copy declared files that were written outside of the run folder into it: the next seed may overwrite them."""
    problems = []
    for path in (*plan.metrics, *plan.weights, *plan.outputs):
        source, target = root / path, root / kept_at(path, place)
        if target == source or not source.exists():
            continue
        if source.stat().st_mtime < began - 2:
            problems.append(f"{path} was there before and was not written by this run")
            continue
        if not is_inside(source, root):
            problems.append(f"{path} is no file of the project itself (a link out of it, or a pipe): not kept")
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True, symlinks=True, ignore=_special)
        else:
            shutil.copy2(source, target)
    return problems


def is_inside(path: Path, *folders: Path) -> bool:
    """Whether *path* is really, links followed, a file or folder below one of *folders*: a run may name any file."""
    real = Path(os.path.realpath(path))
    below = any(real.is_relative_to(os.path.realpath(folder)) for folder in folders)
    return below and (real.is_file() or real.is_dir())


def _special(folder: str, names: list[str]) -> list[str]:
    """Pipes, devices and sockets in *folder*."""
    paths = {name: Path(folder, name) for name in names}
    return [n for n, path in paths.items() if not (path.is_symlink() or path.is_file() or path.is_dir())]


def read(
    inside: Inside, root: Path, hashes: Hashes, tracked: frozenset[str] | None, began: float
) -> tuple[FileUse, ...]:
    """Inputs below the project with their hashes; what the run itself wrote before reading it is no input."""
    uses = []
    written = set(inside.written)
    for path in inputs(sorted(inside.read)):
        opened = inside.read[path]
        if path in written and opened.mtime_ns >= began * 1e9:
            continue
        digest = hashes.of(root / path)
        if not digest and opened.size < 0 and not (root / path).is_file():
            continue
        uses.append(
            FileUse(
                path=path,
                size=max(opened.size, 0) if opened.size >= 0 else size_of(root / path),
                sha256=digest,
                changed=_changed(root / path, opened),
                tracked=None if tracked is None else path in tracked,
            )
        )
    return tuple(uses)


def only_named(
    paths: Iterable[str], root: Path, hashes: Hashes, tracked: frozenset[str] | None, began: float
) -> tuple[FileUse, ...]:
    """Files that command lines name and nobody saw opened: inputs, but for those written since the run *began*."""
    uses = []
    for path in inputs(sorted(set(paths))):
        there = root / path
        if is_inside(there, root) and there.is_file() and there.stat().st_mtime < began:
            tracks = None if tracked is None else path in tracked
            uses.append(FileUse(path=path, size=size_of(there), sha256=hashes.of(there), tracked=tracks))
    return tuple(uses)


def size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _changed(path: Path, opened: Opened) -> bool:
    """Whether the file is no longer what it was when the run opened it."""
    if opened.size < 0 and not opened.at_ns:
        return False
    try:
        now = path.stat()
    except OSError:
        return True
    if opened.size < 0:
        return now.st_ctime_ns > opened.at_ns
    return (now.st_size, now.st_mtime_ns) != (opened.size, opened.mtime_ns)


def written(inside: Inside, root: Path, folder: Path, place: str, hashes: Hashes) -> tuple[FileUse, ...]:
    """What the run wrote: what its processes said, and everything in its own output folder."""
    own = [f"{place}/{path}" for name in ("out", "outputs") for path in _below(folder, name)]
    paths = sorted({p for p in (*inputs(inside.written), *own) if not p.endswith((".pyc", ".tmp"))})
    uses = []
    for path in paths:
        digest = hashes.of(root / path)
        if digest:
            uses.append(FileUse(path=path, size=size_of(root / path), sha256=digest))
    return tuple(uses)


def _below(folder: Path, name: str) -> list[str]:
    found = []
    for base, _, files in os.walk(folder / name):
        found += [os.path.relpath(f"{base}/{file}", folder) for file in files]
    return found


def weights(plan: RunPlan, root: Path, folder: Path, place: str) -> tuple[Weights, ...]:
    there = [kept_at(path, place) for path in plan.weights]
    there = [kept for kept in there if (root / kept).is_file() and is_inside(root / kept, root, folder)]
    if not there:
        return ()
    from artifactpack.recorder.weights import weights_of

    return tuple(weights_of(root / kept, kept) for kept in there)


def disk_use(folder: Path) -> int:
    """Bytes of all files below *folder*."""
    total = 0
    for base, _, files in os.walk(folder):
        total += sum(size_of(Path(base, name)) for name in files)
    return total
