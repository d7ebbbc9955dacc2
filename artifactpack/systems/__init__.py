"""One outside system a file: its files to our records. ``table`` lists them, ``read_systems`` reads what is there."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

from artifactpack.models.system import SystemReading
from artifactpack.systems.commits import checked
from artifactpack.systems.files import Files, files_of
from artifactpack.systems.points import keeping
from artifactpack.systems.reading import FAULTS, Unreadable
from artifactpack.systems.table import SYSTEMS, System, wanted
from artifactpack.systems.withheld import withheld

if TYPE_CHECKING:
    from artifactpack.project import Project

__all__ = ["SYSTEMS", "Files", "System", "files_of", "read_systems"]


def read_systems(project: Project, *, points: frozenset[str] | None = frozenset()) -> tuple[SystemReading, ...]:
    """Read every system found in *project*; one that cannot be read says so in its reading's warnings.

    *points* are the ids of the runs whose series are kept (None: of all): summaries are always there.
    """
    files, imports = files_of(project), _imports(project)
    with keeping(points):
        found = [_read(system, project) for system in SYSTEMS if wanted(system, files.joined, imports)]
    return checked(project, tuple(withheld(reading) for reading in found if reading is not None))


def _imports(project: Project) -> frozenset[str]:
    needed = {name for system in SYSTEMS for name in system.imports}
    return frozenset(project.index.modules_named(needed))


def _read(system: System, project: Project) -> SystemReading | None:
    module = import_module(f"artifactpack.systems.{system.module}")
    try:
        if not module.detect(project):
            return None
        reading: SystemReading = module.read(project)
    except FAULTS as error:
        why = error if isinstance(error, Unreadable) else f"its files are damaged or strange ({type(error).__name__})"
        return SystemReading(system=system.title, warnings=(f"not read: {why}",))
    return _with_version(reading, module.ABOUT.versions)


def _with_version(reading: SystemReading, known: str) -> SystemReading:
    """Warn where a file was written by a version that nobody tried."""
    strange = [v for v in reading.version.split(", ") if known and v and not re.fullmatch(known, v)]
    said = tuple(f"written by version {version}, which was never tried: read with care" for version in strange)
    return replace(reading, warnings=reading.warnings + said) if said else reading
