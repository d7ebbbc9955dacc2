"""After a crash of the recorder: unfinished runs become records of crashed ones, leftovers of removals go."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from artifactpack.models.records import restore
from artifactpack.models.run import Cost, State
from artifactpack.recorder.launch import born
from artifactpack.recorder.merge import merge
from artifactpack.recorder.outputs import disk_use
from artifactpack.recorder.plan import RunPlan
from artifactpack.recorder.result import base
from artifactpack.recorder.store import RunStore, commit


def recover(store: RunStore, elsewhere: Collection[str] = ()) -> tuple[str, ...]:
    """Close the books on runs whose launcher is dead: recorded as crashed, never as finished. Returns their ids.

    Runs named in *elsewhere* are a cluster's: whether they live is for its scheduler to say.
    """
    closed = []
    for name, told in store.unfinished():
        if name in elsewhere or _alive(told):
            continue
        folder = store.folder(name)
        if close(folder, told):
            closed.append(name)
        else:
            shutil.rmtree(folder)
    for grave in store.runs.glob(".removed-*"):
        shutil.rmtree(grave, ignore_errors=True)
    return tuple(closed)


def _alive(told: dict[str, Any]) -> bool:
    """Whether the launcher still lives; one on another machine is given the benefit of the doubt."""
    if told.get("host") not in (None, os.uname().nodename):
        return True
    pid = told.get("pid")
    return isinstance(pid, int) and bool(told.get("born")) and born(pid) == told["born"]


def close(
    folder: Path,
    told: dict[str, Any],
    *,
    state: State = "crashed",
    error: str = "the recorder was killed while this ran",
) -> bool:
    """Write the record of a run that its recorder did not survive; False where not even its plan is known."""
    try:
        plan = restore(RunPlan, told["plan"])
    except (KeyError, TypeError, ValueError, AttributeError):
        return False
    inside = merge(folder / "events")
    began = float(told.get("began") or 0.0)
    run = replace(
        base(plan, inside),
        state=state,
        error=error,
        started=datetime.fromtimestamp(began, UTC).isoformat(timespec="seconds"),
        cost=Cost(wall=round(max(0.0, last_sign(folder) - began), 3), disk=disk_use(folder)),
    )
    commit(folder, run)
    with contextlib.suppress(OSError):
        (folder / "running.json").unlink()
        shutil.rmtree(folder / "events")
    return True


def last_sign(folder: Path) -> float:
    """When the run was last heard of: its log or its events."""
    times = [0.0]
    for path in (folder / "log.txt", *(folder / "events").glob("*")):
        with contextlib.suppress(OSError):
            times.append(path.stat().st_mtime)
    return max(times)
