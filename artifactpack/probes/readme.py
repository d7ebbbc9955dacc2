"""The documents as a whole."""

from __future__ import annotations

from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Finding
from artifactpack.models.system import SystemReading
from artifactpack.project import Project

NAME = "readme"
FACTS = {
    "present": "a README exists",
    "files": "the documents read",
    "sections": "what they have sections about: install, data, train, evaluate, results, citation, license, weights",
    "install": "a document says how to install",
    "placeholders": "placeholder text left in documents",
}


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Nothing is looked at yet."""
    return Finding(not_verified=(f"{NAME}: not looked at yet",))
