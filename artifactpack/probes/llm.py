"""Large language models used by the method itself."""

from __future__ import annotations

from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Finding
from artifactpack.models.system import SystemReading
from artifactpack.project import Project

NAME = "llm"
FACTS = {
    "used": "method code calls a language model service or samples from one",
    "clients": "libraries through which it is called",
    "models": "model names in the code or configuration",
    "sampling": "sampling settings that are fixed in the code",
    "described": "documents describe the use",
}


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Nothing is looked at yet."""
    return Finding(not_verified=(f"{NAME}: not looked at yet",))
