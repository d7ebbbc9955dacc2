"""The running part of a re-run: data and environment, a calibration where it is worth it, the runs, why some failed."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import field, replace
from pathlib import Path

from artifactpack.archive.trees import within
from artifactpack.core.compare import compare
from artifactpack.models.event import Event, Notify
from artifactpack.models.outcome import Cause, EnvironmentInfo
from artifactpack.models.records import record
from artifactpack.models.rerun import RerunPlan
from artifactpack.pipeline.bundled import RUNS
from artifactpack.pipeline.rerun_data import Supplied, supply
from artifactpack.pipeline.rerun_plan import make_plan, make_runs, other_machine
from artifactpack.pipeline.rerun_read import ENVIRONMENT, Reviewed
from artifactpack.pipeline.rerun_wish import Wish
from artifactpack.recorder.plan import RunPlan
from artifactpack.rerun import sandbox
from artifactpack.rerun.attribute import attribute
from artifactpack.rerun.environment import Built, build
from artifactpack.rerun.execute import STATE, Ground, Ran, run_all
from artifactpack.rerun.installer import ONLY_SOURCE, OWN_SCRIPTS

SAME_BITS = 3  # seeds
WORTH_CALIBRATING = 60.0  # seconds of planned runs
SHIP = "its author can ship the weights (`ship` of the command that trains), or --tier train trains first"

BUILD = "its author can ship packages already built (`bundle --wheels`), or --i-trust-this-bundle builds them here"
CONDA = "its author can ship a lock of wheels, or --i-trust-this-bundle lets conda install it"


@record
class Session:
    """What has come about so far, for the result; ``plan`` may be another than at first, after a calibration."""

    plan: RerunPlan
    ran: tuple[Ran, ...] = ()
    late: tuple[str, ...] = ()
    fixed: frozenset[str] = frozenset()
    failures: tuple[str, ...] = ()
    causes: dict[str, tuple[Cause, str]] = field(default_factory=dict)
    settles: dict[str, str] = field(default_factory=dict)
    environment: EnvironmentInfo = field(default_factory=EnvironmentInfo)
    running: float = 0.0
    ground: Ground | None = None
    plans: tuple[RunPlan, ...] = ()


def execute(
    bundle: Reviewed,
    plan: RerunPlan,
    wish: Wish,
    work: Path,
    kind: sandbox.Kind,
    show: Callable[[RerunPlan], None],
    notify: Notify,
) -> Session:
    """Run *plan* in the laid-out folder *work*; what fails is in the session, with its side."""
    supplied = supply(bundle, wish, work / "project", notify)
    missing = supplied.missing
    wheels = work / "bundle" / ENVIRONMENT / "wheels"
    needed = frozenset(_plain(p.name) for r in bundle.records for p in r.packages)
    built = build(
        bundle.lock,
        python=bundle.python,
        wheels=wheels if wheels.is_dir() else None,
        needed=needed or None,
        sources=bundle.own or wish.trust,
        notify=notify,
    )
    if built.info.missing:
        return _nothing_ran(plan, built.info)
    ground = _ground(bundle, plan, wish, built, work, kind, supplied)
    plan = _calibrated(bundle, plan, wish, ground, show, notify)
    ground = replace(ground, scale=plan.scale)
    plans, fixed = make_runs(bundle, plan)
    for run in {n for p in plans for n in p.needs} & {r.id for r in bundle.records}:
        _show_weights(bundle, run, work)
    readers = _readers(bundle, missing)
    blocked = {p.command for p in plans if p.command in readers} if missing else set()
    start = time.monotonic()
    deadline = start + wish.max_time if wish.max_time else None
    todo = [p for p in plans if p.command not in blocked]
    ran, late = run_all(ground, todo, deadline, notify, _enough(bundle, plan, wish))
    session = Session(
        plan=plan,
        ran=tuple(ran),
        late=tuple(dict.fromkeys(p.label for p in late)),
        fixed=fixed,
        environment=built.info,
        running=sum(one.record.cost.wall for one in ran),
        ground=ground,
        plans=tuple(plans),
    )
    return _with_causes(session, plan, missing, blocked, wish)


def _enough(bundle: Reviewed, plan: RerunPlan, wish: Wish) -> Callable[[Sequence[Ran]], bool]:
    """Three seeds with the author's bits on every claim say all there is: more would only repeat it. Nothing else
    ends a re-run early, so the permutation test keeps its level."""
    claims = [c for c in bundle.config.claims if c.id in plan.can_decide]

    def enough(ran: Sequence[Ran]) -> bool:
        records = [one.record for one in ran]
        if plan.judged != "bit for bit" or wish.seeds or not claims or len({r.seed for r in records}) < SAME_BITS:
            return False
        return all(c.outcome == "identical" for c in compare(claims, bundle.records, records, None, bundle.series))

    return enough


def _ground(
    bundle: Reviewed,
    plan: RerunPlan,
    wish: Wish,
    built: Built,
    work: Path,
    kind: sandbox.Kind,
    supplied: Supplied,
) -> Ground:
    return Ground(
        work=work,
        project=work / "project",
        python=built.python,
        prefix=built.prefix,
        base=built.base,
        version=built.info.python,
        kind=kind,
        network=wish.network,
        author=bundle.records,
        scale=plan.scale,
        links=supplied.links,
        shown=supplied.shown,
    )


def _calibrated(
    bundle: Reviewed,
    plan: RerunPlan,
    wish: Wish,
    ground: Ground,
    show: Callable[[RerunPlan], None],
    notify: Notify,
) -> RerunPlan:
    """On another machine than the author's, and where it is worth it: run the smoke tier first, and plan again with
    this machine's time over the author's."""
    recorded = {r.command: r.cost.wall for r in bundle.records if r.tier == "smoke" and r.state == "finished"}
    total = sum(c.wall for c in plan.costs if c.tier == plan.tier)
    if not recorded or plan.tier == "smoke" or not other_machine(plan.differences) or total < WORTH_CALIBRATING:
        return plan
    name, theirs = next(iter(sorted(recorded.items())))
    notify(Event(stage="calibrate", text=f"{name}: {theirs:.1f} s on the author's machine"))
    smoke = make_plan(bundle, replace(wish, tier="smoke", claims=(), seeds=(), max_time=None))
    runs = [p for p in make_runs(bundle, smoke)[0] if p.command == name][:1]
    ran, _ = run_all(ground, runs, None, notify)
    if not ran or ran[0].record.state != "finished" or theirs <= 0:
        return plan
    again = replace(make_plan(bundle, wish, scale=ran[0].record.cost.wall / theirs), sandbox=plan.sandbox)
    show(again)
    return again


def _plain(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def _nothing_ran(plan: RerunPlan, environment: EnvironmentInfo) -> Session:
    """The session of an environment that cannot be rebuilt: every package by name, and what would mend it."""
    why = f"the environment cannot be rebuilt without {'; '.join(environment.missing)}"
    missing = " ".join(environment.missing)
    remedy = BUILD if ONLY_SOURCE in missing else CONDA if OWN_SCRIPTS in missing else ""
    return Session(
        plan=plan,
        failures=tuple(f"environment: {text}" for text in (why, remedy) if text),
        causes=dict.fromkeys(plan.commands, ("environment", why)),
        settles=dict.fromkeys(plan.commands, remedy) if remedy else {},
        environment=environment,
    )


def _show_weights(bundle: Reviewed, run: str, work: Path) -> None:
    """Copy the weights that the author's *run* left to where the commands look for them; its metrics stay away."""
    for path in bundle.shipped:
        if path.startswith(f"{RUNS}{run}/"):
            target = work / "project" / STATE / "runs" / run / path.removeprefix(f"{RUNS}{run}/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(work / "bundle" / path, target)


def _readers(bundle: Reviewed, missing: Sequence[str]) -> frozenset[str]:
    """The commands whose recorded runs read what is missing; all of them where no record tells."""
    found = frozenset(r.command for r in bundle.records if any(within(use.path, missing) for use in r.read))
    return found or frozenset(bundle.config.commands if missing else ())


def _with_causes(session: Session, plan: RerunPlan, missing: Sequence[str], blocked: set[str], wish: Wish) -> Session:
    failures: list[str] = []
    causes: dict[str, tuple[Cause, str]] = {}
    settles: dict[str, str] = {}
    for command, why in plan.withheld.items() if plan.tier == "evaluate" else ():
        causes[command], settles[command] = ("data", why), SHIP
        failures.append(f"data: {command}: {why}; {SHIP}")
    for command in sorted(blocked):
        why = f"data is not in the bundle and was not given (--data, --data-root): {', '.join(missing[:3])}"
        causes[command] = ("data", why)
        failures.append(f"data: {command}: {why}")
    for one in session.ran:
        if one.record.state != "finished":
            cause, why = attribute(one.record, one.seen, wish.network)
            causes.setdefault(one.record.command, (cause, why))
            failures.append(f"{cause}: {one.record.command} seed {one.record.seed}: {why}")
    for label in session.late:
        causes.setdefault(label.split()[0], ("resource", "there was no time left for it"))
        failures.append(f"resource: {label}: not run, there was no time left")
    return replace(session, failures=tuple(failures), causes=causes, settles=settles)
