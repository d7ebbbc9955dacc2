"""What a re-run is going to do and cost, before it does it (schema artifactpack.rerun-plan/1)."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from artifactpack.models.outcome import Difference, SandboxInfo
from artifactpack.models.records import record
from artifactpack.models.reference import ClaimCheck

Judged = Literal["bit for bit", "statistically", "not at all"]


@record
class TierCost:
    """One tier's cost here: ``wall`` seconds (scaled to this machine), ``memory`` and ``disk`` bytes, GPUs needed."""

    tier: str
    commands: tuple[str, ...] = ()
    runs: int = 0
    wall: float = 0.0
    memory: int = 0
    disk: int = 0
    gpus: int = 0
    measured: bool = True


@record
class RerunPlan:
    """``seeds`` by command; ``scale`` is this machine's time over the author's; ``download`` counts packages,
    ``download_bytes`` is the size of all but ``download_unknown`` of them; ``withheld`` says by command why the
    evaluate tier cannot run it."""

    schema: str = "artifactpack.rerun-plan/1"
    bundle: str = ""
    digest: str = ""
    tier: str = ""
    why: str = ""
    commands: tuple[str, ...] = ()
    seeds: dict[str, tuple[int, ...]] = field(default_factory=dict)
    runs: int = 0
    judged: Judged = "statistically"
    judged_why: str = ""
    costs: tuple[TierCost, ...] = ()
    scale: float = 1.0
    scale_why: str = ""
    download: int = 0
    download_bytes: int = 0
    download_unknown: int = 0
    differences: tuple[Difference, ...] = ()
    sandbox: SandboxInfo | None = None
    refused: str = ""
    before: tuple[ClaimCheck, ...] = ()
    can_decide: dict[str, str] = field(default_factory=dict)
    withheld: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
