"""The metric series of a run: declared or found files, console patterns, and what the program logged itself."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable
from pathlib import Path

from artifactpack.models.records import dump
from artifactpack.project.reading import read_file
from artifactpack.recorder import metrics, patterns
from artifactpack.recorder.fill import kept_at
from artifactpack.recorder.outputs import is_inside
from artifactpack.recorder.plan import RunPlan
from artifactpack.recorder.store import write_whole

_LOG = 256 << 20  # bytes; the supervisor keeps less


Tracked = Callable[[Path], metrics.Series]


def untracked(folder: Path) -> metrics.Series:
    """No tracked system is asked."""
    return {}


def read_series(
    plan: RunPlan, root: Path, folder: Path, place: str, tracked: Tracked = untracked
) -> tuple[metrics.Series, dict[str, str], list[str]]:
    """All series of a run, the file each came from, and what is wrong with the declared files.

    *tracked* reads what a system like MLflow kept in a folder: one that is declared, or the run's own where no metrics
    are declared and none were found.
    """
    series: metrics.Series = {}
    sources: dict[str, str] = {}
    wrong: list[str] = []
    declared = [root / kept_at(path, place) for path in plan.metrics]
    for path in declared or metrics.discover(folder / "out"):
        name = os.path.relpath(path, folder)
        if declared and not path.exists():
            wrong.append(f"declared metrics file missing: {name}")
            continue
        if not is_inside(path, root, folder):
            wrong.append(f"metrics file {name}: no file of the run or the project itself")
            continue
        try:
            found = metrics.read_metrics(path) or tracked(path)
            if path.is_dir() and not found:
                wrong.append(f"metrics folder {name}: no metrics of one run in it; let each run write below {{out}}")
            _join(series, sources, found, name)
        except metrics.UnreadableError as error:
            if declared:
                wrong.append(f"metrics file {name}: {error}")
    lines, late = _console(plan, folder)
    wrong += [late] if late else []
    _join(series, sources, lines, "log.txt")
    _join(series, sources, _logged(folder), "artifactpack.log_metric")
    if not series and not declared:
        _join(series, sources, tracked(folder / "out"), "out")
    return series, sources, wrong


def _console(plan: RunPlan, folder: Path) -> tuple[metrics.Series, str]:
    if not plan.patterns:
        return {}, ""
    try:
        data = read_file(folder / "log.txt", _LOG)
    except OSError:
        return {}, ""
    return patterns.search(data.decode("utf-8", "replace"), plan.patterns)


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
