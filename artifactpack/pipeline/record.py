"""`record`: run the declared commands over seeds, resume what is missing, and summarise what happened."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from artifactpack.core.comparisons import unsafe_comparisons
from artifactpack.core.reference import reference_run
from artifactpack.errors import InfrastructureError, InputError
from artifactpack.executors.table import check, make
from artifactpack.models.config import Config
from artifactpack.models.event import Notify, silent
from artifactpack.models.records import record as frozen
from artifactpack.models.reference import MetricSummary, ReferenceRun
from artifactpack.models.run import CodeState, RunRecord
from artifactpack.pipeline.flights import flying, remembered
from artifactpack.pipeline.schedule import Schedule
from artifactpack.project import Project, open_project
from artifactpack.project.config import resolve_command
from artifactpack.recorder.current import current, done
from artifactpack.recorder.hashing import Hashes
from artifactpack.recorder.interpreter import describe, find_python
from artifactpack.recorder.plan import RunPlan, plan_runs
from artifactpack.recorder.recover import recover
from artifactpack.recorder.store import RunStore
from artifactpack.recorder.variables import handed_on
from artifactpack.recorder.worker import Job


@frozen
class Recorded:
    """What one call of `record` did; ``kept`` counts runs that were there and current, ``skipped`` could not start."""

    reference: ReferenceRun
    new: tuple[RunRecord, ...] = ()
    kept: int = 0
    skipped: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
    python: str = ""
    disk: int = 0
    out: int = 0
    warnings: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[RunRecord, ...]:
        """The new runs that did not finish."""
        return tuple(run for run in self.new if run.state != "finished")


def record(
    root: Path,
    *,
    commands: Iterable[str] = (),
    seeds: tuple[int, ...] | None = None,
    repeat: int | None = None,
    jobs: int | None = None,
    executor: str = "local",
    tier: str = "",
    notify: Notify = silent,
) -> ReferenceRun:
    """Record and return the reference run; see :func:`run_all`."""
    done = run_all(
        root, commands=commands, seeds=seeds, repeat=repeat, jobs=jobs, executor=executor, tier=tier, notify=notify
    )
    return done.reference


def run_all(
    root: Path,
    *,
    commands: Iterable[str] = (),
    seeds: tuple[int, ...] | None = None,
    repeat: int | None = None,
    jobs: int | None = None,
    executor: str = "local",
    tier: str = "",
    again: bool = False,
    quota: int | None = None,
    detach: bool = False,
    notify: Notify = silent,
) -> Recorded:
    """Run what is declared and not yet recorded (*again*: everything anew) and return what happened.

    Runs that fail are recorded as failed and do not raise. Raises InputError/ConfigError before anything runs,
    InfrastructureError where the disk or *quota* (bytes) is full, KeyboardInterrupt with all finished runs kept.
    What an earlier call left on a cluster is taken up again, not submitted twice; *detach* returns once the cluster
    has all that can start.
    """
    check(executor, detach=detach)
    project = open_project(root)
    names = chosen(project.config, tuple(commands), tier)
    store = RunStore(project.root)
    with store.locked():
        out = flying(project.root, executor)
        recover(store, {plan.id for plan in out})
        store.forget()
        python = find_python(project.config, project.root)
        records = store.records()
        fresh = frozenset() if again else current(records, project.config, project.root, describe(python))
        keys = done(records, fresh)
        there = keys | {plan.key: plan.id for plan in out}
        plans = (*out, *plan_runs(project.config, names, seeds, repeat, done=there, attempts=store.attempts()))
        engine = make(executor, project.root, jobs)
        work = Schedule(engine, _jobs(project, store, python), notify, _room(store, quota))
        with remembered(project.root, executor, names, seeds, repeat, jobs, quota):
            work.run(plans, detach=detach)
    store.forget()
    return _summary(project, store, work, len(keys), python)


def chosen(config: Config, names: tuple[str, ...], tier: str = "") -> tuple[str, ...]:
    """The commands to run: those named, those of *tier*, or all; InputError where there are none."""
    if not config.commands:
        raise InputError("no commands declared: add [commands.train] to artifactpack.toml (`artifactpack init` helps)")
    for name in names:
        resolve_command(config, name)
    wanted = names or tuple(config.commands)
    if tier:
        wanted = tuple(name for name in wanted if resolve_command(config, name).tier == tier)
        if not wanted:
            raise InputError(f"no command of tier {tier!r}; tiers are smoke, evaluate, train")
    return wanted


def code_state(project: Project) -> CodeState:
    """The commit the project is at; where the tree differs, also the SHA-256 of all tracked files as they are."""
    git = project.git
    return CodeState(commit=git.commit, dirty=git.dirty, diff_sha256=_tree(project) if git.dirty else "")


def _tree(project: Project) -> str:
    hashes = Hashes.kept(project.root)
    lines = [f"{hashes.of(project.root / path)}  {path}" for path in sorted(project.tracked)]
    hashes.keep()
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


_LOCKS = ("pylock.toml", "uv.lock", "poetry.lock", "pdm.lock", "pixi.lock", "Pipfile.lock", "conda-lock.yml")


def lock_file(project: Project) -> str:
    """The lock file of the project: the configured one, else the first known one at its root, else ""."""
    configured = project.config.environment.lock
    return configured or next((name for name in (*_LOCKS, "requirements.lock") if name in project.files), "")


def range_warnings(summaries: Iterable[MetricSummary]) -> tuple[str, ...]:
    """Metrics whose values are all fractions, but whose 95 % interval is not: such bars promise what cannot be."""
    found = []
    for summary in summaries:
        spread = summary.between_seeds
        if spread.ci_low is None or spread.ci_high is None or not _fraction(summary):
            continue
        if spread.ci_low < 0 or spread.ci_high > 1:
            ends = f"{spread.ci_low:.3g} … {spread.ci_high:.3g}"
            found.append(f"{summary.command}:{summary.metric}: the 95 % interval {ends} leaves the range of a fraction")
    return tuple(found)


_ANY_SIZE = {"loss", "nll", "perplexity", "ppl", "mse", "rmse", "mae", "norm", "time", "seconds"}


def _fraction(summary: MetricSummary) -> bool:
    """Whether a metric is a part of one: all its values are, and its name is not that of what merely came out small."""
    named = set(re.split(r"[^a-z]+", summary.metric.lower()))
    return not named & _ANY_SIZE and all(0 <= v <= 1 for v in summary.values)


def _jobs(project: Project, store: RunStore, python: Path) -> Callable[[RunPlan], Job]:
    code = code_state(project)
    tracked = tuple(sorted(project.tracked)) if project.git.present else None
    lock = lock_file(project)

    def job(plan: RunPlan) -> Job:
        return Job(
            plan=replace(plan, lock=lock),
            root=os.path.realpath(project.root),
            folder=os.path.realpath(store.folder(plan.id)),
            python=str(python),
            code=code,
            tracked=tracked,
        )

    return job


def _room(store: RunStore, quota: int | None) -> Callable[[], None]:
    """A check, before each run, that recorded runs take no more than *quota* bytes."""

    def check() -> None:
        if quota is not None and sum(store.disk().values()) >= quota:
            raise InfrastructureError(
                f"recorded runs take {quota >> 20} MiB or more, the quota: remove some with `artifactpack runs rm`"
            )

    return check


def _summary(project: Project, store: RunStore, work: Schedule, kept: int, python: Path) -> Recorded:
    still_out = len(flying(project.root))
    records = store.records()
    fresh = current(records, project.config, project.root, describe(python))
    _, withheld = handed_on(os.environ, project.config.environment.pass_)
    counted = tuple(r for r in records if r.id in fresh or r.state != "finished")
    reference = reference_run(counted)
    unsafe = unsafe_comparisons(project.config, counted, store.series)
    reference = replace(reference, warnings=(*reference.warnings, *unsafe))
    return Recorded(
        reference=reference,
        new=tuple(work.new),
        kept=kept,
        skipped=tuple(work.skipped),
        withheld=withheld,
        python=str(python),
        disk=sum(store.disk().values()),
        out=still_out,
        warnings=(*reference.warnings, *range_warnings(reference.summaries)),
    )
