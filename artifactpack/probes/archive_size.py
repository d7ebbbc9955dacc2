"""How large an archive of the project would be."""

from __future__ import annotations

from artifactpack.core.facts import known, seen
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Finding
from artifactpack.models.system import SystemReading
from artifactpack.project import Project

NAME = "archive_size"
FACTS = {
    "bytes": "size of the project files in bytes",
    "files": "number of project files",
    "largest": "the largest files",
}


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Report the sizes of the project's files; a venue's limit is the checklist's business."""
    sizes = sorted(((project.size(f), f) for f in project.files), reverse=True)
    largest = [f"{path} ({size} bytes)" for size, path in sizes[:5]]
    facts = {
        "bytes": known(seen("static", sum(size for size, _ in sizes))),
        "files": known(seen("static", len(sizes))),
        "largest": known(seen("static", largest)),
    }
    return Finding(facts=facts)
