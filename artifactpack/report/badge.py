"""A badge: the picture, and the file that shields.io's endpoint badge reads."""

from __future__ import annotations

import json

from artifactpack.models.badge import Badge, BadgeScore
from artifactpack.models.verdict import CheckResult
from artifactpack.report.svg import escape

# Advance widths of DejaVu Sans at 11 px (as good as Verdana's) for ASCII from the space on, in tenths of a pixel.
_WIDTHS = (
    *(35, 44, 51, 92, 70, 105, 86, 30, 43, 43, 55, 92, 35, 40, 35, 37, 70, 70, 70, 70, 70, 70, 70, 70, 70, 70, 37, 37),
    *(92, 92, 92, 58, 110, 75, 75, 77, 85, 70, 63, 85, 83, 32, 32, 72, 61, 95, 82, 87, 66, 87, 76, 70, 67, 81, 75, 109),
    *(75, 67, 75, 43, 37, 43, 92, 55, 55, 67, 70, 60, 70, 68, 39, 70, 70, 31, 31, 64, 31, 107, 70, 67, 70, 70, 45, 57),
    *(43, 70, 65, 90, 65, 65, 58, 70, 37, 70, 92),
)
# Dark enough for white letters (4.5 : 1), and told apart by the words beside them.
COLOURS = {"good": "#1f7a4d", "partial": "#8a5c00", "bad": "#b3261e", "none": "#555b61"}
_LABEL = "#3b4249"


def scores(result: CheckResult) -> tuple[BadgeScore, ...]:
    """The counts that a badge states."""
    return tuple(
        BadgeScore(
            checklist=c.id,
            met=c.counts.met,
            applicable=c.counts.applicable,
            author_only=c.counts.author_only,
            not_applicable=c.counts.not_applicable,
            contradicted=c.counts.contradicted,
        )
        for c in result.checklists
    )


def message(found: tuple[BadgeScore, ...], tier: str = "", reproduced: int = 0, claims: int = 0) -> str:
    """``8/9 met``, ``8/9 met, 1 contradicted`` and, after a re-run, ``· train re-run 2/2``."""
    met, applicable = sum(s.met for s in found), sum(s.applicable for s in found)
    contradicted = sum(s.contradicted for s in found)
    parts = [f"{met}/{applicable} met"]
    if contradicted:
        parts.append(f"{contradicted} contradicted")
    text = ", ".join(parts)
    return f"{text} · {tier} re-run {reproduced}/{claims}" if tier else text


def colour(found: tuple[BadgeScore, ...], tier: str = "", reproduced: int = 0, claims: int = 0) -> str:
    """Good only if every applicable item is met and every claim that was run again held."""
    if any(s.contradicted for s in found):
        return COLOURS["bad"]
    if not sum(s.applicable for s in found):
        return COLOURS["none"]
    complete = all(s.met == s.applicable for s in found) and (not tier or reproduced == claims)
    return COLOURS["good" if complete else "partial"]


def endpoint(badge: Badge) -> str:
    """The JSON of a shields.io endpoint badge; it refuses keys that it does not know, so there are just these."""
    told = {"schemaVersion": 1, "label": badge.label, "message": badge.message, "color": badge.color.lstrip("#")}
    return json.dumps(told, ensure_ascii=False) + "\n"


def svg(badge: Badge) -> str:
    """The badge as SVG, about one kilobyte, its words readable by screen readers and in its tooltip."""
    left, right = width(badge.label) + 12, width(badge.message) + 12
    whole = left + right
    title = escape(described(badge))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20" role="img" aria-label="{title}">'
        f"<title>{title}</title>"
        f'<clipPath id="r"><rect width="{whole}" height="20" rx="3"/></clipPath>'
        f'<g clip-path="url(#r)"><rect width="{left}" height="20" fill="{_LABEL}"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{badge.color}"/></g>'
        '<g fill="#fff" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11" text-anchor="middle">'
        f"{_text(badge.label, left / 2, left - 12)}{_text(badge.message, left + right / 2, right - 12)}</g></svg>\n"
    )


def described(badge: Badge) -> str:
    """All that the badge states, in words."""
    parts = [f"{badge.label}: {badge.message}"]
    for s in badge.scores:
        beside = [f"{s.author_only} author only"] * bool(s.author_only)
        beside += [f"{s.not_applicable} not applicable"] * bool(s.not_applicable)
        parts.append(f"{s.checklist} {s.met} of {s.applicable}" + (f" ({', '.join(beside)})" if beside else ""))
    if badge.commit:
        parts.append(f"commit {badge.commit[:12]}")
    if badge.date:
        parts.append(badge.date)
    if badge.digest:
        parts.append(f"bundle {badge.digest[:16]}")
    return "; ".join(parts)


def width(text: str) -> int:
    """The width of *text* in whole pixels; letters outside ASCII count as a wide one."""
    tenths = sum(_WIDTHS[ord(c) - 32] if 32 <= ord(c) < 127 else 35 if c == "·" else 90 for c in text)
    return -(-tenths // 10)


def _text(text: str, x: float, length: int) -> str:
    return f'<text x="{x:g}" y="14" textLength="{length}">{escape(text)}</text>'
