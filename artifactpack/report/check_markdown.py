"""A check as GitHub-flavoured Markdown: step summaries, pull-request comments, READMEs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifactpack.models.verdict import ChecklistResult, CheckResult, ItemResult
from artifactpack.report import words
from artifactpack.report.rows import rows

_MARKS = {
    "contradicted": "❌",
    "no-evidence": "❔",
    "unanswered": "⬜",
    "supported": "✅",
    "author-only": "👤",
    "not-applicable": "➖",
}


def render(result: CheckResult) -> str:
    """Return *result* as Markdown; text from the project is escaped."""
    return "\n".join(_lines(result)) + "\n"


def escape(text: str) -> str:
    """*text* as one line that Markdown and HTML show literally, also in a table cell."""
    line = " ".join(text.split())
    return re.sub(r"([\\`*_{}\[\]<>()#|!~@&$])", lambda m: f"&#{ord(m[1])};", line)


def code(text: str) -> str:
    """*text* as inline code, whatever backticks and bars it holds."""
    return f"<code>{escape(text)}</code>" if text else ""


def _lines(result: CheckResult) -> Iterator[str]:
    yield f"## {words.headline(result)}"
    yield ""
    yield escape(words.project_line(result))
    for checklist in result.checklists:
        yield from _checklist(checklist)
    yield from _defects(result)
    yield from _claims(result)
    unseen = [*result.not_verified, *(f"{s.path}: {s.reason}" for s in result.not_scanned)]
    if unseen:
        yield from ("", "<details><summary>Not verified</summary>", "")
        yield from (f"- {escape(text)}" for text in unseen)
        yield from ("", "</details>")


def _checklist(checklist: ChecklistResult) -> Iterator[str]:
    beside = words.beside(checklist.counts)
    yield from ("", f"### {escape(checklist.title or checklist.id)}", "")
    yield f"**{words.tally(checklist.counts)}**" + (f"; beside: {beside}" if beside else "")
    yield from ("", "| | Item | Verdict | Why | Fix |", "|---|---|---|---|---|")
    for verdict in words.VERDICTS:
        for item in words.by_verdict(checklist, verdict):
            yield _item(item)


def _item(item: ItemResult) -> str:
    label = words.VERDICTS[item.verdict][2]
    answer = f" (answered {escape(item.answer)})" if item.answer else ""
    where = words.places(words.sources(item))
    why = " ".join(filter(None, [escape(words.reason(item)), code(where)]))
    fix = escape(item.fix) if words.lacking(item) else ""
    title = f"**{escape(item.id)}** {escape(item.title)}"
    return f"| {_MARKS[item.verdict]} | {title} | {label}{answer} | {why} | {fix} |"


def _defects(result: CheckResult) -> Iterator[str]:
    defects = [row for row in rows(result) if row.kind == "defect"]
    if defects:
        yield from ("", "### Defects", "", "| Where | What | Fix |", "|---|---|---|")
        for row in defects:
            yield f"| {code(row.source)} | {escape(row.message)} | {escape(row.fix)} |"


def _claims(result: CheckResult) -> Iterator[str]:
    if result.claims:
        yield from ("", "### Claims", "", "| | Claim | Where | Verdict | Why |", "|---|---|---|---|---|")
        for c in result.claims:
            mark, label = _MARKS.get(c.verdict, "❔"), words.VERDICTS.get(c.verdict, ("", "", c.verdict))[2]
            title = f"**{escape(c.id)}** {escape(c.text)}"
            yield f"| {mark} | {title} | {escape(c.where)} | {label} | {escape(c.reason)} |"
