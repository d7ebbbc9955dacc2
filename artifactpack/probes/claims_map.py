"""Which claims of the paper rest on which experiments."""

from __future__ import annotations

from artifactpack.core.facts import absent, known, seen, unknown
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Fact, Finding
from artifactpack.models.system import SystemReading
from artifactpack.patterns import late
from artifactpack.project import Project

NAME = "claims_map"
FACTS = {
    "present": "claims are declared and each names a command",
    "claims": "number of declared claims",
    "mapped": "every declared claim names a declared command",
    "checked": "claims that recorded runs support, contradict or leave open",
    "supported": "recorded runs support every declared claim",
    "map": "claim id to command, metric and place in the paper",
    "contradicted": "claims that recorded runs contradict",
}
_NAMED = late(r"(?<![\w-])([A-Za-z_][\w-]*+):")


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Report the declared claims, the commands they name, and how recorded runs bear on them."""
    claims = project.config.claims
    if not claims:
        none = absent("no claim is declared in the configuration")
        return Finding(facts=dict.fromkeys(("present", "mapped", "supported"), none) | _empty())
    commands = {c.id: _NAMED.findall(c.metric or c.holds) for c in claims}
    mapped = {name: bool(used) and all(u in project.config.commands for u in used) for name, used in commands.items()}
    table = {c.id: {"commands": commands[c.id], "metric": c.metric or c.holds, "where": c.where} for c in claims}
    facts = {
        "present": known(seen("author", True)),
        "claims": known(seen("author", len(claims))),
        "mapped": known(seen("author", all(mapped.values()), note=", ".join(n for n, ok in mapped.items() if not ok))),
        "map": known(seen("author", table)),
    }
    return Finding(facts=facts | _checked(runs))


def _empty() -> dict[str, Fact]:
    zero = known(seen("author", 0))
    return {
        "claims": zero,
        "checked": known(seen("author", {})),
        "contradicted": known(seen("author", [])),
        "map": known(seen("author", {})),
    }


def _checked(runs: RunEvidence) -> dict[str, Fact]:
    checked = {c.id: c.verdict for c in runs.claims}
    wrong = [name for name, verdict in checked.items() if verdict == "contradicted"]
    if not runs.records or not checked:
        return {
            "checked": known(seen("author", checked)),
            "contradicted": known(seen("author", wrong)),
            "supported": unknown("no recorded run"),
        }
    kind = runs.together(runs.records)
    reasons = "; ".join(f"{c.id}: {c.reason or c.verdict}" for c in runs.claims if c.verdict != "supported")
    return {
        "checked": known(seen(kind, checked)),
        "contradicted": known(seen(kind, wrong, note=reasons)),
        "supported": known(seen(kind, all(v == "supported" for v in checked.values()), note=reasons)),
    }
