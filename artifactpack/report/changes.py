"""What changed between two checks, item by item: for pull requests, where only the difference matters."""

from __future__ import annotations

from artifactpack.models.records import record
from artifactpack.models.verdict import CheckResult
from artifactpack.report import words
from artifactpack.report.check_markdown import code, escape
from artifactpack.report.rows import Row, rows


@record
class Change:
    """A row that is new, gone, or has another verdict; the missing side is None."""

    before: Row | None
    after: Row | None

    @property
    def worse(self) -> bool:
        """Whether a reader should worry: something became contradicted, lost its evidence, or is a new defect."""
        rank = {"contradicted": 3, "defect": 3, "no-evidence": 2, "unanswered": 1}
        now = rank.get(self.after.verdict, 0) if self.after else 0
        return now > (rank.get(self.before.verdict, 0) if self.before else 0)


def changes(before: CheckResult, after: CheckResult) -> tuple[Change, ...]:
    """Every item, defect or claim whose verdict differs, what got worse first."""
    old, new = _by_key(before), _by_key(after)
    keys = [*new, *(key for key in old if key not in new)]
    found = [Change(before=old.get(k), after=new.get(k)) for k in keys if _verdict(old.get(k)) != _verdict(new.get(k))]
    return tuple(sorted(found, key=lambda change: not change.worse))


def _by_key(result: CheckResult) -> dict[str, Row]:
    """Rows by rule; a defect also by its file, so that the same fault in two files is two."""
    return {f"{row.rule}\0{row.path}" if row.kind == "defect" else row.rule: row for row in rows(result)}


def _verdict(row: Row | None) -> str:
    return row.verdict if row else ""


def markdown(found: tuple[Change, ...], before: CheckResult, after: CheckResult) -> str:
    """The changes as a Markdown table under the scores before and now."""
    lines = [f"{_score(before)} → **{_score(after)}** machine-checkable items met.", ""]
    if not found:
        return lines[0] + "\n\nNo verdict changed.\n"
    lines += ["| | Item | Before | Now | Where |", "|---|---|---|---|---|"]
    for change in found:
        row = change.after or change.before
        if row is None:
            continue
        told = "**worse**" if change.worse else "better" if change.before and not _bad(change.after) else ""
        title = f"**{escape(row.id)}** {escape(row.title if row.kind != 'defect' else row.message)}"
        where = code(change.after.source if change.after else "")
        lines.append(f"| {told} | {title} | {_said(change.before)} | {_said(change.after)} | {where} |")
    return "\n".join(lines) + "\n"


def _bad(row: Row | None) -> bool:
    return row is not None and row.verdict in ("contradicted", "defect", "no-evidence")


def _said(row: Row | None) -> str:
    if row is None:
        return "not there"
    return words.VERDICTS[row.verdict][2] if row.verdict in words.VERDICTS else row.verdict


def _score(result: CheckResult) -> str:
    met = sum(c.counts.met for c in result.checklists)
    return f"{met} of {sum(c.counts.applicable for c in result.checklists)}"
