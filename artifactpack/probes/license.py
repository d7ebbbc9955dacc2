"""Under which terms the project may be used."""

from __future__ import annotations

from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Finding
from artifactpack.models.system import SystemReading
from artifactpack.project import Project

NAME = "license"
FACTS = {
    "present": "the project states its own licence",
    "spdx": "SPDX id of the licence, where it could be told",
    "file": "the file that states it",
    "vendored": "licences of vendored projects",
}


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Nothing is looked at yet."""
    return Finding(not_verified=(f"{NAME}: not looked at yet",))
