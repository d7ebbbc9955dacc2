"""Whether the environment is isolated: container files, images, virtual environments."""

from __future__ import annotations

from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Finding
from artifactpack.models.system import SystemReading
from artifactpack.project import Project

NAME = "container"
FACTS = {
    "present": "a Dockerfile or template, Apptainer definition, dev container, or an image named with the run command",
    "files": "the container files",
    "base_pinned": "the base image is fixed by digest or version",
    "isolated": "the environment is isolated: container, conda environment, lock, or a run recorded in a virtual environment",
}


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Nothing is looked at yet."""
    return Finding(not_verified=(f"{NAME}: not looked at yet",))
