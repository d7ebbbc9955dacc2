"""How the work asks to be cited."""

from __future__ import annotations

from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Finding
from artifactpack.models.system import SystemReading
from artifactpack.project import Project

NAME = "citation"
FACTS = {
    "present": "BibTeX, a CITATION file or a request to cite",
    "file": "a CITATION or BibTeX file",
    "doi": "DOI or arXiv id of the paper",
    "others": "works of others that the documents credit",
}


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Nothing is looked at yet."""
    return Finding(not_verified=(f"{NAME}: not looked at yet",))
