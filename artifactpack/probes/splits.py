"""How the data are split."""

from __future__ import annotations

from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Finding
from artifactpack.models.system import SystemReading
from artifactpack.project import Project

NAME = "splits"
FACTS = {
    "stated": "splits are described in documents, configuration or code",
    "seeded": "random splits are drawn with a fixed or configurable seed",
    "unseeded": "split calls without a seed",
    "test_in_training": "places where training code reads test data",
    "sizes": "sizes of split files or recorded splits",
    "overlap": "lines that two split files share",
    "disjoint": "split files share no line",
}


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Nothing is looked at yet."""
    return Finding(not_verified=(f"{NAME}: not looked at yet",))
