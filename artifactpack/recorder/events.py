"""The event files of a run's processes, as they were written; a torn last line is left out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from artifactpack.patterns import late
from artifactpack.project.reading import read_file

MAX_FILE = 64 << 20
_LONE = late(r"[\ud800-\udc7f\udd00-\udfff]")  # halves of pairs that stand for no byte
Events = list[dict[str, Any]]


def read_events(folder: Path) -> list[Events]:
    """The events of each process, processes in the order of their start; torn and foreign lines are left out."""
    processes = [list(_lines(path)) for path in sorted(folder.glob("*.jsonl"))]
    told = [p for p in processes if p and p[0].get("t") == "process"]
    return sorted(told, key=lambda p: (number(p[0].get("at")), str(p[0].get("pid"))))


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        data = read_file(path, MAX_FILE)
    except OSError:
        return
    for line in data.splitlines():
        try:
            event = json.loads(line)
            event = _writable(event) if b"\\ud" in line.lower() else event
        except (ValueError, RecursionError):
            continue
        if isinstance(event, dict) and _sound(event):
            yield event


_TABLES = ("values", "ops", "packages", "counts")
_LISTS = ("f", "own", "gpus", "e")
_PLAIN_WORDS = ("t", "rng", "call", "path", "line")


def _sound(event: dict[str, Any]) -> bool:
    """Whether *event* has the shape that we write: the program that ran could write anything into its event files."""
    return (
        all(isinstance(event.get(key) or {}, dict) for key in _TABLES)
        and all(isinstance(event.get(key) or [], list) for key in _LISTS)
        and not any(isinstance(event.get(key), (dict, list)) for key in _PLAIN_WORDS)
    )


def _writable(value: Any) -> Any:
    """*value* with texts that can be written as UTF-8."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, list):
        return [_writable(item) for item in value]
    return {text(k): _writable(v) for k, v in value.items()} if isinstance(value, dict) else value


def number(value: object) -> float:
    """*value* if it is a finite number, else 0: what a run writes about itself may be anything."""
    return float(value) if isinstance(value, (int, float)) and abs(value) < 1 << 62 else 0.0


def whole(value: object) -> int:
    """*value* without its fraction if it is a finite number, else 0."""
    return value if isinstance(value, int) and abs(value) < 1 << 62 else int(number(value))


def table(value: object) -> dict[str, Any]:
    """*value* if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def several(value: object) -> list[Any]:
    """*value* if it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else []


def each(processes: list[Events], kind: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The events of one *kind*, each with the place of its process."""
    for place, events in enumerate(processes):
        for event in events:
            if event.get("t") == kind:
                yield place, event


def text(value: object) -> str:
    """Text that can be written as UTF-8: bytes that are none are shown as escapes."""
    raw = str(value).encode("utf-8", "surrogatepass" if _LONE.search(str(value)) else "surrogateescape")
    return raw.decode("utf-8", "backslashreplace")


def rank_of(events: Events) -> str:
    """The rank of a process, "" where it has none: what it was told last."""
    told = [e["rank"] for e in events if e.get("t") in ("process", "rank") and isinstance(e.get("rank"), str)]
    return str(told[-1]) if told else ""
