"""What documents tell to run, and the project's files that they mean."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import unquote

from artifactpack.core.facts import at
from artifactpack.models.fact import Source
from artifactpack.project import Project
from artifactpack.project.entries import locate
from artifactpack.project.prose import Command

_PLACEHOLDER = re.compile(r"(?<![A-Za-z])[XYZN](?![A-Za-z])|(?<=[a-z])[XYN](?=[._])|\{\w+\}|<\w+>|\$\{?\w+\}?")
SCRIPT = (".py", ".ipynb", ".sh", ".bash", ".slurm", ".sbatch", ".R", ".r", ".jl", ".m", ".lua")


class Told(NamedTuple):
    """One thing that a document tells to run; ``file`` is the project's file it means, "" where it is not there."""

    source: Source
    file: str
    name: str
    arguments: str
    section: str
    literal: bool

    @property
    def base(self) -> str:
        """The last part of the name: of a path, or of a module that is run as ``-m a.b``."""
        last = self.name.rpartition("/")[2]
        return last if last.endswith(SCRIPT) else last.rpartition(".")[2]


def told(project: Project) -> Iterable[Told]:
    entered: dict[str, tuple[int, str]] = {}
    for command in project.prose.commands:
        if _elsewhere(project, command, entered):
            continue
        name = command.script or (command.program if command.program.endswith(SCRIPT) else "")
        name = name or next((w for w in command.argv if w.endswith((".sh", ".py"))), "")
        source = at(command.path, command.number, command.text)
        if command.program == "make" and "Makefile" in project and len(command.argv) > 1:
            yield Told(source, "Makefile", " ".join(command.argv[1:]), "", command.section, True)
        elif name:
            arguments = " ".join(command.argv[1:])
            yield Told(source, _file(project, name, command.path), name, arguments, command.section, True)
        elif console := _console(project, command.program):
            yield Told(source, console, " ".join(command.argv), "", command.section, True)
    yield from _named(project)


def _elsewhere(project: Project, command: Command, entered: dict[str, tuple[int, str]]) -> bool:
    """Whether commands right before *command*, in the same document, went into a folder that is not the project's."""
    if command.program == "cd" and len(command.argv) > 1:
        entered[command.path] = (command.number, command.argv[1].rstrip("/;&"))
    number, folder = entered.get(command.path, (-_NEAR, ""))
    last = folder.rpartition("/")[2].lower()
    if not last or last.startswith(("$", "<", "{", "[", "..")) or command.number - number >= _NEAR:
        return False
    ours = project.once("names of folders", lambda: _folder_names(project))
    name = project.name.lower().split("__")[-1]
    return last not in ours and last not in name and name not in last


_NEAR = 25
"""Lines over which a ``cd`` holds."""


def _folder_names(project: Project) -> frozenset[str]:
    return frozenset(part.lower() for f in project.files for part in f.split("/")[:-1])


def _named(project: Project) -> Iterable[Told]:
    """Scripts and notebooks that documents name without a whole command, in text or as the target of a link."""
    for mention in project.prose.mentions:
        if mention.name.endswith((".py", ".ipynb", ".sh")):
            source = at(mention.path, mention.number, mention.text)
            yield Told(
                source, _file(project, mention.name, mention.path), mention.name, mention.text, mention.section, False
            )
    for link in project.prose.links:
        target = unquote(link.url)
        if target.endswith((".ipynb", ".py", ".sh")) and "://" not in target:
            source = at(link.path, link.number, link.text)
            yield Told(source, _file(project, target, link.path), target, link.text, "", False)


def _file(project: Project, name: str, origin: str) -> str:
    """The project's file that *name* means in the document *origin*; placeholders match any."""
    found = locate(project.index.graph, name, origin)
    if found:
        return found
    bare = re.sub(r"^(?:\./|\.\./|\$\{?\w+\}?/|/)+", "", name)
    folder = origin.rpartition("/")[0]
    for candidate in (f"{folder}/{bare}" if folder else bare, bare):
        if candidate in project:
            return candidate
    parts = bare.split("/")
    named = project.named(parts[-1])
    for start in range(len(parts)):
        tail = "/".join(parts[start:])
        ends = [f for f in named if f.endswith("/" + tail) or f == tail]
        if ends:
            return ends[0]
    pattern = _PLACEHOLDER.sub("*", bare)
    if "*" in pattern and len(pattern.replace("*", "")) > 4:
        return next(iter(project.glob(f"**/{pattern}")), "")
    return ""


def _console(project: Project, program: str) -> str:
    if not re.fullmatch(r"[a-z][\w-]+", program):
        return ""
    for file in ("pyproject.toml", "setup.cfg", "setup.py"):
        text = project.read_text(file) if file in project else ""
        if program in text and re.search(rf"{re.escape(program)}[\"']?\s*=\s*[\"']?[\w.]+:\w+", text):
            return file
    return ""
