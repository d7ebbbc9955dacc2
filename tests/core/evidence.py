"""Findings made to order: facts that make a condition hold, or not."""

from collections.abc import Iterable

from artifactpack.core.facts import absent, at, known, seen
from artifactpack.models.checklist import Condition, Item
from artifactpack.models.fact import Fact, Finding


def findings(facts: dict[str, object], kind: str = "run") -> dict[str, Finding]:
    """Findings in which each full fact name has that value; a Fact is taken as it is."""
    grouped: dict[str, dict[str, Fact]] = {}
    for name, value in facts.items():
        probe, _, short = name.partition(".")
        fact = value if isinstance(value, Fact) else known(seen(kind, value, at("README.md", 3)))
        grouped.setdefault(probe, {})[short] = fact
    return {probe: Finding(facts=facts) for probe, facts in grouped.items()}


def satisfying(condition: Condition) -> object:
    """A value of the fact for which *condition* holds."""
    if condition.is_ is not None:
        return condition.is_
    if condition.equals is not None:
        return condition.equals
    if condition.at_least is not None:
        return condition.at_least
    if condition.at_most is not None:
        return condition.at_most
    if condition.one_of:
        return condition.one_of[0]
    if condition.empty is not None:
        return [] if condition.empty else ["something"]
    return True if condition.known else absent("looked")


def refuting(condition: Condition) -> object:
    """A value of the fact for which *condition* does not hold."""
    if condition.is_ is not None:
        return not condition.is_
    if condition.at_least is not None:
        return condition.at_least - 1
    if condition.empty is not None:
        return ["something"] if condition.empty else []
    raise NotImplementedError(condition)


def met_by(item: Item) -> dict[str, object]:
    """Facts that meet *item* and contradict nothing: every condition of ``meets`` holds."""
    facts = {c.fact: satisfying(c) for c in (*item.meets.all, *item.meets.any)}
    return {"variance.runs": 5} | facts if "variance.error_bars" in facts else facts


def all_of(conditions: Iterable[Condition]) -> dict[str, object]:
    """Facts that make every condition hold."""
    return {c.fact: satisfying(c) for c in conditions}
