"""A checklist as data (schemas/checklists/*.yaml, schema artifactpack.checklist/1). Keys are hyphenated in the file.

No expressions: a condition names one fact and one test from a closed list. ``meets`` says when evidence meets the
item; ``contradicts`` says, per answer, which conditions contradict that answer; ``supports`` which support a No or NA.
"""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from artifactpack.models.config import Scalar
from artifactpack.models.records import file_record

Backing = Literal["machine", "partial", "author"]
Level = Literal["must", "should", "may"]


@file_record
class Condition:
    """One fact and exactly one test of it; ``declared``: here the author's declaration is enough to meet it."""

    fact: str
    is_: bool | None = None
    equals: Scalar | None = None
    at_least: float | None = None
    at_most: float | None = None
    one_of: tuple[Scalar, ...] = ()
    empty: bool | None = None
    known: bool | None = None
    declared: bool = False


@file_record
class Conditions:
    """``all`` of these and, if given, one of ``any``; nothing given means no machine can tell."""

    all: tuple[Condition, ...] = ()
    any: tuple[Condition, ...] = ()


@file_record
class Item:
    id: str
    title: str
    question: str
    block: str = ""
    level: Level = "must"
    backing: Backing = "machine"
    form_field: str = ""
    match: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    justification: Literal["required", "optional", "none", ""] = ""
    gate: str = ""
    is_gate: bool = False
    meets: Conditions = field(default_factory=Conditions)
    unmet: Conditions = field(default_factory=Conditions)
    contradicts: dict[str, tuple[Condition, ...]] = field(default_factory=dict)
    supports: dict[str, tuple[Condition, ...]] = field(default_factory=dict)
    not_applicable: tuple[Condition, ...] = ()
    no_means: str = ""
    na_means: str = ""
    viewed_badly: tuple[str, ...] = ()
    why: str = ""
    fix: str = ""
    justify: str = ""
    source: str = ""
    unconfirmed: str = ""


@file_record
class Checklist:
    schema: str = "artifactpack.checklist/1"
    id: str
    title: str
    venue: str = ""
    year: int | None = None
    kind: Literal["venue", "practice"] = "venue"
    assumed: str = ""
    extends: str = ""
    without: tuple[str, ...] = ()
    form: Literal["", "neurips", "neurips-2021", "aaai", "automl"] = ""
    source: str = ""
    date: str = ""
    unconfirmed: str = ""
    answers: tuple[str, ...] = ("yes", "no", "na")
    justification: Literal["required", "optional", "none"] = "required"
    items: tuple[Item, ...] = ()
