"""LaTeX as positions: comments blanked without moving anything, groups matched, text escaped and read back."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

from artifactpack.patterns import late

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "±": r"$\pm$",
    "×": r"$\times$",
    "–": "--",
    "—": "---",
    "…": r"\ldots{}",
    "“": "``",
    "”": "''",
    "’": "'",
}
_VERBATIM = late(r"\\begin\{(verbatim\*?|lstlisting|comment|minted)\}")
_VERB = late(r"\\verb\*?(?=[^A-Za-z\s*])|\\string\\[A-Za-z]+")
_COMMENT = late(r"(?<!\\)((?:\\\\)*)%[^\r\n]*")
_END = late(r"\\end\s*\{document\}(?!\s*\\fi)")
GROUP_LIMIT = 20_000  # characters; an answer longer than this is not an answer


def escape(text: str, references: Mapping[str, str] | None = None) -> str:
    r"""*text* as LaTeX that prints it, on one line; control characters are dropped, unknown letters kept.

    *references* maps names of places to their LaTeX (``Section 4.2 (sec:setup)`` to ``Section~\ref{sec:setup}``).
    """
    line = "".join(c for c in " ".join(text.split()) if c.isprintable())
    if not references:
        return _escaped(line)
    names = re.compile("|".join(map(re.escape, sorted(references, key=len, reverse=True))))
    out, position = [], 0
    for match in names.finditer(line):
        out += [_escaped(line[position : match.start()]), references[match.group()]]
        position = match.end()
    return "".join([*out, _escaped(line[position:])])


def _escaped(text: str) -> str:
    return "".join(_SPECIAL.get(c, c) for c in text)


def blanked(text: str) -> str:
    """*text* with comments, verbatim, ``\\string`` macros and what follows the document made spaces: same lines."""
    text = _blank(text, _verbatim_spans(text))
    text = _blank(text, _verb_spans(text))
    text = _COMMENT.sub(lambda m: m.group(1) + " " * (len(m.group()) - len(m.group(1))), text)
    end = _END.search(text)
    return _blank(text, [(end.end(), len(text))]) if end else text


def _verbatim_spans(text: str) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for match in _VERBATIM.finditer(text):
        if spans and match.start() < spans[-1][1]:
            continue
        closing = f"\\end{{{match.group(1)}}}"
        end = text.find(closing, match.end())
        if end < 0:
            break
        spans.append((match.start(), end + len(closing)))
    return spans


def _verb_spans(text: str) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for match in _VERB.finditer(text):
        end = match.end()
        if spans and match.start() < spans[-1][1]:
            continue
        if match.group().startswith("\\verb"):
            closing = text.find(text[end], end + 1, end + 300)
            end = 0 if closing < 0 or "\n" in text[end:closing] else closing + 1
        if end:
            spans.append((match.start(), end))
    return spans


def _blank(text: str, spans: list[tuple[int, int]]) -> str:
    out, position = [], 0
    for start, end in spans:
        if start >= position:
            out += [text[position:start], re.sub(r"[^\r\n]", " ", text[start:end])]
            position = end
    return "".join([*out, text[position:]])


def group_end(text: str, start: int) -> int | None:
    """Where the ``{`` at *start* is closed (the position after ``}``); None where that is not near."""
    depth = 0
    position, limit = start, min(len(text), start + GROUP_LIMIT)
    while position < limit:
        char = text[position]
        if char == "\\":
            position += 2
            continue
        depth += (char == "{") - (char == "}")
        position += 1
        if depth == 0:
            return position
    return None


def plain(text: str) -> str:
    """LaTeX *text* roughly as it reads: for comparing titles and for looking at what a justification says."""
    return unmarked(blanked(text))


def unmarked(text: str) -> str:
    """*text*, blanked before, without its macros and braces."""
    text = re.sub(r"\\(?:slash|/)\s?", "/", text)
    text = re.sub(r"\\(?:textasciitilde|textbackslash|ldots)(?:\{\})?", " ", text)
    text = re.sub(r"\\([%&$#_{}])", r"\1", text)
    text = re.sub(r"\\[A-Za-z]+\*?\s*(?:\[[^\]]*\])?", " ", text)
    text = re.sub(r"[{}~]", " ", text)
    text = text.replace("``", '"').replace("''", '"').replace("“", '"').replace("”", '"').replace("’", "'")
    return " ".join(text.split())


def key(text: str) -> str:
    """A title reduced to what survives retyping: letters and digits, lower case."""
    return re.sub(r"[^a-z0-9]+", "", plain(text).lower())


@dataclass(frozen=True)
class Lines:
    """Positions to 1-based line numbers."""

    starts: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> Lines:
        return cls((0, *(m.end() for m in re.finditer(r"\r\n|\n|\r", text))))

    def at(self, position: int) -> int:
        return bisect_right(self.starts, position)
