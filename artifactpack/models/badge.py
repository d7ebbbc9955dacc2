"""What a badge states, so that anybody can check it again (`badge.json`, schema artifactpack.badge/1)."""

from __future__ import annotations

from artifactpack.models.records import record


@record
class BadgeScore:
    """One checklist: ``met`` over ``applicable`` machine-checkable items; the rest is counted beside."""

    checklist: str
    met: int
    applicable: int
    author_only: int = 0
    not_applicable: int = 0
    contradicted: int = 0


@record
class Badge:
    """``date`` is the commit's day or what the author gave, so that an unchanged project gives the same badge.

    ``tree`` is the SHA-256 over the checked files' paths and hashes without ``files``, the badge's own; ``tier``,
    ``reproduced`` and ``claims`` are of a re-run, "" and 0 where none is stated.
    """

    schema: str = "artifactpack.badge/1"
    tool_version: str = ""
    name: str = ""
    label: str = "artifact"
    message: str = ""
    color: str = ""
    scores: tuple[BadgeScore, ...] = ()
    tier: str = ""
    reproduced: int = 0
    claims: int = 0
    date: str = ""
    commit: str = ""
    dirty: bool | None = None
    tree: str = ""
    digest: str = ""
    files: tuple[str, ...] = ()


@record
class BadgeDifference:
    """Something that no longer holds: what the badge states and what is there now."""

    what: str
    stated: str
    found: str


@record
class BadgeCheck:
    """``state`` is holds, stale (the project changed) or differs (the same project gives something else)."""

    schema: str = "artifactpack.badge-check/1"
    state: str
    differences: tuple[BadgeDifference, ...] = ()
    not_checked: tuple[str, ...] = ()
    signature: str = ""
