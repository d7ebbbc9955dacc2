"""What the paper's own LaTeX states, and in which section, table or figure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from artifactpack.core.facts import known, seen
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Fact, Finding, Source
from artifactpack.models.system import SystemReading
from artifactpack.patterns import late
from artifactpack.probes._paper import fact, nothing_said
from artifactpack.probes.cost import paper_time
from artifactpack.probes.hardware import paper_device
from artifactpack.probes.splits import paper_split
from artifactpack.probes.variance import paper_spread, paper_spread_named
from artifactpack.project import Project
from artifactpack.project.paper import Paper, read_paper

if TYPE_CHECKING:
    from artifactpack.core.latex_outline import Sentence

NAME = "paper"
FACTS = {
    "hardware": "the paper names devices, their number or memory",
    "time": "the paper says how long training or running takes",
    "hyperparameters": "the paper gives values of hyperparameters, in a sentence or a table",
    "selection": "the paper says how hyperparameters were chosen",
    "splits": "the paper gives splits with their sizes, or says that they are the standard ones",
    "seeds": "the paper gives seeds or their number",
    "spread": "the paper gives a spread over seeds or runs, or the number of runs",
    "spread_named": "the paper names what its spread is: standard deviation, standard error or interval",
    "licenses": "the paper names licences",
    "limitations": "the paper has a section on its limitations",
}
_SETTING = late(
    r"\b(learning[- ]rate|batch[- ]size|mini-?batch(?:es)?|weight[- ]decay|momentum|dropout|epochs?"
    r"|iterations|training steps|warm-?up|hidden (?:units|size|dimension\w*|layers?)|embedding (?:size|dimension\w*)"
    r"|attention heads|temperature|optimi[sz]er|Adam\w*|SGD|RMSProp|LoRA rank|discount factor|gradient clipping"
    r"|regulari[sz]ation|n[_ ]estimators|max[_ ]depth|sequence length|context length|beta_?[12])\b",
    re.IGNORECASE,
)
_SETTINGS_TABLE = late(r"\bhyper-?parameters?\b|\btraining (?:settings?|details|configurations?)\b", re.IGNORECASE)
_SEARCH = late(r"\b(?:grid|random|bayesian|hyper-?parameter) (?:search|tuning|sweep|optimi[sz]ation)\b", re.IGNORECASE)
_CHOSEN = late(
    r"\b(?:tun|select|chos|pick|choos|optimi[sz])\w*\b[^.]{0,80}\b(?:validation|development|dev|held[- ]out|cross)\b",
    re.I,
)
_CHOICE = late(r"\bhyper-?param\w*|\bcheckpoints?\b|\bconfigurations?\b|\bmodel selection\b", re.IGNORECASE)
_SEED = late(
    r"\b(?:random )?seeds?\b[^.]{0,40}\d|\b(?:\d+|two|three|four|five|ten) (?:\w+ ){0,2}seeds\b", re.IGNORECASE
)
_LICENCE = late(
    r"\b(?:MIT|Apache|BSD|[AL]?GPL|CC[- ]BY|CC0|CC-0|Creative Commons|Open ?RAIL|MPL|ODbL)\b.{0,60}\blicen[sc]e"
    r"|\blicen[sc]ed? (?:as|under)\b|\blicen[sc]e\b[^.]{0,40}\b(?:MIT|Apache|BSD|[AL]?GPL|CC[- ]?BY|CC0)\b",
    re.IGNORECASE,
)
_LIMITATIONS = late(r"\blimitations?\b", re.IGNORECASE)


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Report what the paper's text states; unknown where the project does not have the LaTeX of one paper."""
    facts = {
        "hardware": fact(project, paper_device),
        "time": fact(project, paper_time),
        "hyperparameters": fact(project, _settings_table, _settings),
        "selection": fact(project, _selection),
        "splits": fact(project, paper_split),
        "seeds": fact(project, lambda one: bool(_SEED.search(one.text))),
        "spread": fact(project, paper_spread),
        "spread_named": fact(project, paper_spread_named),
        "licenses": fact(project, lambda one: bool(_LICENCE.search(one.text))),
        "limitations": _limitations(project),
    }
    return Finding(facts=facts)


def _settings_table(one: Sentence) -> bool:
    return one.caption and one.place.kind == "Table" and bool(_SETTINGS_TABLE.search(one.text))


def _settings(one: Sentence) -> bool:
    """At least two settings, and numbers, in one sentence of the text."""
    names = {m.group(1).lower() for m in _SETTING.finditer(one.text)}
    return one.place.kind != "Figure" and len(names) > 1 and bool(re.search(r"\d", one.text))


def _selection(one: Sentence) -> bool:
    chosen = _CHOSEN.search(one.text) and (_CHOICE.search(one.text) or _SETTING.search(one.text))
    return one.place.kind != "Figure" and bool(_SEARCH.search(one.text) or chosen)


def _limitations(project: Project) -> Fact:
    paper = read_paper(project)
    found = [p for p in paper.places if _LIMITATIONS.search(p.title)] if isinstance(paper, Paper) else []
    found = [p for p in found if p.kind in ("Section", "Appendix")]
    if not found or not isinstance(paper, Paper):
        return nothing_said(project)
    return known(*(seen("static", True, Source(path=paper.main, field=p.name)) for p in found[:2]))
