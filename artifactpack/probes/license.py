"""Under which terms the project may be used."""

from __future__ import annotations

import re

from artifactpack.core.facts import absent, at, known, seen, unknown
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Finding, Observation
from artifactpack.models.system import SystemReading
from artifactpack.patterns import late
from artifactpack.probes._own import own
from artifactpack.project import Project
from artifactpack.project.prose import foreign_folders

NAME = "license"
FACTS = {
    "present": "the project states its own licence",
    "spdx": "SPDX id of the licence, where it could be told",
    "file": "the file that states it",
    "vendored": "licences of vendored projects",
}
_FILE = late(r"(?:^|/)(?:un)?(?:licen[cs]e|copying|copyright)(?:[._-][\w.-]*)?$", re.IGNORECASE)
_METADATA = late(
    r"\blicense\s*[=:]\s*[\"']([^\"'\n]{2,80})[\"']|License :: ([\w :.()/-]{3,120})|^license\s*[=:]\s*(\S.*)$",
    re.M | re.I,
)
_SAYS = late(
    r"\b(?:licen[cs]ed|released|distributed|published|provided|shared|(?:made\s+)?available|covered|open[- ]sourced?)\b"
    r"[^.]{0,60}\b(?:under|with|by)\b[^.]{0,80}(?:licen[cs]e|MIT\b|Apache|BSD\b|GPL|Creative Commons"
    r"|CC[- ]BY|public domain)"
    r"|\b(?:MIT|Apache(?: 2(?:\.0)?)?|BSD|GPL(?:v[23])?|CC[- ]BY[\w. -]{0,12}) licen[cs]ed?\b",
    re.IGNORECASE,
)
_NOT_OURS = late(
    r"\b(?:dataset|data set|weights|their|original|third[- ]party|gurobi|mosek|mujoco|cplex|licen[cs]e key)\b", re.I
)
_KINDS = (
    ("Apache-2.0", r"apache\s*(?:licen[cs]e)?,?\s*(?:v(?:ersion)?\.?)?\s*2"),
    ("AGPL-3.0", r"affero|\bAGPL"),
    ("LGPL-3.0", r"lesser general public|\bLGPL"),
    ("GPL-3.0", r"general public licen[cs]e.{0,60}version 3|\bGPL[- ]?v?3"),
    ("GPL-2.0", r"general public licen[cs]e.{0,60}version 2|\bGPL[- ]?v?2"),
    ("BSD-3-Clause", r"neither the name|bsd[- ]3|3-clause"),
    ("BSD-2-Clause", r"redistribution and use in source and binary forms|bsd[- ]2|\bBSD\b"),
    ("MPL-2.0", r"mozilla public"),
    ("CC-BY-NC-SA-4.0", r"NonCommercial-ShareAlike|CC[- _]BY[- _]+NC[- _]+SA"),
    ("CC-BY-NC-4.0", r"Attribution-NonCommercial|CC[- _]BY[- _]+NC|Creative Commons BY-NC"),
    ("CC-BY-4.0", r"Creative Commons Attribution|CC[- _]BY"),
    ("CC0-1.0", r"CC0|Creative Commons Zero"),
    ("Unlicense", r"unlicense"),
    ("MIT", r"permission is hereby granted, free of charge|\bMIT\b"),
)
_PATTERNS = tuple((name, late(pattern, re.IGNORECASE | re.DOTALL)) for name, pattern in _KINDS)


def spdx(text: str) -> str:
    """Return the SPDX id of a licence *text* or name, "" where it is none we know."""
    head = text[:6000]
    return next((name for name, pattern in _PATTERNS if pattern.search(head)), "")


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Report licence files, metadata and statements; a vendored project's licence is not this one's."""
    ours = own(project)
    named = [f for f in project.files if _FILE.search(f) and not f.endswith((".py", ".png", ".svg"))]
    files = sorted((f for f in named if ours(f) and project.size(f) > 10), key=lambda f: (f.count("/"), f))
    root = [f for f in files if "/" not in f] or [f for f in files if not _foreign(project, f)]
    sightings = [seen("static", True, at(f, 1), note=spdx(project.read_text(f))) for f in root[:3]]
    sightings += _metadata(project) + _statements(project)
    sightings += [seen("author", True, note=spdx(project.config.paper.license))] if project.config.paper.license else []
    kind = next((o.note for o in sightings if o.note), "")
    where = "root files LICENSE, LICENCE, COPYING; packaging metadata; README"
    facts = {
        "present": known(*sightings) if sightings else absent(f"no licence of its own in {where}"),
        "spdx": known(seen("static", kind)) if kind else unknown("the licence's name could not be told"),
        "file": known(seen("static", root[0], at(root[0], 1))) if root else absent("no licence file"),
        "vendored": known(seen("static", [f for f in named if f not in root])),
    }
    return Finding(facts=facts)


def _foreign(project: Project, path: str) -> bool:
    """A licence in a sub-folder that brings its own set-up or README is that of something copied in."""
    folder = path.rsplit("/", 1)[0]
    brought = any(f"{folder}/{name}" in project for name in ("setup.py", "pyproject.toml"))
    own_readme = any(p.lower().startswith("readme") for p in project.files if "/" not in p)
    others = project.once("foreign folders", lambda: foreign_folders(project))
    return folder.count("/") > 1 or folder in others or (own_readme and brought)


def _metadata(project: Project) -> list[Observation]:
    found = []
    for path in ("pyproject.toml", "setup.py", "setup.cfg", "package.json", "CITATION.cff", "codemeta.json"):
        if path not in project:
            continue
        text = project.read_text(path)
        match = _METADATA.search(text)
        value = next((g for g in match.groups() if g), "") if match else ""
        if (
            match
            and re.search(r"[A-Za-z]{3}", value)
            and not re.fullmatch(r"(?i)\W*(unknown|none|proprietary)\W*", value)
        ):
            found.append(
                seen("static", True, at(path, text.count("\n", 0, match.start()) + 1, match.group()), note=spdx(value))
            )
    return found


def _statements(project: Project) -> list[Observation]:
    found = []
    for line in project.prose.lines:
        if line.kind == "code" or ("icen" not in line.raw and "MIT" not in line.raw and "under" not in line.raw):
            continue
        titled = re.match(r"(?i)\W*(?:\d+\W+)?licen[cs](?:e|es|ing)\b", line.section.rsplit(" / ", 1)[-1])
        badge = "img.shields.io" in line.raw and re.search(r"(?i)licen[cs]e", line.raw) and spdx(line.raw)
        says = _SAYS.search(line.text) and (titled or not _NOT_OURS.search(line.text))
        if badge or says or (titled and line.kind == "text" and spdx(line.text)):
            found.append(
                seen(
                    "static", True, at(line.path, line.number, line.text or line.raw), note=spdx(line.text or line.raw)
                )
            )
    return found[:5]
