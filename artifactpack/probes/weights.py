"""Trained weights: in the tree, linked, saved by the code, written by runs."""

from __future__ import annotations

from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Finding
from artifactpack.models.system import SystemReading
from artifactpack.project import Project

NAME = "weights"
FACTS = {
    "available": "trained weights of the paper are in the tree or linked",
    "files": "weight files in the project",
    "links": "links to trained weights",
    "saved": "the code saves trained models, or a recorded run wrote weights",
    "recorded": "a recorded run wrote weights, with hashes",
    "safe": "weights are in a format that runs no code when loaded",
    "checksummed": "a hash of a weight file is given or recorded",
}


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Nothing is looked at yet."""
    return Finding(not_verified=(f"{NAME}: not looked at yet",))
