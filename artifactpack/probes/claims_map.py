"""Which claims of the paper rest on which experiments."""

from __future__ import annotations

from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Finding
from artifactpack.models.system import SystemReading
from artifactpack.project import Project

NAME = "claims_map"
FACTS = {
    "present": "claims are declared and each names a command",
    "claims": "number of declared claims",
    "mapped": "every declared claim names a declared command",
    "checked": "claims that recorded runs support, contradict or leave open",
    "supported": "recorded runs support every declared claim",
    "map": "claim id to command, metric and place in the paper",
}


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Nothing is looked at yet."""
    return Finding(not_verified=(f"{NAME}: not looked at yet",))
