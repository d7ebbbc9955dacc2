"""From records to what the template prints: formatted numbers, anchors, links, pictures."""

from __future__ import annotations

from typing import Any

from artifactpack.models.report import ReportData
from artifactpack.models.verdict import ChecklistResult
from artifactpack.models.weights import Tensor
from artifactpack.report import tiles, words
from artifactpack.report.view_claims import claim_view
from artifactpack.report.view_evidence import anchor, item_view, merged, places_view, snippet_at
from artifactpack.report.view_rerun import rerun_view
from artifactpack.report.view_runs import cell, reference_view, run_label

View = dict[str, Any]
TOP = 12  # claims named beside the verdict, the worst first where there are more
_ORDER = {verdict: i for i, verdict in enumerate(words.VERDICTS)}


def build(data: ReportData) -> View:
    """Everything `report.html.j2` names."""
    check = data.check
    view: View = {
        "data": data,
        "check": check,
        "headline": words.headline(check) if check else "",
        "checklists": [_checklist(c, data) for c in check.checklists] if check else [],
        "defects": _defects(data),
        "claims": [claim_view(c, data) for c in data.claims or (check.claims if check else ())],
        "reference": reference_view(data),
        "systems": _systems(data),
        "weights": _weights(data),
        "rerun": rerun_view(data.rerun) if data.rerun else None,
        "verdicts": words.VERDICTS,
        "given": {i.verdict for c in check.checklists for i in c.items} if check else set(),
        "not_verified": words.unseen(check) if check else [],
        "ignored": dict(check.ignored) if check else {},
    }
    view["first_claims"] = sorted(view["claims"], key=lambda c: _ORDER.get(c["claim"].verdict, 0))[:TOP]
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


def _checklist(checklist: ChecklistResult, data: ReportData) -> View:
    return {
        "id": checklist.id,
        "title": checklist.title or checklist.id,
        "counts": checklist.counts,
        "beside": words.beside(checklist.counts),
        "wordy": words.wordy(checklist),
        "tiles": tiles.draw(checklist),
        "items": [item_view(checklist.id, item, data) for item in checklist.items],
        "present": [
            (verdict, label, len(words.by_verdict(checklist, verdict)))
            for verdict, (_, _, label) in words.VERDICTS.items()
            if words.by_verdict(checklist, verdict)
        ],
    }


def _defects(data: ReportData) -> list[View]:
    if data.check is None:
        return []
    return [
        {
            "defect": defect,
            "places": places_view(defect.sources, data),
            "snippets": merged(
                [s for p in defect.sources if p.path and p.line and (s := snippet_at(data, p.path, p.line))][:1]
            ),
        }
        for finding in data.check.findings.values()
        for defect in finding.defects
    ]


def _weights(data: ReportData) -> list[View]:
    """Each file with its run; tensors that are like an earlier file's are not listed again."""
    labels = {r.id: run_label(r) + cell(r.cell) for r in data.runs}
    seen: dict[tuple[Tensor, ...], str] = {}
    rows = []
    for row in data.weights:
        run = labels.get(row.run, "")
        like = seen.setdefault(row.names, run or row.path)
        link = f"#{anchor('run', row.run)}" if run else ""
        rows.append({"row": row, "run": run, "link": link, "like": "" if like == (run or row.path) else like})
    return rows
