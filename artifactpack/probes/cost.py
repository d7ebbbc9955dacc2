"""What the experiments cost: time, energy, memory, disk, over all runs, failed ones too."""

from __future__ import annotations

from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Finding
from artifactpack.models.system import SystemReading
from artifactpack.project import Project

NAME = "cost"
FACTS = {
    "stated": "a duration of training, running or searching is given in documents or comments",
    "recorded": "recorded runs know their time",
    "described": "stated or recorded",
    "each_run": "time and memory of every single recorded run are known",
    "runs": "number of recorded runs, failed ones too",
    "failed_runs": "number of recorded runs that failed",
    "wall_seconds": "wall time over all recorded runs, in seconds",
    "gpu_seconds": "GPU time over all recorded runs, in seconds",
    "peak_memory": "largest peak memory of a recorded run, in bytes",
    "disk": "disk written by all recorded runs, in bytes",
    "energy": "energy of all recorded runs in joules, where it could be read",
}


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Nothing is looked at yet."""
    return Finding(not_verified=(f"{NAME}: not looked at yet",))
