"""The evidence behind an item as the template prints it: facts, observations, links, source lines."""

from __future__ import annotations

import re
from typing import Any

from artifactpack.models.fact import Fact, Observation, Source
from artifactpack.models.manifest import Manifest
from artifactpack.models.report import ReportData, Snippet
from artifactpack.models.verdict import Because, ItemResult
from artifactpack.report import words

View = dict[str, Any]
_WANTS = {"true": "yes", "false": "no"}
MANY = 6  # observations and places shown for one fact
SNIPPETS = 3  # places of an item whose source lines are shown


def anchor(*parts: str) -> str:
    """An id that is valid and stable: letters, digits, dots and dashes."""
    return "-".join(re.sub(r"[^A-Za-z0-9._-]+", "-", part) for part in parts)


def item_view(group: str, item: ItemResult, data: ReportData) -> View:
    mark, _, label = words.VERDICTS[item.verdict]
    places = list(dict.fromkeys((s.path, s.line) for s in words.sources(item) if s.path and s.line))
    return {
        "anchor": anchor("item", group, item.id),
        "item": item,
        "mark": mark,
        "label": label,
        "reason": words.reason(item),
        "facts": [_because(b, item, data) for b in item.because],
        "snippets": merged([s for p in places[:SNIPPETS] if (s := snippet_at(data, p[0] or "", p[1] or 0))]),
        "open": item.verdict == "contradicted",
        "search": " ".join((item.id, item.title, item.question)).lower(),
    }


def _because(because: Because, item: ItemResult, data: ReportData) -> View:
    fact = _fact(because.fact, data)
    observations = fact.observations if fact else ()
    told = _different([_observation(o, data) for o in observations])
    note = because.note or (fact.reason if fact else "")
    return {
        "name": because.fact,
        "value": words.shown(because.value, 200) if because.status == "known" else because.status,
        "wants": _WANTS.get(because.wants, because.wants) if item.verdict in ("no-evidence", "unanswered") else "",
        "note": "" if note in {o["note"] for o in told} else note,
        "sources": places_view(because.sources, data),
        "observations": told[:MANY],
        "more": max(0, len(told) - MANY),
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
        "times": 1,
        "places": places_view(observation.sources, data),
    }


def _different(observations: list[View]) -> list[View]:
    """Each observation once, with how often it was made."""
    kept: list[View] = []
    for one in observations:
        same = next((k for k in kept if {**k, "times": 1} == one), None)
        if same is None:
            kept.append(one)
        else:
            same["times"] += 1
    return kept


def places_view(sources: tuple[Source, ...], data: ReportData) -> list[tuple[str, str]]:
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


def snippet_at(data: ReportData, path: str, line: int) -> Snippet | None:
    return next((s for s in data.snippets if s.path == path and s.line == line), None)


def merged(snippets: list[Snippet]) -> list[View]:
    """Source lines to show; places that lie within lines shown already are marked there."""
    kept: list[View] = []
    for s in snippets:
        inside = next((k for k in kept if k["path"] == s.path and k["first"] <= s.line < k["end"]), None)
        if inside is None:
            end = s.first + len(s.lines)
            kept.append({"path": s.path, "first": s.first, "end": end, "lines": s.lines, "marks": [s.line]})
        else:
            inside["marks"].append(s.line)
    return kept
