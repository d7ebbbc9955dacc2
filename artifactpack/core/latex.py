"""Read a venue's checklist out of LaTeX: which item, which answer, which justification, and exactly where."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

from artifactpack.core.latex_aaai import AAAI_WORDS, OPTIONS, read_aaai
from artifactpack.core.latex_neurips import ANSWER, KNOWN, read_nested, read_neurips
from artifactpack.core.latex_slot import MACRO, Slot
from artifactpack.core.latex_text import Lines, blanked, key
from artifactpack.models.checklist import Checklist
from artifactpack.patterns import late

__all__ = ["FAMILIES", "Form", "Slot", "find_family", "read_form"]

FAMILIES = ("neurips", "neurips-2021", "aaai", "automl")
_BLOCK = late(r"%+\s*(BEGIN|END) INSTRUCTIONS")


@dataclass(frozen=True)
class Form:
    """A checklist found in a file; ``versions`` are the ids whose content it has, ``faults`` what is not readable."""

    family: str
    versions: tuple[str, ...]
    slots: tuple[Slot, ...]
    faults: tuple[tuple[int, str], ...] = ()
    notes: tuple[tuple[int, str], ...] = ()
    missing: tuple[str, ...] = field(default=())


def find_family(text: str) -> str:
    """Which family's form *text* holds, told by its content; "" for none."""
    clean = blanked(text)
    if len(OPTIONS.findall(clean, 0, 2_000_000)) >= 3 and ("\\question" in clean or AAAI_WORDS.search(clean)):
        return "aaai"
    if ANSWER.search(clean) or (MACRO.search(clean) and len(KNOWN.findall(clean)) >= 3):
        return "neurips"
    if not MACRO.search(clean):
        return ""
    words = key(clean)
    automl = ("sameevaluationprotocol", "detailsofyourevaluation", "rawresults", "enoughrepetitions")
    return "automl" if sum(w in words for w in automl) >= 2 else "neurips-2021"


def read_form(text: str, checklist: Checklist) -> Form:
    """Read *text* as the form of *checklist*'s family."""
    clean = _without_instructions(text, blanked(text))
    reader = {"neurips": read_neurips, "aaai": read_aaai}.get(checklist.form, read_nested)
    slots, faults = reader(text, clean, checklist)
    slots, doubled = _unique(slots)
    versions = _versions(text, clean, checklist)
    read = {slot.item for slot in slots}
    return Form(
        family=checklist.form,
        versions=versions,
        slots=tuple(slots),
        faults=tuple(sorted(faults + doubled + [(s.line, f"item {s.item}: {s.fault}") for s in slots if s.fault])),
        notes=tuple(_notes(text)),
        missing=tuple(item.id for item in checklist.items if item.id not in read),
    )


def _without_instructions(text: str, clean: str) -> str:
    """Blank what lies between the BEGIN and END INSTRUCTIONS comments: it is full of answer macros."""
    marks = [(m.group(1), m.start()) for m in _BLOCK.finditer(text)]
    for (kind, start), (following, end) in pairwise(marks):
        if (kind, following) == ("BEGIN", "END"):
            clean = clean[:start] + re.sub(r"[^\r\n]", " ", clean[start:end]) + clean[end:]
    return clean


def _notes(text: str) -> list[tuple[int, str]]:
    lines = Lines.of(text)
    return [
        (lines.at(m.start()), "the instruction block is still there; the venue asks to delete it")
        for m in _BLOCK.finditer(text)
        if m.group(1) == "BEGIN"
    ][:1]


def _unique(slots: list[Slot]) -> tuple[list[Slot], list[tuple[int, str]]]:
    seen: dict[str, Slot] = {}
    doubled = []
    for slot in slots:
        if slot.item in seen:
            doubled.append((slot.line, f"item {slot.item} is there twice (first on line {seen[slot.item].line})"))
        else:
            seen[slot.item] = slot
    return list(seen.values()), doubled


# --- versions -------------------------------------------------------------------------------------------------------

_SIGNS = (
    ("neurips-2025", late(r"The answer NA means")),
    ("neurips-2025", late(r"type of optimizer, etc\.")),
    ("neurips-2025", late(r"Conferences/2025/LLM|nips\.cc/public/guides/CodeSub")),
    ("neurips-2025", late(r"rigorousness")),
    ("neurips-2026", late(r"The answer \\answerNA(?:\{\})? means")),
    ("neurips-2026", late(r"type of optimizer\)")),
    ("neurips-2026", late(r"LLM policy in the NeurIPS ")),
    ("neurips-2026", late(r"scientific rigor,")),
)


def _versions(text: str, clean: str, checklist: Checklist) -> tuple[str, ...]:
    """The shipped lists this content can be; several where nothing tells them apart."""
    if checklist.form != "neurips":
        return (checklist.id,)
    if re.search(r"Theory Assumptions and Proofs|Experimental Result Reproducibility", clean):
        return ("neurips-2024",)
    votes = [name for name, sign in _SIGNS if sign.search(text)]
    if not re.search(r"Declaration\s+of\s+LLM", clean, re.IGNORECASE):  # and 2024 has the wording of 2025
        newest = votes.count("neurips-2026") > votes.count("neurips-2025")
        return ("neurips-2026",) if newest else ("neurips-2024", "neurips-2025", "neurips-2026")
    for name, other in (("neurips-2025", "neurips-2026"), ("neurips-2026", "neurips-2025")):
        if votes.count(name) > votes.count(other):
            return (name,)
    return ("neurips-2025", "neurips-2026")
