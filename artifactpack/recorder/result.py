"""The record of one run: what was seen from outside, joined with what its processes said, files hashed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from artifactpack import __version__
from artifactpack.core.parameter_values import on_argv
from artifactpack.models.records import Json, record
from artifactpack.models.run import CodeState, Cost, Gpu, RunRecord, State
from artifactpack.patterns import late
from artifactpack.recorder import host, metrics, named, outputs, series, variables
from artifactpack.recorder.hashing import Hashes
from artifactpack.recorder.interpreter import Interpreter, describe, environment_digest
from artifactpack.recorder.merge import Inside, merge
from artifactpack.recorder.plan import STATE, RunPlan

_TOKENS = late(r"(?i)tokeni[sz]er|tokens")  # of text, no credentials
TAIL_LINES, TAIL_BYTES = 20, 4000


@record
class Outside:
    """What the supervisor saw; ``said`` is its last word, empty when it was killed."""

    started: str
    began: float
    energy: float | None
    interrupted: bool
    said: dict[str, Any]
    gpus: tuple[Gpu, ...] = ()


def base(plan: RunPlan, inside: Inside) -> RunRecord:
    """What a record holds however its run ended: what was planned, and what its processes said."""
    return RunRecord(
        id=plan.id,
        command=plan.command,
        argv=tuple(word.replace("{python}", "python") for word in plan.argv),
        cwd=plan.cwd,
        cell=plan.cell,
        seed=plan.seed,
        repeat=plan.repeat,
        attempt=plan.attempt,
        tier=plan.tier,
        parameters=parameters(plan),
        command_digest=plan.command_digest,
        lock=plan.lock,
        needs=plan.needs,
        observed=inside.processes > 0,
        not_observed=inside.not_observed,
        processes=inside.processes,
        ranks=inside.ranks,
        python=inside.python,
        implementation=inside.implementation,
        seedings=inside.seedings,
        unseeded=inside.unseeded,
        settings=inside.settings,
        warnings=inside.warnings,
        operators=inside.operators,
        outside_read=inside.outside_read,
        outside=inside.outside,
        packages=inside.packages,
        tool_version=__version__,
    )


def compose(
    plan: RunPlan,
    root: Path,
    folder: Path,
    outside: Outside,
    python: Path,
    code: CodeState,
    tracked: frozenset[str] | None,
    environ: Mapping[str, str],
    who: Interpreter | None = None,
    systems: series.Tracked = series.untracked,
) -> RunRecord:
    """Put the record together; writes the series to ``metrics.json`` and copies declared outputs into *folder*.

    *who* is what is known of *python*, which is asked itself where that is None and the run did not tell; *systems*
    reads the metrics that a tracked system kept.
    """
    inside = merge(folder / "events", root)
    run, said = base(plan, inside), outside.said
    place = _relative(folder, root)
    problems = outputs.keep_outputs(plan, root, folder, place, outside.began)
    found, sources, wrong = series.read_series(plan, root, folder, place, systems)
    series.write_series(folder, found)
    state, error = _state(outside, wrong)
    hashes, version, implementation = Hashes(), run.python, run.implementation
    if not version or not implementation:
        who = who or describe(python)
        version, implementation = version or who.version, implementation or who.implementation
    packages = {p.name: p.version for p in inside.packages}
    alone = named.unwatched(plan.argv, inside.programs)
    read = outputs.read(inside, root, hashes, tracked, outside.began)
    told = {*inside.named, *(named.paths(plan.argv, root / plan.cwd, root) if alone else ())} - {u.path for u in read}
    return replace(
        run,
        state=state,
        exit_code=said.get("code"),
        signal=said.get("signal", ""),
        error=error,
        started=outside.started,
        python=version,
        implementation=implementation,
        warnings=(*run.warnings, *problems, *_outside_warnings(said)),
        not_observed=(*run.not_observed, *_alone(alone, inside)),
        read=(*read, *outputs.only_named(told, root, hashes, tracked, outside.began)),
        written=outputs.written(inside, root, folder, place, hashes),
        environment=variables.written_down(environ, (*plan.pass_, *plan.env)),
        hardware=replace(host.hardware(), gpus=_cards(outside, inside)),
        cost=_cost(outside, inside, folder),
        metrics=metrics.summarise(found, sources),
        weights=outputs.weights(plan, root, folder, place),
        code=code,
        environment_digest=environment_digest(version, implementation, packages),
        log_truncated=bool(said.get("log_truncated")),
        tail=_tail(folder / "log.txt") if state != "finished" else "",
    )


def parameters(plan: RunPlan) -> dict[str, Json]:
    """The run's parameters: the options on its command line and its cell, without places in the run's own folder."""
    told = on_argv(plan.argv) | dict(plan.cell)
    return {k: _shown(k, v) for k, v in told.items() if not (isinstance(v, str) and v.startswith(f"{STATE}/"))}


def _shown(name: str, value: Json) -> Json:
    plain = _TOKENS.sub("", name.replace("-", "_"))
    return variables.HIDDEN if isinstance(value, str) and variables.is_secret(plain, value) else value


def _alone(program: str, inside: Inside) -> tuple[str, ...]:
    """What to say of a command that did not report itself, where others of its processes did."""
    if not program or not inside.processes:
        return ()
    return (f"the command itself ({program}) was not seen from inside, only Python processes that it started",)


def _relative(folder: Path, root: Path) -> str:
    real = os.path.realpath(folder)
    return os.path.relpath(real, root) if real.startswith(f"{root}/") else real


def _state(outside: Outside, wrong: list[str]) -> tuple[State, str]:
    """The run's state, and in one line what went wrong."""
    said = outside.said
    if outside.interrupted or said.get("reason") == "interrupted":
        return "interrupted", "interrupted by the user"
    if not said or said.get("reason") == "launcher gone":
        return "crashed", "the recorder itself was killed"
    if said.get("reason") == "timeout":
        return "timeout", f"stopped after {said['wall']:.0f} s: its time was up"
    if said.get("signal"):
        return "crashed", f"killed by {said['signal']}{_memory_hint(said)}"
    if said.get("code"):
        return "failed", f"exit code {said['code']}"
    if wrong:
        return "failed", "; ".join(wrong)
    return "finished", ""


def _memory_hint(said: Mapping[str, Any]) -> str:
    return " (perhaps out of memory)" if said["signal"] == "SIGKILL" else ""


def _outside_warnings(said: Mapping[str, Any]) -> list[str]:
    found = []
    if said.get("left"):
        names = ", ".join(said["left"][:5])
        found.append(f"processes outlived the command and were stopped: {names}")
    if said.get("log_lost"):
        found.append(f"the console log is incomplete: {said['log_lost']}")
    return found


def _tail(log: Path) -> str:
    """The log's last lines, for people."""
    try:
        if not metrics.is_plain(log):
            return ""
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - TAIL_BYTES))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return "\n".join(lines[-TAIL_LINES:])


def _cost(outside: Outside, inside: Inside, folder: Path) -> Cost:
    said = outside.said
    wall = float(said.get("wall", 0.0))
    return Cost(
        wall=round(wall, 3),
        cpu=round(float(said.get("cpu", 0.0)), 3),
        peak_memory=int(said.get("memory", 0)),
        disk=outputs.disk_use(folder),
        gpu_seconds=round(wall * len(_cards(outside, inside)), 3),
        energy=outside.energy,
    )


def _cards(outside: Outside, inside: Inside) -> tuple[Gpu, ...]:
    """The graphics cards used: as torch told of them, else as the driver saw the run's processes on them."""
    return tuple(replace(gpu, driver=host.driver()) for gpu in inside.gpus) or outside.gpus
