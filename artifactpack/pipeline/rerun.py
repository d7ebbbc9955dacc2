"""`rerun`: verify, unpack, rebuild the environment, run behind walls, compare, report."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import field, replace
from datetime import UTC, datetime
from pathlib import Path

from artifactpack import __version__
from artifactpack.archive.reader import open_bundle
from artifactpack.core.compare import Setting, compare
from artifactpack.errors import InputError
from artifactpack.models.event import Event, Notify, silent
from artifactpack.models.outcome import Cause, ClaimOutcome, Difference, EnvironmentInfo, RerunResult, SandboxInfo
from artifactpack.models.records import record, to_json
from artifactpack.models.rerun import RerunPlan
from artifactpack.models.run import Hardware, RunRecord
from artifactpack.pipeline.rerun_data import supply
from artifactpack.pipeline.rerun_plan import Wish, make_plan, make_runs, other_machine
from artifactpack.pipeline.rerun_read import ENVIRONMENT, PROJECT, RUNS, Reviewed, read_bundle
from artifactpack.recorder import host
from artifactpack.recorder.store import RunStore
from artifactpack.report.rerun_text import plan_lines
from artifactpack.rerun import sandbox
from artifactpack.rerun.attestation import statement
from artifactpack.rerun.attribute import attribute
from artifactpack.rerun.badge import supports
from artifactpack.rerun.differences import after_running
from artifactpack.rerun.environment import Built, build
from artifactpack.rerun.execute import STATE, Ground, Ran, carried, run_all
from artifactpack.rerun.suspicion import suspicions

MARK = ".artifactpack-rerun"
SAME_BITS = 3  # seeds
WORTH_CALIBRATING = 60.0  # seconds of planned runs
GOOD = ("identical", "reproduced", "differs-better")


@record
class _Session:
    """What has come about so far, for the result; ``plan`` may be another than at first, after a calibration."""

    plan: RerunPlan
    ran: tuple[Ran, ...] = ()
    late: tuple[str, ...] = ()
    fixed: frozenset[str] = frozenset()
    failures: tuple[str, ...] = ()
    causes: dict[str, tuple[Cause, str]] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    environment: EnvironmentInfo = field(default_factory=EnvironmentInfo)
    running: float = 0.0


def plan_only(path: Path, wish: Wish) -> RerunPlan:
    """`--dry-run`: verify, probe the sandbox, plan; nothing of the bundle is unpacked or run."""
    with open_bundle(path) as bundle:
        bundle.check()
        reviewed = read_bundle(bundle)
    return _with_sandbox(make_plan(reviewed, wish), reviewed, wish)


def _with_sandbox(plan: RerunPlan, bundle: Reviewed, wish: Wish) -> RerunPlan:
    from artifactpack.errors import RefusedError

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
    wish, work, began = wish or Wish(), work.absolute(), time.monotonic()
    started = datetime.now(UTC).isoformat(timespec="seconds")
    prepare_work(work)
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
    session = _run(reviewed, plan, wish, work, kind, show, notify)
    plan = session.plan
    result = _result(reviewed, plan, wish, walls, session, work)
    seconds = time.monotonic() - began
    result = replace(
        result,
        started=started,
        seconds=seconds,
        overhead=max(0.0, seconds - session.running),
        plan=tuple(plan_lines(plan)),
    )
    write_result(result, work, notify, pdf=wish.pdf)
    return result


def prepare_work(work: Path) -> None:
    """Make *work*, or empty it if an earlier re-run made it; InputError for a folder that holds anything else."""
    if work.exists() and not work.is_dir():
        raise InputError(f"--work {work}: not a folder")
    if work.is_dir() and any(work.iterdir()) and not (work / MARK).is_file():
        raise InputError(f"--work {work}: not empty and not made by a re-run; give a new folder")
    work.mkdir(parents=True, exist_ok=True)
    (work / MARK).touch()
    for name in ("bundle", "project", "guard", "pycache"):
        shutil.rmtree(work / name, ignore_errors=True)
    for name in ("rerun.json", "attestation.json", "rerun-report.html", "rerun-report.pdf"):
        (work / name).unlink(missing_ok=True)


def _lay_out(work: Path) -> None:
    """The project becomes a folder of its own: records and reports are not beside it where code could read them."""
    (work / "bundle" / PROJECT.rstrip("/")).rename(work / "project")
    shutil.rmtree(work / "project" / STATE, ignore_errors=True)
    RunStore(work / "project").open_for_writing()


def _run(
    bundle: Reviewed,
    plan: RerunPlan,
    wish: Wish,
    work: Path,
    kind: sandbox.Kind,
    show: Callable[[RerunPlan], None],
    notify: Notify,
) -> _Session:
    missing = supply(bundle, wish.data, work / "project", wish.network, notify)
    wheels = work / "bundle" / ENVIRONMENT / "wheels"
    needed = frozenset(_plain(p.name) for r in bundle.records for p in r.packages)
    built = build(
        bundle.lock,
        python=bundle.python,
        wheels=wheels if wheels.is_dir() else None,
        needed=needed or None,
        notify=notify,
    )
    if built.info.missing:
        why = f"the environment cannot be rebuilt without {'; '.join(built.info.missing[:5])}"
        return _nothing_ran(plan, "environment", why, built)
    plan = _calibrated(bundle, plan, wish, built, work, kind, show, notify)
    plans, fixed = make_runs(bundle, plan)
    for run in {n for p in plans for n in p.needs} & {r.id for r in bundle.records}:
        _show_weights(bundle, run, work)
    readers = _readers(bundle, missing)
    blocked = {p.command for p in plans if p.command in readers} if missing else set()
    ground = _ground(bundle, plan, wish, built, work, kind)
    start = time.monotonic()
    deadline = start + wish.max_time if wish.max_time else None
    todo = [p for p in plans if p.command not in blocked]
    ran, late = run_all(ground, todo, deadline, notify, _enough(bundle, plan, wish))
    session = _Session(
        plan=plan,
        ran=tuple(ran),
        late=tuple(dict.fromkeys(p.label for p in late)),
        fixed=fixed,
        environment=built.info,
        running=sum(one.record.cost.wall for one in ran),
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


def _ground(bundle: Reviewed, plan: RerunPlan, wish: Wish, built: Built, work: Path, kind: sandbox.Kind) -> Ground:
    return Ground(
        work=work,
        project=work / "project",
        python=built.python,
        prefix=built.prefix,
        kind=kind,
        network=wish.network,
        author=bundle.records,
        scale=plan.scale,
        variables=carried(bundle.records, host.hardware().cores),
    )


def _calibrated(
    bundle: Reviewed,
    plan: RerunPlan,
    wish: Wish,
    built: Built,
    work: Path,
    kind: sandbox.Kind,
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
    ran, _ = run_all(_ground(bundle, plan, wish, built, work, kind), runs, None, notify)
    if not ran or ran[0].record.state != "finished" or theirs <= 0:
        return plan
    again = replace(make_plan(bundle, wish, scale=ran[0].record.cost.wall / theirs), sandbox=plan.sandbox)
    show(again)
    return again


def _plain(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def _nothing_ran(plan: RerunPlan, cause: Cause, why: str, built: Built) -> _Session:
    return _Session(
        plan=plan,
        failures=(f"{cause}: {why}",),
        causes=dict.fromkeys(plan.commands, (cause, why)),
        environment=built.info,
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
    gone = set(missing)
    found = frozenset(r.command for r in bundle.records if any(use.path in gone for use in r.read))
    return found or frozenset(bundle.config.commands if missing else ())


def _with_causes(session: _Session, plan: RerunPlan, missing: Sequence[str], blocked: set[str], wish: Wish) -> _Session:
    failures: list[str] = []
    causes: dict[str, tuple[Cause, str]] = {}
    for command in sorted(blocked):
        why = f"data is not in the bundle and was not given: {', '.join(missing[:3])} (use --data NAME=PATH)"
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
    return replace(session, failures=tuple(failures), causes=causes)


def _result(
    bundle: Reviewed, plan: RerunPlan, wish: Wish, walls: SandboxInfo, session: _Session, work: Path
) -> RerunResult:
    records = tuple(one.record for one in session.ran)
    claims = [c for c in bundle.config.claims if not wish.claims or c.id in wish.claims]
    skipped = {
        name: f"{name} is not part of the tier {plan.tier}"
        for name in bundle.config.commands
        if name not in plan.commands
    }
    setting = Setting(fixed=session.fixed, skipped=skipped, causes=session.causes)
    store = RunStore(work / "project")
    outcomes = compare(claims, bundle.records, records, setting, bundle.series, store.series)
    differences = tuple(dict.fromkeys((*plan.differences, *after_running(bundle.records, records))))
    outcomes = tuple(_finished(o, plan, differences) for o in outcomes)
    scope = tuple(plan.can_decide)
    failed = [r for r in records if r.state != "finished"]
    return RerunResult(
        tool_version=__version__,
        bundle=Path(bundle.path).name,
        digest=bundle.digest,
        name=bundle.name,
        tier=plan.tier,
        seeds=tuple(dict.fromkeys(s for seeds in plan.seeds.values() for s in seeds)),
        sandbox=walls,
        environment=session.environment,
        hardware=_hardware(records),
        differences=differences,
        claims=outcomes,
        runs=tuple(r.id for r in records),
        failures=session.failures,
        suspicions=(*bundle.notes, *suspicions(session.ran, bundle.records, plan.scale)),
        badge=supports(outcomes, scope, len(records), len(failed), walls.consent),
        judged=plan.judged,
        scope=scope,
        before=plan.before,
        tails={r.id: r.tail for r in failed},
        reviewer=wish.reviewer,
    )


def _hardware(records: Sequence[RunRecord]) -> Hardware:
    return records[-1].hardware if records else host.hardware()


_DRIFT = ("python", "package", "data", "setting", "gpu", "machine")


def _finished(outcome: ClaimOutcome, plan: RerunPlan, differences: Sequence[Difference]) -> ClaimOutcome:
    """Add what the author's own record says, and for a claim that did not reproduce the likeliest side."""
    check = next((c for c in plan.before if c.id == outcome.id), None)
    made = replace(
        outcome,
        record_verdict=check.verdict if check else "",
        record_reason=check.reason if check else "",
    )
    drift = [d for d in differences if d.kind in _DRIFT]
    if outcome.outcome != "not-reproduced":
        return _nondeterministic(made) if plan.judged == "bit for bit" and not drift else made
    if not drift:
        return replace(made, cause="author", sentence=f"{made.sentence} Nothing in the two records explains it.")
    names = ", ".join(dict.fromkeys(f"{d.kind} {d.name}" for d in drift[:4]))
    cause: Cause = "data" if any(d.kind == "data" for d in drift) else "environment"
    return replace(made, cause=cause, sentence=f"{made.sentence} The records differ in: {names}.")


def _nondeterministic(outcome: ClaimOutcome) -> ClaimOutcome:
    """Other bits at the author's own seeds, and nothing in the two records differs: the program itself does."""
    same_seeds = outcome.rerun_seeds and set(outcome.rerun_seeds) <= set(outcome.author_seeds)
    if outcome.outcome not in ("reproduced", "inconclusive") or not same_seeds:
        return outcome
    words = "At the same seeds the bits differ though the records do not: the program is not deterministic"
    hint = "`artifactpack record --trace-divergence` finds the line"
    return replace(outcome, cause="nondeterminism", sentence=f"{outcome.sentence} {words} ({hint}).")


def exit_code(result: RerunResult) -> int:
    """0 where every claim in scope came out and every run finished, 4 where only our side failed, else 1."""
    mine = [c for c in result.claims if c.id in result.scope]
    contradicted = any(c.verdict == "contradicted" for c in result.before)
    short = contradicted or any(c.outcome not in GOOD for c in mine)
    sides = {failure.split(":")[0] for failure in result.failures}
    if sides == {"harness"} and not contradicted:
        return 4
    return 1 if short or result.failures or not result.runs else 0


def write_result(result: RerunResult, work: Path, notify: Notify = silent, *, pdf: bool = True) -> None:
    """Write ``rerun.json``, the attestation, and the report (PDF where WeasyPrint is there)."""
    from artifactpack.models.report import ReportData
    from artifactpack.pipeline.report import write

    put(work / "rerun.json", to_json(result))
    put(work / "attestation.json", json.dumps(statement(result), indent=1) + "\n")
    notify(Event(stage="report", text=str(work / "rerun-report.html")))
    data = ReportData(name=result.name, title=result.name, digest=result.digest, tool_version=__version__, rerun=result)
    write(data, work / "rerun-report.html")
    if not pdf:
        return
    try:
        write(data, work / "rerun-report.pdf")
    except InputError as error:  # the PDF extra is not installed: the page is there
        notify(Event(stage="report", text=str(error), state="note"))


def put(path: Path, text: str) -> None:
    """Write *text* to *path*, whole or not at all."""
    import os

    from artifactpack.archive.atomic import replacing

    with replacing(path) as descriptor, os.fdopen(os.dup(descriptor), "w", encoding="utf-8") as file:
        file.write(text)
