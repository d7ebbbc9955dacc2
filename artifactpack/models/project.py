"""The project as an input: its git state and what could not be looked at."""

from __future__ import annotations

from artifactpack.models.records import record


@record
class GitState:
    """State of the repository; ``commit`` is "" before the first commit, ``dirty`` None where it could not be told."""

    present: bool = False
    commit: str = ""
    branch: str = ""
    dirty: bool | None = None
    remotes: tuple[str, ...] = ()
    shallow: bool = False
    note: str = ""


@record
class Skipped:
    """A file that was not scanned, because…"""

    path: str
    reason: str
