"""Many checks at once: one JSON object a line, one CSV with a project column, or each text after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from artifactpack.errors import InputError
from artifactpack.models.verdict import CheckResult
from artifactpack.report import check_json, words

FORMATS = ("text", "json", "csv", "markdown")


class Checked(Protocol):
    """One path's result, or why there is none."""

    @property
    def path(self) -> str: ...
    @property
    def result(self) -> CheckResult | None: ...
    @property
    def error(self) -> str: ...


def known(format_: str) -> None:
    """Raise InputError for a format that describes one project only: before hundreds are looked at, not after."""
    if format_ not in FORMATS:
        raise InputError(f"--format {format_} describes one project; for several choose {', '.join(FORMATS)}")


def render_many(checked: Sequence[Checked], format_: str) -> str:
    """Render all of *checked* as one of FORMATS."""
    if format_ == "json":
        return "".join(_json(one) for one in checked)
    if format_ == "csv":
        return _csv(checked)
    if format_ == "markdown":
        return _markdown(checked)
    return "".join(_text(one) for one in checked)


def _json(one: Checked) -> str:
    import json

    if one.result is not None:
        return check_json.render(one.result, line=True)
    return json.dumps({"schema": "artifactpack.error/1", "path": one.path, "error": one.error}) + "\n"


def _text(one: Checked) -> str:
    if one.result is None:
        return f"{one.path}: {words.clean(one.error)}\n"
    counts = "; ".join(f"{c.id} {words.tally(c.counts)}" for c in one.result.checklists)
    faults = [
        f"  ✗ {item.id}  {words.clean(item.title)}"
        for checklist in one.result.checklists
        for item in words.by_verdict(checklist, "contradicted")
    ]
    return "\n".join([f"{one.path}: {counts}", *faults]) + "\n"


def _csv(checked: Sequence[Checked]) -> str:
    import csv
    import io

    from artifactpack.report.check_csv import cell

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    columns = ("met", "applicable", "contradicted", "no_evidence", "unanswered", "author_only", "not_applicable")
    writer.writerow(("path", "checklist", *columns, "error"))
    for one in checked:
        if one.result is None:
            writer.writerow((cell(one.path), "", *("" for _ in columns), cell(one.error)))
            continue
        for checklist in one.result.checklists:
            counts = (getattr(checklist.counts, c) for c in columns)
            writer.writerow((cell(one.path), cell(checklist.id), *counts, ""))
    return out.getvalue()


def _markdown(checked: Sequence[Checked]) -> str:
    from artifactpack.report.check_markdown import escape

    lines = ["| Project | Checklist | Met | Contradicted | No evidence |", "|---|---|---|---|---|"]
    for one in checked:
        if one.result is None:
            lines.append(f"| {escape(one.path)} | {escape(one.error)} | | | |")
            continue
        for c in one.result.checklists:
            n = c.counts
            score = f"{n.met} of {n.applicable}"
            lines.append(f"| {escape(one.path)} | {escape(c.id)} | {score} | {n.contradicted} | {n.no_evidence} |")
    return "\n".join(lines) + "\n"
