"""A check as JSON (schema artifactpack.check/1)."""

from __future__ import annotations

from artifactpack.models.records import to_json
from artifactpack.models.verdict import CheckResult


def render(result: CheckResult, *, line: bool = False) -> str:
    """Return *result* indented, or on one *line* when several projects are checked."""
    return to_json(result, indent=None if line else 1)
