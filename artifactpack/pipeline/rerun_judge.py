"""The judging part of a re-run: every claim's outcome with its likeliest side, and the exit status."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from artifactpack import __version__
from artifactpack.core.compare import Setting, compare
from artifactpack.models.outcome import Cause, ClaimOutcome, Difference, RerunResult, SandboxInfo
from artifactpack.models.rerun import RerunPlan
from artifactpack.models.run import Hardware, RunRecord
from artifactpack.pipeline.rerun_execute import Session
from artifactpack.pipeline.rerun_read import Reviewed
from artifactpack.pipeline.rerun_wish import Wish
from artifactpack.project.config import resolve_command
from artifactpack.recorder import host
from artifactpack.recorder.store import RunStore
from artifactpack.rerun.badge import supports
from artifactpack.rerun.differences import after_running
from artifactpack.rerun.suspicion import suspicions

GOOD = ("identical", "reproduced", "differs-better")
_DRIFT = ("python", "package", "data", "setting", "gpu", "machine")


def judge(
    bundle: Reviewed, plan: RerunPlan, wish: Wish, walls: SandboxInfo, session: Session, work: Path
) -> RerunResult:
    records = tuple(one.record for one in session.ran)
    claims = [c for c in bundle.config.claims if not wish.claims or c.id in wish.claims]
    skipped = {
        name: f"{name} is not part of the tier {plan.tier}"
        for name in bundle.config.commands
        if name not in plan.commands and name not in session.causes
    }
    settles = {name: _settling(bundle, name) for name in skipped} | session.settles
    setting = Setting(fixed=session.fixed, skipped=skipped, causes=session.causes, settles=settles)
    store = RunStore(work / "project")
    outcomes = compare(claims, bundle.records, records, setting, bundle.series, store.series)
    differences = tuple(dict.fromkeys((*plan.differences, *after_running(bundle.records, records))))
    outcomes = tuple(_finished(o, plan, differences, wish.trace) for o in outcomes)
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


def _settling(bundle: Reviewed, command: str) -> str:
    return f"--tier {resolve_command(bundle.config, command).tier} runs it"


def _hardware(records: Sequence[RunRecord]) -> Hardware:
    return records[-1].hardware if records else host.hardware()


def _finished(outcome: ClaimOutcome, plan: RerunPlan, differences: Sequence[Difference], traced: bool) -> ClaimOutcome:
    """Add what the author's own record says, and for a claim that did not reproduce the likeliest side."""
    check = next((c for c in plan.before if c.id == outcome.id), None)
    made = replace(
        outcome,
        record_verdict=check.verdict if check else "",
        record_reason=check.reason if check else "",
    )
    drift = [d for d in differences if d.kind in _DRIFT]
    if outcome.outcome != "not-reproduced":
        return _nondeterministic(made, traced) if plan.judged == "bit for bit" and not drift else made
    if not drift:
        return replace(made, cause="author", sentence=f"{made.sentence} Nothing in the two records explains it.")
    names = ", ".join(dict.fromkeys(f"{d.kind} {d.name}" for d in drift[:4]))
    cause: Cause = "data" if any(d.kind == "data" for d in drift) else "environment"
    return replace(made, cause=cause, sentence=f"{made.sentence} The records differ in: {names}.")


def _nondeterministic(outcome: ClaimOutcome, traced: bool) -> ClaimOutcome:
    """Other bits at the author's own seeds, and nothing in the two records differs: the program itself does."""
    same_seeds = outcome.rerun_seeds and set(outcome.rerun_seeds) <= set(outcome.author_seeds)
    if outcome.outcome not in ("reproduced", "inconclusive") or not same_seeds:
        return outcome
    words = "At the same seeds the bits differ though the records do not: the program is not deterministic"
    words += "." if traced else " (`rerun --trace-divergence` finds the line)."
    return replace(outcome, cause="nondeterminism", sentence=f"{outcome.sentence} {words}")


def exit_code(result: RerunResult) -> int:
    """0 where every claim in scope came out and every run finished, 4 where only our side failed, else 1."""
    mine = [c for c in result.claims if c.id in result.scope]
    contradicted = any(c.verdict == "contradicted" for c in result.before)
    short = contradicted or any(c.outcome not in GOOD for c in mine)
    sides = {failure.split(":")[0] for failure in result.failures}
    if sides == {"harness"} and not contradicted:
        return 4
    return 1 if short or result.failures or not result.runs else 0
