"""Which artifact badge a re-run's evidence would support: said as support, never as an award."""

from __future__ import annotations

from collections.abc import Sequence

from artifactpack.models.outcome import ClaimOutcome

_GOOD = ("identical", "reproduced", "differs-better")


def supports(claims: Sequence[ClaimOutcome], scope: Sequence[str], ran: int, failed: int, consent: bool) -> str:
    """One sentence after the ACM's terms (version 1.1): Functional needs runs that complete, Reproduced the claims."""
    mine = [c for c in claims if c.id in scope]
    if not ran or failed:
        return "The evidence supports no badge: not every run completed."
    wrong = [c.id for c in mine if c.record_verdict == "contradicted"]
    if wrong:
        ids = ", ".join(wrong)
        return (
            "The evidence would support ACM's Artifacts Evaluated – Functional; it speaks against Results Reproduced, "
            f"because the author's own record contradicts {ids}."
        )
    if mine and len(mine) == len(claims) and all(c.outcome in _GOOD for c in mine):
        words = "Artifacts Evaluated – Functional and, if the re-run is by another team, Results Reproduced"
        return f"The evidence would support ACM's {words} ({_level(mine)})."
    if mine and any(c.outcome == "not-reproduced" for c in mine):
        return (
            "The evidence would support ACM's Artifacts Evaluated – Functional; it speaks against Results Reproduced."
        )
    rest = f"{sum(c.outcome in _GOOD for c in mine)} of {len(claims)} claims are" if claims else "no claim is"
    return f"The evidence would support ACM's Artifacts Evaluated – Functional; for Results Reproduced {rest} decided."


def _level(claims: Sequence[ClaimOutcome]) -> str:
    """After Gundersen: the same outcome, the same analysis of it, or the same conclusion only."""
    better = [c.id for c in claims if c.outcome == "differs-better"]
    levels = [c.level for c in claims if c.level]
    level = next((one for one in ("interpretation", "analysis", "outcome") if one in levels), "")
    told = [f"reproducible at the {level} level"] if level else []
    told += [f"{', '.join(better)} better than recorded"] if better else []
    return "; ".join(told)
