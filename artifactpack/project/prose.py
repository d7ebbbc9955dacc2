"""What the documents say: commands, sections, tables, links, images, statements, each with file and line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Protocol

from artifactpack.models.records import record
from artifactpack.patterns import late
from artifactpack.project.notebooks import Finder, joined
from artifactpack.project.prose_commands import Command, Mention, commands, mentions
from artifactpack.project.prose_text import Line, Link, Parsed, Table, parse
from artifactpack.project.python_roles import Roles
from artifactpack.project.words import words

__all__ = ["Command", "Line", "Link", "Mention", "Prose", "Table", "document_name", "prose_of", "read_prose"]

LARGEST = 1_000_000  # characters of one document
MOST = 400  # documents
ALTOGETHER = 200_000  # bytes of documents, notebooks apart: ten times what a paper's project has; more is a manual
_EXTENSIONS = (".md", ".rst", ".markdown", ".mdx", ".org", ".adoc", ".rmd", ".qmd")
_NAMES = late(
    r"^(?:read[\W_]?me|install(?:ation)?|reproduc\w*|usage|experiments?|results?|training|evaluation|howto|how_to|"
    r"instructions?|getting[-_]?started|quick[-_]?start|setup|docs?|notes?|datasets?|models?|model[-_]zoo|commands?|artifact"
    r"|run(?:ning)?|guide|faq|citation|citing|about|description|appendix)\b[\w .-]*$",
    re.IGNORECASE,
)
_NOT_OURS = late(
    r"(?:^|/)(?:\.github|\.git|node_modules|site-packages|\.ipynb_checkpoints|\.venv|venv|\.tox|\.artifactpack)/"
    r"|(?:^|/)(?:changelog|changes|history|contributing|code_of_conduct|security|licen[cs]e|copying|authors|pull_request"
    r"|issue_template)[^/]*$",
    re.IGNORECASE,
)


def document_name(path: str) -> bool:
    """Tell whether *path* names a document for readers (README of any spelling, docs, INSTALL, notes)."""
    name = path.rsplit("/", 1)[-1]
    lowered = name.lower()
    if _NOT_OURS.search(path):
        return False
    if lowered.endswith(_EXTENSIONS):
        return True
    if lowered.endswith(".txt") or "." not in lowered:
        return bool(_NAMES.match(name.removesuffix(".txt"))) and lowered not in {
            "models",
            "dataset",
            "datasets",
            "data",
        }
    return False


@record
class Prose:
    """The project's documents, root README first; ``commands`` and ``mentions`` in reading order."""

    documents: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
    links: tuple[Link, ...] = ()
    tables: tuple[Table, ...] = ()
    commands: tuple[Command, ...] = ()
    mentions: tuple[Mention, ...] = ()

    @cached_property
    def images(self) -> tuple[Link, ...]:
        """Pictures shown in the documents."""
        return tuple(link for link in self.links if link.image)

    @cached_property
    def sections(self) -> tuple[Line, ...]:
        """Headings."""
        return tuple(line for line in self.lines if line.kind == "heading")

    def find(self, pattern: re.Pattern[str], kinds: str = "text table heading") -> Iterator[tuple[Line, re.Match[str]]]:
        """Yield lines of the *kinds* (space-separated) whose cleaned text matches *pattern*."""
        wanted = frozenset(kinds.split())
        for line in self.lines:
            if line.kind in wanted and (m := pattern.search(line.text)):
                yield line, m


class Readable(Protocol):
    """What is needed of a project: its files and their texts."""

    files: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name of its folder."""

    def read_text(self, path: str) -> str:
        """The text of *path*."""

    def size(self, path: str) -> int:
        """Its size in bytes."""

    def skip(self, path: str, reason: str) -> None:
        """Note that *path* was not looked at, and why."""


def read_prose(project: Readable) -> Prose:
    """Read the documents of *project* and the Markdown cells of its notebooks."""
    names = [f for f in project.files if document_name(f) or f.endswith(".ipynb")]
    foreign, roles = foreign_folders(project), Roles(project.files, project.name)
    names = [f for f in names if not _inside(f, foreign) and not roles.is_vendored(f)]
    small = [f for f in names if project.size(f) <= (LARGEST if not f.endswith(".ipynb") else 4 * LARGEST)]
    return prose_of((f, project.read_text(f)) for f in _nearest(project, sorted(small, key=_rank)))


def _nearest(project: Readable, ranked: list[str]) -> list[str]:
    """The documents nearest to the root, as many as a paper's project has; the rest is said to be left out."""
    total, taken = 0, 0
    for path in ranked[:MOST]:
        total += 0 if path.endswith(".ipynb") else project.size(path)
        if total > ALTOGETHER:
            break
        taken += 1
    if taken < len(ranked):
        project.skip(".", f"{len(ranked) - taken} of {len(ranked)} documents, those deepest in the tree, were not read")
    return ranked[:taken]


_ORDINARY = words("src code python source lib package docs data dataset datasets examples experiments scripts")


def _inside(path: str, folders: frozenset[str]) -> bool:
    """Whether *path* lies in one of *folders*, at any depth."""
    parts = path.split("/")[:-1]
    return bool(folders) and any("/".join(parts[: i + 1]) in folders for i in range(len(parts)))


def foreign_folders(project: Readable) -> frozenset[str]:
    """Folders that bring both a licence and a README of their own beside the project's README: works of others.

    Not those right below a root that has no licence itself, or that its README names without their being packages.
    """
    marks: dict[str, set[str]] = {}
    for path in project.files:
        folder, _, name = path.rpartition("/")
        lowered = name.lower()
        if lowered.startswith(("readme", "licen", "copying")) or lowered in ("setup.py", "pyproject.toml"):
            marks.setdefault(folder, set()).add(lowered[:4])
    if "read" not in marks.get("", ()):
        return frozenset()
    licensed = bool(marks[""] & {"lice", "copy"})
    readme = next(f for f in project.files if "/" not in f and f.lower().startswith("readme"))
    said = project.read_text(readme)

    def foreign(folder: str, kinds: set[str]) -> bool:
        if not folder or "read" not in kinds or not kinds & {"lice", "copy"}:
            return False
        if "/" not in folder and not kinds & {"setu", "pypr"}:
            return licensed and not re.search(rf"(?<![\w/.-]){re.escape(folder)}(?![\w.-])", said)
        return folder.rpartition("/")[2].lower() not in _ORDINARY

    return frozenset(folder for folder, kinds in marks.items() if foreign(folder, kinds))


def prose_of(documents: Iterable[tuple[str, str]]) -> Prose:
    """Read (path, text) pairs; of notebooks the Markdown cells."""
    ordered = sorted(documents, key=lambda item: _rank(item[0]))[:MOST]
    parsed = [
        _notebook(path, text) if path.endswith(".ipynb") else parse(path, text[:LARGEST]) for path, text in ordered
    ]
    lines = tuple(line for one in parsed for line in one.lines)
    return Prose(
        documents=tuple(path for path, _ in ordered),
        lines=lines,
        links=tuple(link for one in parsed for link in one.links),
        tables=tuple(table for one in parsed for table in one.tables),
        commands=tuple(command for one in parsed for command in commands(one.lines)),
        mentions=tuple(mention for one in parsed for mention in mentions(one.lines)),
    )


def _rank(path: str) -> tuple[bool, int, bool, str]:
    name = path.rsplit("/", 1)[-1].lower()
    return path.endswith(".ipynb"), path.count("/"), not name.startswith("readme"), path


def _notebook(path: str, text: str) -> Parsed:
    """The Markdown cells of a notebook, each line with the number it has in the file."""
    source, numbers = notebook_markdown(text)
    read = parse(path, source[:LARGEST])
    return Parsed(
        tuple(x._replace(number=numbers[x.number - 1]) for x in read.lines),
        tuple(x._replace(number=numbers[x.number - 1]) for x in read.links),
        tuple(x._replace(number=numbers[x.number - 1]) for x in read.tables),
    )


def notebook_markdown(text: str) -> tuple[str, list[int]]:
    """Return the Markdown cells of a notebook's JSON, and of each of their lines its number in the file."""
    try:
        cells = json.loads(text).get("cells", [])
    except (ValueError, AttributeError, RecursionError):
        return "", []
    bodies = [joined(c.get("source")) for c in cells if isinstance(c, dict) and c.get("cell_type") == "markdown"]
    lines = "\n\n".join(bodies).split("\n")
    finder = Finder(text)
    return "\n".join(lines), [finder.find(line) for line in lines]
