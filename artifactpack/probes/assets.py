"""Datasets, models and packages of others that the project uses."""

from __future__ import annotations

from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Finding
from artifactpack.models.system import SystemReading
from artifactpack.project import Project

NAME = "assets"
FACTS = {
    "listed": "table of assets: kind, name, version, url, license, citation",
    "used": "names of assets of others that are used",
    "versioned": "every asset has a version or revision",
    "licensed": "every asset has a known licence",
    "credited": "every dataset and model is linked or cited",
    "released": "the project releases assets of its own: weights or data",
}


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Nothing is looked at yet."""
    return Finding(not_verified=(f"{NAME}: not looked at yet",))
