"""One subject a file: each probe reports facts with their observations, never a verdict."""

from __future__ import annotations

import gc
from collections.abc import Callable
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
    "systems",
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
    "paper",
    "machine",
    "settings",
    "datasets",
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
    from artifactpack.models.records import dump, to_json

    return find(project, runs, lambda: systems, to_json(dump(systems)) if systems else "")


def find(
    project: Project, runs: RunEvidence, read: Callable[[], tuple[SystemReading, ...]], key: str
) -> dict[str, Finding]:
    """Like ``run_probes``, the systems *read* only where something has changed: *key* tells their files apart."""
    from artifactpack.probes._partial import soften
    from artifactpack.probes._remember import Memory

    memory = Memory(project, runs, key)
    remembered = memory.recall()
    if remembered is not None and tuple(remembered) == NAMES:
        return remembered
    enabled = gc.isenabled()
    gc.disable()  # records are many and live long
    try:
        found = soften(project, _found(project, runs, read))
        project.skipped.sort(key=lambda entry: (entry.path, entry.reason))  # whichever process noted them first
    finally:
        if enabled:
            gc.enable()
    memory.keep(found)
    return found


def _found(project: Project, runs: RunEvidence, read: Callable[[], tuple[SystemReading, ...]]) -> dict[str, Finding]:
    from artifactpack.probes._helper import Helper, worth_it

    def ask(name: str, systems: tuple[SystemReading, ...]) -> Finding:
        return _asked(name, project, runs, systems)

    if not worth_it(project):
        systems = read()
        return {name: ask(name, systems) for name in NAMES}
    helper = project.helper = Helper(project, ask)
    systems = ()
    try:
        systems = read()
    finally:
        helper.give(systems)
    found = helper.findings(systems)
    project.helper = None
    return {name: found[name] if name in found else ask(name, systems) for name in NAMES}


def _asked(name: str, project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    try:
        probe: Probe = import_module(f"artifactpack.probes.{name}")
        if "PROBES" in globals():
            probe = globals()["PROBES"][name]
        return probe.probe(project, runs, systems)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - a stranger's repository must not stop the others
        return Finding(not_verified=(f"{name}: not looked at: {type(error).__name__}: {error}",))
