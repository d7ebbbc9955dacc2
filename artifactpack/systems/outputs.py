"""Metric files that a job left beside its configuration: json, jsonl, csv."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from artifactpack.models.run import Metric
from artifactpack.systems.files import files_of
from artifactpack.systems.reading import Unreadable, read_text
from artifactpack.systems.values import flatten, metric, number

if TYPE_CHECKING:
    from artifactpack.project import Project

Series = dict[str, tuple[tuple[float, float], ...]]
LARGEST = 8 << 20
STEPS = ("step", "epoch", "iteration", "iter", "global_step")
_NAMES = ("metric", "result", "score", "eval", "log", "history", "summary")


def metrics_beside(project: Project, folder: str) -> tuple[tuple[Metric, ...], Series]:
    """Metrics found in files of *folder* itself whose name says that they hold results."""
    series: Series = {}
    sources: dict[str, str] = {}
    for path in files_of(project).under(folder):
        name = path[len(folder) + 1 :] if folder else path
        if "/" in name or not any(word in name.lower() for word in _NAMES):
            continue
        for key, points in rows_to_series(_rows(project, path)).items():
            series.setdefault(key, points)
            sources.setdefault(key, path)
    found = (metric(key, points, sources[key]) for key, points in series.items())
    return tuple(m for m in found if m), series


def _rows(project: Project, path: str) -> list[Any]:
    try:
        if path.endswith(".json"):
            data = json.loads(read_text(project.root / path, LARGEST))
            return data if isinstance(data, list) else [data]
        if path.endswith((".jsonl", ".ndjson")):
            return [json.loads(line) for line in read_text(project.root / path, LARGEST).splitlines() if line.strip()]
        if path.endswith((".csv", ".tsv")):
            text = read_text(project.root / path, LARGEST)
            return list(csv.DictReader(io.StringIO(text), delimiter="\t" if path.endswith(".tsv") else ","))
    except (Unreadable, ValueError, RecursionError, csv.Error):
        return []
    return []


def rows_to_series(rows: list[Any]) -> Series:
    """Columns of numbers over the step column (or the row's number, from 0)."""
    series: dict[str, list[tuple[float, float]]] = {}
    for index, row in enumerate(rows):
        if not isinstance(row, dict):
            continue
        flat = flatten({str(key): value for key, value in row.items() if key is not None})
        step = next((number(flat[name]) for name in STEPS if name in flat), None)
        for name, value in flat.items():
            found = None if isinstance(value, bool) or name in STEPS else number(value)
            if found is not None:
                series.setdefault(name, []).append((float(index) if step is None else step, found))
    return {name: tuple(points) for name, points in series.items()}
