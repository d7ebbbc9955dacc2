"""One record from the event files of a run's processes; what they say is self-reported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from artifactpack.models.records import Json, record
from artifactpack.models.run import Gpu, PackageUse, Seeding, Setting, UnseededRng
from artifactpack.recorder import named
from artifactpack.recorder.events import Events, each, rank_of, read_events, several, table, text, whole
from artifactpack.recorder.interpreter import owners
from artifactpack.recorder.merge_files import Opened, files, outside

MAX_SEEDINGS, MAX_UNSEEDED, MAX_WARNINGS = 300, 100, 50


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
    programs: frozenset[str] = frozenset()
    named: tuple[str, ...] = ()
    loaders: tuple[Json, ...] = ()


def merge(folder: Path, root: Path = Path("/nowhere")) -> Inside:
    """Join the event files in *folder* of a run of the project at *root* (its real path).

    An :class:`Inside` with no processes when nothing reported.
    """
    processes = read_events(folder)
    if not processes:
        return Inside(not_observed=("no Python process reported: another language, or started with -I, -E or -S",))
    first = processes[0][0]
    read, written = files(processes, root)
    elsewhere = outside(processes)
    return Inside(
        processes=len(processes),
        ranks=len(set(filter(None, map(rank_of, processes)))) or 1,
        python=str(first.get("version", "")),
        implementation=str(first.get("implementation", "")),
        seedings=tuple(_seedings(processes)),
        unseeded=tuple(_unseeded(processes)),
        settings=_settings(processes),
        warnings=tuple(_warnings(processes)),
        operators=_operators(processes),
        read=read,
        written=written,
        outside_read=sum(elsewhere.values()),
        outside=tuple(f"{name} ({n})" for name, n in sorted(elsewhere.items())),
        packages=_packages(processes),
        gpus=_gpus(processes),
        not_observed=tuple(dict.fromkeys(_not_observed(processes))),
        programs=named.programs(processes),
        named=named.of_children(processes, root),
        loaders=tuple(_loaders(processes)),
    )


def _seedings(processes: list[Events]) -> Iterator[Seeding]:
    seen: set[tuple[Any, ...]] = set()
    for process, event in each(processes, "seed"):
        place = (*(str(event.get(key)) for key in ("rng", "call", "path", "line")), process, str(event.get("value")))
        if place in seen or len(seen) >= MAX_SEEDINGS:
            continue
        seen.add(place)
        drawn = event.get("drawn")
        yield Seeding(
            rng=text(event.get("rng", "")),
            call=text(event.get("call", "")),
            value=event.get("value"),
            path=text(event.get("path", "")),
            line=whole(event.get("line")),
            process=process,
            drawn_before=drawn if isinstance(drawn, bool) else None,
        )


def _unseeded(processes: list[Events]) -> Iterator[UnseededRng]:
    seen: set[tuple[Any, ...]] = set()
    for process, event in each(processes, "unseeded"):
        place = tuple(str(event.get(key)) for key in ("rng", "call", "path", "line"))
        if place in seen or len(seen) >= MAX_UNSEEDED:
            continue
        seen.add(place)
        yield UnseededRng(
            rng=text(event.get("rng", "")),
            call=text(event.get("call", "")),
            path=text(event.get("path", "")),
            line=whole(event.get("line")),
            process=process,
        )


def _settings(processes: list[Events]) -> tuple[Setting, ...]:
    """Of the process that trained (else the first one): each setting at the first training step and at exit."""
    started = [(n, e) for n, e in each(processes, "settings") if e.get("when") == "start"]
    trained = started[0][0] if started else 0
    ended = [e for n, e in each(processes, "settings") if n == trained and e.get("when") == "exit"]
    before = table(started[0][1].get("values")) if started else {}
    after = table(ended[-1].get("values")) if ended else {}
    names = dict.fromkeys((*before, *after))
    settings = [
        Setting(name=name, at_start=before.get(name), at_exit=after.get(name))
        for name in names
        if before.get(name) is not None or after.get(name) is not None
    ]
    return (*settings, *_more_settings(processes))


def _more_settings(processes: list[Events]) -> Iterator[Setting]:
    for _, event in each(processes, "amp"):
        yield Setting(name="torch.amp", at_start=f"{event.get('device')} {event.get('dtype')}")
        break
    loaders = [event for _, event in each(processes, "loader")]
    if loaders:
        workers = max(whole(event.get("workers")) for event in loaders)
        yield Setting(name="torch.dataloader.workers", at_start=workers)


def _loaders(processes: list[Events]) -> Iterator[Json]:
    for _, event in each(processes, "loader"):
        yield {key: value for key, value in event.items() if key != "t"}


def _warnings(processes: list[Events]) -> Iterator[str]:
    texts = [text(event.get("text", "")) for _, event in each(processes, "warning")]
    yield from list(dict.fromkeys(texts))[:MAX_WARNINGS]


def _operators(processes: list[Events]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for _, event in each(processes, "census"):
        for name, count in table(event.get("ops")).items():
            counts[str(name)] = counts.get(str(name), 0) + whole(count)
    return dict(sorted(counts.items()))


def _packages(processes: list[Events]) -> tuple[PackageUse, ...]:
    """Distributions behind the imported modules; a module nobody owns is named by itself, with its own version."""
    found: dict[str, str] = {}
    for _, event in each(processes, "modules"):
        for module, told in table(event.get("packages")).items():
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
    return ("", "") if module.startswith("_") or "." in module else (module, text(version))


def _gpus(processes: list[Events]) -> tuple[Gpu, ...]:
    found: dict[int, Gpu] = {}
    for _, event in each(processes, "devices"):
        for gpu in map(table, several(event.get("gpus"))):
            index = whole(gpu.get("index"))
            before = found.get(index)
            found[index] = Gpu(
                name=text(gpu.get("name", "")),
                memory=whole(gpu.get("memory")),
                cuda=text(event.get("cuda", "")),
                cudnn=text(event.get("cudnn", "")),
                peak=max(before.peak if before else 0, whole(gpu.get("peak"))),
            )
    return tuple(found[i] for i in sorted(found))


def _not_observed(processes: list[Events]) -> Iterator[str]:
    for _, event in each(processes, "child"):
        why = event.get("why")
        if why and not named.is_plain(event.get("program", "")):
            yield f"a child process ({text(event.get('program', '?'))}) was {text(why)}: not seen from inside"
    for event in named.children(processes):
        yield f"a child process ({text(event.get('program'))}) is no Python: what it did was not seen from inside"
    for _, event in each(processes, "unpatched"):
        yield f"{text(event.get('module'))} could not be watched: {text(event.get('why'))}"
    if _ray_without_workers(processes):
        yield "Ray was imported and none of Ray's workers reported: what they did, if any ran, was not seen from inside"


def _ray_without_workers(processes: list[Events]) -> bool:
    """Workers of a cluster that was there before the run have not its environment, hence not our hooks."""
    imported = any("ray" in table(event.get("packages")) for _, event in each(processes, "modules"))
    return imported and not any("default_worker.py" in str(events[0].get("argv")) for events in processes)
