"""`rerun --trace-divergence`: the first operator and line where two runs of one seed part, found behind the walls."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from artifactpack.core.claims import parse_claim
from artifactpack.core.reference import reference_run
from artifactpack.errors import ConfigError
from artifactpack.models.event import Event, Notify
from artifactpack.models.outcome import ClaimOutcome, RerunResult
from artifactpack.pipeline.rerun_execute import Session
from artifactpack.pipeline.rerun_read import Reviewed
from artifactpack.recorder.divergence import Compare, Divergence, Traces, locate, steps, traces, window
from artifactpack.recorder.plan import RunPlan
from artifactpack.report.runs_text import divergence_sentence
from artifactpack.rerun.execute import STATE, Ground, run_one

EVERY = 10  # optimizer steps between two fingerprints


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
    found = _search(session.ground, plan, notify)
    if isinstance(found, str):
        return f"The trace of {command} seed {plan.seed} did not come to an end: {found}."
    return divergence_sentence(found, f"{command} seed {plan.seed}")


def _search(ground: Ground, plan: RunPlan, notify: Notify) -> Divergence | str:
    """Two runs with fingerprints of the parameters, then two with every operator of the first window that differs;
    a text where one of them fails."""
    folders: list[Path] = []
    order = f"steps:{EVERY}"
    for number in range(4):
        if number == 2:
            span = window(steps(folders[0]), steps(folders[1]))
            if span is None and steps(folders[0]):
                return Divergence(found=False, runs=2, note="the parameters were equal at every step looked at")
            order = "window:all" if span is None else f"window:{max(0, span[0])}:{1 if span[0] < 0 else span[1]}"
        notify(Event(stage="trace", text=f"{plan.label}, run {number + 1} of 4"))
        ran = run_one(ground, _moved(plan, f"trace-{number}-{os.getpid()}"), notify=notify, trace=order)
        folders.append(ground.project / STATE / "runs" / ran.record.id / "events")
        if ran.record.state != "finished":
            _remove(folders)
            return ran.record.error or ran.record.state
    found = _located(traces(folders[2]), traces(folders[3]), _Source(ground.project))
    _remove(folders)
    return replace(found, step=None if span is None else max(0, span[0]) + 1, runs=4)


def _located(one: Traces, two: Traces, source: Callable[[str, int], str]) -> Divergence:
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


def _moved(plan: RunPlan, name: str) -> RunPlan:
    """The same run in a folder of its own; nothing of it is kept or counted."""
    words = tuple(word.replace(plan.id, name) for word in plan.argv)
    env = {key: value.replace(plan.id, name) for key, value in plan.env.items()}
    out = plan.out.replace(plan.id, name)
    return replace(plan, id=name, argv=words, env=env, out=out, metrics=(), weights=(), outputs=())


def _remove(folders: Iterable[Path]) -> None:
    for folder in folders:
        shutil.rmtree(folder.parent, ignore_errors=True)


class _Source:
    """A reader of the project's lines, as the re-run saw them; never through a link out of the project."""

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
        if not file.is_relative_to(self.root) or not file.is_file() or file.stat().st_size > 1 << 22:
            return []
        return file.read_text(encoding="utf-8", errors="replace").splitlines()
