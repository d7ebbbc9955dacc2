"""The hardware that the experiments need or ran on."""

from __future__ import annotations

from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Finding
from artifactpack.models.system import SystemReading
from artifactpack.project import Project

NAME = "hardware"
FACTS = {
    "stated": "a device model, a number of devices or an amount of memory is given in documents, comments or cluster scripts",
    "recorded": "recorded runs know their hardware",
    "described": "stated or recorded",
    "devices": "the devices named or recorded",
    "memory": "memory in bytes of the recorded machine",
    "consistent": "a device named in the documents is among those recorded",
}


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Nothing is looked at yet."""
    return Finding(not_verified=(f"{NAME}: not looked at yet",))
