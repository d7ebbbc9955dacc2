"""What documents tell to run, and the project's files that they mean."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import unquote

from artifactpack.core.facts import at
from artifactpack.models.fact import Source
from artifactpack.patterns import late
from artifactpack.project import Project
from artifactpack.project.entries import locate
from artifactpack.project.prose import Command
from artifactpack.project.words import words

_PLACEHOLDER = late(r"(?<![A-Za-z])[XYZN](?![A-Za-z])|(?<=[a-z])[XYN](?=[._])|\{\w+\}|<\w+>|\$\{?\w+\}?")
SCRIPT = (".py", ".ipynb", ".sh", ".bash", ".slurm", ".sbatch", ".R", ".r", ".jl", ".m", ".lua")


class Told(NamedTuple):
    """One thing that a document tells to run; ``file`` is the project's file it means, "" where it is not there."""

    source: Source
    file: str
    name: str
    arguments: str
    section: str
    literal: bool
    afar: bool = False  # run after a change into a folder that may be anywhere

    @property
    def base(self) -> str:
        """The last part of the name: of a path, or of a module that is run as ``-m a.b``."""
        last = self.name.rpartition("/")[2]
        return last if last.endswith(SCRIPT) else last.rpartition(".")[2]


def told(project: Project) -> Iterable[Told]:
    where = _Where(project)
    for command in project.prose.commands:
        if where.elsewhere(command):
            continue
        name = _run_by(command)
        source = at(command.path, command.number, command.text)
        if command.program == "make" and "Makefile" in project and len(command.argv) > 1:
            yield Told(source, "Makefile", " ".join(command.argv[1:]), "", command.section, True)
        elif name and "://" not in name:
            arguments, afar = " ".join(command.argv[1:]), where.afar(command)
            file = where.inside(command, name) or _file(project, name, command.path)
            yield Told(source, file, name, arguments, command.section, True, afar)
    yield from _installed(project)
    yield from _named(project)


_HANDLES = words("git wget curl cd mkdir rm cp mv ln echo cat touch chmod tar unzip gzip export")
"""Programs that fetch, move or show files and run none."""
NEXT = ("&&", "||", "|", ";", "&")


def _run_by(command: Command) -> str:
    """The script that *command* runs, by its first part or, where that only handles files, by one behind it."""
    if command.program not in _HANDLES:
        name = command.script or (command.program if command.program.endswith(SCRIPT) else "")
        return name or next((w for w in command.argv if w.endswith((".sh", ".py"))), "")
    program, first = "", True
    for word in command.argv:
        if first:
            program = word
        first = word in NEXT or word.endswith(";")
        if program not in _HANDLES and word.endswith((".sh", ".py")):
            return word
    return ""


class _Where:
    """Where commands are run: into which folder those right before them, in the same document, have gone."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.entered: dict[str, tuple[int, str]] = {}
        self.cloned: dict[bool, set[tuple[str, str]]] = {True: set(), False: set()}

    def elsewhere(self, command: Command) -> bool:
        """Whether *command* is run in a folder that is not the project's."""
        self._clones(command)
        if command.program == "cd" and len(command.argv) > 1:
            self.entered[command.path] = (command.number, command.argv[1].rstrip("/;&"))
        last = self._folder(command).rpartition("/")[2].lower()
        if (command.path, last) in self.cloned[False]:
            return True
        if not last or last.startswith(("$", "<", "{", "[", "..")):
            return False
        ours = self.project.once("names of folders", lambda: _folder_names(self.project))
        slip = any(abs(len(f) - len(last)) == 1 and (f.startswith(last) or last.startswith(f)) for f in ours)
        return last not in ours and not slip and not self._bears_name(last)

    def afar(self, command: Command) -> bool:
        """Whether *command* is run in a folder below a home or root that nothing says is the project."""
        folder = self._folder(command)
        if (command.path, folder.rpartition("/")[2].lower()) in self.cloned[True]:
            return False
        return folder.startswith(("~/", "/", "$HOME/")) and folder.strip("/").count("/") > 1

    def inside(self, command: Command, name: str) -> str:
        """The file *name* in the folder that *command* is run in, "" where that has none."""
        folder = self._folder(command).lstrip("./")
        wanted = f"{folder}/{name.removeprefix('./')}"
        return next(
            (f for f in self.project.named(name.rpartition("/")[2]) if folder and f"/{f}".endswith(f"/{wanted}")), ""
        )

    def _folder(self, command: Command) -> str:
        number, folder = self.entered.get(command.path, (-_NEAR, ""))
        return folder if command.number - number < _NEAR else ""

    def _clones(self, command: Command) -> None:
        """Note the folder of the repository that *command* clones, the project's own or another's."""
        if command.argv[:2] != ("git", "clone"):
            return
        given = [word.rstrip("/;&") for word in command.argv[2:] if not word.startswith("-")]
        address = next((n for n, word in enumerate(given) if "://" in word or word.startswith("git@")), None)
        if address is None:
            return
        name = given[address].removesuffix(".git").rpartition("/")[2].lower()
        target = given[address + 1] if len(given) > address + 1 and given[address + 1] not in NEXT else name
        self.cloned[self._bears_name(name)].add((command.path, target.rpartition("/")[2].lower()))

    def _bears_name(self, folder: str) -> bool:
        name = own_name(self.project)
        return folder in name or name in folder


def own_name(project: Project) -> str:
    """The project's name, in small letters, without the owner's that a checkout's folder may have before it."""
    return project.name.lower().split("__")[-1]


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


_DECLARES = late(r"(?<![\w.-])([A-Za-z][\w.-]++)[\"']?\s*+=\s*+[\"']?([A-Za-z_][\w.]*+)\s*+:\s*+[A-Za-z_]\w*")
_STARTS = late(r"\s*(?:[$%>]\s+)?(?:uv run\s+)?([A-Za-z][\w.-]*)(?:\s+([a-z][\w-]*)(?=\s|$))?")


def _installed(project: Project) -> Iterable[Told]:
    """Programs that the project itself installs, run by the names that it gives them."""
    programs = project.once("installed programs", lambda: _consoles(project))
    for line in project.prose.lines if programs else ():
        start = _STARTS.match(line.raw) if line.kind == "code" else None
        if start and start.group(1) in programs:
            name, arguments = " ".join(filter(None, start.groups())), line.raw[start.end() :].strip()
            source = at(line.path, line.number, line.raw.strip())
            yield Told(source, programs[start.group(1)], name, arguments, line.section, True)


def _consoles(project: Project) -> dict[str, str]:
    """The file that holds each program's function, by the program's name."""
    found: dict[str, str] = {}
    for file in ("pyproject.toml", "setup.cfg", "setup.py"):
        text = project.read_text(file) if file in project else ""
        for name, module in _DECLARES.findall(text) if "scripts" in text or "entry_points" in text else ():
            place = project.index.graph.modules.find("", module)
            if place is not None and not place[1] and place[0] in project.index.records:
                found[name] = place[0]
    return found
