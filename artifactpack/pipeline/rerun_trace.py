"""`rerun --trace-divergence`: the first operator and line where two runs of one seed part, found behind the walls."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

from artifactpack.core.claims import parse_claim
from artifactpack.core.reference import reference_run
from artifactpack.errors import ConfigError, ShortfallError
from artifactpack.models.event import Event, Notify
from artifactpack.models.outcome import ClaimOutcome, RerunResult
from artifactpack.models.run import RunRecord
from artifactpack.pipeline.rerun_execute import Session
from artifactpack.pipeline.rerun_read import Reviewed
from artifactpack.recorder.divergence import Divergence
from artifactpack.recorder.parting import RUNS, Source, elsewhere, search
from artifactpack.recorder.plan import RunPlan
from artifactpack.report.runs_text import divergence_sentence
from artifactpack.rerun.execute import STATE, Ground, run_one


def trace(bundle: Reviewed, session: Session, result: RerunResult, notify: Notify) -> RerunResult:
    """*result* with, for every claim that is not deterministic, where its program first differs from itself."""
    found: dict[str, str] = {}
    claims = []
    for claim in result.claims:
        for command in _commands(bundle, claim):
            if command not in found:
                found[command] = _searched(command, session, notify)
        told = [found[c] for c in _commands(bundle, claim) if found[c]]
        claims.append(replace(claim, sentence=" ".join((claim.sentence, *told))))
    return replace(result, claims=tuple(claims))


def _commands(bundle: Reviewed, outcome: ClaimOutcome) -> tuple[str, ...]:
    """The commands of a claim whose runs differ at one seed: seen here, or in the author's own repeats."""
    claim = next(c for c in bundle.config.claims if c.id == outcome.id)
    try:
        named = dict.fromkeys(ref.command for ref in parse_claim(claim).refs)
    except ConfigError:
        return ()
    noisy = {s.command for s in reference_run(bundle.records).summaries if s.repeat_sd}
    return tuple(name for name in named if outcome.cause == "nondeterminism" or name in noisy)


def _searched(command: str, session: Session, notify: Notify) -> str:
    plan = next((p for p in session.plans if p.command == command), None)
    ran = any(one.record.command == command and one.record.state == "finished" for one in session.ran)
    if plan is None or session.ground is None or not ran:
        return ""
    try:
        found = _search(session.ground, plan, notify)
    except ShortfallError as error:
        return f"The trace of {command} seed {plan.seed} did not come to an end: {error}."
    return divergence_sentence(found, f"{command} seed {plan.seed}")


def _search(ground: Ground, plan: RunPlan, notify: Notify) -> Divergence:
    """Four runs behind the walls, none of which is kept; raises ShortfallError where one fails."""
    folders: list[Path] = []

    def run(number: int, order: str) -> tuple[RunRecord, Path]:
        notify(Event(stage="trace", text=f"{plan.label}, run {number + 1} of {RUNS}"))
        name = f"trace-{number}-{os.getpid()}"
        folders.append(ground.project / STATE / "runs" / name)
        made = run_one(ground, elsewhere(plan, name, f"{STATE}/runs/{name}/out"), notify=notify, trace=order).record
        if made.state != "finished":
            raise ShortfallError(made.error or made.state)
        return made, folders[-1] / "events"

    try:
        return search(run, Source(ground.project))[0]
    finally:
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
