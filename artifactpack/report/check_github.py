"""A check as GitHub workflow commands: annotations on the lines that decided."""

from __future__ import annotations

from artifactpack.models.verdict import CheckResult
from artifactpack.report.rows import Row, problems

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}
LIMIT = 10  # GitHub shows ten annotations of a kind for one step


def render(result: CheckResult, prefix: str = "") -> str:
    """Return one `::error …` line a problem, errors first; *prefix* as in `rows.problems`."""
    return "".join(_annotation(row) for row in problems(result, prefix))


def _annotation(row: Row) -> str:
    place = f"file={_property(row.path)},line={row.line}," if row.path else ""
    text = row.message + (f"\nfix: {row.fix}" if row.fix else "")
    return f"::{_COMMANDS[row.level]} {place}title={_property(f'artifactpack {row.rule}')}::{_data(text)}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
