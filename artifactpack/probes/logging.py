"""Whether metrics are kept."""

from __future__ import annotations

from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Finding
from artifactpack.models.system import SystemReading
from artifactpack.project import Project

NAME = "logging"
FACTS = {
    "metrics": "metrics are logged to files or a tracker, or recorded runs hold them",
    "trackers": "trackers that the code logs to",
    "files": "calls that write metrics to files",
    "recorded": "recorded runs hold metrics",
}


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Nothing is looked at yet."""
    return Finding(not_verified=(f"{NAME}: not looked at yet",))
