"""What a report is made of: everything a reader is shown, gathered before anything is drawn."""

from __future__ import annotations

from dataclasses import field

from artifactpack.models.config import Scalar
from artifactpack.models.manifest import Manifest
from artifactpack.models.outcome import RerunResult
from artifactpack.models.records import record
from artifactpack.models.reference import ClaimCheck, ReferenceRun, Spread
from artifactpack.models.run import RunRecord
from artifactpack.models.verdict import CheckResult
from artifactpack.models.weights import Tensor


@record
class Curve:
    """One run's series of a metric: (step, value) pairs in order of step; NaN where the run logged one."""

    run: str
    seed: int | None = None
    points: tuple[tuple[float, float], ...] = ()


@record
class CurveSet:
    """The same metric of one command and cell over its runs."""

    command: str
    metric: str
    cell: dict[str, Scalar] = field(default_factory=dict)
    curves: tuple[Curve, ...] = ()


@record
class ClaimValues:
    """What a claim's plot shows: one side's values a seed in the unit the paper prints, and the number it states."""

    claim: str
    label: str
    values: tuple[float, ...] = ()
    spread: Spread | None = None
    stated: float | None = None
    percent: bool = False


@record
class WeightRow:
    """A weight file as the report shows it; ``size`` in bytes, ``parameters`` None where nobody could count."""

    path: str
    run: str = ""
    size: int = 0
    sha256: str = ""
    format: str = ""
    parameters: int | None = None
    tensors: int | None = None
    names: tuple[Tensor, ...] = ()
    dtypes: tuple[str, ...] = ()
    safety: str = "unknown"
    note: str = ""


@record
class DataRow:
    """A data file or set: what runs read, and what the configuration declares of it; ``size`` in bytes, ``read_by``
    None where no path says which files to watch."""

    name: str
    path: str = ""
    size: int = 0
    sha256: str = ""
    license: str = ""
    url: str = ""
    bundled: bool | None = None
    read_by: int | None = 0


@record
class Snippet:
    """Source lines around a place that decided a verdict; ``first`` is the 1-based number of the first line."""

    path: str
    line: int
    first: int
    lines: tuple[str, ...] = ()


@record
class ReportData:
    """Everything the report shows; parts that are not there are left out of it and named as missing.

    ``bundled`` tells that the report lies at the root of a bundle, so that links into `data/project/` work.
    """

    name: str = ""
    title: str = ""
    authors: tuple[str, ...] = ()
    readme: str = ""
    digest: str = ""
    tool_version: str = ""
    bundled: bool = False
    check: CheckResult | None = None
    reference: ReferenceRun = field(default_factory=ReferenceRun)
    claims: tuple[ClaimCheck, ...] = ()
    claim_values: tuple[ClaimValues, ...] = ()
    runs: tuple[RunRecord, ...] = ()
    own: frozenset[str] = frozenset()
    curves: tuple[CurveSet, ...] = ()
    weights: tuple[WeightRow, ...] = ()
    data: tuple[DataRow, ...] = ()
    manifest: Manifest | None = None
    rerun: RerunResult | None = None
    snippets: tuple[Snippet, ...] = ()
    commands: dict[str, str] = field(default_factory=dict)
