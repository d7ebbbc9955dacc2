"""Where two runs of one seed part: four traced runs, wherever they run, and what their traces say together."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from artifactpack.models.run import RunRecord
from artifactpack.recorder.divergence import Compare, Divergence, locate
from artifactpack.recorder.plan import RunPlan
from artifactpack.recorder.traces import Traces, steps, traces, window

EVERY = 10  # optimizer steps between two fingerprints
LIMIT = 1 << 22  # bytes of a source file
RUNS = 4

_NOT_AGAIN = (
    "the two traced after them do not: it happens at times only, or a run finds what the one before it left behind"
)
Run = Callable[[int, str], tuple[RunRecord, Path]]


def search(run: Run, source: Source) -> tuple[Divergence, RunRecord, RunRecord]:
    """Two runs with fingerprints of the parameters, then two with every operator of the first window that differs.

    *run* is given the run's number and what to trace, and returns its record and the folder of its events; what it
    raises goes through. Returns what was found and the records of the first two.
    """
    (one, first), (two, second) = (run(number, f"steps:{EVERY}") for number in (0, 1))
    span = window(steps(first), steps(second))
    if span is None and (steps(first) or steps(second)):
        note = "the parameters were equal at every step looked at"
        return Divergence(found=False, runs=2, note=note), one, two
    (_, third), (_, fourth) = (run(number, _order(span)) for number in (2, 3))
    found = _located(traces(third), traces(fourth), source)
    if span is None:
        return replace(found, runs=RUNS), one, two
    note = found.note if found.found else f"the first two runs part by optimizer step {span[1]}, {_NOT_AGAIN}"
    return replace(found, step=max(0, span[0]) + 1, note=note, runs=RUNS), one, two


def elsewhere(plan: RunPlan, name: str, out: str) -> RunPlan:
    """The same run under another *name*, with its output in the folder *out* of the project; nothing of it is kept."""
    here, there = (os.path.relpath(place, plan.cwd) for place in (plan.out, out))
    argv = tuple(word.replace(here, there) for word in plan.argv)
    env = {key: value.replace(here, there) for key, value in plan.env.items()}
    return replace(plan, id=name, argv=argv, env=env, out=out, metrics=(), weights=(), outputs=())


def _order(span: tuple[int, int] | None) -> str:
    """What to trace within: all, where no step was counted; the first step, where the runs differ before it."""
    if span is None:
        return "window:all"
    return "window:0:1" if span[0] < 0 else f"window:{span[0]}:{span[1]}"


def _located(one: Traces, two: Traces, source: Source) -> Divergence:
    """The first operator that differs; of a program without any operator the first value that does."""
    found = locate(one, two, source)
    if found.found or any(entry[0] == "o" for entries in one.values() for entry in entries):
        return found
    pairs = Compare(one.get("0", []), two.get("0", []), source).pairs
    if not pairs:
        return found
    _, path, line, name, _ = pairs[0]
    why = f"{name} is the first value that differs; no tensor operator was seen"
    return Divergence(found=True, path=path, line=line, text=source(path, line).strip(), why=why)


class Source:
    """A reader of the project's lines, as the runs saw them; never through a link out of the project."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.known: dict[str, list[str]] = {}

    def __call__(self, path: str, number: int) -> str:
        if path not in self.known:
            self.known[path] = self._lines(path)
        lines = self.known[path]
        return lines[number - 1] if 0 < number <= len(lines) else ""

    def _lines(self, path: str) -> list[str]:
        file = (self.root / path).resolve()
        if not file.is_relative_to(self.root) or not file.is_file() or file.stat().st_size > LIMIT:
            return []
        return file.read_text(encoding="utf-8", errors="replace").splitlines()
