"""The documents as a whole."""

from __future__ import annotations

import re

from artifactpack.core.facts import absent, at, known, seen
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Finding
from artifactpack.models.system import SystemReading
from artifactpack.patterns import late
from artifactpack.project import Project

NAME = "readme"
FACTS = {
    "present": "a README exists",
    "files": "the documents read",
    "sections": "what they have sections about: install, data, train, evaluate, results, citation, license, weights",
    "install": "a document says how to install",
    "placeholders": "placeholder text left in documents",
}
_SECTIONS = {
    "install": late(r"install|requirement|dependenc|environment|set-?up|getting started|prerequisit", re.IGNORECASE),
    "data": late(r"\bdata", re.IGNORECASE),
    "train": late(r"\btrain|\brun(?:ning)?\b|\busage\b|experiments?", re.IGNORECASE),
    "evaluate": late(r"\beval|\btest(?:ing)?\b|inference|reproduc", re.IGNORECASE),
    "results": late(r"result|performance|benchmark", re.IGNORECASE),
    "weights": late(r"pre-?trained|checkpoint|weights|model zoo", re.IGNORECASE),
    "citation": late(r"\bcit|bibtex", re.IGNORECASE),
    "license": late(r"licen[cs]", re.IGNORECASE),
}
_INSTALLS = late(
    r"\b(?:pip|conda|mamba|uv|poetry|docker|apt-get|apt|pixi)\b.{0,40}\b(?:install|sync|create|build"
    r"|add)\b|setup\.py|requirements\.txt"
)
_PLACEHOLDER = late(
    r"\b(?:TODO|TBD|FIXME|XXX)\b|\blorem ipsum\b|\[insert [^\]]{0,60}\]|\[more information needed\]"
    r"|<your[ _-][^>]{0,40}>"
    r"|\b(?:code|data\w*|models?|weights|checkpoints?|instructions?|details"
    r"|more)\b[^.]{0,30}\b(?:coming soon|to be (?:released|added|updated|completed)"
    r"|will be (?:released|available|added|uploaded|updated|published)(?: soon| upon| after|\b))",
    re.IGNORECASE,
)


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Report which documents there are, what they have sections about, and text left to be written."""
    prose = project.prose
    readmes = [d for d in prose.documents if d.rsplit("/", 1)[-1].lower().startswith("read")]
    heads = {name: [h for h in prose.sections if p.search(h.text)] for name, p in _SECTIONS.items()}
    left = [line for line, _ in prose.find(_PLACEHOLDER) if not line.path.endswith(".ipynb")]
    install = next((line for line in prose.lines if _INSTALLS.search(line.raw)), None)
    facts = {
        "present": known(seen("static", True, at(readmes[0], 1))) if readmes else absent("no README at any level"),
        "files": known(seen("static", list(prose.documents[:50]))),
        "sections": known(
            seen(
                "static",
                [n for n, h in heads.items() if h],
                *(at(h[0].path, h[0].number, h[0].text) for h in heads.values() if h),
            )
        ),
        "install": known(seen("static", True, at(install.path, install.number, install.raw)))
        if install
        else absent("no document says how to install"),
        "placeholders": known(
            seen("static", [x.text for x in left], *(at(x.path, x.number, x.text) for x in left[:20]))
        ),
    }
    return Finding(facts=facts)
