"""Lint of answers and forms: what reviewers see at once, and authors too late."""

from __future__ import annotations

import re

from artifactpack.models.checklist import Item
from artifactpack.models.verdict import Answer
from artifactpack.patterns import late

_RELEASE = (
    r"(?:release|publish|open[- ]?source|provide|share|make|made|upload|available|report|include|add|describe|clean)"
)
_WE = r"we|authors?|and|code|data"
PROMISE = late(
    rf"\b(?:will|shall|(?:{_WE})\W+(?:\w+\W+)?(?:plan|intend|aim|commit|promise)s?(?:ed)? to|going to)\b"
    rf"(?:\W+\w+){{0,4}}?\W+(?!make\s+use){_RELEASE}\w*"
    r"|\b(?:up)?on (?:acceptance|publication)\b|\bafter (?:acceptance|publication|(?:the )?review)\b"
    r"|\b(?:in|for) the camera[- ]ready\b|\bcoming soon\b|\bto be (?:released|made|published|added|provided)\b",
    re.IGNORECASE,
)
_GIVES = r"(?:provide|include|release|attach|supply|share|publish)"
_LATER = r"(?! (?:\w+ )?(?:up)?on (?:acceptance|publication)| after)"
_GIVEN = late(  # what is there already, whatever is promised besides
    r"\b(?:is|are|was|were|been) (?:\w+ ){0,2}?(?:provided|included|released|available|attached|supplied|shipped|hosted"
    rf"|published|open-?sourced)\b{_LATER}|\bwe (?:\w+ )?{_GIVES}\b{_LATER}",
    re.IGNORECASE,
)
_THINGS = late(r"\b(code|data|model|checkpoint|weight|benchmark)", re.IGNORECASE)
_NOT = r"(?:do|does|did|have|has|are|is|could|can)(?:n't| ?not)"
_SUBJECT = r"(?:we|it|the (?:paper|code|data|authors)|our (?:paper|work|code)|this (?:paper|work))"
_DONE = (
    r"(?:report|provid|includ|releas|run|perform|repeat|specif(?:y|ied|ies)|describ|discuss|disclos|shar|stat"
    r"|conduct|publish|available|open)\w*"
)
_HARMLESS = (
    r"human|participants?|personal|private|sensitive|patients?|animals?|harm\w*|identif\w+|confidential|any risk"
)
OPPOSITE = late(
    r"(?:^|[.!?]\s)\W*(?:"
    r"no[.,;:!]|none\b|n/?a\b|not applicable\b|(?:this|it) does not apply\b"
    rf"|{_SUBJECT} {_NOT} (?:\w+ ){{0,2}}?{_DONE}\b(?!(?: \w+){{0,4}} (?:{_HARMLESS}))"
    r"|(?:there (?:is|are) )?no (?:\w+ )?(?:experiments?|code|error bars?|data)\b"
    r"(?=\W*(?:$|[.]|to |is |are |was |were |in ))"
    r")",
    re.IGNORECASE,
)
_CLAUSE = late(r"[.;:!?]\s|\s(?:and|but|while)\s")
_LABEL = late(r"\\label\s*(?:\[[^\]]*\])?\{([^{}]{1,200})\}|\blabel\s*=\s*\{?([\w:.-]{1,200})")
_REFERENCE = late(
    r"\\(?:[cC]ref|auto[rR]ef|ref|eqref|nameref|pageref|vref|labelcref|Autoref|subref)\*?\s*\{([^{}]{1,500})\}"
    r"|\\hyperref\[([^\]]{1,200})\]"
)
TODO = late(r"\\?(?:justificationTODO|answerTODO)\b|\[?\bTODO\b\]?|\bTBD\b|\bFIXME\b|Type your response here")


def lint_answer(item: Item, answer: Answer | None, allowed: tuple[str, ...], justification: str) -> tuple[str, ...]:
    """One sentence for each thing that is wrong with *answer* as a text; () for none and for assumed answers."""
    if answer is None or answer.source == "assumed":
        return ()
    faults = list(answer.faults)
    if answer.value == "todo" or TODO.search(answer.why):
        faults.append("TODO left")
    if answer.value != "todo" and allowed and answer.value not in allowed:
        faults.append(f"'{answer.value}' is not one of the allowed answers ({', '.join(allowed)})")
    if answer.value in item.viewed_badly:
        faults.append(_viewed(item, answer.value))
    if answer.value == "yes":
        faults += _yes_faults(answer.why)
    if _wanted(item.justification or justification, answer):
        faults.append("no justification; this list asks for one")
    return tuple(faults)


def labels(text: str) -> frozenset[str]:
    """Every label that LaTeX *text* defines (comments left out by the caller)."""
    return frozenset((m.group(1) or m.group(2)).strip() for m in _LABEL.finditer(text))


def references(text: str) -> tuple[str, ...]:
    """Every label that LaTeX *text* refers to, in order."""
    found = (part.strip() for m in _REFERENCE.finditer(text) for part in (m.group(1) or m.group(2)).split(","))
    return tuple(dict.fromkeys(part for part in found if part))


def dangling(why: str, defined: frozenset[str]) -> tuple[str, ...]:
    """One sentence for each label that *why* refers to and no file defines."""
    return tuple(f"refers to the label '{ref}', which no file defines" for ref in references(why) if ref not in defined)


def _viewed(item: Item, value: str) -> str:
    meaning = item.na_means if value == "na" else item.no_means
    return f"'{value}' is viewed badly here" + (f": it means that {meaning}" if meaning else "")


def _yes_faults(why: str) -> list[str]:
    out = []
    promise = PROMISE.search(why)
    if promise and not _given_already(why):
        out.append(f"a yes justified by a promise: “{promise.group(0).strip()}”")
    opposite = OPPOSITE.search(why)
    if opposite:
        out.append(f"a yes whose text says the opposite: “{opposite.group(0).strip()}”")
    return out


def _given_already(why: str) -> bool:
    """Whether *why* also says that what it promises, or a supplement, is there now."""
    clauses = _CLAUSE.split(why)
    given = " ".join(c for c in clauses if _GIVEN.search(c) and not PROMISE.search(c))
    promised = {m.lower() for c in clauses if PROMISE.search(c) for m in _THINGS.findall(c)}
    there = {m.lower() for m in _THINGS.findall(given)}
    return bool(given) and ("supplement" in given or not promised or bool(promised & there))


def _wanted(policy: str, answer: Answer) -> bool:
    return policy == "required" and answer.value != "todo" and not answer.why.strip()
