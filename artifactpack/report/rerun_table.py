"""Tables of many re-runs for the terminal: a chair's, and several reviewers' side by side."""

from __future__ import annotations

from collections.abc import Sequence

from artifactpack.models.reference import Spread
from artifactpack.models.rerun_many import RerunRow, SideBySide
from artifactpack.report import scale, words


def render(rows: Sequence[RerunRow]) -> str:
    """One line a bundle: exit status, outcomes counted, time, and what went wrong."""
    lines = [("bundle", "exit", "claims", "time", "")]
    for row in rows:
        why = row.error or "; ".join(row.failures[:1])
        time = scale.duration(row.seconds) + (" (earlier)" if row.earlier else "")
        lines.append((row.bundle, str(row.exit_code), _counts(row), time, why[:80]))
    return _table(lines)


def _counts(row: RerunRow) -> str:
    found = list(row.outcomes.values())
    parts = [f"{found.count(name)} {words.OUTCOMES[name][1]}" for name in words.OUTCOMES if name in found]
    return ", ".join(parts) or "–"


def _table(lines: Sequence[tuple[str, ...]]) -> str:
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    rows = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    return "\n".join(rows) + "\n"


def render_side_by_side(found: SideBySide) -> str:
    """Claims down, reviewers across, the pooled estimate last."""
    lines = [("claim", "author", *(r.name for r in found.reviewers), "all re-runs (estimate)")]
    for pooled in found.pooled:
        cells = []
        for reviewer in found.reviewers:
            claim = next((c for c in reviewer.claims if c.id == pooled.claim), None)
            text = f"{words.OUTCOMES[claim.outcome][0]} {words.OUTCOMES[claim.outcome][1]}" if claim else "–"
            cells.append(f"{text} {_spread(claim.rerun, claim.scale)}" if claim and claim.rerun else text)
        total = _spread(pooled.rerun, pooled.scale)
        lines.append((pooled.claim, _spread(pooled.author, pooled.scale), *cells, total))
    return _table(lines) + "\n" + "\n".join(found.notes) + "\n"


def _spread(spread: Spread | None, factor: float) -> str:
    if spread is None or spread.mean is None:
        return "–"
    sd = f" ± {spread.sd * factor:.2g} sd" if spread.sd is not None else ""
    return f"{spread.mean * factor:.4g}{sd} (n = {spread.n})"
