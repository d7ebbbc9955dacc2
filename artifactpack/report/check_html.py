"""A check as the HTML report, of what the check alone knows."""

from __future__ import annotations

from artifactpack.models.report import ReportData
from artifactpack.models.verdict import CheckResult
from artifactpack.report import html


def render(result: CheckResult) -> str:
    """Return the page; `artifactpack report` adds runs, data, weights and source lines."""
    return html.render(
        ReportData(name=result.project.name, tool_version=result.tool.version, check=result, claims=result.claims)
    )
