"""Metrics from what a command wrote: JSON, JSON lines, CSV, TensorBoard event files, console patterns."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from artifactpack.models.run import Metric
from artifactpack.project.reading import Unreadable, read_file
from artifactpack.scan.tfevents import read_events

Series = dict[str, list[list[float]]]
STEPS = ("step", "global_step", "_step", "iteration", "iter", "epoch", "_epoch")
LIMIT = 64 << 20
MAX_NAMES, MAX_POINTS, MAX_LINE = 2000, 1_000_000, 1 << 16
FOUND = (
    *("*metrics*.json", "*metrics*.jsonl", "*results*.json", "*results*.jsonl", "scores*.json"),
    *("*metrics*.csv", "*results*.csv", "progress.csv", "*log.csv", "*log*.jsonl", "history*.json", "history*.jsonl"),
)


class UnreadableError(Exception):
    """A metrics file that is there but cannot be read; the message says why."""


def read_metrics(path: Path) -> Series:
    """The series in one file, ``{name: [[step, value], …]}``; a folder is read as TensorBoard's.

    Raises :class:`UnreadableError` (with the reason) for a file that is not what its name says, for a link (a run may
    not show us a file of its choice) and for a pipe, which would never end.
    """
    if path.is_symlink():
        raise UnreadableError("a symbolic link, not followed")
    if path.is_dir():
        return _folder(path)
    if "tfevents" in path.name:
        return _events(path)
    try:
        data = read_file(path, LIMIT + 1)
    except Unreadable as error:
        raise UnreadableError(str(error)) from error
    except OSError as error:
        raise UnreadableError(error.strerror or "unreadable") from error
    if len(data) > LIMIT:
        raise UnreadableError(f"larger than {LIMIT >> 20} MiB")
    try:
        return parse(path.suffix.lower(), data.decode("utf-8-sig"))
    except (ValueError, RecursionError, OverflowError) as error:
        raise UnreadableError(f"not valid {path.suffix.lstrip('.') or 'text'}: {error}") from error


def is_plain(path: Path) -> bool:
    """Whether *path* is a regular file itself: no link, no pipe, no device."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def parse(suffix: str, text: str) -> Series:
    """Series from the text of a ``.json``, ``.jsonl`` or ``.csv`` file; ValueError or RecursionError if it is none."""
    series: Series = {}
    if suffix in (".csv", ".tsv"):
        try:
            _rows(_csv_rows(text, "\t" if suffix == ".tsv" else ","), series)
        except csv.Error as error:
            raise ValueError(str(error)) from error
    elif suffix in (".jsonl", ".ndjson"):
        _rows(_json_lines(text), series)
    else:
        _json(json.loads(text), series)
    return series


def _events(path: Path) -> Series:
    """Scalars of one event file, up to where it is torn; nothing where it cannot be read."""
    series: Series = {}
    if not is_plain(path):
        return series
    try:
        found = read_events(path).scalars
    except (OSError, ValueError):
        return series
    for scalar in found:
        series.setdefault(scalar.tag, []).append([float(scalar.step), scalar.value])
    return series


def _folder(path: Path) -> Series:
    series: Series = {}
    for file in sorted(path.rglob("*tfevents*")):
        for name, points in _events(file).items():
            series.setdefault(name, []).extend(points)
    for points in series.values():
        points.sort(key=lambda point: point[0])
    return series


def _json(value: Any, series: Series) -> None:
    if isinstance(value, list):
        _rows(value, series)
    else:
        _flat(value, "", series)


def _flat(value: Any, name: str, series: Series) -> None:
    """Nested names are joined by slashes; a list of numbers is a series, a list of objects a table of rows."""
    if _is_number(value):
        _add(series, name, math.nan, value)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            _flat(inner, f"{name}/{key}" if name else str(key), series)
    elif isinstance(value, list) and value and all(_is_number(item) for item in value):
        for step, item in enumerate(value):
            _add(series, name, step, item)
    elif isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
        inner_series: Series = {}
        _rows(value, inner_series)
        for key, points in inner_series.items():
            series.setdefault(f"{name}/{key}", []).extend(points)


def _rows(rows: Iterable[Any], series: Series) -> None:
    """Rows of a table: the first known step column counts the steps, every other number is a metric."""
    for index, row in enumerate(rows):
        if not isinstance(row, Mapping):
            continue
        name = next((s for s in STEPS if s in row and _is_number(row[s])), None)
        step = float(row[name]) if name else float(index)
        flat: Series = {}
        _flat({k: v for k, v in row.items() if k != name}, "", flat)
        for key, points in flat.items():
            _add(series, key, step, points[-1][1])


def _json_lines(text: str) -> Iterator[Any]:
    """Each line's object; the last line may be torn, one in the middle may not."""
    lines = [line for line in text.splitlines() if line.strip()]
    for number, line in enumerate(lines, 1):
        try:
            yield json.loads(line)
        except ValueError:
            if number < len(lines):
                raise ValueError(f"line {number} is not JSON") from None


def _csv_rows(text: str, delimiter: str) -> Iterator[dict[str, Any]]:
    for row in csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter):
        yield {k.strip(): _cell(v) for k, v in row.items() if isinstance(k, str) and isinstance(v, str)}


def _cell(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _add(series: Series, name: str, step: float, value: float) -> None:
    if len(series) >= MAX_NAMES and name not in series:
        return
    points = series.setdefault(name, [])
    if len(points) < MAX_POINTS:
        try:
            points.append([float(step), float(value)])
        except OverflowError:
            points.append([float(step), math.copysign(math.inf, value)])


def from_console(text: str, patterns: Mapping[str, str]) -> Series:
    """Series from console lines; a pattern's group ``value`` (or the first) is the number, ``step`` its step."""
    compiled = {name: re.compile(pattern) for name, pattern in patterns.items()}
    series: Series = {}
    for line in text.splitlines():
        for name, pattern in compiled.items():
            found = pattern.search(line[:MAX_LINE])
            if found:
                _matched(found, name, series)
    return series


def _matched(found: re.Match[str], name: str, series: Series) -> None:
    groups = found.groupdict()
    text = groups.get("value") or (found[1] if found.re.groups else found[0])
    step = groups.get("step")
    try:
        value = float(text.rstrip("%,;"))
        place = float(step) if step else float(len(series.get(name, ())))
    except (ValueError, AttributeError):
        return
    _add(series, name, place, value)


def summarise(series: Mapping[str, list[list[float]]], source: Mapping[str, str] | str = "") -> tuple[Metric, ...]:
    """One :class:`Metric` a series; minimum and maximum leave NaN out unless there is nothing else."""
    found = []
    for name, points in sorted(series.items()):
        if not points:
            continue
        values = [p[1] for p in points if not math.isnan(p[1])] or [math.nan]
        step = points[-1][0]
        found.append(
            Metric(
                name=name,
                last=points[-1][1],
                minimum=min(values),
                maximum=max(values),
                count=len(points),
                step=None if math.isnan(step) else step,
                source=source if isinstance(source, str) else source.get(name, ""),
            )
        )
    return tuple(found)


def discover(out: Path) -> tuple[Path, ...]:
    """Files below *out* that look like metrics, for commands that name none."""
    found = [path for pattern in FOUND for path in sorted(out.rglob(pattern)) if is_plain(path)]
    found += [path.parent for path in sorted(out.rglob("events.out.tfevents.*")) if is_plain(path)]
    return tuple(dict.fromkeys(found))
