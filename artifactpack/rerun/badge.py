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
    if mine and len(mine) == len(claims) and all(c.outcome in _GOOD for c in mine):
        level = "analysis" if any(c.level == "analysis" for c in mine) else "outcome"
        words = "Artifacts Evaluated – Functional and, if the re-run is by another team, Results Reproduced"
        return f"The evidence would support ACM's {words} (reproducible at the {level} level)."
    if mine and any(c.outcome == "not-reproduced" for c in mine):
        return (
            "The evidence would support ACM's Artifacts Evaluated – Functional; it speaks against Results Reproduced."
        )
    rest = f"{sum(c.outcome in _GOOD for c in mine)} of {len(claims)} claims are" if claims else "no claim is"
    return f"The evidence would support ACM's Artifacts Evaluated – Functional; for Results Reproduced {rest} decided."
