"""The outcome of a re-run, claim by claim (`rerun.json`, schema artifactpack.rerun/1)."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from artifactpack.models.records import Json, record
from artifactpack.models.reference import ClaimCheck, Spread
from artifactpack.models.run import Hardware

Outcome = Literal[
    "identical", "reproduced", "differs-better", "not-reproduced", "inconclusive", "not-comparable", "not-run"
]
Cause = Literal["", "author", "environment", "data", "resource", "nondeterminism", "harness"]
Level = Literal["", "outcome", "analysis", "interpretation"]


@record
class Difference:
    """Something that differs between the author's record and the re-run."""

    kind: str
    name: str
    expected: Json = None
    got: Json = None


@record
class ClaimOutcome:
    """One claim's outcome. ``author``/``rerun`` hold the metric's own unit; ``scale`` is 100 where it prints as
    percent. ``recorded``/``got`` are the claim's aggregate on both sides, ``difference`` is got − recorded,
    ``interval`` its 95 % interval, ``resolution`` the smallest true change this had an 80 % chance to see.
    For a comparison all numbers are of the gap, left − right, seed by seed."""

    id: str
    text: str = ""
    outcome: Outcome
    level: Level = ""
    stated: str = ""
    author: Spread | None = None
    rerun: Spread | None = None
    author_values: tuple[float, ...] = ()
    rerun_values: tuple[float, ...] = ()
    p: float | None = None
    adjusted_p: float | None = None
    interval: tuple[float, float] | None = None
    resolution: float | None = None
    cause: Cause = ""
    sentence: str = ""
    settles: str = ""
    over: str = ""
    scale: float = 1.0
    author_seeds: tuple[int, ...] = ()
    rerun_seeds: tuple[int, ...] = ()
    recorded: float | None = None
    got: float | None = None
    difference: float | None = None
    smallest_p: float | None = None
    splits: int = 0
    record_verdict: str = ""
    record_reason: str = ""


@record
class SandboxInfo:
    level: int
    name: str
    why: str = ""
    network: bool = False
    consent: bool = False
    own: bool = False


@record
class EnvironmentInfo:
    """How the environment was rebuilt; ``missing`` names what could not be, package by package."""

    python: str = ""
    wanted_python: str = ""
    tool: str = ""
    lock: str = ""
    digest: str = ""
    reused: bool = False
    seconds: float = 0.0
    missing: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@record
class RerunResult:
    """``scope`` names the claims this tier could decide; ``before`` holds every claim against the author's own
    record; ``tails`` are the last lines of failed runs by run id; ``overhead`` are the seconds that were ours."""

    schema: str = "artifactpack.rerun/1"
    tool_version: str = ""
    bundle: str = ""
    digest: str = ""
    tier: str = ""
    seeds: tuple[int, ...] = ()
    plan: tuple[str, ...] = ()
    sandbox: SandboxInfo
    environment: EnvironmentInfo = field(default_factory=EnvironmentInfo)
    hardware: Hardware = field(default_factory=Hardware)
    differences: tuple[Difference, ...] = ()
    claims: tuple[ClaimOutcome, ...] = ()
    runs: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    suspicions: tuple[str, ...] = ()
    badge: str = ""
    seconds: float = 0.0
    started: str = ""
    name: str = ""
    judged: str = ""
    scope: tuple[str, ...] = ()
    before: tuple[ClaimCheck, ...] = ()
    tails: dict[str, str] = field(default_factory=dict)
    overhead: float = 0.0
    reviewer: str = ""
