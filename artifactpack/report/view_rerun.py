"""A re-run as the template prints it: every claim's outcome, the author's values beside the reviewer's."""

from __future__ import annotations

from typing import Any

from artifactpack.models.outcome import ClaimOutcome, RerunResult
from artifactpack.report import plot_rows, scale, words
from artifactpack.report.scale import digits

View = dict[str, Any]
TONES = {
    "identical": "supported",
    "reproduced": "supported",
    "differs-better": "supported",
    "not-reproduced": "contradicted",
    "inconclusive": "no-evidence",
    "not-comparable": "no-evidence",
    "not-run": "no-evidence",
}
GOOD = ("identical", "reproduced", "differs-better")


def rerun_view(result: RerunResult) -> View:
    """The sentence, the claims with their plots, where it ran, what differed."""
    return {
        "headline": headline(result),
        "claims": [_claim(c, i) for i, c in enumerate(result.claims)],
        "good": sum(c.outcome in GOOD for c in result.claims),
        "result": result,
        "tails": [(run, _last(tail)) for run, tail in list(result.tails.items())[:3]],
        "duration": scale.duration(result.seconds) if result.seconds else "",
        "environment": _environment(result),
        "hardware": result.hardware,
        "differences": [(d.kind, d.name, words.shown(d.expected), words.shown(d.got)) for d in result.differences],
    }


def _last(tail: str) -> str:
    """The last lines of a failed run, without what would drive a terminal."""
    return words.tame("\n".join(tail.strip().splitlines()[-8:]))


def headline(result: RerunResult) -> str:
    """One sentence over all claims, the worst first."""
    total = len(result.claims)
    if not total:
        return "The bundle states no claim, so the re-run had nothing to decide."
    count = {name: sum(c.outcome == name for c in result.claims) for name in words.OUTCOMES}
    good = sum(count[name] for name in GOOD)
    if count["not-reproduced"]:
        return (
            f"{words.plural(count['not-reproduced'], 'claim')} of {total} not reproduced; {good} reproduced"
            + _against(result)
        )
    rest = [f"{n} {words.OUTCOMES[name][1]}" for name, n in count.items() if n and name not in GOOD]
    sentence = f"{good} of {words.plural(total, 'claim')} reproduced"
    return sentence + (f"; {', '.join(rest)}" if rest else "") + _against(result)


def contradicted(result: RerunResult) -> int:
    """How many claims the author's own record contradicts: reproducing the runs does not make the paper right."""
    return sum(c.record_verdict == "contradicted" for c in result.claims)


def _against(result: RerunResult) -> str:
    count = contradicted(result)
    told = f"what the paper states of {count} of them is contradicted by the author's own record"
    return f", but {told}." if count else "."


def _claim(claim: ClaimOutcome, number: int) -> View:
    mark, label = words.OUTCOMES[claim.outcome]
    return {
        "claim": claim,
        "anchor": f"outcome-{number}",
        "mark": mark,
        "tone": TONES[claim.outcome],
        "label": label,
        "author": scale.spread_text(claim.author, claim.scale) + (" (%)" if claim.scale != 1 else ""),
        "rerun": scale.spread_text(claim.rerun, claim.scale) + (" (%)" if claim.scale != 1 else ""),
        "p": digits(claim.p if claim.over == "pairs" or claim.adjusted_p is None else claim.adjusted_p),
        "resolution": digits(_scaled(claim.resolution, claim.scale)) + (" points" if _in_points(claim) else ""),
        "plot": _plot(claim),
    }


def _in_points(claim: ClaimOutcome) -> bool:
    return claim.resolution is not None and claim.scale == 100


def _plot(claim: ClaimOutcome) -> str:
    sides = (
        ("the author's runs", claim.author_values, claim.author, 0),
        ("the re-run", claim.rerun_values, claim.rerun, 2),
    )
    groups = [
        plot_rows.Group(
            label=label,
            values=tuple(v * claim.scale for v in values),
            mean=_scaled(s.mean if s else None, claim.scale),
            low=_scaled(s.ci_low if s else None, claim.scale),
            high=_scaled(s.ci_high if s else None, claim.scale),
            colour=colour,
        )
        for label, values, s, colour in sides
    ]
    unit = "%" if claim.scale != 1 else ""
    title = f"{claim.id}: the author's runs and the re-run"
    return plot_rows.intervals(title, groups, x_label=unit) if claim.rerun_values else ""


def _scaled(value: float | None, scale: float) -> float | None:
    return None if value is None else value * scale


def _seeds(result: RerunResult) -> str:
    """The seeds that were planned, and those that claims were judged by where the re-run ended early."""
    judged = sorted({seed for claim in result.claims for seed in claim.rerun_seeds})
    planned, ran = (", ".join(map(str, seeds)) for seeds in (result.seeds, judged))
    return f"{ran} (of {planned} planned)" if judged and set(judged) < set(result.seeds) else planned


def _environment(result: RerunResult) -> list[tuple[str, str]]:
    e, s = result.environment, result.sandbox
    rows = [
        ("Sandbox", f"level {s.level}, {s.name}" + (f": {s.why}" if s.why else "")),
        ("Python", f"{e.python} (recorded: {e.wanted_python})" if e.wanted_python else e.python),
        ("Environment", ", ".join(filter(None, [e.tool, e.lock, "reused" if e.reused else ""]))),
        ("Hardware", ", ".join(filter(None, [result.hardware.cpu, *(g.name for g in result.hardware.gpus)]))),
        ("Seeds", _seeds(result)),
        ("Tier", result.tier),
        ("Started", result.started),
    ]
    return [(name, value) for name, value in rows if value]
