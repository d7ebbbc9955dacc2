"""Many re-runs: a chair's table over bundles, and several reviewers of one bundle side by side."""

from __future__ import annotations

from dataclasses import field

from artifactpack.models.outcome import ClaimOutcome
from artifactpack.models.records import record
from artifactpack.models.reference import Spread


@record
class RerunRow:
    """One bundle of a folder: its exit status, outcomes by claim, seconds, or the one line of what went wrong."""

    schema: str = "artifactpack.rerun-row/1"
    bundle: str
    exit_code: int = 0
    digest: str = ""
    tier: str = ""
    outcomes: dict[str, str] = field(default_factory=dict)
    failures: tuple[str, ...] = ()
    error: str = ""
    seconds: float = 0.0
    folder: str = ""
    earlier: bool = False


@record
class Reviewer:
    """One reviewer's re-run; each is its own test."""

    name: str
    tier: str = ""
    seeds: tuple[int, ...] = ()
    hardware: str = ""
    sandbox: str = ""
    claims: tuple[ClaimOutcome, ...] = ()


@record
class Pooled:
    """All reviewers' fresh values of one claim together: an estimate, and on purpose no verdict."""

    claim: str
    text: str = ""
    scale: float = 1.0
    author: Spread | None = None
    rerun: Spread | None = None
    interval: tuple[float, float] | None = None
    reviewers: int = 0


@record
class SideBySide:
    schema: str = "artifactpack.rerun-comparison/1"
    bundle: str = ""
    digest: str = ""
    reviewers: tuple[Reviewer, ...] = ()
    pooled: tuple[Pooled, ...] = ()
    notes: tuple[str, ...] = ()
