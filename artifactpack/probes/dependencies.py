"""What the project needs to be installed, and how exactly it says so."""

from __future__ import annotations

from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Finding
from artifactpack.models.system import SystemReading
from artifactpack.project import Project

NAME = "dependencies"
FACTS = {
    "declared": "packages are listed: a requirement, environment, setup or lock file, a container file, or a document",
    "pinned": "more than half of the declared packages have an exact version",
    "pinned_share": "share of declared packages with an exact version, 0 to 1",
    "count": "how many distinct packages are declared",
    "kind": "where they are declared: lock, file, container, documents",
    "files": "the files and documents that declare packages",
    "locked": "a lock file or a complete list of exact versions exists",
    "hashed": "the lock gives hashes of the packages",
    "undeclared": "distributions that the code imports and nothing declares",
    "complete": "every third-party import is declared",
    "conflicts": "packages declared twice with different exact versions",
    "unpinned_hub": "hub models and datasets loaded without a fixed revision",
    "recorded": "the packages of a recorded run are known with versions",
    "recorded_agree": "the versions a recorded run used are the declared ones",
    "python": "the Python version is stated",
}


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Nothing is looked at yet."""
    return Finding(not_verified=(f"{NAME}: not looked at yet",))
