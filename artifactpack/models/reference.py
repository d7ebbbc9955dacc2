"""The reference run: statistics over seeds and repeats (schema artifactpack.reference/1)."""

from __future__ import annotations

from dataclasses import field

from artifactpack.models.config import Scalar
from artifactpack.models.records import record
from artifactpack.models.run import Cost


@record
class Spread:
    """n values: mean, sample sd (ddof 1), standard error, 95 % t interval of the mean; None where n is too small."""

    n: int
    mean: float | None = None
    sd: float | None = None
    se: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    median: float | None = None


@record
class MetricSummary:
    """One metric of one command and cell: one value a seed (repeats averaged), and the noise between repeats."""

    command: str
    cell: dict[str, Scalar] = field(default_factory=dict)
    metric: str
    seeds: tuple[int, ...] = ()
    values: tuple[float, ...] = ()
    runs: tuple[str, ...] = ()
    between_seeds: Spread
    repeat_sd: float | None = None
    repeats: int = 1


@record
class Ledger:
    """All runs, failed ones too: what the results really cost."""

    runs: int = 0
    failed: int = 0
    cost: Cost = field(default_factory=Cost)
    by_command: dict[str, Cost] = field(default_factory=dict)


@record
class ReferenceRun:
    schema: str = "artifactpack.reference/1"
    summaries: tuple[MetricSummary, ...] = ()
    ledger: Ledger = field(default_factory=Ledger)
    warnings: tuple[str, ...] = ()


@record
class ClaimCheck:
    """A claim held against the author's own record; ``verdict`` is supported, contradicted or no-evidence."""

    id: str
    text: str = ""
    where: str = ""
    verdict: str
    stated: str = ""
    recorded: float | None = None
    spread: Spread | None = None
    reason: str = ""


@record
class ClaimsFile:
    """`artifactpack/claims.json` of a bundle."""

    schema: str = "artifactpack.claims/1"
    claims: tuple[ClaimCheck, ...] = ()
