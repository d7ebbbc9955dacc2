"""A check as a GitLab code-quality report."""

from __future__ import annotations

import json

from artifactpack.models.verdict import CheckResult
from artifactpack.report.rows import problems

_SEVERITIES = {"error": "major", "warning": "minor", "note": "info"}


def render(result: CheckResult, prefix: str = "") -> str:
    """Return the JSON list; a problem without a file is placed on the README; *prefix* as in `rows.problems`."""
    seen: set[str] = set()
    issues = []
    for row in problems(result, prefix):
        fingerprint = row.fingerprint if row.fingerprint not in seen else f"{row.fingerprint}-{len(seen)}"
        seen.add(fingerprint)
        issues.append(
            {
                "description": f"{row.message.rstrip('.')}. Fix: {row.fix}" if row.fix else row.message,
                "check_name": row.rule,
                "fingerprint": fingerprint,
                "severity": _SEVERITIES[row.level],
                "location": {"path": row.path or f"{prefix}README.md", "lines": {"begin": row.line or 1}},
            }
        )
    return json.dumps(issues, indent=1, ensure_ascii=False) + "\n"
