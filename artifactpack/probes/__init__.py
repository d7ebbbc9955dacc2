"""One subject a file: each probe reports facts with their observations, never a verdict."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol

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

if TYPE_CHECKING:
    PROBES: dict[str, Probe]
    """Every probe by name; importing it imports them all, which a check that remembers need not do."""


def __getattr__(name: str) -> dict[str, Probe]:
    if name != "PROBES":
        raise AttributeError(name)
    table: dict[str, Probe] = {n: import_module(f"artifactpack.probes.{n}") for n in NAMES}
    globals()["PROBES"] = table
    return table


def run_probes(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...] = ()) -> dict[str, Finding]:
    """Ask every probe, or give what they found last time where nothing has changed; one that fails says so in
    `not_verified` and stops nobody else."""
    from artifactpack.probes._remember import Memory

    memory = Memory(project, runs, systems)
    remembered = memory.recall()
    if remembered is not None and tuple(remembered) == NAMES:
        return remembered
    probes = __getattr__("PROBES")
    found = {name: _asked(probe, project, runs, systems) for name, probe in probes.items()}
    memory.keep(found)
    return found


def _asked(probe: Probe, project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    try:
        return probe.probe(project, runs, systems)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - a stranger's repository must not stop the others
        return Finding(not_verified=(f"{probe.NAME}: not looked at: {type(error).__name__}: {error}",))
