"""The run record: what one execution did (`record.json` of a run folder, schema artifactpack.run/1).

Sizes are bytes, durations seconds, times ISO 8601 UTC with ``+00:00``. Paths are POSIX and relative to the project.
What the run's own process said is *self-reported*: seedings, settings, packages. Exit, files, time and resources are
seen from outside and decide where the two differ.
"""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from artifactpack.models.config import Scalar
from artifactpack.models.records import Json, record
from artifactpack.models.weights import Tensor

State = Literal["finished", "failed", "timeout", "interrupted", "crashed"]
Origin = Literal["recorded", "declared", "imported"]


@record
class Seeding:
    """A seed that reached a generator; ``rng`` is ``random``, ``numpy``, ``numpy.Generator``, ``torch``,
    ``torch.cuda``, ``torch.Generator``, ``tensorflow`` or ``jax``; ``drawn_before`` tells whether numbers had
    already been drawn from it."""

    rng: str
    call: str
    value: Json = None
    path: str = ""
    line: int = 0
    process: int = 0
    drawn_before: bool | None = None


@record
class UnseededRng:
    """A generator created without a seed, or drawn from while never seeded."""

    rng: str
    call: str
    path: str = ""
    line: int = 0
    process: int = 0


@record
class Setting:
    """A setting that changes results, e.g. ``torch.use_deterministic_algorithms``, at first training step and exit."""

    name: str
    at_start: Json = None
    at_exit: Json = None


@record
class FileUse:
    """A file below the project that the run read or wrote; ``changed``: differs from what was there when opened."""

    path: str
    size: int = 0
    sha256: str = ""
    changed: bool = False
    tracked: bool | None = None


@record
class PackageUse:
    name: str
    version: str


@record
class Gpu:
    name: str
    memory: int = 0
    driver: str = ""
    cuda: str = ""
    cudnn: str = ""
    peak: int = 0


@record
class Hardware:
    cpu: str = ""
    cores: int = 0
    memory: int = 0
    gpus: tuple[Gpu, ...] = ()
    system: str = ""
    kernel: str = ""
    machine: str = ""
    cpu_flags: tuple[str, ...] = ()


@record
class Cost:
    """What the run cost, over its whole process tree; ``energy`` in joules where a counter was readable."""

    wall: float = 0.0
    cpu: float = 0.0
    peak_memory: int = 0
    disk: int = 0
    gpu_seconds: float = 0.0
    energy: float | None = None


@record
class Metric:
    """One metric's summary; the full series lies in the run folder's `metrics.json` as {name: [[step, value], …]}."""

    name: str
    last: float
    minimum: float
    maximum: float
    count: int = 1
    step: float | None = None
    source: str = ""


@record
class Weights:
    """A weight file that the run wrote, read without torch; ``safety`` is safe, unsafe or unknown."""

    path: str
    sha256: str = ""
    format: str = ""
    parameters: int | None = None
    dtypes: tuple[str, ...] = ()
    safety: str = "unknown"
    tensor_count: int | None = None
    tensors: tuple[Tensor, ...] = ()


@record
class CodeState:
    """The code that ran: commit, whether the tree differed from it, the SHA-256 of that difference, and the file of
    the run folder that holds it, as far as it is text."""

    commit: str = ""
    dirty: bool | None = None
    diff_sha256: str = ""
    changes: str = ""


@record
class RunRecord:
    """What one execution of a declared command did; append-only, failed runs are runs.

    ``parameters`` are the cell of the grid and the options on the command line; ``lock`` is the project's lock file at
    that time, which does not say that it was used: ``packages`` are what was really imported.
    """

    schema: str = "artifactpack.run/1"
    id: str
    command: str
    argv: tuple[str, ...] = ()
    cwd: str = "."
    cell: dict[str, Scalar] = field(default_factory=dict)
    seed: int | None = None
    repeat: int = 0
    attempt: int = 0
    tier: str = "train"
    origin: Origin = "recorded"
    state: State = "finished"
    exit_code: int | None = None
    signal: str = ""
    error: str = ""
    started: str = ""
    observed: bool = False
    not_observed: tuple[str, ...] = ()
    processes: int = 0
    ranks: int = 1
    python: str = ""
    implementation: str = ""
    seedings: tuple[Seeding, ...] = ()
    unseeded: tuple[UnseededRng, ...] = ()
    settings: tuple[Setting, ...] = ()
    warnings: tuple[str, ...] = ()
    operators: dict[str, int] = field(default_factory=dict)
    read: tuple[FileUse, ...] = ()
    written: tuple[FileUse, ...] = ()
    outside_read: int = 0
    outside: tuple[str, ...] = ()
    packages: tuple[PackageUse, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    hardware: Hardware = field(default_factory=Hardware)
    cost: Cost = field(default_factory=Cost)
    metrics: tuple[Metric, ...] = ()
    weights: tuple[Weights, ...] = ()
    parameters: dict[str, Json] = field(default_factory=dict)
    code: CodeState = field(default_factory=CodeState)
    command_digest: str = ""
    environment_digest: str = ""
    lock: str = ""
    needs: tuple[str, ...] = ()
    log: str = "log.txt"
    log_truncated: bool = False
    tail: str = ""
    system: str = ""
    system_id: str = ""
    tool_version: str = ""
