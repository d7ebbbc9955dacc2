"""Paths in code that are there on the author's machine only: neither pieces of others, nor inside a container."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, partial

from artifactpack.core.facts import at
from artifactpack.models.fact import Source
from artifactpack.patterns import late
from artifactpack.probes.container import is_container_file
from artifactpack.project import Project
from artifactpack.project.shell import is_script

_PRIVATE = late(
    r"^(?:/(?:home|Users|scratch\w*|mnt|data\d*|datasets?|nfs\w*|gpfs\w*|storage\w*|media|vol\d*|work"
    r"|workspace|lustre|cluster|share\w*|ssd\w*|hdd\w*|raid"
    r"|root|project\w*|p|u|export|disk\w*|net|checkpoint|private_?home|usr/home|srv|efs|fsx|localdata"
    r"|remote)/[\w.~-]|[A-Za-z]:[\\/]+\w)"
)
_HOME = late(r"^(?:~|\$HOME)/(?!\.)\w")
_OUTPUT = late(
    r"(?<![a-z])(?:logs?|out(?:put)?s?|sav(?:e|ing)|results?|ckpts?|checkpoints?|cache|te?mp)(?:[_-]\w{1,30})?"
    r"[\"']?\s?[:=,][^\n]{0,80}$",
    re.IGNORECASE,
)
"""What is written into a home can be written into anyone's."""
_ASKED = late(r"\bif (?:not )?(?:\w+\.)*(?:exists|is_?dir|is_?file)\(\s*(?:r|f)?[\"']$")
"""A machine that is asked whether it has a folder, so as to know which it is."""
_HARMLESS = late(
    r"^/(?:home|root|workspace)/?$|^/(?:home|workspace|work|data|mnt)/\w+/?$(?<!\w{12})(?!.)"
    r"|/site-packages/|\.ttf$|/dev/|^/data/?$|\.so$|\?[\w%-]*="
)
_MOUNTED = late(
    r"^[^\S\n]*(?:WORKDIR|VOLUME)\s+[\"'\[]{0,2}(/[\w./-]+)|^[^\S\n]*(?:COPY|ADD)\s[^\n]*[^\S\n](/[\w./-]+)[^\S\n]*$"
    r"|(?:-v|--volume|--bind|-B)[ =][^\s:]{1,200}:(/[\w./-]+)|\b(?:target|dst|destination)[=:]\s?(/[\w./-]+)"
    r"|^[^\S\n]*-[^\S\n]+[\"']?[^\s:]+:(/[\w./-]+)",
    re.MULTILINE,
)
"""Where a container file, a composition or a command puts the project or its data."""
_INSIDE = late(r"^/(?:root|workspace|mnt|data|vol\d*|srv)/")
"""Where code has its files in a container that it starts itself."""
_STARTS = late(rb"\b(?:docker|podman)[\"']?\s*,\s*f?[\"'](?:exec|run|cp|create)\b|\b(?:docker|podman) (?:exec|run)\s")
_HOSTED = frozenset({"modal", "docker", "beam", "dstack", "e2b"})
"""Libraries that run code in a container."""


def private_paths(project: Project) -> list[Source]:
    """Return machine paths in the code's string constants, each path once."""
    found: dict[str, Source] = {}
    mounted = tuple(_mounted(project))
    starts = cache(partial(_starts_container, project))
    for path, record in project.index.records.items():
        for number, text in record.strings:
            if not (_PRIVATE.match(text) or _HOME.match(text)) or _HARMLESS.search(text):
                continue
            before = _before(project, path, number, text)
            if _ASKED.search(before) or (_HOME.match(text) and _OUTPUT.search(before)):
                continue
            if f"{text}/".startswith(mounted) or (_INSIDE.match(text) and starts(path)):
                continue
            found.setdefault(text, at(path, project.index.line(path, number), text))
    return list(found.values())[:50]


def _before(project: Project, path: str, number: int, text: str) -> str:
    """What stands before *text* in its line."""
    lines = project.index.text(path).split("\n")
    return lines[number - 1].partition(text)[0] if number <= len(lines) else ""


def _mounted(project: Project) -> Iterator[str]:
    """Folders that exist in the project's containers, as beginnings of paths."""
    texts = [project.read_text(f, 1 << 16) for f in project.files if is_container_file(f) or is_script(f)]
    texts += [line.raw for line in project.prose.lines if line.kind == "code" and ":/" in line.raw]
    for text in texts:
        for match in _MOUNTED.finditer(text):
            folder = next(group for group in match.groups() if group).rstrip("/")
            if folder.count("/") > 1 or _INSIDE.match(f"{folder}/"):
                yield f"{folder}/"


def _starts_container(project: Project, path: str) -> bool:
    names = {module.partition(".")[0] for module, _ in project.index.records[path].modules}
    return bool(names & _HOSTED) or _STARTS.search(project.index.source(path)) is not None
