"""One subject a file: each probe reports facts with their observations, never a verdict."""

from __future__ import annotations

from importlib import import_module
from typing import Protocol

from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Finding
from artifactpack.models.system import SystemReading
from artifactpack.project import Project


class Probe(Protocol):
    """What every module in the table offers."""

    NAME: str
    FACTS: dict[str, str]

    def probe(self, project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
        """Report what *project*, its *runs* and its *systems* say about the subject."""


NAMES = (
    "code",
    "commands",
    "seeds",
    "determinism",
    "hyperparameters",
    "dependencies",
    "container",
    "data",
    "splits",
    "weights",
    "parameters",
    "results",
    "variance",
    "logging",
    "hardware",
    "cost",
    "license",
    "citation",
    "assets",
    "cards",
    "llm",
    "anonymity",
    "claims_map",
    "readme",
    "vcs",
    "archive_size",
)
"""Every probe, in the order of the report; each is the module of that name."""

PROBES: dict[str, Probe] = {name: import_module(f"artifactpack.probes.{name}") for name in NAMES}  # type: ignore[misc]


def run_probes(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...] = ()) -> dict[str, Finding]:
    """Ask every probe; one that fails says so in `not_verified` and stops nobody else."""
    return {name: _asked(probe, project, runs, systems) for name, probe in PROBES.items()}


def _asked(probe: Probe, project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    try:
        return probe.probe(project, runs, systems)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - a stranger's repository must not stop the others
        return Finding(not_verified=(f"{probe.NAME}: not looked at: {type(error).__name__}: {error}",))
