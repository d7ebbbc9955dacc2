"""An in-toto statement of a re-run that the reviewer may sign: test-result predicate over the bundle's digest."""

from __future__ import annotations

from artifactpack.models.outcome import RerunResult
from artifactpack.models.records import Json

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"
_PASSED = ("identical", "reproduced", "differs-better")


def statement(result: RerunResult) -> Json:
    """The statement as JSON; ``subject`` is the bundle by its digest, ``configuration`` what the tests ran with."""
    in_scope = [c for c in result.claims if c.id in result.scope]
    failed = [c.id for c in in_scope if c.outcome == "not-reproduced" or c.record_verdict == "contradicted"]
    passed = [c.id for c in in_scope if c.outcome in _PASSED and c.id not in failed]
    warned = [c.id for c in in_scope if c.id not in passed and c.id not in failed]
    verdict = "FAILED" if failed else "WARNED" if warned or not passed else "PASSED"
    return {
        "_type": STATEMENT,
        "subject": [{"name": result.name or "bundle", "digest": {"sha256": result.digest}}],
        "predicateType": PREDICATE,
        "predicate": {
            "result": verdict,
            "configuration": [
                {"name": f"artifactpack {result.tool_version}"},
                {"name": f"tier {result.tier}, seeds {', '.join(map(str, result.seeds))}"},
                {"name": f"sandbox level {result.sandbox.level} ({result.sandbox.name})"},
                *_lock(result),
            ],
            "passedTests": passed,
            "warnedTests": warned,
            "failedTests": failed,
        },
    }


def _lock(result: RerunResult) -> list[Json]:
    environment = result.environment
    if not environment.digest:
        return []
    return [{"name": environment.lock or "lock", "digest": {"sha256": environment.digest}}]
