"""The people whom a paper's own LaTeX names as its authors."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from artifactpack.models.scan import Mark
from artifactpack.patterns import late
from artifactpack.scan.identity_shapes import people

_AUTHOR = late(r"\\(?:author|icmlauthor|authorname)\*?\s{0,4}(?:\[[^\]\n]{0,200}\]\s{0,4})?\{")
_COMMENT = late(r"(?m)(?<!\\)%.*$")
_NEXT = late(r"(?i)\\and(?![a-z])|\\quad|\\qquad|\\hspace\*?\{[^}]*\}|&")
_RAISED = late(
    r"\$[^$]{0,60}\$|\\(?:textsuperscript|thanks|footnote|footnotemark|orcidlink|inst)(?:\[[^\]]*\])?\{[^{}]*\}"
)
_COMMAND = late(r"\\(?:[A-Za-z]{1,40}\*?|.)(?:\[[^\]]{0,80}\])?|[{}~]")
_LONGEST, _MOST = 6000, 200  # letters of one, and how many


def tex_people(text: str, source: str) -> Iterator[Mark]:
    """Names in `\\author{…}` and its kin: of each group the first line, and later lines that mark names by number."""
    for match in islice(_AUTHOR.finditer(text), _MOST):
        body = _COMMENT.sub("", _braced(text, match.end()))
        for group in _NEXT.split(body):
            for number, line in enumerate(group.strip().split("\\\\")):
                if number == 0 or _RAISED.search(line.strip(), 3):
                    plain = _COMMAND.sub(" ", _RAISED.sub(",", line))
                    yield from people(" ".join(plain.split()), source)


def _braced(text: str, start: int) -> str:
    """What stands from *start* to the brace that closes, or a few thousand letters of it."""
    depth = 1
    for at in range(start, min(len(text), start + _LONGEST)):
        depth += (text[at] == "{") - (text[at] == "}")
        if not depth:
            return text[start:at]
    return text[start : start + _LONGEST]
