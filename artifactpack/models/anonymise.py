"""The double-blind twin: what was changed to make it, and what a scan of the finished archive saw."""

from __future__ import annotations

from dataclasses import field

from artifactpack.models.records import record
from artifactpack.models.scan import Mark, Sighting


@record
class Redaction:
    """One file of the named project and what became of it; equal hashes mean it is untouched."""

    path: str
    redacted_path: str
    sha256: str
    redacted_sha256: str


@record
class RedactedCopy:
    """The copy at ``root`` (the caller removes it), the marks that were looked for, and what was done.

    ``placeholders`` maps each mark's text to what stands in its place; ``notes`` are sentences for the author.
    """

    root: str
    marks: tuple[Mark, ...] = ()
    placeholders: dict[str, str] = field(default_factory=dict)
    files: tuple[Redaction, ...] = ()
    notes: tuple[str, ...] = ()
    smoke: tuple[str, ...] = ()


@record
class ArchiveScan:
    """What is left in a finished archive: ``sightings`` and ``closed`` (not looked into) stop it unless accepted."""

    members: int = 0
    sightings: tuple[Sighting, ...] = ()
    closed: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@record
class SealedMapping:
    """Kept by the author: proves later that two bundles are the same work (schema artifactpack.sealed/1).

    ``members`` holds, for every member of the anonymous bundle that came from the project, both paths and hashes.
    """

    schema: str = "artifactpack.sealed/1"
    tool_version: str = ""
    named_digest: str = ""
    anonymous_digest: str = ""
    salt: str = ""
    marks: tuple[Mark, ...] = ()
    placeholders: dict[str, str] = field(default_factory=dict)
    members: tuple[Redaction, ...] = ()


@record
class Proof:
    """Whether a named and an anonymous bundle are the same work (schema artifactpack.proof/1); ``faults`` say where
    not. ``untouched`` files are equal in both, ``redacted`` ones are equal once the named one is redacted again."""

    schema: str = "artifactpack.proof/1"
    same: bool
    untouched: int = 0
    redacted: int = 0
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
