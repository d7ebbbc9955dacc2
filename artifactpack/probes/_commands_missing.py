"""Files that documents tell readers to run and that are not there, nor are made, fetched or stand for any."""

from __future__ import annotations

import re
from collections.abc import Iterable

from artifactpack.patterns import late
from artifactpack.probes._commands_told import SCRIPT, Told, own_name
from artifactpack.project import Project
from artifactpack.project.prose import Line

_OPEN = late(r"^[~/]|[$<>{}*\[\]]|path|your")
_STANDS_FOR = late(
    r"^(?:(?:my|some|any|an?|the|this|example|sample|custom|new|experiment|python|shell|bash)?[_-]?"
    r"(?:script|program|file|file_?name|module)|my[_-]\w+|foo|bar|whatever|something|anything|\w*_[A-Z][ijkn])\.\w+$"
)
"""Names that stand for any file."""
_NOT_FOR_READERS = late(
    r"(?:^|/)(?:\.\w+|prompts?|skills|agents?)/|(?:^|/)(?:claude|agents?|gemini|skill|copilot-instructions)\.md$"
    r"|(?:^|[/_-])(?:prompts?|plans?|todo|roadmap|proposal|handoff|worklog)[^/]*$",
    re.IGNORECASE,
)
"""Documents for a language model, and plans."""
_TELLS_READERS = late(
    r"(?:^|/)docs?/|(?:read.?me|install|reproduc|usage|guide|tutorial|quick|start|instruct|how.?to|setup|run|train|eval"
    r"|experiment|artifact)[^/]*$|^[^/]+$",
    re.IGNORECASE,
)
_MAKES = late(
    r"\bnew file\b|\b(?:create|write|add|save|download|copy)\b\s+(?:(?:an?|the|this|it|your|own|new|following)\s+){0,3}"
    r"(?:file|script|code|as|in|into|to)\b",
    re.IGNORECASE,
)


_LOOKED_AT = 400  # files that are not there; a document of a hundred thousand made-up ones must end


def missing(project: Project, told: Iterable[Told], endings: tuple[str, ...] = SCRIPT) -> list[Told]:
    """Return what of *told* nobody can run as told, once a document: names that end with one of *endings*."""
    gone: dict[tuple[str | None, str], Told] = {}
    for one in told:
        if one.literal and not one.file and not one.afar and one.name.endswith(endings) and not _OPEN.search(one.name):
            gone.setdefault((one.source.path, one.name), one)
    return [one for one in list(gone.values())[:_LOOKED_AT] if _accuses(project, one)]


def _accuses(project: Project, one: Told) -> bool:
    document, name = one.source.path or "", one.name.rpartition("/")[2]
    if _STANDS_FOR.match(name) or _outside(project, one.name) or not _for_readers(project, document):
        return False
    lines = project.once("lines of documents", lambda: _by_document(project)).get(document, [])
    return not any(_gives(project, line, name) for line in lines if name in line.raw)


def _outside(project: Project, name: str) -> bool:
    """Whether *name* leads up and into a folder that the project does not have."""
    parts = [part for part in name.split("/")[:-1] if part != "."]
    folders = {part for f in project.files for part in f.split("/")[:-1]}
    return parts[:1] == [".."] and not all(p == ".." or p in folders for p in parts)


def _for_readers(project: Project, document: str) -> bool:
    """Whether *document* tells its readers what to run; any does that lies beside scripts."""
    if _NOT_FOR_READERS.search(document):
        return False
    folder = document.rpartition("/")[0]
    return bool(_TELLS_READERS.search(document)) or any(
        f.endswith(SCRIPT) and f.rpartition("/")[0] == folder for f in project.files
    )


def _by_document(project: Project) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {}
    for line in project.prose.lines:
        found.setdefault(line.path, []).append(line)
    return found


def _gives(project: Project, line: Line, name: str) -> bool:
    """Whether *line* makes or fetches *name*, or links to it in another's place."""
    file = re.escape(name)
    if line.kind != "code" and _MAKES.search(line.raw):
        return True
    if re.search(
        rf">\s?(?:\./)?{file}|-[oO]\s?\S{{0,200}}{file}|^\W{{0,9}}(?:touch|nano|vim?|%%writefile)\s.{{0,200}}{file}",
        line.raw,
    ):
        return True
    if re.match(rf"\W{{0,9}}(?:cp|mv|ln)\s.{{1,400}}\s\S{{0,200}}{file}\s*$", line.raw):
        return True
    links = re.findall(rf"://\S{{0,400}}/{file}\b", line.raw)
    return any(not _ours(project, link) for link in links)


def _ours(project: Project, link: str) -> bool:
    parts = [part.lower() for part in re.split(r"[/:]+", link) if len(part) > 2]
    return any(part in own_name(project) for part in parts[2:3])
