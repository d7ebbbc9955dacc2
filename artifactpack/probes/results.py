"""Where the numbers of the paper can be seen."""

from __future__ import annotations

from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Finding
from artifactpack.models.system import SystemReading
from artifactpack.project import Project

NAME = "results"
FACTS = {
    "reported": "the results are given in a document as text or image, or as result files",
    "kinds": "how: text, image, file",
    "tables": "tables of results in documents",
    "files": "result files in the project",
    "scripts": "code that makes the tables or figures",
    "recorded": "recorded runs reported metrics",
}


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Nothing is looked at yet."""
    return Finding(not_verified=(f"{NAME}: not looked at yet",))
