"""What is said of the data sets themselves: new ones, classes, missing values."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

from artifactpack.core.facts import at, known, seen, unknown
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Fact, Finding, Observation
from artifactpack.models.system import SystemReading
from artifactpack.patterns import late
from artifactpack.probes._data import data_files
from artifactpack.probes._own import line_number
from artifactpack.probes._paper import nothing_said, places
from artifactpack.project import Project

if TYPE_CHECKING:
    from artifactpack.core.latex_outline import Sentence

NAME = "datasets"
FACTS = {
    "new": "paper or documents say that the work brings a new data set",
    "new_included": "a data set that the work says to bring lies in the project",
    "classes": "the outcome's statistics by class are given, or computed by code",
    "missing": "paper, documents or code tell of missing values",
    "missing_cells": "empty cells in the tables that lie in the project",
}
_OTHER_OBJECT = r"(?:on|for|to|that|which|with|of|in|by|from|using|over|and|method|model|results?|approach|framework)\b"
_NEW = late(  # the verb's own object, a few words behind it
    r"\b(?:we|this (?:paper|work|repository))(?: [\w-]+){0,2}? (?:introduc|present|releas|collect|construct"
    r"|contribut|creat|curat|propos|publish|build|built)\w*"
    rf"(?: (?!{_OTHER_OBJECT})[\w/-]+,?){{0,6}} (?:data ?sets?|benchmarks?|corpus|corpora)\b",
    re.IGNORECASE,
)
_NOVEL = late(r"\b(?:new|novel|first|introduc\w+|releas\w+|collect\w+|curat\w+|contribut\w+)\b", re.IGNORECASE)
_CLASSES = late(
    r"\d[\d.,]*k? (?:\w+ ){0,2}(?:examples|samples|images|instances|items)"
    r" (?:per|in each|for each|of each) (?:class|label)"
    r"|\b(?:class|label|outcome) (?:distribution|balance|frequenc\w+|counts?|proportions?)\b[^.]{0,60}(?:\d|balanced)"
    r"|\b(?:class|label|outcome)e?s? (?:is|are|were) (?:\w+ )?(?:im)?balanced\b"
    r"|\bprevalence (?:of|is|was)\b[^.]{0,40}\d"
    r"|\b\d+(?:\.\d+)? ?% (?:of (?:the )?\w+ )?(?:are |were )?(?:positives?|negatives?)\b(?![- ]margin)",
    re.IGNORECASE,
)
_COUNTED = late(
    rb"\[[\"'](?:labels?|class|target|y|outcome)[\"']\]\.value_counts\(|\bbincount\(\s*(?:y|labels?|targets?)\w*"
    rb"|\bCounter\(\s*(?:y|labels?|targets?)\w*|\bcompute_class_weight\("
)
_COUNTED_TOKENS = (b"value_counts", b"bincount", b"Counter(", b"compute_class_weight")
_MISSING = late(
    r"\bmissing (?:data|values?|entries|labels|observations|measurements|cells)\b"
    r"|\bmissingness\b|\bimput(?:e|ed|ing) (?:missing|by|with|using)\b",
    re.IGNORECASE,
)
_HANDLED = late(rb"\.(?:isna|isnull|dropna|fillna)\(|\b(?:Simple|KNN|Iterative)Imputer\(")
_HANDLED_TOKENS = (b"isna(", b"isnull(", b"dropna(", b"fillna(", b"Imputer(")
_EMPTY = frozenset(("", "na", "n/a", "nan", "null", "none", "?"))
_MOST = 3


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Report what paper, documents, code and tables say; absent only where the whole paper was read, too."""
    new = _said(project, _new, [])
    facts = {
        "new": new,
        "new_included": _included(project, new),
        "classes": _said(project, _classes, _coded(project, _COUNTED, _COUNTED_TOKENS)),
        "missing": _said(project, _missing, _coded(project, _HANDLED, _HANDLED_TOKENS)),
        "missing_cells": _cells(project),
    }
    return Finding(facts=facts)


def _new(text: str) -> bool:
    match = _NEW.search(text)
    return bool(match and _NOVEL.search(match.group()))


def _classes(text: str) -> bool:
    return bool(_CLASSES.search(text))


def _missing(text: str) -> bool:
    return bool(_MISSING.search(text))


def _said(project: Project, says, coded: list[Observation]) -> Fact:  # type: ignore[no-untyped-def]
    def in_paper(one: Sentence) -> bool:
        return bool(says(one.text))

    lines = (x for x in project.prose.lines if x.kind != "code" and says(x.text))
    found = places(project, in_paper)
    found += [seen("static", True, at(x.path, x.number, x.text), note="document") for x in list(lines)[:_MOST]]
    found += coded
    return known(*found) if found else nothing_said(project)


def _coded(project: Project, pattern: re.Pattern[bytes], tokens: tuple[bytes, ...]) -> list[Observation]:
    index, found = project.index, []
    for path in index.matching(pattern, tokens):
        match = pattern.search(index.source(path))
        if match:
            line = index.line(path, line_number(index.source(path), match.start()))
            found.append(seen("static", True, at(path, line), note="code"))
    return found[:_MOST]


def _included(project: Project, new: Fact) -> Fact:
    if new.value is not True:
        return unknown("nothing says that the work brings a new data set")
    files = data_files(project)
    return known(seen("static", bool(files), *(at(f, 1) for f in files[:_MOST])))


def _cells(project: Project) -> Fact:
    """Count empty cells of comma- and tab-separated tables; unknown where there is no such table."""
    counts = {}
    for path in [f for f in data_files(project) if f.endswith((".csv", ".tsv"))][:10]:
        count = _empty_cells(project.read_text(path), "\t" if path.endswith(".tsv") else ",")
        if count is not None:
            counts[path] = count
    if not counts:
        return unknown("no table of data in the project")
    holes = [at(path, 1) for path, count in counts.items() if count]
    note = "" if holes else "the tables in the project have no empty cell"
    return known(seen("static", sum(counts.values()), *holes[:_MOST], note=note))


def _empty_cells(text: str, separator: str) -> int | None:
    """Empty cells below the header, of rows as long as the header; None for what is no table."""
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=separator))
    except csv.Error:
        return None
    if len(rows) < 2 or len(rows[0]) < 2:
        return None
    return sum(cell.strip().lower() in _EMPTY for row in rows[1:] if len(row) == len(rows[0]) for cell in row)
