"""AAAI: a question with its options, and the bare answer below it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from artifactpack.core.latex_slot import (
    ANSWERS,
    FAR,
    ITEM,
    MOST,
    Slot,
    Span,
    matched,
    trimmed,
)
from artifactpack.core.latex_text import Lines, group_end, plain
from artifactpack.models.checklist import Checklist
from artifactpack.patterns import late

_QUESTION = late(r"\\question\s*(?=\{)")
_AAAI_STOP = late(r"\\question\s*\{|\\end\s*\{|\\begin\s*\{|\\checksubsection|\\ifyespoints|\\ifrepro")
OPTIONS = late(r"\((?:yes|no|partial|NA)(?:\s*/\s*(?:yes|no|partial|NA))+\)", re.IGNORECASE)
AAAI_WORDS = late(r"pseudocode[^\r\n]{0,80}AI methods|theoretical contributions\?", re.IGNORECASE)
_PLACEHOLDER = "type your response here"
_WORD = late(r"^(yes|partial|no|n/?a)(?=$|[\s.,;:])[.,;:]?\s*(.*)$", re.IGNORECASE | re.DOTALL)


def read_aaai(text: str, clean: str, checklist: Checklist) -> tuple[list[Slot], list[tuple[int, str]]]:
    """``\\question{Text}{(yes/no)}`` with the answer below, or in older kits ``\\item Text (yes/no) {\\bf yes}``."""
    lines = Lines.of(text)
    slots, faults = [], []
    for start, asked, span in _questions(clean) if _QUESTION.search(clean) else _listed(clean):
        item = matched(asked, checklist)
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
        span = trimmed(clean, end, stop.start() if stop else min(len(clean), end + FAR))
        yield match.start(), clean[match.end() : first], span


def _listed(clean: str) -> Iterator[tuple[int, str, Span]]:
    """The same for the plain list of older kits: what stands behind the options in brackets is the answer."""
    for match in islice(ITEM.finditer(clean), 4 * MOST):
        stop = _AAAI_STOP.search(clean, match.end(), match.end() + FAR)
        following = ITEM.search(clean, match.end())
        ends = [m.start() for m in (stop, following) if m]
        end = min(ends, default=min(len(clean), match.end() + FAR))
        options = list(OPTIONS.finditer(clean, match.end(), end))
        if options:
            last = options[-1]
            yield match.start(), clean[match.end() : last.start()], trimmed(clean, last.end(), end)


def _word(clean: str, item: str, span: Span, lines: Lines) -> Slot:
    words = plain(clean[slice(*span)]).strip(" []()")
    slot = Slot(item=item, line=lines.at(span[0]), answer="", why="", answer_span=span, why_span=None, style="word")
    if words.lower().rstrip(".") in (_PLACEHOLDER, ""):
        return replace(slot, answer="todo")
    match = _WORD.match(words)
    if match is None:
        return replace(slot, fault=f"'{words[:40]}' is not one of the options")
    return replace(slot, answer=ANSWERS[match.group(1).lower()], why=match.group(2).strip())
