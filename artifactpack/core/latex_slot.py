"""A slot of a form in LaTeX: its answer, and exactly where it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from artifactpack.core.latex_text import Lines, group_end, key, plain
from artifactpack.models.checklist import Checklist
from artifactpack.patterns import late

Span = tuple[int, int]
MOST = 500  # items looked at in one file: no form has more than a tenth of that
FAR = 20_000  # characters that one item's text may span
ANSWERS = {"yes": "yes", "no": "no", "na": "na", "n/a": "na", "partial": "partial", "todo": "todo"}
MACRO = late(r"\\answer(Yes|No|NA|TODO)(?![A-Za-z])")
BOLD = r"(?:\{\s*\\bf(?:series)?(?![A-Za-z])|\\textbf\s*\{)"
ITEM = late(r"\\item(?![A-Za-z])(?:\s*\[[^\]]*\])?")
STOP = late(r"\\(begin|end)\s*\{|\\item(?![A-Za-z])")


@dataclass(frozen=True)
class Slot:
    """One item as it stands in the file. Spans are positions in the text; ``why_span`` None: there is no such line.

    ``answer`` is "" where it could not be read; ``fault`` then says why.
    """

    item: str
    line: int
    answer: str
    why: str
    answer_span: Span
    why_span: Span | None
    style: str
    fault: str = ""


def zone_end(clean: str, start: int) -> int:
    """Where the text that starts at *start* ends: at the next item, or where its list is closed."""
    depth = 0
    limit = min(len(clean), start + FAR)
    for match in STOP.finditer(clean, start, limit):
        if match.group(1) == "begin":
            depth += 1
        elif match.group(1) == "end":
            depth -= 1
        if depth < 0 or (depth == 0 and match.group(1) is None):
            return match.start()
    return limit


def trimmed(clean: str, start: int, end: int) -> Span:
    """The span without the blanks around it; comments count as blanks."""
    while end > start and clean[end - 1].isspace():
        end -= 1
    while start < end and clean[start].isspace():
        start += 1
    return start, end


def here(text: str, start: int, end: int) -> Span:
    """An empty span moves behind the blanks that follow on its line: that is where a person would type."""
    while start == end < len(text) and text[end] in " \t":
        start = end = end + 1
    return start, end


def answer_in(text: str, clean: str, item: str, start: int, stop: int, lines: Lines) -> Slot:
    """The one answer between *start* and *stop*: a macro with or without braces, or the bare word."""
    macros = list(MACRO.finditer(clean, start, stop))
    span = here(text, *trimmed(clean, start, stop))
    if not macros:
        return _bare(clean, item, span, lines)
    first = macros[0]
    end, inside = _argument(text, clean, first.end(), stop)
    rest = text[slice(*trimmed(clean, end, stop))]
    why = " ".join(f"{inside} {rest}".split())
    slot = Slot(
        item=item,
        line=lines.at(first.start()),
        answer=first.group(1).lower(),
        why="" if why in (".", ",", ";") else why,
        answer_span=(first.start(), end),
        why_span=None,
        style="argument",
    )
    if len({m.group(1) for m in macros}) > 1:
        return replace(slot, answer="", fault="more than one answer; keep one")
    if clean[span[0] : first.start()].strip(" {}[]()"):
        return replace(slot, answer="", fault="text before the answer; it is not clear what is meant")
    return slot


def _argument(text: str, clean: str, position: int, stop: int) -> tuple[int, str]:
    """The end of a macro with its ``{}``, ``{text}`` or ``[text]``, and that text."""
    match = re.compile(r"\s*(?=[\[{])").match(clean, position, stop)
    if match is None or "\n\n" in match.group():
        return position, ""
    opening = match.end()
    if clean[opening] == "[":
        closing = clean.find("]", opening, stop)
        return (closing + 1, text[opening + 1 : closing]) if closing > 0 else (position, "")
    end = group_end(clean, opening)
    return (end, text[opening + 1 : end - 1]) if end is not None and end <= stop else (position, "")


def _bare(clean: str, item: str, span: Span, lines: Lines) -> Slot:
    """An answer written without its macro: read if it is one word of the set, else reported."""
    words = plain(clean[slice(*span)]).strip(" []().").lower()
    answer = ANSWERS.get(words, "") if words else "todo"
    fault = "" if answer else f"'{words[:40]}' is not an answer macro"
    return Slot(
        item=item,
        line=lines.at(span[0]),
        answer=answer,
        why="",
        answer_span=span,
        why_span=None,
        style="bare",
        fault=fault,
    )


def matched(question: str, checklist: Checklist) -> str:
    """The id of the one item whose words the question has; "" for none, or for several."""
    asked = key(question)
    hits = [i for i in checklist.items if i.match and all(key(word) in asked for word in i.match)]
    return hits[0].id if len(hits) == 1 else ""
