"""Version control: repository, commit, clean tree."""

from __future__ import annotations

from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Finding
from artifactpack.models.system import SystemReading
from artifactpack.project import Project

NAME = "vcs"
FACTS = {
    "present": "the project is under version control",
    "commit": "the commit, when there is one",
    "clean": "the working tree equals the commit",
    "remote": "a remote is configured",
    "recorded": "every recorded run knows the commit it ran from",
}


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Nothing is looked at yet."""
    return Finding(not_verified=(f"{NAME}: not looked at yet",))
