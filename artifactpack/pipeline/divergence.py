"""`record --trace-divergence`: run one seed twice, find where the runs part, and name the operator and the line."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import replace
from pathlib import Path

from artifactpack.errors import InputError, ShortfallError
from artifactpack.models.event import Event, Notify, silent
from artifactpack.models.run import RunRecord, Seeding
from artifactpack.pipeline.record import chosen, code_state
from artifactpack.project import Project, open_project
from artifactpack.recorder.current import current, done
from artifactpack.recorder.diff import causes, differences
from artifactpack.recorder.divergence import Divergence
from artifactpack.recorder.interpreter import find_python
from artifactpack.recorder.launch import launch
from artifactpack.recorder.parting import Source, elsewhere, search
from artifactpack.recorder.plan import RunPlan, plan_runs
from artifactpack.recorder.store import RunStore

_WHAT = (
    "first run, parameters step by step",
    "second run",
    "third run, every operator of the window",
    "fourth run",
)


def trace_divergence(root: Path, *, command: str = "", seed: int | None = None, notify: Notify = silent) -> Divergence:
    """Run *command* (default: the first declared) with *seed* (default: its first) twice with fingerprints of the
    parameters, then twice more with every operator traced in the first window that differs.

    Raises InputError where the command needs the output of runs that are not recorded, ShortfallError where it fails.
    """
    project = open_project(root)
    name = command or chosen(project.config, ())[0]
    began = time.monotonic()
    store = RunStore(project.root)
    with store.locked():
        plan = _plan(project, store, name, seed)
        folder = store.state / f"tracing-{os.getpid()}"
        try:
            found = _search(project, plan, folder, notify)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    return replace(found, seconds=round(time.monotonic() - began, 3))


def _plan(project: Project, store: RunStore, name: str, seed: int | None) -> RunPlan:
    records = store.records()
    ready = done(records, current(records, project.config, project.root))
    others = {key: run for key, run in ready.items() if key[0] != name}
    plans = plan_runs(project.config, (name,), None if seed is None else (seed,), 1, done=others)
    wanted = [plan for plan in plans if plan.command == name]
    missing = [plan.label for plan in plans if plan.command != name and plan.id in wanted[0].needs]
    if missing:
        raise InputError(f"{name} needs {missing[0]}, which is not recorded yet: run `artifactpack record` first")
    return wanted[0]


def _search(project: Project, plan: RunPlan, folder: Path, notify: Notify) -> Divergence:
    def run(number: int, order: str) -> tuple[RunRecord, Path]:
        return _run(project, plan, folder / f"trace-{number + 1}", order, notify, _WHAT[number])

    result, one, two = search(run, Source(project.root))
    return replace(_explain(result, one, two), differences=causes(differences(one, two)))


def _run(
    project: Project, plan: RunPlan, folder: Path, order: str, notify: Notify, text: str
) -> tuple[RunRecord, Path]:
    """One traced run; a run stopped at the end of its window counts as well."""
    notify(Event(stage="trace", text=text))
    run = launch(
        elsewhere(plan, folder.name, f"{os.path.relpath(folder, project.root)}/out"),
        project.root,
        folder,
        notify=notify,
        python=find_python(project.config, project.root),
        code=code_state(project),
        trace=order,
    )
    if run.state != "finished":
        raise ShortfallError(f"{plan.label} {run.state}: {run.error}; its last lines:\n{run.tail}")
    return run, folder / "events"


def _explain(found: Divergence, one: RunRecord, two: RunRecord) -> Divergence:
    """A random operator differs because of a seed: say which, from what the records saw."""
    if not found.found or "generator's state" not in found.why:
        return found
    unseeded = [rng for rng in (*one.unseeded, *two.unseeded) if rng.rng.startswith("torch")]
    for rng in sorted(unseeded, key=lambda r: not r.line):
        at = f" at {rng.path}:{rng.line}" if rng.line else ""
        return replace(found, why=f"a random operator, and {rng.call} leaves torch without a seed{at}")
    for first, second in zip(_torch(one), _torch(two), strict=False):
        if first.value != second.value:
            at = f"{first.path}:{first.line}"
            return replace(
                found, why=f"a random operator, and {first.call} at {at} got {first.value}, then {second.value}"
            )
    return found


def _torch(run: RunRecord) -> list[Seeding]:
    return [seeding for seeding in run.seedings if seeding.rng.startswith("torch") and not seeding.process]
