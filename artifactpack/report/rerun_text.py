"""A re-run for the terminal: the plan before, the verdicts after."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from artifactpack.models.outcome import Difference, RerunResult
from artifactpack.models.rerun import RerunPlan, TierCost
from artifactpack.report import scale, words

WIDTH = 100


def plan_lines(plan: RerunPlan) -> list[str]:
    """What is going to happen and what it costs, a sentence a line."""
    seeds = ", ".join(f"{name} {_seeds(chosen)}" for name, chosen in plan.seeds.items())
    lines = [f"Tier {plan.tier} ({plan.why}): {words.plural(plan.runs, 'run')}; seeds: {seeds or 'none'}."]
    lines += [_cost(c, c.tier == plan.tier) for c in plan.costs]
    lines.append(f"Times are the author's × {plan.scale:.2g} ({plan.scale_why}).")
    lines.append(f"Packages to download: {_download(plan)}.")
    early = plan.judged == "bit for bit" and any(len(seeds) > 3 for seeds in plan.seeds.values())
    end = " It ends after three seeds if every claim has the author's bits by then." if early else ""
    lines.append(f"It can be judged {plan.judged}: {plan.judged_why}.{end}")
    lines += [f"{claim}: {what}." for claim, what in plan.can_decide.items()]
    lines += [f"{c.id} is contradicted by the author's own record: {c.reason}." for c in plan.before if _bad(c.verdict)]
    lines += [f"The evaluate tier cannot run {name}: {why}." for name, why in plan.withheld.items()]
    lines += _different(plan.differences)
    lines += [f"Note: {note}." for note in plan.notes]
    if plan.sandbox:
        lines.append(_sandbox(plan))
    if plan.refused:
        lines.append(f"It would be refused: {plan.refused}.")
    return lines


def _bad(verdict: str) -> bool:
    return verdict == "contradicted"


def _seeds(seeds: tuple[int, ...]) -> str:
    return ", ".join(map(str, seeds[:8])) + (" …" if len(seeds) > 8 else "")


def _cost(cost: TierCost, chosen: bool) -> str:
    if not cost.runs:
        return f"{'→' if chosen else ' '} {cost.tier}: nothing can run"
    parts = [words.plural(cost.runs, "run"), scale.duration(cost.wall) if cost.measured else "time not recorded"]
    parts += [f"{cost.memory / 1e9:.1f} GB memory"] if cost.memory else []
    parts += [f"{cost.disk / 1e6:.0f} MB disk"] if cost.disk else []
    parts += [f"{cost.gpus} GPU"] if cost.gpus else []
    return f"{'→' if chosen else ' '} {cost.tier}: {', '.join(parts)}"


def _download(plan: RerunPlan) -> str:
    """How many packages, and how many bytes of them the lock tells."""
    if not plan.download:
        return "none"
    if plan.download_unknown == plan.download:
        return f"{plan.download}, whose sizes the lock does not tell"
    unknown = f" and {plan.download_unknown} of unknown size" if plan.download_unknown else ""
    return f"{plan.download}, {plan.download_bytes / 1e6:.1f} MB at most{unknown}"


def _different(differences: Iterable[Difference]) -> list[str]:
    shown = [f"{d.kind} {d.name}: {words.shown(d.expected)} → {words.shown(d.got)}" for d in differences]
    if not shown:
        return []
    more = f" and {len(shown) - 6} more" if len(shown) > 6 else ""
    return [f"This machine differs from the author's: {'; '.join(shown[:6])}{more}."]


def _sandbox(plan: RerunPlan) -> str:
    box = plan.sandbox
    assert box is not None  # noqa: S101 - the caller looked
    whose = "your own bundle, which may run at any level" if box.own else "a stranger's bundle"
    if box.consent:
        whose += ", run on your word (--i-trust-this-bundle)"
    network = "open (--network)" if box.network else "closed"
    closed = network if box.level >= 2 else "not closed at this level" if box.level == 0 else f"{network} for TCP only"
    return f"Sandbox level {box.level} ({box.name}); network {closed}; {whose}."


def render(result: RerunResult) -> str:
    """The verdicts, what failed and why, what differed, and what badge it would support."""
    many, took = words.plural(len(result.runs), "run"), scale.duration(result.seconds)
    lines = [f"Re-run of {result.bundle}, tier {result.tier}, {many}, {took}", ""]
    for claim in result.claims:
        mark, label = words.OUTCOMES[claim.outcome]
        place = "" if claim.id in result.scope or claim.outcome != "not-run" else " (not in this tier)"
        lines.append(f"{mark} {claim.id} {label}{place}: {claim.text or claim.stated}")
        lines += _wrapped(claim.sentence)
        if claim.record_verdict == "contradicted":
            lines += _wrapped(f"The author's own record contradicts it: {claim.record_reason}.")
    lines += _section("Failed", result.failures)
    for run, tail in list(result.tails.items())[:3]:
        last = tail.strip().splitlines()[-8:]
        lines += ["", f"Last lines of {run}:", *(f"    {line[:200]}" for line in last)]
    lines += _section("Could not be installed", result.environment.missing)
    lines += _section("Look at", result.suspicions)
    lines += _section(
        "Differs", [t.removeprefix("This machine differs from the author's: ") for t in _different(result.differences)]
    )
    lines += _section("Environment", result.environment.warnings)
    return "\n".join([*lines, "", *textwrap.wrap(result.badge, WIDTH)]) + "\n"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="    ", subsequent_indent="    ")


def _section(title: str, items: Iterable[str]) -> list[str]:
    found = [
        line for item in items for line in textwrap.wrap(item, WIDTH, initial_indent="  ", subsequent_indent="    ")
    ]
    return ["", f"{title}:", *found] if found else []
