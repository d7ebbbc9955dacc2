"""One outside system a file: its files to our records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from artifactpack.models.system import SystemReading

if TYPE_CHECKING:
    from artifactpack.project import Project


def read_systems(project: Project) -> tuple[SystemReading, ...]:
    """Read every tracked system found in *project*; one that cannot be read is a warning in its reading."""
    return ()
