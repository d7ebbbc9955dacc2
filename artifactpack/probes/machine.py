"""The machine that the recorded runs ran on, field by field; what documents name is in `hardware`."""

from __future__ import annotations

from collections.abc import Callable

from artifactpack.core.facts import known, seen, unknown
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Fact, Finding, Observation, Source
from artifactpack.models.records import Json
from artifactpack.models.run import Hardware
from artifactpack.models.system import SystemReading
from artifactpack.project import Project

NAME = "machine"
FACTS = {
    "cpu": "model of the CPU",
    "cores": "number of CPU cores",
    "memory_gb": "main memory in GB",
    "gpus": "models of the GPUs; none where the runs saw none",
    "gpu_count": "number of GPUs",
    "gpu_memory_gb": "memory of one GPU in GB",
}
GB = 1e9
_FIELDS: dict[str, Callable[[Hardware], Json]] = {
    "cpu": lambda h: h.cpu,
    "cores": lambda h: h.cores,
    "memory_gb": lambda h: round(h.memory / GB, 1),
    "gpus": lambda h: list(dict.fromkeys(g.name for g in h.gpus)),
    "gpu_count": lambda h: len(h.gpus),
    "gpu_memory_gb": lambda h: round(max((g.memory for g in h.gpus), default=0) / GB, 1),
}
_MAY_BE_NONE = ("gpus", "gpu_count")


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Report each field from runs that know their machine; of several machines the first recorded comes first."""
    return Finding(facts={name: _field(name, runs, systems) for name in FACTS})


def _field(name: str, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Fact:
    """The distinct values that recorded and tracked runs give; nothing measured is unknown, never zero."""
    read = _FIELDS[name]
    found: dict[str, Observation] = {}
    for r in runs.records:
        if r.hardware.cpu or r.hardware.gpus:
            value = read(r.hardware)
            note = "the recorded runs saw no GPU" if name in _MAY_BE_NONE and not value else ""
            sighting = seen(runs.known(r), value, Source(run=r.id, field="hardware"), note=note)
            found.setdefault(repr(value), sighting) if value or name in _MAY_BE_NONE else None
    for tracked in (t for s in systems for t in s.runs if t.hardware):
        value = read(tracked.hardware) if tracked.hardware else None
        if value:
            found.setdefault(repr(value), seen("system", value, Source(system=tracked.system, run=tracked.id)))
    return known(*list(found.values())[:5]) if found else unknown("no recorded run knows it")
