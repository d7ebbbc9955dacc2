"""Fill a form from evidence: which answers can be given, and the smallest edits that write them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from artifactpack.core.judge import judge
from artifactpack.core.justify import justify
from artifactpack.core.latex import Form, Slot
from artifactpack.core.latex_text import escape, plain
from artifactpack.models.checklist import Checklist, Item
from artifactpack.models.fact import Finding
from artifactpack.models.verdict import Answer, ItemResult
from artifactpack.patterns import late

Action = Literal["filled", "kept", "author", "open", "same"]
_FACT_NAME = late(r"\b[a-z_]+\.[a-z_]+: ")  # what an absent fact's words begin with
_MACRO_NAME = late(r"\\answer[A-Za-z]+")
MACROS = {"yes": "Yes", "no": "No", "na": "NA"}
WORDS = {"yes": "yes", "no": "no", "partial": "partial", "na": "NA"}


@dataclass(frozen=True)
class Proposal:
    """An answer that evidence supports or the author declared, with its justification."""

    item: str
    answer: str
    why: str


@dataclass(frozen=True)
class Step:
    """What happened to one item of the form, and why."""

    item: str
    title: str
    action: Action
    answer: str = ""
    why: str = ""
    reason: str = ""
    line: int = 0


def propose(checklist: Checklist, findings: Mapping[str, Finding], ignore: Mapping[str, str]) -> dict[str, Proposal]:
    """The answers that the facts support: yes where the item is met, na where facts show that it does not apply.

    A no is never proposed: what is not in the repository may be in the paper.
    """
    out: dict[str, Proposal] = {}
    for answer in ("yes", "na"):
        open_items = [i for i in checklist.items if _may(i, answer, checklist) and i.id not in out]
        tried = {i.id: Answer(value=answer, why="…") for i in open_items}
        results = judge(checklist, findings, tried, ignore).items
        known = {i.id: i for i in open_items}
        for result in results:
            item = known.get(result.id)
            if item is not None and result.verdict == "supported":
                out[item.id] = Proposal(item.id, answer, _why(item, answer, result, findings))
    return out


def _may(item: Item, answer: str, checklist: Checklist) -> bool:
    return item.backing != "author" and answer in (item.answers or checklist.answers)


def _why(item: Item, answer: str, result: ItemResult, findings: Mapping[str, Finding]) -> str:
    said = justify(item.justify, findings) if answer == "yes" else ""
    if said:
        return said
    told = [b.note for b in result.because if b.note] or [_FACT_NAME.sub("", result.reason)]
    reason = "; ".join(dict.fromkeys(told))
    return f"{reason[:1].upper()}{reason[1:]}." if reason else ""


def fill(
    text: str,
    form: Form,
    checklist: Checklist,
    proposals: Mapping[str, Proposal],
    *,
    replace: bool = False,
    references: Mapping[str, str] | None = None,
) -> tuple[str, tuple[Step, ...]]:
    r"""*text* with the proposed answers written in; every byte outside answers and justifications stays.

    *references*: names of the paper's places in justifications → how LaTeX refers to them.
    """
    edits: list[tuple[int, int, str]] = []
    steps = []
    slots = {slot.item: slot for slot in form.slots}
    closed = {i.id for i in checklist.items if i.is_gate and i.id in slots and slots[i.id].answer in ("no", "na")}
    for item in checklist.items:
        slot = slots.get(item.id)
        if slot is None:
            continue
        proposal = proposals.get(item.id) if item.gate not in closed else None
        step = _step(item, slot, proposal, replace)
        if step.action == "filled":
            edits += _edits(text, slot, step, escape(step.why, references), replace)
        steps.append(step)
    return apply(text, edits), tuple(steps)


def apply(text: str, edits: list[tuple[int, int, str]]) -> str:
    """Replace each (start, end) by its new text."""
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _step(item: Item, slot: Slot, proposal: Proposal | None, replace: bool) -> Step:
    base = {"item": item.id, "title": item.title, "line": slot.line}
    human = slot.answer not in ("", "todo") or bool(slot.fault)
    if proposal is None and human:
        return Step(**base, action="kept", answer=slot.answer, reason=slot.fault)  # type: ignore[arg-type]
    if proposal is None:
        action: Action = "author" if item.backing == "author" else "open"
        reason = "only the authors can answer this" if action == "author" else "the evidence does not answer this"
        return Step(**base, action=action, reason=reason)  # type: ignore[arg-type]
    if human and not replace and not _only_why_missing(slot, proposal):
        same = slot.answer == proposal.answer
        reason = "" if same else f"evidence says {proposal.answer}; --replace would write it"
        return Step(**base, action="kept", answer=slot.answer, reason=slot.fault or reason)  # type: ignore[arg-type]
    return Step(**base, action="filled", answer=proposal.answer, why=proposal.why)  # type: ignore[arg-type]


def _only_why_missing(slot: Slot, proposal: Proposal) -> bool:
    """The author gave the answer that the evidence gives, and left its justification open."""
    return slot.answer == proposal.answer and slot.style == "pair" and not slot.why and not slot.fault


def _edits(text: str, slot: Slot, step: Step, why: str, replace: bool) -> list[tuple[int, int, str]]:
    if slot.style == "word":
        start, end = slot.answer_span
        glued = start == end and start > 0 and not text[start - 1].isspace()
        return [(start, end, f"{' ' * glued}{WORDS[step.answer]}")]
    macro = f"\\answer{MACROS[step.answer]}"
    kept = bool(plain(slot.why)) and not replace
    start, end = slot.answer_span
    name = _MACRO_NAME.match(text, start, end)
    argument = text[name.end() : end] if name else ""
    if slot.why_span is None:
        written = macro + (argument or "{}") if kept else f"{macro}{{{why}}}"
        return [(start, end, written)]
    out = [(start, end, macro + (argument if plain(argument) else "{}"))]
    if why and not kept:
        first, last = slot.why_span
        out.append((first, last, why if first > 0 and text[first - 1].isspace() else f" {why}"))
    return [edit for edit in out if text[edit[0] : edit[1]] != edit[2]]
