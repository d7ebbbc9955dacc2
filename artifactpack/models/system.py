"""What an outside system's files say: tracked runs, data versions, environments, pipelines."""

from __future__ import annotations

from dataclasses import field

from artifactpack.models.config import Scalar
from artifactpack.models.records import Json, record
from artifactpack.models.run import Hardware, Metric


@record
class TrackedRun:
    """A run that another tool recorded; ``complete`` is False where its file was torn."""

    system: str
    id: str
    name: str = ""
    source: str = ""
    state: str = ""
    parameters: dict[str, Json] = field(default_factory=dict)
    seed: int | None = None
    metrics: tuple[Metric, ...] = ()
    series: dict[str, tuple[tuple[float, float], ...]] = field(default_factory=dict)
    commit: str = ""
    commit_known: bool | None = None
    argv: tuple[str, ...] = ()
    python: str = ""
    packages: dict[str, str] = field(default_factory=dict)
    hardware: Hardware | None = None
    started: str = ""
    wall: float | None = None
    complete: bool = True
    warnings: tuple[str, ...] = ()


@record
class DataVersion:
    system: str
    path: str
    hash: str = ""
    algorithm: str = ""
    size: int | None = None
    files: int | None = None
    url: str = ""
    verified: bool | None = None


@record
class DeclaredEnvironment:
    """Packages a file declares; version "" where unpinned. ``pinned`` counts exact versions."""

    system: str
    source: str
    packages: dict[str, str] = field(default_factory=dict)
    pinned: int = 0
    hashed: int = 0
    python: str = ""
    image: str = ""
    digest: str = ""


@record
class Pipeline:
    system: str
    source: str
    name: str = ""
    stages: tuple[str, ...] = ()
    commands: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, Json] = field(default_factory=dict)


@record
class SystemReading:
    """Everything one system's files told."""

    system: str
    version: str = ""
    sources: tuple[str, ...] = ()
    runs: tuple[TrackedRun, ...] = ()
    data: tuple[DataVersion, ...] = ()
    environments: tuple[DeclaredEnvironment, ...] = ()
    pipelines: tuple[Pipeline, ...] = ()
    configuration: dict[str, Scalar] = field(default_factory=dict)
    facts: dict[str, Json] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
