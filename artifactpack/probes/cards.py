"""Documentation of released models and data."""

from __future__ import annotations

from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Finding
from artifactpack.models.system import SystemReading
from artifactpack.project import Project

NAME = "cards"
FACTS = {
    "model": "a model card exists",
    "data": "a data card, datasheet or Croissant file exists",
    "croissant": "a Croissant file exists",
    "filled": "the cards hold no text left over from their template",
}


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Nothing is looked at yet."""
    return Finding(not_verified=(f"{NAME}: not looked at yet",))
