"""What the repository declares, held against what tracked runs really used: only certain differences count."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple

from artifactpack.core.facts import at
from artifactpack.core.parameter_names import is_noise, is_seed, last_part
from artifactpack.core.tracked import same
from artifactpack.models.fact import Source
from artifactpack.models.records import Json
from artifactpack.models.system import SystemReading, TrackedRun
from artifactpack.patterns import late
from artifactpack.probes._own import own
from artifactpack.project import Project
from artifactpack.project.settings import is_config

_LINE = late(r"^\s*[\"']?([A-Za-z][\w-]*)[\"']?\s*[:=]\s*([^\s,#]+)\s*(?:,\s*)?(?:#.*)?$")
_NUMBER = late(r"(?<![\w.])[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])")
_TEXTS = (
    ".py", ".sh", ".md", ".rst", ".txt", ".yaml", ".yml", ".json", ".toml", ".cfg", ".ini", ".gin", ".ipynb", "Makefile"
)  # fmt: skip
LARGEST, MOST_RUNS = 1 << 19, 2000


class Declared(NamedTuple):
    """A setting with a number, where it stands."""

    value: float
    source: Source


class Difference(NamedTuple):
    """A setting that tracked runs used with another value than any that stands in the repository."""

    name: str
    declared: Declared
    used: float
    run: TrackedRun


def compare(project: Project, systems: tuple[SystemReading, ...]) -> tuple[list[str], list[Difference]]:
    """Names that were held against each other, and those that differ for certain.

    A difference is certain where the name has one declared place and all finished runs used one value, which no line
    of the project's own files gives that name: not as a default, in a configuration, command, script or table.
    """
    runs = [run for s in systems for run in s.runs if run.complete and run.state != "failed" and run.parameters]
    used = _used(runs[:MOST_RUNS])
    if not used:
        return [], []
    declared = _declared(project, systems, used)
    suspect = {name: places for name, places in declared.items() if not _agrees(used[name][0], places)}
    said = _said(project, systems, {name: used[name][0] for name in suspect})
    bad = [Difference(name, places[0], *used[name]) for name, places in suspect.items() if name not in said]
    return sorted(declared), bad


def _agrees(value: float, places: list[Declared]) -> bool:
    return len({place.value for place in places}) > 1 or any(same(value, place.value) for place in places)


def _used(runs: Iterable[TrackedRun]) -> dict[str, tuple[float, TrackedRun]]:
    """Settings that have one number in all runs, by the last part of their name, where that is unique in its run."""
    seen: dict[str, list[tuple[float, TrackedRun]]] = defaultdict(list)
    unsure: set[str] = set()
    for run in runs:
        if any("were not recorded" in warning for warning in run.warnings):
            continue
        here: set[str] = set()
        for name, value in run.parameters.items():
            short = _short(name)
            unsure |= {short} & here
            here.add(short)
            if (found := _number(value)) is not None:
                seen[short].append((found, run))
            else:
                unsure.add(short)
    return {n: v[0] for n, v in seen.items() if n not in unsure and all(same(v[0][0], other) for other, _ in v)}


@lru_cache(maxsize=4096)
def _short(name: str) -> str:
    return "" if is_seed(name) or is_noise(name) else last_part(name)


def _number(value: Json) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _declared(project: Project, systems: tuple[SystemReading, ...], wanted: Iterable[str]) -> dict[str, list[Declared]]:
    names, found = set(wanted) - {""}, defaultdict(list)
    for path, record in project.index.records.items():
        for option in record.options:
            name, value = option.dest.lower().replace("-", "_"), _constant(option.default)
            if name in names and value is not None and option.maker not in ("class", "dict"):
                place = at(path, project.index.line(path, option.line), f"{name} = {value:g}")
                found[name].append(Declared(value, place))
    for path, number, line in _lines(project, systems, is_config):
        match = _LINE.match(line)
        if match and (name := match[1].lower().replace("-", "_")) in names and _NUMBER.fullmatch(match[2]):
            found[name].append(Declared(float(match[2]), at(path, number, line)))
    return found


def _constant(default: tuple[str, ...] | None) -> float | None:
    text = default[0][1:] if default and len(default) == 1 and default[0][:1] == "=" else ""
    return float(text) if _NUMBER.fullmatch(text) else None


def _said(project: Project, systems: tuple[SystemReading, ...], suspect: dict[str, float]) -> set[str]:
    """Those of *suspect* whose used value stands beside their name in some line of the project."""
    if not suspect:
        return set()
    names = {name: re.compile(name.replace("_", "[-_ ]?"), re.IGNORECASE) for name in suspect}
    said: set[str] = set()
    before = ("", "")
    for _, _, line in _lines(project, systems, lambda path: path.endswith(_TEXTS)):
        near = f"{before[0]} {before[1]} {line}"  # a name may stand on the lines above its value
        before = (before[1], line)
        numbers = [float(number) for number in _NUMBER.findall(line)]
        for name, pattern in names.items() if numbers else ():
            if name not in said and any(same(n, suspect[name]) for n in numbers) and pattern.search(near):
                said.add(name)
    return said


def _lines(
    project: Project, systems: tuple[SystemReading, ...], wanted: Callable[[str], bool]
) -> Iterable[tuple[str, int, str]]:
    """Lines of own files; what tracked systems wrote is no declaration."""
    written = {run.source.rstrip("/") for s in systems for run in s.runs[:MOST_RUNS]} - {""}
    folders = {place.rpartition("/")[0] if "." in place.rpartition("/")[2][1:] else place for place in written} - {""}
    below = tuple(f"{folder}/" for folder in folders)
    mine = own(project)
    for path in project.files:
        if path in written or path.startswith(below) or not wanted(path) or not mine(path):
            continue
        if 0 < project.size(path) <= LARGEST:
            for number, line in enumerate(project.read_text(path).splitlines(), 1):
                yield path, number, line[:400]
