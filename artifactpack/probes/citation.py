"""How the work asks to be cited."""

from __future__ import annotations

import re

from artifactpack.core.facts import absent, at, known, seen
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Finding, Observation
from artifactpack.models.system import SystemReading
from artifactpack.patterns import late
from artifactpack.probes._own import own
from artifactpack.project import Project
from artifactpack.project.prose import Line

NAME = "citation"
FACTS = {
    "present": "BibTeX, a CITATION file or a request to cite",
    "file": "a CITATION or BibTeX file",
    "doi": "DOI or arXiv id of the paper",
    "others": "works of others that the documents credit",
}
_ENTRY = late(
    r"@(?:in)?(?:proceedings|article|collection|book|misc|techreport|phdthesis|conference|unpublished"
    r"|software|online)\w*\s*\{",
    re.I,
)
_ASKS = late(
    r"\b(?:please|kindly|consider|how to|remember to|should|want to|would like to)\b[^.]{0,60}\bcit(?:e|ing|ation)\b"
    r"|\bcit(?:e|ing)\b[^.]{0,40}\b(?:this|our|us|as|the following|following)\b|\bcite as\b"
    r"|\bif you (?:use|find|build)\b[^.]{0,120}\bcit",
    re.IGNORECASE,
)
_OTHERS = late(r"\b(?:dataset|data set|benchmark|original|authors of|their|toolbox|library)\b", re.IGNORECASE)
_OURS = late(r"\b(?:our|this|us|we|here|code|repo\w*|work|paper|following|below)\b", re.IGNORECASE)
_TITLED = late(r"\bcit(?:e|ing|ation)s?\b|\bbibtex\b|\breference\b|\bpublication\b|\bpaper\b", re.IGNORECASE)
_PAPER = late(r"\b(?:our|this|the accompanying) (?:paper|article)\b", re.IGNORECASE)
_CITING = late(r"\W*(?:how to cite|cit(?:e|ing|ations?))\b", re.IGNORECASE)
_DOI = late(r"\b10\.\d{4,9}/[^\s\"'<>)\]}]{3,80}|arxiv\.org/(?:abs|pdf)/(\d{4}\.\d{4,5})", re.IGNORECASE)
_TITLE = late(r"\btitle\s*=\s*[{\"]+(.{5,300}?)[}\"]+,?\s*$", re.IGNORECASE)


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Report BibTeX of the work itself, CITATION files and requests; works of others are set apart."""
    ours = own(project)
    files = [f for f in project.files if ours(f) and re.search(r"(?i)(?:^|/)citation(?:s)?(?:\.\w+)?$", f)]
    linked = {
        link.url.removeprefix("./") for link in project.prose.links if link.url.lower().split("?")[0].endswith(".bib")
    }
    files += [f for f in project.files if f in linked or re.fullmatch(r"(?i)[\w-]*(?:cit|bibtex|paper)[\w-]*\.bib", f)]
    sightings = [seen("static", True, at(f, 1)) for f in files]
    sightings += [
        seen("static", True, at(link.path, link.number, link.url))
        for link in project.prose.links
        if link.url.lower().endswith(".bib") and (re.search(r"(?i)\bcit|bib", link.text))
    ]
    credited, others = _documents(project)
    sightings += credited
    dois = [m.group() for link in project.prose.links if (m := _DOI.search(link.url))]
    facts = {
        "present": known(*sightings)
        if sightings
        else absent("no CITATION file, and no document asks to be cited or gives BibTeX"),
        "file": known(seen("static", files[0], at(files[0], 1))) if files else absent("no CITATION or BibTeX file"),
        "doi": known(seen("static", dois[0])) if dois else absent("no DOI or arXiv link in the documents"),
        "others": known(seen("static", [o.note for o in others], *(s for o in others for s in o.sources))),
    }
    return Finding(facts=facts)


def _documents(project: Project) -> tuple[list[Observation], list[Observation]]:
    mine: list[Observation] = []
    others: list[Observation] = []
    asked: Line | None = None
    titles = _words(" ".join(line.text for line in project.prose.lines[:15] if line.kind != "code"))
    lines = project.prose.lines
    for position, line in enumerate(lines):
        if line.kind != "code" and _ASKS.search(line.text):
            about_others = _OTHERS.search(line.text) and not _OURS.search(line.text)
            (others if about_others else mine).append(
                seen("static", True, at(line.path, line.number, line.text), note=line.text[:80])
            )
            asked = None if about_others else line
        elif line.kind != "code" and _PAPER.search(line.text):
            asked = line
        if line.kind == "heading" and _CITING.match(line.text) and _says_what(lines, position):
            mine.append(seen("static", True, at(line.path, line.number, line.text)))
        if _ENTRY.search(line.raw):
            near = asked is not None and asked.path == line.path and line.number - asked.number < 12
            titled = _TITLED.search(line.section.rsplit(" / ", 1)[-1])
            entry = "\n".join(x.raw for x in lines[position : position + 12])
            own_work = near or titled or _overlap(entry, titles)
            (mine if own_work else others).append(
                seen("static", True, at(line.path, line.number, line.raw), note=line.raw[:80])
            )
    return mine, others


def _says_what(lines: tuple[Line, ...], position: int) -> bool:
    """Whether a heading is followed by text of its own that is longer than a word or two."""
    below = (x for x in lines[position + 1 : position + 6] if x.path == lines[position].path)
    first = next((x for x in below if x.text), None)
    return first is not None and first.kind == "text" and len(first.text) > 20 and not _OTHERS.search(first.text)


def _overlap(entry: str, known_words: set[str]) -> bool:
    title = next((m.group(1) for line in entry.split("\n") if (m := _TITLE.search(line))), "")
    words = _words(title)
    return len(words) >= 2 and len(words & known_words) >= 0.6 * len(words)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]{4,}", text.lower().replace("{", "").replace("}", "")))
