"""Whether results come with their spread over seeds or repeats."""

from __future__ import annotations

from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Finding
from artifactpack.models.system import SystemReading
from artifactpack.project import Project

NAME = "variance"
FACTS = {
    "reported": "runs over several seeds or repeats, or means with spread, are reported or coded",
    "runs": "largest number of distinct seeds or repeats recorded for one setting",
    "stated": "a document gives results with their spread or number of seeds",
    "claimed_runs": "number of runs that a document says are behind its numbers",
    "behind": "the runs that a document claims are really there",
    "error_bars": "at least two recorded seeds of one setting, so that a spread can be computed",
    "spread_named": "a document names what its ± means: standard deviation, standard error or interval",
    "seeds": "the seeds of the recorded runs",
}


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Nothing is looked at yet."""
    return Finding(not_verified=(f"{NAME}: not looked at yet",))
