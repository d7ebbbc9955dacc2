"""Several re-runs of one bundle as a page: each its own test, the pooled numbers an estimate without a verdict."""

from __future__ import annotations

from typing import Any

from artifactpack import __version__
from artifactpack.models.outcome import ClaimOutcome
from artifactpack.models.reference import Spread
from artifactpack.models.rerun_many import Pooled, SideBySide
from artifactpack.report import html, plot_rows, words
from artifactpack.report.scale import digits, rounded, spread_text
from artifactpack.report.view_rerun import GOOD, TONES

View = dict[str, Any]


def render(found: SideBySide) -> str:
    """Return the page; the same *found* gives the same bytes."""
    return html.fill(
        "reviewers.html.j2",
        found=found,
        headline=headline(found),
        claims=[_claim(found, pooled, i) for i, pooled in enumerate(found.pooled)],
        title=f"{found.bundle}: re-runs side by side",
        tool_version=__version__,
    )


def headline(found: SideBySide) -> str:
    """How many of the re-runs reproduced each claim; every one is a test of its own."""
    parts = []
    for pooled in found.pooled:
        outcomes = [c.outcome for r in found.reviewers for c in r.claims if c.id == pooled.claim]
        ran = [o for o in outcomes if o != "not-run"]
        parts.append(f"{pooled.claim} reproduced by {sum(o in GOOD for o in ran)} of {len(ran)} that ran it")
    return f"{words.plural(len(found.reviewers), 're-run')}: {', '.join(parts) or 'no claim stated'}."


def _claim(found: SideBySide, pooled: Pooled, number: int) -> View:
    rows = [(r, next((c for c in r.claims if c.id == pooled.claim), None)) for r in found.reviewers]
    return {
        "pooled": pooled,
        "anchor": f"claim-{number}",
        "author": spread_text(pooled.author, pooled.scale),
        "rerun": spread_text(pooled.rerun, pooled.scale),
        "interval": _interval(pooled),
        "unit": " %" if pooled.scale != 1 else "",
        "rows": [_row(reviewer.name, claim) for reviewer, claim in rows],
        "plot": _plot(pooled, [(r.name, c) for r, c in rows if c is not None and c.rerun_values]),
    }


def _row(name: str, claim: ClaimOutcome | None) -> View:
    if claim is None:
        return {
            "name": name,
            "mark": "–",
            "label": "not looked at",
            "tone": "no-evidence",
            "seeds": "",
            "numbers": "–",
            "p": "–",
            "sentence": "",
        }
    mark, label = words.OUTCOMES[claim.outcome]
    p = claim.adjusted_p if claim.adjusted_p is not None else claim.p
    return {
        "name": name,
        "mark": mark,
        "label": label,
        "tone": TONES[claim.outcome],
        "seeds": ", ".join(map(str, claim.rerun_seeds)),
        "numbers": spread_text(claim.rerun, claim.scale),
        "p": "–" if p is None else digits(p),
        "sentence": claim.sentence,
    }


def _interval(pooled: Pooled) -> str:
    if pooled.interval is None:
        return "–"
    low, high = (v * pooled.scale for v in pooled.interval)
    sd = pooled.author.sd * pooled.scale if pooled.author and pooled.author.sd else None
    return f"{rounded(low, sd)} to {rounded(high, sd)}"


def _plot(pooled: Pooled, reviewers: list[tuple[str, ClaimOutcome]]) -> str:
    """The author's runs first, then a row a reviewer, all on one axis."""
    if not reviewers:
        return ""
    first = reviewers[0][1]
    groups = [_group("the author", first.author_values, pooled.author, pooled.scale, 0)]
    groups += [_group(name, c.rerun_values, c.rerun, c.scale, 2) for name, c in reviewers]
    unit = "%" if pooled.scale != 1 else ""
    return plot_rows.intervals(f"{pooled.claim}: the author and {len(reviewers)} re-runs", groups, x_label=unit)


def _group(label: str, values: tuple[float, ...], spread: Spread | None, factor: float, colour: int) -> plot_rows.Group:
    low, high, mean = (spread.ci_low, spread.ci_high, spread.mean) if spread else (None, None, None)
    return plot_rows.Group(
        label=label,
        values=tuple(v * factor for v in values),
        mean=None if mean is None else mean * factor,
        low=None if low is None else low * factor,
        high=None if high is None else high * factor,
        colour=colour,
    )
