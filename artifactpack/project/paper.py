"""The paper's own LaTeX: which file is the paper, what it takes in, and what stands where.

Only the project's files are read, and no ``\\input`` leads out of it. The venue's form is no part of the paper: an
answer is not evidence for itself.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from artifactpack.patterns import late
from artifactpack.project.project import Project

if TYPE_CHECKING:
    from artifactpack.core.latex_outline import Place, Sentence

_NONE = "no LaTeX of the paper in the project"
LARGEST = 2_000_000  # bytes of one file
ALL = 8_000_000  # bytes of all files of one paper
DEEPEST = 20
_MAIN = late(r"\\documentclass(?:\s*\[[^\]]{0,500}\])?\s*\{([^{}]{1,100})\}")
_BEGIN = late(r"\\begin\s*\{document\}")
_INPUT = late(
    r"\\(?:input|include|subfile)\s*(?:\{\s*([^{}\s]{1,200})\s*\}|(?<=input)\s+([\w./-]{1,200}))"
    r"|\\(?:sub)?import\s*\{\s*([^{}\s]{0,200})\s*\}\s*\{\s*([^{}\s]{1,200})\s*\}"
)
_NO_PAPER = late(  # beside a paper; alone it may well be one
    r"(?:template|instructions|sample|example|poster|slides?|rebuttal|response|cover|letter|supp(?:l\w*)?|appendix\w*"
    r"|anonymoussubmission\d*|cameraready\d*|backup|bak|old|archive\w*|preview|sup)(?=[/_.-]|$)",
    re.IGNORECASE,
)
_SLIDES = ("beamer", "letter", "standalone", "tikzposter", "moderncv")
_ANSWERED = late(r"\\answer(?:Yes|No|NA|TODO)(?![A-Za-z])|\\question\s*\{|Type your response here")
_HEADING = late(r"\\section\*?\s*\{|\\end\s*\{document\}")
_HEADING_OR_INPUT = late(r"\\section\*?\s*\{|\\(?:input|include|subfile|import)\s*\{")
_SAMPLE = late(r"\\label\s*\{(?:sec:)?gen_inst\}")  # the venue's own sample text


class Paper(NamedTuple):
    """A paper that was read; ``missing`` are inputs that are not there, so that what they say is not known."""

    main: str
    places: tuple[Place, ...] = ()
    sentences: tuple[Sentence, ...] = ()
    missing: tuple[str, ...] = ()


class NoPaper(NamedTuple):
    """Why there is no paper to read."""

    reason: str


def read_paper(project: Project) -> Paper | NoPaper:
    """The paper of *project*, found and read once."""
    return project.once("paper", lambda: _read(project))


def references(project: Project) -> dict[str, str]:
    r"""How each place of the paper is named in text → how LaTeX names it (``Section~\ref{sec:setup}``)."""
    paper = read_paper(project)
    return {place.name: place.latex for place in paper.places} if isinstance(paper, Paper) else {}


def _read(project: Project) -> Paper | NoPaper:
    if not any(f.lower().endswith(".tex") for f in project.files):
        return NoPaper(_NONE)
    from artifactpack.core.latex_outline import outline  # patterns for LaTeX cost start-up, and few projects have any

    texts = _Texts(project)
    main = _main(texts)
    if isinstance(main, NoPaper):
        return main
    lines = _Lines(texts, posixpath.dirname(main))
    found = outline(lines.of(main, 0))
    return Paper(main, tuple(found.places), tuple(found.sentences), tuple(lines.missing))


class _Texts:
    """The project's LaTeX, blanked; nothing beyond the limits."""

    def __init__(self, project: Project) -> None:
        self.project = project
        ours = project.index.roles.is_vendored
        self.names = [f for f in project.files if f.lower().endswith(".tex") and not ours(f)]
        self.kept: dict[str, str] = {}
        self.left = ALL

    def get(self, path: str) -> str:
        from artifactpack.core.latex_text import blanked

        if path not in self.kept:
            size = self.project.size(path)
            fits = size <= min(LARGEST, self.left)
            self.left -= size if fits else 0
            self.kept[path] = blanked(self.project.read_text(path)) if fits else ""
        return self.kept[path]


def _main(texts: _Texts) -> str | NoPaper:
    """The one file that is a whole paper; several are told apart by which takes in the form, else not at all."""
    mains = [f for f in texts.names if _is_main(texts.get(f)) and not _is_form_alone(texts.get(f))]
    if not mains:
        return NoPaper(_NONE)
    declared = texts.project.config.paper.checklist_tex
    with_form = [f for f in mains if _takes_in_form(texts, f, declared)]
    likely = [f for f in mains if not _NO_PAPER.search(f) and not _SAMPLE.search(texts.get(f))]
    for group in (with_form, likely, mains):
        if len(group) == 1:
            return group[0]
    return NoPaper(f"several papers in the project: {', '.join(mains[:3])}")


def _is_main(text: str) -> bool:
    kind = _MAIN.search(text)
    return bool(kind and kind.group(1).strip() not in _SLIDES and _BEGIN.search(text, kind.end()))


def _is_form_alone(text: str) -> bool:
    return bool(_ANSWERED.search(text) and not _HEADING_OR_INPUT.search(_without_form(_without_preamble(text))))


def _takes_in_form(texts: _Texts, main: str, declared: str) -> bool:
    lines = _Lines(texts, posixpath.dirname(main))
    taken = list(dict.fromkeys(path for path, _, _ in lines.of(main, 0)))
    return declared in taken if declared else bool(lines.forms)


class _Lines:
    """The lines of a document with its inputs in their place, each file once; forms left out."""

    def __init__(self, texts: _Texts, folder: str) -> None:
        self.texts, self.folder = texts, folder
        self.seen: set[str] = set()
        self.missing: list[str] = []
        self.forms: list[str] = []

    def of(self, path: str, depth: int) -> Iterator[tuple[str, int, str]]:
        from artifactpack.core.latex import find_family

        self.seen.add(path)
        text = self.texts.get(path)
        text = _without_preamble(text)
        if find_family(text):
            self.forms.append(path)
            text = _without_form(text)
        for number, line in enumerate(text.split("\n"), 1):
            position = 0
            for match in _INPUT.finditer(line):
                yield path, number, line[position : match.start()]
                position = match.end()
                yield from self.taken(match, path, depth)
            yield path, number, line[position:]

    def taken(self, match: re.Match[str], path: str, depth: int) -> Iterator[tuple[str, int, str]]:
        name = match[1] or match[2] or f"{match[3]}/{match[4]}"
        found = self.resolved(name, posixpath.dirname(path))
        if found is None and not name.endswith((".bbl", ".sty", ".tikz", ".pgf", ".cls")):
            self.missing.append(name)
        elif found and found not in self.seen and depth < DEEPEST:
            yield from self.of(found, depth + 1)

    def resolved(self, name: str, near: str) -> str | None:
        """LaTeX looks from the main file's folder; ``\\import`` and habit also from the file's own."""
        for folder in dict.fromkeys((self.folder, near)):
            path = posixpath.normpath(posixpath.join(folder, name))
            for candidate in (f"{path}.tex", path):
                if candidate in self.texts.project:
                    return candidate
        return None


def _without_preamble(text: str) -> str:
    begin = _BEGIN.search(text)
    return re.sub(r"[^\n]", " ", text[: begin.end()]) + text[begin.end() :] if begin else text


def _without_form(text: str) -> str:
    """Blank the form: from the heading above its first answer to the heading below its last."""
    answers = [m.start() for m in _ANSWERED.finditer(text)]
    if not answers:
        return ""
    above = [m.start() for m in _HEADING.finditer(text, 0, answers[0])]
    below = _HEADING.search(text, answers[-1])
    start, end = (above[-1] if above else 0), (below.start() if below else len(text))
    return text[:start] + re.sub(r"[^\n]", " ", text[start:end]) + text[end:]
