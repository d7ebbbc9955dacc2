"""The outline of a paper in LaTeX: sections, tables and figures with number and label, and which sentence is in which.

Pure, and one pass over the lines: what a macro of the author's would make of them is not known, and not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from artifactpack.core.latex_text import escape, unmarked
from artifactpack.patterns import late

MOST_PLACES = 5_000
LONGEST = 20_000  # characters of a paragraph that is looked at
_GROUP = r"\{((?:[^{}]|\{(?:[^{}]|\{[^{}]{0,100}\}){0,100}\}){0,300})\}"
_HEAD_LEFT_OPEN = late(r"\\(?:sub){0,2}section\*?\s*\{[^{}]{0,300}$")
_MARK = late(
    rf"\\(?P<level>(?:sub){{0,2}}section|chapter|part)(?P<star>\*?)\s*(?:\[[^\]]{{0,300}}\]\s*)?{_GROUP}"
    rf"|\\label\s*\{{(?P<label>[^{{}}]{{1,200}})\}}"
    r"|\\(?P<edge>begin|end)\s*\{(?P<env>[A-Za-z]{1,30})\*?\}"
    r"|\\(?P<caption>caption(?:of\s*\{\w{1,20}\})?)(?![A-Za-z])"
    r"|(?P<appendix>\\appendix(?![A-Za-z]))"
    r"|(?P<own>\\setcounter\s*\{\s*(?:section|subsection|table|figure)|\\renewcommand\s*\{?\s*\\the(?:section|table|figure))"
)
_LEVELS = {"section": 0, "subsection": 1, "subsubsection": 2}
_FLOATS = {"table": "Table", "wraptable": "Table", "longtable": "Table", "figure": "Figure", "wrapfigure": "Figure"}
_SAFE_LABEL = late(r"[A-Za-z0-9:._+/@-]{1,100}")
_END_OF_SENTENCE = late(r"(?<=[.!?])\s+(?=[A-Z\\$0-9])")


@dataclass
class Place:
    """A section, table or figure; ``number`` is "" where the outline does not tell it for sure, or there is none."""

    kind: str
    number: str = ""
    title: str = ""
    label: str = ""
    parents: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """As text: ``Section 4.2 (sec:setup)``, ``Table 3 (tab:results)``, ``Section “Training details”``."""
        known = f"{self.kind} {self.number}" if self.number else self.kind
        if self.label:
            return f"{known} ({self.label})"
        return f"{known} (“{self.title}”)" if self.number else f"{known} “{self.title}”"

    @property
    def latex(self) -> str:
        r"""As LaTeX that prints the right number: ``Section~\ref{sec:setup}``; by its title where it has no label."""
        return f"{self.kind}~\\ref{{{self.label}}}" if self.label else f"{self.kind} ``{escape(self.title)}''"


class Sentence(NamedTuple):
    """A sentence, caption or row of a table as it reads; *line* is 1-based in *path*."""

    path: str
    line: int
    text: str
    place: Place
    caption: bool = False


@dataclass
class Outline:
    """What one pass finds, in reading order."""

    places: list[Place] = field(default_factory=list)
    sentences: list[Sentence] = field(default_factory=list)


def outline(lines: Iterable[tuple[str, int, str]]) -> Outline:
    """Read (path, line number, line) of a document's body, comments and verbatim blanked, inputs put in place."""
    reader = _Reader()
    for path, number, line in lines:
        reader.read(path, number, line)
    reader.flush()
    return Outline(reader.places, list(reader.sentences()))


class _Reader:
    """Counters and what is open while lines are read."""

    def __init__(self) -> None:
        self.places: list[Place] = []
        self.counts = [0, 0, 0]
        self.floats = {"Table": 0, "Figure": 0}
        self.appendix = self.uncertain = self.fresh = False
        self.section: Place | None = None
        self.float: Place | None = None
        self.caption = False
        self.titles: list[str] = []
        self.left_open: tuple[str, int, str] | None = None
        self.open: list[tuple[str, int, str]] = []
        self.paragraphs: list[tuple[list[tuple[str, int, str]], Place, bool]] = []

    def read(self, path: str, number: int, line: str) -> None:
        if self.left_open:
            path, number, before = self.left_open
            line, self.left_open = f"{before} {line}", None
        elif _HEAD_LEFT_OPEN.search(line):
            self.left_open = (path, number, line)
            return
        if not line.strip():
            self.flush()
            return
        position = 0
        for match in _MARK.finditer(line):
            self.text(path, number, line[position : match.start()])
            position = match.end()
            self.mark(match)
        self.text(path, number, line[position:])

    def text(self, path: str, number: int, text: str) -> None:
        if text.strip():
            self.fresh = False
            self.open.append((path, number, text))

    def flush(self) -> None:
        place = self.float or self.section
        if self.open and place:
            self.paragraphs.append((self.open, place, self.caption))
        self.open, self.caption = [], False

    def mark(self, match: re.Match[str]) -> None:
        kind = match.lastgroup
        if match["level"]:
            self.head(match["level"], bool(match["star"]), match[3])
        elif match["label"]:
            self.label(match["label"].strip())
        elif match["edge"]:
            self.environment(match["edge"], match["env"])
        elif match["caption"]:
            self.flush()
            self.caption = True
            self.number_float()
        elif match["appendix"]:
            self.flush()
            self.appendix, self.counts = True, [0, 0, 0]
        elif kind:
            self.uncertain = True

    def head(self, level: str, starred: bool, title: str) -> None:
        self.flush()
        if len(self.places) >= MOST_PLACES:
            return
        if level not in _LEVELS:
            self.uncertain = True
            return
        depth = _LEVELS[level]
        if not starred:
            self.counts = [*self.counts[:depth], self.counts[depth] + 1, *[0] * (2 - depth)]
        number = "" if starred or self.uncertain else self.numbered(depth)
        parents = tuple(self.titles[:depth])
        self.titles = [*parents, unmarked(title)]
        kind = "Appendix" if self.appendix else "Section"
        self.section, self.float, self.fresh = Place(kind, number, self.titles[-1], parents=parents), None, True
        self.places.append(self.section)

    def numbered(self, depth: int) -> str:
        first = self.counts[0]
        letter = chr(64 + first) if self.appendix and 0 < first < 27 else str(first)
        return ".".join([letter, *map(str, self.counts[1 : depth + 1])])

    def label(self, label: str) -> None:
        """A label belongs to the float it is in, or to the heading right before it."""
        target = self.float or (self.section if self.fresh else None)
        if target and not target.label and _SAFE_LABEL.fullmatch(label):
            target.label = label

    def environment(self, edge: str, name: str) -> None:
        if name not in _FLOATS:
            return
        self.flush()
        self.float = None
        if edge == "begin" and len(self.places) < MOST_PLACES:
            self.float = Place(_FLOATS[name], title=self.section.title if self.section else "")
            self.places.append(self.float)

    def number_float(self) -> None:
        if self.float and not self.float.number:
            self.floats[self.float.kind] += 1
            self.float.number = "" if self.uncertain else str(self.floats[self.float.kind])

    def sentences(self) -> Iterator[Sentence]:
        for parts, place, caption in self.paragraphs:
            yield from _sentences(parts, place, caption)


def _sentences(parts: list[tuple[str, int, str]], place: Place, caption: bool) -> Iterator[Sentence]:
    """Cut one paragraph; each sentence stands where it begins."""
    starts, text = [], ""
    for _, _, part in parts:
        starts.append(len(text))
        text += part + "\n"
        if len(text) > LONGEST:
            break
    position, at = 0, 0
    for piece in _END_OF_SENTENCE.split(text):
        position = text.index(piece, position)
        while at + 1 < len(starts) and starts[at + 1] <= position:
            at += 1
        said = _readable(piece)
        if said:
            yield Sentence(parts[at][0], parts[at][1], said, place, caption)
        position += len(piece)


def _readable(text: str) -> str:
    """As it reads, with the signs that facts hang on kept."""
    return unmarked(re.sub(r"\\pm(?![A-Za-z])", "±", re.sub(r"\\times(?![A-Za-z])", "×", text)))
