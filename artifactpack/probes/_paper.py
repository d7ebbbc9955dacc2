"""What the paper's own text says: sentences on its own work, each with its section, table or figure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from artifactpack.core.facts import absent, at, known, seen, unknown
from artifactpack.models.fact import Fact, Observation, Source
from artifactpack.patterns import late
from artifactpack.project import Project
from artifactpack.project.paper import NoPaper, Paper, read_paper

if TYPE_CHECKING:
    from artifactpack.core.latex_outline import Sentence

    Test = Callable[[Sentence], bool]

MOST = 4
_OF_OTHERS = late(
    r"\b(?:related|prior|previous|background|introduction|conclusions?|future|acknowledge?ments?|broader|impacts?|ethics?"
    r"|motivation|references|overview)\b",
    re.IGNORECASE,
)
_OURS = late(
    r"\b(?:we|our|ours|all|each|every|experiments?|train(?:ed|ing|s)?|ran|runs?|fine-?tun\w+|hardware|compute|models?"
    r"|node|machine|workstation|cluster|results?|tables?|figures?)\b",
    re.IGNORECASE,
)
_THEIRS = late(
    r"\bet al\b|\bthey (?:use|train|report|ran)|\btheir (?:model|method|paper|experiments?)\b"
    r"|\b(?:theorem|lemma|corollary|proposition|assumption) \w",
    re.IGNORECASE,
)
_NOT_DONE = late(
    r"\b(?:not|never|without|no|lacks?|omit(?:ted|s)?|cannot|would|could|should|future)\b|n't\b", re.IGNORECASE
)
_OWN: WeakKeyDictionary[Project, list[Sentence]] = WeakKeyDictionary()


def said(project: Project, test: Test) -> list[Sentence]:
    """Sentences of the paper on its own work that pass *test*; none where there is no paper."""
    return [one for one in _own(project) if test(one)]


def _own(project: Project) -> list[Sentence]:
    if project not in _OWN:
        paper = read_paper(project)
        _OWN[project] = [one for one in paper.sentences if _is_own(one)] if isinstance(paper, Paper) else []
    return _OWN[project]


def _is_own(one: Sentence) -> bool:
    """Not on other papers, and not on what was not done."""
    titles = (one.place.title, *one.place.parents)
    of_others = any(_OF_OTHERS.search(title) for title in titles)
    return not (of_others or _THEIRS.search(one.text) or _NOT_DONE.search(one.text))


def on_our_runs(one: Sentence) -> bool:
    """Whether a sentence is on experiments, or in a table: a device or a duration alone may be anybody's."""
    return one.caption or one.place.kind == "Table" or bool(_OURS.search(one.text))


def places(project: Project, test: Test) -> list[Observation]:
    """The same as observations, the first sentence of each section, table or figure."""
    first: dict[str, Sentence] = {}
    for one in said(project, test):
        first.setdefault(one.place.name, one)
    return [seen("static", True, source(one), note="paper") for one in list(first.values())[:MOST]]


def source(one: Sentence) -> Source:
    """Where *one* stands: file and line, with the section's name as its field."""
    stands = at(one.path, one.line, one.text)
    return Source(path=stands.path, line=stands.line, text=stands.text, field=one.place.name)


def fact(project: Project, *tests: Test) -> Fact:
    """Whether the paper states what one of *tests* looks for; what it does not say is absent, without it unknown."""
    found = [observation for test in tests for observation in places(project, test)]
    return known(*found) if found else nothing_said(project)


def given(described: Fact, project: Project) -> Fact:
    """*described*, where it is; where it is not, absent only if the paper was read and does not say it either."""
    return described if described.status == "known" else nothing_said(project)


def nothing_said(project: Project) -> Fact:
    """Absent where the whole paper was read, else unknown."""
    paper = read_paper(project)
    if isinstance(paper, NoPaper):
        return unknown(paper.reason)
    if paper.missing:
        return unknown(f"{paper.main} takes in files that are not in the project: {', '.join(paper.missing[:3])}")
    return absent(f"the text of {paper.main} does not say")
