"""A check as CSV: one row an item, defect or claim."""

from __future__ import annotations

import csv
import io

from artifactpack.models.verdict import CheckResult
from artifactpack.report.rows import rows

COLUMNS = ("kind", "group", "id", "title", "answer", "evidence", "verdict", "message", "fix", "path", "line")


def render(result: CheckResult) -> str:
    """Return RFC 4180 CSV with a header; cells that a spreadsheet would run as a formula are quoted with '."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows(result):
        writer.writerow([cell(getattr(row, column)) for column in COLUMNS])
    return out.getvalue()


def cell(value: str | int) -> str:
    """*value* as a cell that no spreadsheet runs as a formula."""
    text = str(value or "")
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
