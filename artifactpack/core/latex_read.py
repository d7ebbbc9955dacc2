"""Find the slots of a form in LaTeX: one reader a family, each returning positions, never a guess."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from itertools import islice

from artifactpack.core.latex_text import Lines, group_end, key, plain
from artifactpack.models.checklist import Checklist

Span = tuple[int, int]
MOST = 500  # items looked at in one file: no form has more than a tenth of that
FAR = 20_000  # characters that one item's text may span
ANSWERS = {"yes": "yes", "no": "no", "na": "na", "n/a": "na", "partial": "partial", "todo": "todo"}

MACRO = re.compile(r"\\answer(Yes|No|NA|TODO)(?![A-Za-z])")
_BOLD = r"(?:\{\s*\\bf(?:series)?(?![A-Za-z])|\\textbf\s*\{)"
_TITLE = re.compile(rf"\\item\s*({_BOLD})")
ANSWER = re.compile(rf"\\item\s*\[\s*\]\s*{_BOLD}?\s*Answer\s*:(?:\s*\}})?")
_WHY = re.compile(rf"\\item\s*\[\s*\]\s*{_BOLD}?\s*Justification\s*:(?:\s*\}})?")
_WHY_HERE = re.compile(
    r"(?:\\\\\s*)?(?:\\(?:emph|textbf|textit)\s*\{|\{\s*\\(?:em|it|bf)\s)?\s*Justification\s*:(?:\s*\})?"
)
_ITEM = re.compile(r"\\item(?![A-Za-z])(?:\s*\[[^\]]*\])?")
_STOP = re.compile(r"\\(begin|end)\s*\{|\\item(?![A-Za-z])")
_GUIDELINES = re.compile(r"\\item\s*\[\s*\][^\\\r\n]{0,20}Guidelines\s*:")
KNOWN = re.compile(rf"\\item\s*{_BOLD}\s*(?:Claims|Limitations|Broader impacts|Safeguards|New assets)", re.IGNORECASE)
_WHY_TODO = re.compile(r"^\\justificationTODO(?![A-Za-z])\s*(?:\{\s*\})?\s*$")
_QUESTION = re.compile(r"\\question\s*(?=\{)")
_AAAI_STOP = re.compile(r"\\question\s*\{|\\end\s*\{|\\begin\s*\{|\\checksubsection|\\ifyespoints|\\ifrepro")
OPTIONS = re.compile(r"\((?:yes|no|partial|NA)(?:\s*/\s*(?:yes|no|partial|NA))+\)", re.IGNORECASE)
AAAI_WORDS = re.compile(r"pseudocode[^\r\n]{0,80}AI methods|theoretical contributions\?", re.IGNORECASE)
_PLACEHOLDER = "type your response here"
_WORD = re.compile(r"^(yes|partial|no|n/?a)(?=$|[\s.,;:])[.,;:]?\s*(.*)$", re.IGNORECASE | re.DOTALL)


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
    for match in _STOP.finditer(clean, start, limit):
        if match.group(1) == "begin":
            depth += 1
        elif match.group(1) == "end":
            depth -= 1
        if depth < 0 or (depth == 0 and match.group(1) is None):
            return match.start()
    return limit


def _trimmed(clean: str, start: int, end: int) -> Span:
    """The span without the blanks around it; comments count as blanks."""
    while end > start and clean[end - 1].isspace():
        end -= 1
    while start < end and clean[start].isspace():
        start += 1
    return start, end


def _here(text: str, start: int, end: int) -> Span:
    """An empty span moves behind the blanks that follow on its line: that is where a person would type."""
    while start == end < len(text) and text[end] in " \t":
        start = end = end + 1
    return start, end


# --- NeurIPS 2024 and later: \item {\bf Title}, \item[] Answer:, \item[] Justification: ---------------------------


def read_neurips(text: str, clean: str, checklist: Checklist) -> tuple[list[Slot], list[tuple[int, str]]]:
    lines = Lines.of(text)
    titles = _titles(clean, checklist)
    anchors = [m.span() for m in islice(ANSWER.finditer(clean), MOST)]
    slots: list[Slot] = []
    faults = [
        (lines.at(start), "an answer below a title that is not on the list")
        for start, _ in anchors
        if not _title_above(titles, start)
    ]
    for number, (start, after, item) in enumerate(titles):
        end = titles[number + 1][0] if number + 1 < len(titles) else len(clean)
        inside = [anchor for anchor in anchors if start < anchor[0] < end]
        if item and inside:
            slots += [_pair(text, clean, item, anchor[1], end, lines) for anchor in inside]
        elif item:
            slots += _unlabelled(text, clean, item, after, end, lines)
    return slots, faults


def _title_above(titles: list[tuple[int, int, str]], position: int) -> str:
    above = bisect_left(titles, (position, 0, ""))
    return titles[above - 1][2] if above else ""


def _unlabelled(text: str, clean: str, item: str, start: int, end: int, lines: Lines) -> list[Slot]:
    """An item whose author dropped "Answer:" and left the macro, somewhere before the guidelines."""
    guidelines = _GUIDELINES.search(clean, start, end)
    limit = guidelines.start() if guidelines else min(end, start + FAR)
    macro = MACRO.search(clean, start, limit)
    if macro is None:
        return []
    return [_pair(text, clean, item, macro.start(), limit, lines)]


def _titles(clean: str, checklist: Checklist) -> list[tuple[int, int, str]]:
    """Positions of bold item titles with the item they name ("" for a title not on the list)."""
    known = {key(item.title): item.id for item in checklist.items}
    found = []
    for match in islice(_TITLE.finditer(clean), 4 * MOST):
        opening = clean.index("{", match.start(1))
        end = group_end(clean, opening)
        if end is None:
            continue
        name = key(clean[opening:end])
        found.append((match.start(), end, known.get(name) or _nearest(name, known)))
    return found


def _nearest(name: str, known: dict[str, str]) -> str:
    """The item whose title was retyped, or cut short, as *name*; "" for none, or for several."""
    near = get_close_matches(name, known, 1, 0.85) or [title for title in known if title.startswith(name)]
    return known[near[0]] if len(near) == 1 and len(name) >= 8 else ""


def _pair(text: str, clean: str, item: str, start: int, end: int, lines: Lines) -> Slot:
    stop = min(zone_end(clean, start), end)
    slot = _answer_in(text, clean, item, start, stop, lines)
    match = _WHY.search(clean, stop, end)
    inside = None if match else _WHY_HERE.search(clean, slot.answer_span[1], stop)
    if inside:  # label and reason in the running text of the item
        slot = _answer_in(text, clean, item, start, inside.start(), lines)
    match = match or inside
    if match is None:
        return slot
    span = _here(text, *_trimmed(clean, match.end(), min(zone_end(clean, match.end()), end)))
    raw = text[slice(*span)]
    why = "" if _WHY_TODO.match(clean[slice(*span)]) else " ".join(raw.split())
    return replace(slot, why_span=span, why=why or ("" if slot.answer == "todo" else slot.why), style="pair")


def _answer_in(text: str, clean: str, item: str, start: int, stop: int, lines: Lines) -> Slot:
    """The one answer between *start* and *stop*: a macro with or without braces, or the bare word."""
    macros = list(MACRO.finditer(clean, start, stop))
    span = _here(text, *_trimmed(clean, start, stop))
    if not macros:
        return _bare(clean, item, span, lines)
    first = macros[0]
    end, inside = _argument(text, clean, first.end(), stop)
    rest = text[slice(*_trimmed(clean, end, stop))]
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


# --- NeurIPS 2021 to 2023, AutoML: \item Question \answerX{justification} -----------------------------------------


def read_nested(text: str, clean: str, checklist: Checklist) -> tuple[list[Slot], list[tuple[int, str]]]:
    lines = Lines.of(text)
    slots, faults = [], []
    for start in islice((m.end() for m in _ITEM.finditer(clean)), 4 * MOST):
        stop = zone_end(clean, start)
        macro = MACRO.search(clean, start, stop)
        question = clean[start : macro.start() if macro else stop]
        if _STOP.search(question):
            continue  # the heading of a block: its questions are items of their own
        item = _matched(question, checklist)
        if item and macro:
            slots.append(replace(_answer_in(text, clean, item, macro.start(), stop, lines), style="argument"))
        elif item:
            faults.append((lines.at(start), f"item {item}: no answer macro after the question"))
        elif macro and not _example(question):
            faults.append((lines.at(macro.start()), "an answer to a question that is not on the list"))
    return slots, faults


def _example(question: str) -> bool:
    """The example lines of the instructions, which authors leave in."""
    words = key(question)
    marks = ("youshouldanswer", "licensetothecode", "licenseofthe", "allthecodeforrunning")
    return not words or any(mark in words for mark in marks)


def _matched(question: str, checklist: Checklist) -> str:
    """The id of the one item whose words the question has; "" for none, or for several."""
    asked = key(question)
    hits = [i for i in checklist.items if i.match and all(key(word) in asked for word in i.match)]
    return hits[0].id if len(hits) == 1 else ""


# --- AAAI: \question{Text}{(options)} and the bare answer below it ------------------------------------------------


def read_aaai(text: str, clean: str, checklist: Checklist) -> tuple[list[Slot], list[tuple[int, str]]]:
    """``\\question{Text}{(yes/no)}`` with the answer below, or in older kits ``\\item Text (yes/no) {\\bf yes}``."""
    lines = Lines.of(text)
    slots, faults = [], []
    for start, asked, span in _questions(clean) if _QUESTION.search(clean) else _listed(clean):
        item = _matched(asked, checklist)
        if item:
            slots.append(_word(clean, item, span, lines))
        else:
            faults.append((lines.at(start), "a question that is not on the list"))
    return slots, faults


def _questions(clean: str) -> Iterator[tuple[int, str, Span]]:
    """Position, question and the span of the answer of each ``\\question``."""
    for match in islice(_QUESTION.finditer(clean), MOST):
        first = group_end(clean, match.end())
        opening = clean.find("{", first) if first else -1
        end = group_end(clean, opening) if first and opening >= 0 and not clean[first:opening].strip() else None
        if first is None or end is None:
            yield match.start(), "", (match.end(), match.end())
            continue
        stop = _AAAI_STOP.search(clean, end, end + FAR)
        span = _trimmed(clean, end, stop.start() if stop else min(len(clean), end + FAR))
        yield match.start(), clean[match.end() : first], span


def _listed(clean: str) -> Iterator[tuple[int, str, Span]]:
    """The same for the plain list of older kits: what stands behind the options in brackets is the answer."""
    for match in islice(_ITEM.finditer(clean), 4 * MOST):
        stop = _AAAI_STOP.search(clean, match.end(), match.end() + FAR)
        following = _ITEM.search(clean, match.end())
        ends = [m.start() for m in (stop, following) if m]
        end = min(ends, default=min(len(clean), match.end() + FAR))
        options = list(OPTIONS.finditer(clean, match.end(), end))
        if options:
            last = options[-1]
            yield match.start(), clean[match.end() : last.start()], _trimmed(clean, last.end(), end)


def _word(clean: str, item: str, span: Span, lines: Lines) -> Slot:
    words = plain(clean[slice(*span)]).strip(" []()")
    slot = Slot(item=item, line=lines.at(span[0]), answer="", why="", answer_span=span, why_span=None, style="word")
    if words.lower().rstrip(".") in (_PLACEHOLDER, ""):
        return replace(slot, answer="todo")
    match = _WORD.match(words)
    if match is None:
        return replace(slot, fault=f"'{words[:40]}' is not one of the options")
    return replace(slot, answer=ANSWERS[match.group(1).lower()], why=match.group(2).strip())
