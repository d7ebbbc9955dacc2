"""The record of one run: what was seen from outside, joined with what its processes said, files hashed."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from artifactpack import __version__
from artifactpack.core.parameter_values import on_argv
from artifactpack.models.records import Json, dump, record
from artifactpack.models.run import CodeState, Cost, FileUse, Gpu, RunRecord, State, Weights
from artifactpack.project.reading import read_file
from artifactpack.recorder import host, metrics, variables
from artifactpack.recorder.hashing import Hashes
from artifactpack.recorder.interpreter import describe, environment_digest
from artifactpack.recorder.merge import Inside, Opened, inputs, merge
from artifactpack.recorder.plan import STATE, RunPlan, kept_at
from artifactpack.recorder.store import write_whole

_TOKENS = re.compile(r"(?i)tokeni[sz]er|tokens")  # of text, no credentials
_LOG = 256 << 20  # bytes; the supervisor keeps less
TAIL_LINES, TAIL_BYTES = 20, 4000


@record
class Outside:
    """What the supervisor saw; ``said`` is its last word, empty when it was killed."""

    started: str
    began: float
    energy: float | None
    interrupted: bool
    said: dict[str, Any]


def compose(
    plan: RunPlan,
    root: Path,
    folder: Path,
    outside: Outside,
    python: Path,
    code: CodeState,
    tracked: frozenset[str] | None,
    environ: Mapping[str, str],
) -> RunRecord:
    """Put the record together; writes the series to ``metrics.json`` and copies declared outputs into *folder*."""
    inside = merge(folder / "events", root)
    hashes = Hashes()
    place = _relative(folder, root)
    problems = _keep_outputs(plan, root, folder, place, outside.began)
    series, sources, wrong = read_series(plan, root, folder, place)
    write_series(folder, series)
    state, error = _state(outside, wrong)
    interpreter = describe(python)
    version, implementation = inside.python or interpreter.version, inside.implementation or interpreter.implementation
    packages = {p.name: p.version for p in inside.packages}
    tail, said = _tail(folder / "log.txt"), outside.said
    return RunRecord(
        id=plan.id,
        command=plan.command,
        argv=tuple(word.replace("{python}", "python") for word in plan.argv),
        cwd=plan.cwd,
        cell=plan.cell,
        seed=plan.seed,
        repeat=plan.repeat,
        attempt=plan.attempt,
        tier=plan.tier,
        state=state,
        exit_code=said.get("code"),
        signal=said.get("signal", ""),
        error=error,
        started=outside.started,
        observed=inside.processes > 0,
        not_observed=inside.not_observed,
        processes=inside.processes,
        ranks=inside.ranks,
        python=version,
        implementation=implementation,
        seedings=inside.seedings,
        unseeded=inside.unseeded,
        settings=inside.settings,
        warnings=(*inside.warnings, *problems, *_outside_warnings(said)),
        operators=inside.operators,
        read=_read(inside, root, hashes, tracked, outside.began),
        written=_written(inside, root, folder, place, hashes),
        outside_read=inside.outside_read,
        outside=inside.outside,
        packages=inside.packages,
        environment=variables.written_down(environ, (*plan.pass_, *plan.env)),
        hardware=replace(host.hardware(), gpus=_with_driver(inside.gpus)),
        cost=_cost(outside, inside, folder),
        metrics=metrics.summarise(series, sources),
        weights=_weights(plan, root, folder, place),
        parameters=parameters(plan),
        code=code,
        command_digest=plan.command_digest,
        environment_digest=environment_digest(version, implementation, packages),
        lock=plan.lock,
        needs=plan.needs,
        log_truncated=bool(said.get("log_truncated")),
        tail=tail if state != "finished" else "",
        tool_version=__version__,
    )


def parameters(plan: RunPlan) -> dict[str, Json]:
    """The run's parameters: the options on its command line and its cell, without places in the run's own folder."""
    told = on_argv(plan.argv) | dict(plan.cell)
    return {k: _shown(k, v) for k, v in told.items() if not (isinstance(v, str) and v.startswith(f"{STATE}/"))}


def _shown(name: str, value: Json) -> Json:
    plain = _TOKENS.sub("", name.replace("-", "_"))
    return variables.HIDDEN if isinstance(value, str) and variables.is_secret(plain, value) else value


def _relative(folder: Path, root: Path) -> str:
    real = os.path.realpath(folder)
    return os.path.relpath(real, root) if real.startswith(f"{root}/") else real


def _state(outside: Outside, wrong: list[str]) -> tuple[State, str]:
    """The run's state, and in one line what went wrong."""
    said = outside.said
    if outside.interrupted or said.get("reason") == "interrupted":
        return "interrupted", "interrupted by the user"
    if not said or said.get("reason") == "launcher gone":
        return "crashed", "the recorder itself was killed"
    if said.get("reason") == "timeout":
        return "timeout", f"stopped after {said['wall']:.0f} s: its time was up"
    if said.get("signal"):
        return "crashed", f"killed by {said['signal']}{_memory_hint(said)}"
    if said.get("code"):
        return "failed", f"exit code {said['code']}"
    if wrong:
        return "failed", "; ".join(wrong)
    return "finished", ""


def _memory_hint(said: Mapping[str, Any]) -> str:
    return " (perhaps out of memory)" if said["signal"] == "SIGKILL" else ""


def _outside_warnings(said: Mapping[str, Any]) -> list[str]:
    found = []
    if said.get("left"):
        names = ", ".join(said["left"][:5])
        found.append(f"processes outlived the command and were stopped: {names}")
    if said.get("log_lost"):
        found.append(f"the console log is incomplete: {said['log_lost']}")
    return found


def _tail(log: Path) -> str:
    """The log's last lines, for people."""
    try:
        if not metrics.is_plain(log):
            return ""
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - TAIL_BYTES))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return "\n".join(lines[-TAIL_LINES:])


# -- files ----------------------------------------------------------------------------------------------------------


def _keep_outputs(plan: RunPlan, root: Path, folder: Path, place: str, began: float) -> list[str]:
    """Copy declared files that were written outside of the run folder into it: the next seed may overwrite them."""
    problems = []
    for path in (*plan.metrics, *plan.weights, *plan.outputs):
        source, target = root / path, root / kept_at(path, place)
        if target == source or not source.exists():
            continue
        if source.stat().st_mtime < began - 2:
            problems.append(f"{path} was there before and was not written by this run")
            continue
        if not _inside(source, root):
            problems.append(f"{path} is no file of the project itself (a link out of it, or a pipe): not kept")
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True, symlinks=True, ignore=_special)
        else:
            shutil.copy2(source, target)
    return problems


def _inside(path: Path, *folders: Path) -> bool:
    """Whether *path* is really, links followed, a file or folder below one of *folders*: a run may name any file."""
    real = Path(os.path.realpath(path))
    below = any(real.is_relative_to(os.path.realpath(folder)) for folder in folders)
    return below and (real.is_file() or real.is_dir())


def _special(folder: str, names: list[str]) -> list[str]:
    """Pipes, devices and sockets in *folder*."""
    paths = {name: Path(folder, name) for name in names}
    return [n for n, path in paths.items() if not (path.is_symlink() or path.is_file() or path.is_dir())]


def _read(
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
                size=max(opened.size, 0) if opened.size >= 0 else _size(root / path),
                sha256=digest,
                changed=_changed(root / path, opened),
                tracked=None if tracked is None else path in tracked,
            )
        )
    return tuple(uses)


def _size(path: Path) -> int:
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


def _written(inside: Inside, root: Path, folder: Path, place: str, hashes: Hashes) -> tuple[FileUse, ...]:
    """What the run wrote: what its processes said, and everything in its own output folder."""
    own = [f"{place}/{path}" for name in ("out", "outputs") for path in _below(folder, name)]
    paths = sorted({p for p in (*inputs(inside.written), *own) if not p.endswith((".pyc", ".tmp"))})
    uses = []
    for path in paths:
        digest = hashes.of(root / path)
        if digest:
            uses.append(FileUse(path=path, size=_size(root / path), sha256=digest))
    return tuple(uses)


def _below(folder: Path, name: str) -> list[str]:
    found = []
    for base, _, files in os.walk(folder / name):
        found += [os.path.relpath(f"{base}/{file}", folder) for file in files]
    return found


def _weights(plan: RunPlan, root: Path, folder: Path, place: str) -> tuple[Weights, ...]:
    from artifactpack.recorder.weights import weights_of

    found = []
    for path in plan.weights:
        kept = kept_at(path, place)
        if (root / kept).is_file() and _inside(root / kept, root, folder):
            found.append(weights_of(root / kept, kept))
    return tuple(found)


# -- metrics --------------------------------------------------------------------------------------------------------


def read_series(
    plan: RunPlan, root: Path, folder: Path, place: str
) -> tuple[metrics.Series, dict[str, str], list[str]]:
    """All series of a run, the file each came from, and what is wrong with the declared files."""
    series: metrics.Series = {}
    sources: dict[str, str] = {}
    wrong: list[str] = []
    declared = [root / kept_at(path, place) for path in plan.metrics]
    for path in declared or metrics.discover(folder / "out"):
        name = os.path.relpath(path, folder)
        if declared and not path.exists():
            wrong.append(f"declared metrics file missing: {name}")
            continue
        if not _inside(path, root, folder):
            wrong.append(f"metrics file {name}: no file of the run or the project itself")
            continue
        try:
            _join(series, sources, metrics.read_metrics(path), name)
        except metrics.UnreadableError as error:
            if declared:
                wrong.append(f"metrics file {name}: {error}")
    _join(series, sources, _console(plan, folder), "log.txt")
    _join(series, sources, _logged(folder), "artifactpack.log_metric")
    return series, sources, wrong


def _console(plan: RunPlan, folder: Path) -> metrics.Series:
    if not plan.patterns:
        return {}
    try:
        data = read_file(folder / "log.txt", _LOG)
    except OSError:
        return {}
    return metrics.from_console(data.decode("utf-8", "replace"), plan.patterns)


def _logged(folder: Path) -> metrics.Series:
    """What the program itself reported through ``artifactpack.log_metric``."""
    series: metrics.Series = {}
    try:
        data = read_file(folder / "events" / "logged.metrics", metrics.LIMIT)
    except OSError:
        return series
    lines = data.decode("utf-8", "replace").splitlines()
    for line in lines:
        try:
            name, step, value = json.loads(line)
            points = series.setdefault(str(name), [])
            points.append([float(len(points) if step is None else step), float(value)])
        except (ValueError, TypeError):
            continue
    return series


def _join(series: metrics.Series, sources: dict[str, str], more: metrics.Series, source: str) -> None:
    """Add *more*; a name that is there already stays, unless it is one number and *more* has its whole history."""
    for name, points in more.items():
        known = series.get(name)
        whole = known and len(known) == 1 < len(points) and math.isclose(known[0][1], points[-1][1], rel_tol=1e-9)
        if known is None or whole:
            series[name] = points
            sources[name] = source


def write_series(folder: Path, series: metrics.Series) -> None:
    """Write ``metrics.json``; a number without a step is at step 0."""
    shown = {name: [[0.0 if math.isnan(p[0]) else p[0], p[1]] for p in points] for name, points in series.items()}
    write_whole(folder / "metrics.json", (json.dumps(dump(dict(sorted(shown.items())))) + "\n").encode())


# -- cost -----------------------------------------------------------------------------------------------------------


def _cost(outside: Outside, inside: Inside, folder: Path) -> Cost:
    said = outside.said
    wall = float(said.get("wall", 0.0))
    return Cost(
        wall=round(wall, 3),
        cpu=round(float(said.get("cpu", 0.0)), 3),
        peak_memory=int(said.get("memory", 0)),
        disk=disk_use(folder),
        gpu_seconds=round(wall * len(inside.gpus), 3),
        energy=outside.energy,
    )


def disk_use(folder: Path) -> int:
    """Bytes of all files below *folder*."""
    total = 0
    for base, _, files in os.walk(folder):
        total += sum(_size(Path(base, name)) for name in files)
    return total


def _with_driver(gpus: Iterable[Gpu]) -> tuple[Gpu, ...]:
    return tuple(replace(gpu, driver=host.driver()) for gpu in gpus)
