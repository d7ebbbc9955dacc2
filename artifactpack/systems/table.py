"""Every system: its module, and the path pattern that makes it worth importing. Imports nothing heavy."""

from __future__ import annotations

import re

from artifactpack.models.records import record


@record
class System:
    """One row: ``module`` below ``artifactpack.systems``; ``paths`` matches a file that such a system leaves
    (full-path search, case ignored); ``imports`` are top-level Python packages whose import shows its use."""

    module: str
    title: str
    kind: str
    paths: str = ""
    imports: tuple[str, ...] = ()


SYSTEMS: tuple[System, ...] = ()


def wanted(system: System, paths: str, imports: frozenset[str]) -> bool:
    """Whether *system* is worth reading, given all *paths* joined by newlines and what the code imports."""
    if system.paths and re.search(system.paths, paths, re.IGNORECASE | re.MULTILINE):
        return True
    return any(name in imports for name in system.imports)
