"""A check flattened to rows: the one model behind SARIF, JUnit, GitHub, GitLab and CSV output."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from artifactpack.models.fact import Source
from artifactpack.models.records import record
from artifactpack.models.verdict import CheckResult, ItemResult
from artifactpack.report import words


@record
class Row:
    """One item, defect or claim. ``level`` is error, warning, note or none; ``line`` is 0 where there is no file."""

    kind: str
    group: str
    id: str
    title: str
    verdict: str
    level: str
    message: str
    fix: str = ""
    evidence: str = ""
    answer: str = ""
    path: str = ""
    line: int = 0
    source: str = ""

    @property
    def rule(self) -> str:
        """``essentials/seeds``: unique over checklists, defects and claims."""
        return f"{self.group}/{self.id}"

    @property
    def fingerprint(self) -> str:
        """Stable over runs and over moves of a line within its file."""
        return hashlib.sha256(f"{self.rule}\0{self.path}\0{self.message}".encode("utf-8", "replace")).hexdigest()


_LEVELS = {"contradicted": "error", "no-evidence": "note", "unanswered": "none"}


def rows(result: CheckResult) -> tuple[Row, ...]:
    """Every item of every checklist, every defect, every claim, in the order of the result."""
    items = [_item(c.id, item) for c in result.checklists for item in c.items]
    return (*items, *_defects(result), *_claims(result))


def problems(result: CheckResult, prefix: str = "") -> tuple[Row, ...]:
    """The rows that ask for attention: errors, warnings and notes, errors first.

    *prefix* is the project's folder within its repository ("paper/"), for readers who know only the repository.
    """
    order = {"error": 0, "warning": 1, "note": 2}
    found = [_within(prefix, row) for row in rows(result) if row.level in order]
    return tuple(sorted(found, key=lambda row: order[row.level]))


def _within(prefix: str, row: Row) -> Row:
    return replace(row, path=prefix + row.path) if prefix and row.path else row


def first_file(sources: tuple[Source, ...]) -> tuple[str, int]:
    """Path and 1-based line of the first source that is a file; ("", 0) if none is."""
    for source in sources:
        if source.path:
            return source.path, source.line or 1
    return "", 0


def _item(group: str, item: ItemResult) -> Row:
    path, line = first_file(words.sources(item))
    label = words.VERDICTS[item.verdict][2]
    why = words.reason(item)
    return Row(
        kind="item",
        group=group,
        id=item.id,
        title=item.title,
        verdict=item.verdict,
        level=_LEVELS.get(item.verdict, "none"),
        message=f"{item.title}: {label}" + (f"; {why}" if why else ""),
        fix=item.fix,
        evidence=item.evidence,
        answer=item.answer or "",
        path=path,
        line=line,
        source=words.places(words.sources(item)),
    )


def _defects(result: CheckResult) -> list[Row]:
    found = []
    for finding in result.findings.values():
        for defect in finding.defects:
            path, line = first_file(defect.sources)
            found.append(
                Row(
                    kind="defect",
                    group="defect",
                    id=defect.id,
                    title=defect.id.replace(".", ": ").replace("_", " "),
                    verdict="defect",
                    level="warning",
                    message=defect.message,
                    fix=defect.fix,
                    path=path,
                    line=line,
                    source=words.places(defect.sources),
                )
            )
    return found


def _claims(result: CheckResult) -> list[Row]:
    return [
        Row(
            kind="claim",
            group="claim",
            id=claim.id,
            title=claim.text or claim.id,
            verdict=claim.verdict,
            level=_LEVELS.get(claim.verdict, "none"),
            message=f"{claim.text or claim.id}: {words.VERDICTS.get(claim.verdict, ('', '', claim.verdict))[2]}"
            + (f"; {claim.reason}" if claim.reason else ""),
        )
        for claim in result.claims
    ]
