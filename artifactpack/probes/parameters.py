"""How large the models are."""

from __future__ import annotations

from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Finding
from artifactpack.models.system import SystemReading
from artifactpack.project import Project

NAME = "parameters"
FACTS = {
    "counted": "the number of model parameters is stated, printed by code or known from weights",
    "total": "number of parameters of the largest weight file",
    "stated": "a document states the number of parameters",
}


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Nothing is looked at yet."""
    return Finding(not_verified=(f"{NAME}: not looked at yet",))
