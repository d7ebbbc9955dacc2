"""Answers held against evidence, and the result of `check` (schema artifactpack.check/1)."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from artifactpack.models.fact import Finding, Source
from artifactpack.models.project import Skipped
from artifactpack.models.records import Json, record
from artifactpack.models.reference import ClaimCheck

Evidence = Literal["met", "unmet", "unknown"]
Verdict = Literal["supported", "contradicted", "no-evidence", "unanswered", "author-only", "not-applicable"]


@record
class Answer:
    """What the author says of one item; ``source`` is ``config``, ``assumed`` or the LaTeX file."""

    value: str
    why: str = ""
    source: str = "config"
    line: int | None = None
    faults: tuple[str, ...] = ()


@record
class Because:
    """A fact that decided; ``wants`` says in words what was asked of it."""

    fact: str
    value: Json = None
    status: str = "known"
    wants: str = ""
    sources: tuple[Source, ...] = ()
    note: str = ""


@record
class ItemResult:
    id: str
    title: str
    question: str = ""
    block: str = ""
    evidence: Evidence
    answer: str | None = None
    why: str = ""
    answer_source: str = ""
    verdict: Verdict
    because: tuple[Because, ...] = ()
    reason: str = ""
    fix: str = ""
    ignored: tuple[str, ...] = ()
    lint: tuple[str, ...] = ()


@record
class Counts:
    """Badges and scores count ``met`` over ``applicable``; author-only and not-applicable items are beside it."""

    met: int = 0
    applicable: int = 0
    author_only: int = 0
    not_applicable: int = 0
    supported: int = 0
    contradicted: int = 0
    no_evidence: int = 0
    unanswered: int = 0


@record
class ChecklistResult:
    id: str
    title: str = ""
    items: tuple[ItemResult, ...] = ()
    counts: Counts = field(default_factory=Counts)


@record
class ToolInfo:
    version: str


@record
class ProjectInfo:
    """``tree`` is the SHA-256 over the checked files' paths and hashes, badge files left out ("" where not asked)."""

    name: str = ""
    commit: str = ""
    dirty: bool | None = None
    tree: str = ""
    files: int = 0


@record
class CheckResult:
    schema: str = "artifactpack.check/1"
    tool: ToolInfo
    project: ProjectInfo
    findings: dict[str, Finding] = field(default_factory=dict)
    checklists: tuple[ChecklistResult, ...] = ()
    claims: tuple[ClaimCheck, ...] = ()
    ignored: dict[str, str] = field(default_factory=dict)
    not_verified: tuple[str, ...] = ()
    not_scanned: tuple[Skipped, ...] = ()
