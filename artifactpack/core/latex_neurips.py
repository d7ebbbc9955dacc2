"""NeurIPS: titled items with an answer and a justification, or questions with both in one macro."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import replace
from difflib import get_close_matches
from itertools import islice

from artifactpack.core.latex_slot import (
    BOLD,
    FAR,
    ITEM,
    MACRO,
    MOST,
    STOP,
    Slot,
    answer_in,
    here,
    matched,
    trimmed,
    zone_end,
)
from artifactpack.core.latex_text import Lines, group_end, key
from artifactpack.models.checklist import Checklist
from artifactpack.patterns import late

_TITLE = late(rf"\\item\s*({BOLD})")
ANSWER = late(rf"\\item\s*\[\s*\]\s*{BOLD}?\s*Answer\s*:(?:\s*\}})?")
_WHY = late(rf"\\item\s*\[\s*\]\s*{BOLD}?\s*Justification\s*:(?:\s*\}})?")
_WHY_HERE = late(
    r"(?:\\\\\s*)?(?:\\(?:emph|textbf|textit)\s*\{|\{\s*\\(?:em|it|bf)\s)?\s{0,40}Justification\s*:(?:\s*\})?"
)
_GUIDELINES = late(r"\\item\s*\[\s*\][^\\\r\n]{0,20}Guidelines\s*:")
KNOWN = late(rf"\\item\s*{BOLD}\s*(?:Claims|Limitations|Broader impacts|Safeguards|New assets)", re.IGNORECASE)
_WHY_TODO = late(r"^\\justificationTODO(?![A-Za-z])\s*(?:\{\s*\})?\s*$")


def read_neurips(text: str, clean: str, checklist: Checklist) -> tuple[list[Slot], list[tuple[int, str]]]:
    """2024 and later: ``\\item {\\bf Title}`` with ``\\item[] Answer:`` and ``\\item[] Justification:`` below it."""
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
    slot = answer_in(text, clean, item, start, stop, lines)
    match = _WHY.search(clean, stop, end)
    inside = None if match else _WHY_HERE.search(clean, slot.answer_span[1], stop)
    if inside:  # label and reason in the running text of the item
        slot = answer_in(text, clean, item, start, inside.start(), lines)
    match = match or inside
    if match is None:
        return slot
    span = here(text, *trimmed(clean, match.end(), min(zone_end(clean, match.end()), end)))
    raw = text[slice(*span)]
    why = "" if _WHY_TODO.match(clean[slice(*span)]) else " ".join(raw.split())
    return replace(slot, why_span=span, why=why or ("" if slot.answer == "todo" else slot.why), style="pair")


def read_nested(text: str, clean: str, checklist: Checklist) -> tuple[list[Slot], list[tuple[int, str]]]:
    """2021 to 2023, and AutoML: ``\\item Question \\answerX{justification}``."""
    lines = Lines.of(text)
    slots, faults = [], []
    for start in islice((m.end() for m in ITEM.finditer(clean)), 4 * MOST):
        stop = zone_end(clean, start)
        macro = MACRO.search(clean, start, stop)
        question = clean[start : macro.start() if macro else stop]
        if STOP.search(question):
            continue  # the heading of a block: its questions are items of their own
        item = matched(question, checklist)
        if item and macro:
            slots.append(replace(answer_in(text, clean, item, macro.start(), stop, lines), style="argument"))
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
