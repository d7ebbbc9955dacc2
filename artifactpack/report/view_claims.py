"""Claims as the template prints them: what is stated, what was recorded, in one unit, with a picture."""

from __future__ import annotations

from typing import Any

from artifactpack.models.report import ClaimValues, ReportData
from artifactpack.report import plot_rows, scale, words
from artifactpack.report.view_evidence import anchor

View = dict[str, Any]


def claim_view(claim: Any, data: ReportData) -> View:
    mark, _, label = words.VERDICTS.get(claim.verdict, ("?", "?", claim.verdict))
    sides = [v for v in data.claim_values if v.claim == claim.id]
    return {
        "claim": claim,
        "mark": mark,
        "label": label,
        "anchor": anchor("claim", claim.id),
        **_recorded(claim, sides),
        "plot": _claim_plot(claim, sides) if any(len(s.values) > 1 for s in sides) else "",
    }


def _recorded(claim: Any, sides: list[ClaimValues]) -> View:
    """What the author's runs give, in the unit that the paper prints."""
    single = sides[0] if len(sides) == 1 else None
    factor, unit = (100.0, " %") if single and single.percent else (1.0, "")
    spread = claim.spread
    sd = spread.sd * factor if spread and spread.sd is not None and single else None
    low, high = (spread.ci_low, spread.ci_high) if spread and single else (None, None)
    return {
        "recorded": "" if claim.recorded is None else f"{scale.rounded(claim.recorded * factor, sd)}{unit}",
        "n": spread.n if spread else 0,
        "sd": "" if sd is None else f"{scale.rounded(sd, sd)}{unit}",
        "interval": ""
        if low is None or high is None
        else f"{scale.rounded(low * factor, sd)} to {scale.rounded(high * factor, sd)}{unit}",
    }


def _claim_plot(claim: Any, sides: list[ClaimValues]) -> str:
    groups = [
        plot_rows.Group(
            label=side.label.partition(":")[0] or side.label,
            note=side.label.partition(":")[2],
            values=side.values,
            mean=side.spread.mean if side.spread else None,
            low=side.spread.ci_low if side.spread else None,
            high=side.spread.ci_high if side.spread else None,
            stated=side.stated,
            colour=i % 3,
        )
        for i, side in enumerate(sides)
    ]
    unit = "%" if any(s.percent for s in sides) else ""
    return plot_rows.intervals(f"{claim.id}: recorded values", groups, x_label=unit)
