"""`rerun`: verify, unpack, rebuild the environment, run behind walls, compare, report."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from artifactpack.archive.reader import open_bundle
from artifactpack.errors import InputError, RefusedError
from artifactpack.models.event import Event, Notify, silent
from artifactpack.models.outcome import RerunResult
from artifactpack.models.rerun import RerunPlan
from artifactpack.pipeline.bundled import PROJECT
from artifactpack.pipeline.rerun_execute import execute
from artifactpack.pipeline.rerun_judge import judge
from artifactpack.pipeline.rerun_plan import make_plan
from artifactpack.pipeline.rerun_read import Reviewed, read_bundle
from artifactpack.pipeline.rerun_report import write_result
from artifactpack.pipeline.rerun_trace import trace
from artifactpack.pipeline.rerun_wish import Wish
from artifactpack.recorder.store import RunStore
from artifactpack.report.rerun_text import plan_lines
from artifactpack.rerun import sandbox
from artifactpack.rerun.execute import STATE

MARK = ".artifactpack-rerun"


def plan_only(path: Path, wish: Wish) -> RerunPlan:
    """`--dry-run`: verify, probe the sandbox, plan; nothing of the bundle is unpacked or run."""
    with open_bundle(path) as bundle:
        bundle.check()
        reviewed = read_bundle(bundle)
    return _with_sandbox(make_plan(reviewed, wish), reviewed, wish)


def _with_sandbox(plan: RerunPlan, bundle: Reviewed, wish: Wish) -> RerunPlan:
    try:
        return replace(plan, sandbox=sandbox.choose(bundle.own, wish.trust, wish.network)[1])
    except RefusedError as error:
        return replace(plan, refused=str(error))


def rerun(
    path: Path,
    work: Path,
    wish: Wish | None = None,
    *,
    show: Callable[[RerunPlan], None] = lambda plan: None,
    notify: Notify = silent,
) -> RerunResult:
    """Re-run the bundle at *path* in the folder *work* and judge every claim; writes ``rerun.json`` and the report.

    *show* is given the plan before anything of the bundle runs.

    Raises RefusedError for a bundle that is not one, or a stranger's without sandbox or consent; InputError for bad
    wishes; InfrastructureError for what is our side. A run that fails is a result, with its cause.
    """
    with _prepared(work.absolute()) as folder:
        return _rerun(path, folder, wish or Wish(), show, notify)


def _rerun(path: Path, work: Path, wish: Wish, show: Callable[[RerunPlan], None], notify: Notify) -> RerunResult:
    began, started = time.monotonic(), datetime.now(UTC).isoformat(timespec="seconds")
    notify(Event(stage="verify", text=str(path)))
    with open_bundle(path) as bundle:
        bundle.check(notify=notify)
        reviewed = read_bundle(bundle)
        kind, walls = sandbox.choose(reviewed.own, wish.trust, wish.network)
        plan = replace(make_plan(reviewed, wish), sandbox=walls)
        show(plan)
        notify(Event(stage="unpack", text=str(work)))
        bundle.extract(work / "bundle", notify=notify)
    _lay_out(work)
    session = execute(reviewed, plan, wish, work, kind, show, notify)
    plan = session.plan
    result = judge(reviewed, plan, wish, walls, session, work)
    before = time.monotonic()
    result = trace(reviewed, session, result, notify) if wish.trace else result
    seconds, tracing = time.monotonic() - began, time.monotonic() - before
    result = replace(
        result,
        started=started,
        seconds=seconds,
        overhead=max(0.0, seconds - session.running - tracing),
        plan=tuple(plan_lines(plan)),
    )
    write_result(result, work, notify, pdf=wish.pdf)
    return result


@contextmanager
def _prepared(work: Path) -> Iterator[Path]:
    """Make *work*, or empty it if an earlier re-run made it, and keep others out of it.

    Raises InputError for a folder that holds anything else, or in which a re-run is at work.
    """
    if work.exists() and not work.is_dir():
        raise InputError(f"--work {work}: not a folder")
    if work.is_dir() and any(work.iterdir()) and not (work / MARK).is_file():
        raise InputError(f"--work {work}: not empty and not made by a re-run; give a new folder")
    work.mkdir(parents=True, exist_ok=True)
    mark = os.open(work / MARK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"--work {work}: another re-run is at work there; give a new folder") from None
        for name in ("bundle", "project", "guard", "pycache"):
            shutil.rmtree(work / name, ignore_errors=True)
        for name in ("rerun.json", "attestation.json", "rerun-report.html", "rerun-report.pdf"):
            (work / name).unlink(missing_ok=True)
        yield work
    finally:
        os.close(mark)


def _lay_out(work: Path) -> None:
    """The project becomes a folder of its own: records and reports are not beside it where code could read them."""
    (work / "bundle" / PROJECT.rstrip("/")).rename(work / "project")
    shutil.rmtree(work / "project" / STATE, ignore_errors=True)
    RunStore(work / "project").open_for_writing()
