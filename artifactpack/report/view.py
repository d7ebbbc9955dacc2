"""From records to what the template prints: formatted numbers, anchors, links, pictures."""

from __future__ import annotations

import re
from typing import Any

from artifactpack.models.fact import Fact, Observation, Source
from artifactpack.models.manifest import Manifest
from artifactpack.models.report import ClaimValues, ReportData, Snippet, WeightRow
from artifactpack.models.verdict import Because, ChecklistResult, ItemResult
from artifactpack.report import plots, tiles, words
from artifactpack.report.view_rerun import rerun_view
from artifactpack.report.view_runs import reference_view, run_label

View = dict[str, Any]
_WANTS = {"true": "yes", "false": "no"}
MANY = 6  # observations and places shown for one fact


def build(data: ReportData) -> View:
    """Everything `report.html.j2` names."""
    check = data.check
    view: View = {
        "data": data,
        "check": check,
        "headline": words.headline(check) if check else "",
        "checklists": [_checklist(c, data) for c in check.checklists] if check else [],
        "defects": _defects(data),
        "claims": [_claim(c, data) for c in data.claims or (check.claims if check else ())],
        "reference": reference_view(data),
        "systems": _systems(data),
        "weights": [_weight(w, data) for w in data.weights],
        "rerun": rerun_view(data.rerun) if data.rerun else None,
        "verdicts": words.VERDICTS,
        "not_verified": words.unseen(check) if check else [],
        "ignored": dict(check.ignored) if check else {},
    }
    view["sections"] = _sections(view, data)
    return view


def _sections(view: View, data: ReportData) -> list[tuple[str, str]]:
    """Anchor and heading of every section that has something to say, in reading order."""
    wanted = (
        ("rerun", "Re-run", view["rerun"]),
        ("claims", "Claims", view["claims"]),
        ("checklist", "Checklist", view["checklists"]),
        ("defects", "Defects", view["defects"]),
        ("reference", "Reference run", data.runs or data.reference.summaries),
        ("systems", "Tracked by other systems", view["systems"]),
        ("files", "Data and weights", data.data or data.weights),
        ("not-verified", "What was not verified", view["not_verified"] or view["ignored"]),
        ("again", "How to check and re-run", data.check),
        ("readme", "From the authors", data.readme),
    )
    return [(anchor, heading) for anchor, heading, present in wanted if present]


def _systems(data: ReportData) -> list[View]:
    """Every outside system with what was read of it, and what tracked runs say for or against the repository."""
    finding = data.check.findings.get("systems") if data.check else None
    used = finding.facts.get("used") if finding else None
    if used is None or used.status != "known":
        return []
    return [{"says": o.note, "paths": [s.path for s in o.sources if s.path]} for o in used.observations]


def anchor(*parts: str) -> str:
    """An id that is valid and stable: letters, digits, dots and dashes."""
    return "-".join(re.sub(r"[^A-Za-z0-9._-]+", "-", part) for part in parts)


def _checklist(checklist: ChecklistResult, data: ReportData) -> View:
    return {
        "id": checklist.id,
        "title": checklist.title or checklist.id,
        "counts": checklist.counts,
        "beside": words.beside(checklist.counts),
        "wordy": words.wordy(checklist),
        "tiles": tiles.draw(checklist),
        "items": [_item(checklist.id, item, data) for item in checklist.items],
        "present": [
            (verdict, label, len(words.by_verdict(checklist, verdict)))
            for verdict, (_, _, label) in words.VERDICTS.items()
            if words.by_verdict(checklist, verdict)
        ],
    }


def _item(group: str, item: ItemResult, data: ReportData) -> View:
    mark, _, label = words.VERDICTS[item.verdict]
    places = list(dict.fromkeys((s.path, s.line) for s in words.sources(item) if s.path and s.line))
    return {
        "anchor": anchor("item", group, item.id),
        "item": item,
        "mark": mark,
        "label": label,
        "reason": words.reason(item),
        "facts": [_because(b, item, data) for b in item.because],
        "snippets": [s for p in places[:3] if (s := _snippet(data, p[0] or "", p[1] or 0))],
        "open": item.verdict == "contradicted",
        "search": " ".join((item.id, item.title, item.question)).lower(),
    }


def _because(because: Because, item: ItemResult, data: ReportData) -> View:
    fact = _fact(because.fact, data)
    observations = fact.observations if fact else ()
    return {
        "name": because.fact,
        "value": words.shown(because.value, 200) if because.status == "known" else because.status,
        "wants": _WANTS.get(because.wants, because.wants) if item.verdict in ("no-evidence", "unanswered") else "",
        "note": because.note or (fact.reason if fact else ""),
        "sources": _places(because.sources, data),
        "observations": [_observation(o, data) for o in observations[:MANY]],
        "more": max(0, len(observations) - MANY),
    }


def _fact(name: str, data: ReportData) -> Fact | None:
    probe, _, short = name.partition(".")
    finding = data.check.findings.get(probe) if data.check else None
    return finding.facts.get(short) if finding else None


def _observation(observation: Observation, data: ReportData) -> View:
    return {
        "known": observation.known,
        "how": words.KNOWN[observation.known],
        "value": words.shown(observation.value, 120),
        "note": observation.note,
        "places": _places(observation.sources, data),
    }


def _places(sources: tuple[Source, ...], data: ReportData) -> list[tuple[str, str]]:
    """What a place is called, and where a link leads ("" for nowhere), the first few different ones."""
    shown = list(dict.fromkeys((words.place(s), _link(s, data)) for s in sources if words.place(s)))
    more = [(f"and {len(shown) - MANY} more", "")] if len(shown) > MANY else []
    return shown[:MANY] + more


def _link(source: Source, data: ReportData) -> str:
    if source.run and any(run.id == source.run for run in data.runs):
        return f"#{anchor('run', source.run)}"
    if source.path and data.bundled and _safe(source.path):
        from urllib.parse import quote

        inside = _member(source.path)
        return quote(inside) if data.manifest is None or inside in _members(data.manifest) else ""
    return ""


def _member(path: str) -> str:
    """Where a project's *path* lies in a bundle: runs have a place of their own."""
    runs = ".artifactpack/runs/"
    return f"data/runs/{path.removeprefix(runs)}" if path.startswith(runs) else f"data/project/{path}"


_known: list[tuple[Manifest, frozenset[str]]] = []  # the members of the manifest asked about last


def _members(manifest: Manifest) -> frozenset[str]:
    if not _known or _known[0][0] is not manifest:
        _known[:] = [(manifest, frozenset(m.path for m in manifest.members if not m.url))]
    return _known[0][1]


def _safe(path: str) -> bool:
    return not path.startswith("/") and ".." not in path.split("/")


def _snippet(data: ReportData, path: str, line: int) -> Snippet | None:
    return next((s for s in data.snippets if s.path == path and s.line == line), None)


def _defects(data: ReportData) -> list[View]:
    if data.check is None:
        return []
    return [
        {
            "defect": defect,
            "places": _places(defect.sources, data),
            "snippet": next(
                (s for p in defect.sources if p.path and p.line and (s := _snippet(data, p.path, p.line))), None
            ),
        }
        for finding in data.check.findings.values()
        for defect in finding.defects
    ]


def _claim(claim: Any, data: ReportData) -> View:
    mark, _, label = words.VERDICTS.get(claim.verdict, ("?", "?", claim.verdict))
    sides = [v for v in data.claim_values if v.claim == claim.id]
    return {
        "claim": claim,
        "mark": mark,
        "label": label,
        "anchor": anchor("claim", claim.id),
        "sides": len(sides),
        "plot": _claim_plot(claim, sides) if any(len(s.values) > 1 for s in sides) else "",
    }


def _claim_plot(claim: Any, sides: list[ClaimValues]) -> str:
    groups = [
        plots.Group(
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
    return plots.intervals(f"{claim.id}: recorded values", groups, x_label=unit)


def _weight(row: WeightRow, data: ReportData) -> View:
    run = next((r for r in data.runs if r.id == row.run), None)
    return {"row": row, "run": run_label(run) if run else "", "link": f"#{anchor('run', row.run)}" if run else ""}
