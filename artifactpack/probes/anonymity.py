"""Marks by which the authors can be told."""

from __future__ import annotations

from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Finding
from artifactpack.models.system import SystemReading
from artifactpack.project import Project

NAME = "anonymity"
FACTS = {
    "clean": "no names, addresses, home paths, host names or account links were found",
    "leaks": "the marks found",
    "secrets": "keys or passwords found",
}


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Nothing is looked at yet."""
    return Finding(not_verified=(f"{NAME}: not looked at yet",))
