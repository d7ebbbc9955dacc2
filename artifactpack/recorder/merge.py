"""One record from the event files of a run's processes; what they say is self-reported."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from artifactpack.folders import home
from artifactpack.models.records import Json, record
from artifactpack.models.run import Gpu, PackageUse, Seeding, Setting, UnseededRng
from artifactpack.project.reading import read_file
from artifactpack.recorder.interpreter import owners

MAX_FILE = 64 << 20
MAX_SEEDINGS, MAX_UNSEEDED, MAX_WARNINGS = 300, 100, 50
_STATE = ".artifactpack/"


@record
class Opened:
    """A file as it was when opened for reading: bytes and nanoseconds; or (size -1) only when that was."""

    size: int
    mtime_ns: int
    at_ns: int = 0


@record
class Inside:
    """What all processes of a run said together."""

    processes: int = 0
    ranks: int = 1
    python: str = ""
    implementation: str = ""
    seedings: tuple[Seeding, ...] = ()
    unseeded: tuple[UnseededRng, ...] = ()
    settings: tuple[Setting, ...] = ()
    warnings: tuple[str, ...] = ()
    operators: dict[str, int] = field(default_factory=dict)
    read: dict[str, Opened] = field(default_factory=dict)
    written: tuple[str, ...] = ()
    outside_read: int = 0
    outside: tuple[str, ...] = ()
    packages: tuple[PackageUse, ...] = ()
    gpus: tuple[Gpu, ...] = ()
    not_observed: tuple[str, ...] = ()
    loaders: tuple[Json, ...] = ()


Events = list[dict[str, Any]]


def read_events(folder: Path) -> list[Events]:
    """The events of each process, processes in the order of their start; torn and foreign lines are left out."""
    processes = [list(_lines(path)) for path in sorted(folder.glob("*.jsonl"))]
    told = [p for p in processes if p and p[0].get("t") == "process"]
    return sorted(told, key=lambda p: (_number(p[0].get("at")), str(p[0].get("pid"))))


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        data = read_file(path, MAX_FILE)
    except OSError:
        return
    for line in data.splitlines():
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(event, dict) and _sound(event):
            yield event


_TABLES = ("values", "ops", "packages", "counts")
_LISTS = ("f", "own", "gpus", "e")
_PLAIN_WORDS = ("t", "rng", "call", "path", "line", "pid")


def _sound(event: dict[str, Any]) -> bool:
    """Whether *event* has the shape that we write: the program that ran could write anything into its event files."""
    return (
        all(isinstance(event.get(key) or {}, dict) for key in _TABLES)
        and all(isinstance(event.get(key) or [], list) for key in _LISTS)
        and not any(isinstance(event.get(key), (dict, list)) for key in _PLAIN_WORDS)
        and all(isinstance(gpu, dict) for gpu in event.get("gpus") or ())
    )


def _number(value: object) -> float:
    """*value* as a finite number that can be one of a record; 0 for anything else."""
    return float(value) if isinstance(value, (int, float)) and abs(value) < 1e300 else 0.0


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def merge(folder: Path, root: Path = Path("/nowhere")) -> Inside:
    """Join the event files in *folder* of a run of the project at *root* (its real path).

    An :class:`Inside` with no processes when nothing reported.
    """
    processes = read_events(folder)
    if not processes:
        return Inside(not_observed=("no Python process reported: another language, or started with -I, -E or -S",))
    first = processes[0][0]
    read, written = _files(processes, root)
    return Inside(
        processes=len(processes),
        ranks=len(set(filter(None, map(_rank, processes)))) or 1,
        python=str(first.get("version", "")),
        implementation=str(first.get("implementation", "")),
        seedings=tuple(_seedings(processes)),
        unseeded=tuple(_unseeded(processes)),
        settings=_settings(processes),
        warnings=tuple(_warnings(processes)),
        operators=_operators(processes),
        read=read,
        written=written,
        outside_read=sum(_outside(processes).values()),
        outside=tuple(f"{name} ({n})" for name, n in sorted(_outside(processes).items())),
        packages=_packages(processes),
        gpus=_gpus(processes),
        not_observed=tuple(dict.fromkeys(_not_observed(processes))),
        loaders=tuple(_loaders(processes)),
    )


def _rank(events: Events) -> str:
    """The rank of a process, "" where it has none: what it was told last."""
    told = [e["rank"] for e in events if e.get("t") in ("process", "rank") and isinstance(e.get("rank"), str)]
    return str(told[-1]) if told else ""


def _each(processes: list[Events], kind: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, events in enumerate(processes):
        for event in events:
            if event.get("t") == kind:
                yield number, event


def _text(value: object) -> str:
    """Text that can be written as UTF-8: bytes that are none are shown as escapes."""
    return str(value).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _seedings(processes: list[Events]) -> Iterator[Seeding]:
    seen: set[tuple[Any, ...]] = set()
    for number, event in _each(processes, "seed"):
        place = (*(event.get(key) for key in ("rng", "call", "path", "line")), number, str(event.get("value")))
        if place in seen or len(seen) >= MAX_SEEDINGS:
            continue
        seen.add(place)
        drawn = event.get("drawn")
        yield Seeding(
            rng=_text(event.get("rng", "")),
            call=_text(event.get("call", "")),
            value=event.get("value"),
            path=_text(event.get("path", "")),
            line=int(_number(event.get("line"))),
            process=number,
            drawn_before=drawn if isinstance(drawn, bool) else None,
        )


def _unseeded(processes: list[Events]) -> Iterator[UnseededRng]:
    seen: set[tuple[Any, ...]] = set()
    for number, event in _each(processes, "unseeded"):
        place = (event.get("rng"), event.get("call"), event.get("path"), event.get("line"))
        if place in seen or len(seen) >= MAX_UNSEEDED:
            continue
        seen.add(place)
        yield UnseededRng(
            rng=_text(event.get("rng", "")),
            call=_text(event.get("call", "")),
            path=_text(event.get("path", "")),
            line=int(_number(event.get("line"))),
            process=number,
        )


def _settings(processes: list[Events]) -> tuple[Setting, ...]:
    """Of the process that trained (else the first one): each setting at the first training step and at exit."""
    started = [(n, e) for n, e in _each(processes, "settings") if e.get("when") == "start"]
    number = started[0][0] if started else 0
    ended = [e for n, e in _each(processes, "settings") if n == number and e.get("when") == "exit"]
    before = started[0][1].get("values", {}) if started else {}
    after = ended[-1].get("values", {}) if ended else {}
    names = dict.fromkeys((*before, *after))
    settings = [
        Setting(name=name, at_start=before.get(name), at_exit=after.get(name))
        for name in names
        if before.get(name) is not None or after.get(name) is not None
    ]
    return (*settings, *_more_settings(processes))


def _more_settings(processes: list[Events]) -> Iterator[Setting]:
    for _, event in _each(processes, "amp"):
        yield Setting(name="torch.amp", at_start=f"{event.get('device')} {event.get('dtype')}")
        break
    loaders = [event for _, event in _each(processes, "loader")]
    if loaders:
        workers = max(int(_number(event.get("workers"))) for event in loaders)
        yield Setting(name="torch.dataloader.workers", at_start=workers)


def _loaders(processes: list[Events]) -> Iterator[Json]:
    for _, event in _each(processes, "loader"):
        yield {key: value for key, value in event.items() if key != "t"}


def _warnings(processes: list[Events]) -> Iterator[str]:
    texts = [_text(event.get("text", "")) for _, event in _each(processes, "warning")]
    yield from list(dict.fromkeys(texts))[:MAX_WARNINGS]


def _operators(processes: list[Events]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for _, event in _each(processes, "census"):
        for name, count in dict(event.get("ops") or {}).items():
            counts[str(name)] = counts.get(str(name), 0) + int(_number(count))
    return dict(sorted(counts.items()))


def _files(processes: list[Events], root: Path) -> tuple[dict[str, Opened], tuple[str, ...]]:
    read: dict[str, Opened] = {}
    written: dict[str, bool] = {}
    for _, event in _each(processes, "files"):
        for entry in event.get("f") or ():
            if not (isinstance(entry, list) and len(entry) == 4 and isinstance(entry[1], str)):
                continue
            path = posixpath.normpath(_text(entry[1]))
            if path.startswith("../") or path == "..":
                continue
            if entry[0] == "w":
                written[path] = True
            elif path not in written:
                read.setdefault(path, Opened(size=_whole(entry[2]), mtime_ns=_whole(entry[3])))
    for path, at in _many(processes, root):
        if path not in written:
            read.setdefault(path, Opened(size=-1, mtime_ns=0, at_ns=at))
    for _, event in _each(processes, "modules"):
        for path in event.get("own") or ():
            read.setdefault(posixpath.normpath(_text(path)), Opened(size=-1, mtime_ns=0))
    return read, tuple(sorted(written))


def _many(processes: list[Events], root: Path) -> Iterator[tuple[str, int]]:
    """Files of a program that opened very many: project-relative path, and a time just before it was opened."""
    base = f"{root}/"
    for _, event in _each(processes, "many"):
        cwd, at = str(event.get("cwd", "")), int(_number(event.get("at")) * 1e9)
        for name in event.get("f") or ():
            full = posixpath.normpath(posixpath.join(cwd, _text(name)))
            if full.startswith(base) and "-packages/" not in full and "/__pycache__/" not in full:
                yield full[len(base) :], at


def _outside(processes: list[Events]) -> dict[str, int]:
    """Files read elsewhere, counted by the kind of place: no path from outside the project is written down."""
    base = home().parts[1:2]
    counts: dict[str, int] = {}
    for _, event in _each(processes, "outside"):
        for name, count in dict(event.get("counts") or {}).items():
            kind = _KINDS.get(str(name), "home" if (str(name),) == base else "elsewhere")
            counts[kind] = counts.get(kind, 0) + int(_number(count))
    return counts


_SYSTEM = ("usr", "lib", "lib64", "etc", "proc", "sys", "dev", "bin", "sbin", "opt", "var", "run", "boot")
_KINDS = dict.fromkeys(_SYSTEM, "system") | {"tmp": "temporary", "home": "home", "root": "home", "Users": "home"}


def _packages(processes: list[Events]) -> tuple[PackageUse, ...]:
    """Distributions behind the imported modules; a module nobody owns is named by itself, with its own version."""
    found: dict[str, str] = {}
    for _, event in _each(processes, "modules"):
        for module, told in dict(event.get("packages") or {}).items():
            name, version = _distribution(str(module), told)
            if name:
                found[name] = found.get(name) or version
    return tuple(PackageUse(name=name, version=version) for name, version in sorted(found.items()))


def _distribution(module: str, told: object) -> tuple[str, str]:
    path, version = told if isinstance(told, list) and len(told) == 2 else ("", "")
    head, mark, _ = str(path).partition("-packages/")
    known: Mapping[str, tuple[str, str]] = owners(head + "-packages") if mark else {}
    if module in known:
        return known[module]
    return ("", "") if module.startswith("_") or "." in module else (module, _text(version))


def _gpus(processes: list[Events]) -> tuple[Gpu, ...]:
    found: dict[int, Gpu] = {}
    for _, event in _each(processes, "devices"):
        for gpu in event.get("gpus") or ():
            index = int(_number(gpu.get("index")))
            before = found.get(index)
            found[index] = Gpu(
                name=_text(gpu.get("name", "")),
                memory=int(_number(gpu.get("memory"))),
                cuda=_text(event.get("cuda", "")),
                cudnn=_text(event.get("cudnn", "")),
                peak=max(before.peak if before else 0, int(_number(gpu.get("peak")))),
            )
    return tuple(found[i] for i in sorted(found))


def _not_observed(processes: list[Events]) -> Iterator[str]:
    for _, event in _each(processes, "child"):
        why = event.get("why")
        if why and not str(event.get("program", "")).startswith(_PLAIN):
            yield f"a child process ({_text(event.get('program', '?'))}) was {_text(why)}: not seen from inside"
    for _, event in _each(processes, "unpatched"):
        yield f"{_text(event.get('module'))} could not be watched: {_text(event.get('why'))}"
    if _ray_without_workers(processes):
        yield "Ray was imported and none of Ray's workers reported: what they did, if any ran, was not seen from inside"


def _ray_without_workers(processes: list[Events]) -> bool:
    """Workers of a cluster that was there before the run have not its environment, hence not our hooks."""
    imported = any("ray" in dict(event.get("packages") or {}) for _, event in _each(processes, "modules"))
    return imported and not any("default_worker.py" in str(events[0].get("argv")) for events in processes)


_PLAIN = ("git", "ldconfig", "uname", "lscpu", "nvidia-smi", "gcc", "cc", "ld", "which", "file")


def inputs(paths: Iterable[str]) -> tuple[str, ...]:
    """The paths that are inputs: without version control, caches and the recorder's own state."""
    return tuple(p for p in paths if not p.startswith((".git/", f"{_STATE}cache/")) and "__pycache__/" not in p)
