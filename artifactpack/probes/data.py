"""Where the data come from, whether they are fixed, and what would keep others from them."""

from __future__ import annotations

from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Finding
from artifactpack.models.system import SystemReading
from artifactpack.project import Project

NAME = "data"
FACTS = {
    "available": "data are included, linked, downloaded by code, generated, or come from a simulator",
    "checksummed": "a hash of a data file is given and checked",
    "versioned": "data are fixed: hash, hub revision, DOI or archive record, data version control, or read from the tracked tree",
    "kinds": "how the data come: included, linked, downloaded, library, generated, simulator, declared",
    "links": "links to data in documents, configuration and code",
    "files": "data files in the project",
    "open": "data can be had by anyone: not only a private or absolute path",
    "private_paths": "absolute or home paths that code reads from",
    "lfs_pointers": "data or weight files that are only Git LFS pointers",
    "preprocessing": "code that prepares the data is present",
    "licensed": "a licence of the data is stated",
    "recorded": "a recorded run read data files, with hashes",
}


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Nothing is looked at yet."""
    return Finding(not_verified=(f"{NAME}: not looked at yet",))
