"""A check as SARIF 2.1.0, for code-scanning pages and editors."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from artifactpack.models.verdict import CheckResult
from artifactpack.report.rows import Row, problems

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render(result: CheckResult, prefix: str = "") -> str:
    """Return a log with one run: a rule an item or defect, a result a problem; *prefix* as in `rows.problems`."""
    found = problems(result, prefix)
    rules = {row.rule: row for row in found}
    index = {rule: number for number, rule in enumerate(rules)}
    run = {
        "tool": {
            "driver": {
                "name": "artifactpack",
                "version": result.tool.version,
                "rules": [_rule(row) for row in rules.values()],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [_result(row, index[row.rule], prefix) for row in found],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=1, ensure_ascii=False) + "\n"


def _rule(row: Row) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "id": row.rule,
        "shortDescription": {"text": row.title},
        "defaultConfiguration": {"level": row.level},
    }
    if row.fix:
        rule["help"] = {"text": row.fix}
    return rule


def _result(row: Row, index: int, prefix: str) -> dict[str, Any]:
    # GitHub tells old alerts from new ones by primaryLocationLineHash alone; without it, it would hash the line.
    result: dict[str, Any] = {
        "ruleId": row.rule,
        "ruleIndex": index,
        "level": row.level,
        "message": {"text": row.message},
        "partialFingerprints": {"artifactpack/v1": row.fingerprint, "primaryLocationLineHash": row.fingerprint},
    }
    # Code scanning shows nothing without a place; what no file decides is put on the README.
    path, line = (row.path, row.line) if row.path else (f"{prefix}README.md", 1)
    region = {"startLine": line}
    result["locations"] = [{"physicalLocation": {"artifactLocation": {"uri": quote(path)}, "region": region}}]
    return result
