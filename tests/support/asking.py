"""Make a project folder from a dictionary of file contents, and ask one probe about it."""

from __future__ import annotations

from pathlib import Path

from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Finding
from artifactpack.models.system import SystemReading
from artifactpack.probes import PROBES
from artifactpack.project import Project, open_project


def write(root: Path, files: dict[str, str | bytes]) -> Path:
    """Write *files* below *root* and return it."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def make(root: Path, files: dict[str, str | bytes]) -> Project:
    """Write *files* and open the project they make."""
    return open_project(write(root, files))


def ask(
    name: str, project: Project, runs: RunEvidence | None = None, systems: tuple[SystemReading, ...] = ()
) -> Finding:
    """What the probe *name* finds in *project*."""
    return PROBES[name].probe(project, runs or RunEvidence(), systems)
