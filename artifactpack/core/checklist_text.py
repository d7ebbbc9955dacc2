"""Checklists and items as plain text, for `checklist show` and `explain`."""

from __future__ import annotations

from collections.abc import Iterable

from artifactpack.core.conditions import wants
from artifactpack.models.checklist import Checklist, Condition, Conditions, Item

WHO = {
    "machine": "evidence can support and contradict it",
    "partial": "evidence points the way; a person decides",
    "author": "only the authors can answer it",
}


def checklist_text(checklist: Checklist) -> str:
    """The whole list: where it comes from, and each item on a few lines."""
    head = [f"{checklist.id}: {checklist.title}", f"{len(checklist.items)} items"]
    head += [f"source: {checklist.source}"] if checklist.source else []
    head += [f"date: {checklist.date}"] if checklist.date else []
    head += [f"not confirmed: {checklist.unconfirmed}"] if checklist.unconfirmed else []
    head += [f"answers: {', '.join(checklist.answers)}; justification {checklist.justification}"]
    out, block = head, ""
    for item in checklist.items:
        if item.block != block:
            block = item.block
            out += ["", block]
        out += ["", *_brief(item)]
    return "\n".join(out) + "\n"


def _brief(item: Item) -> list[str]:
    mark = {"machine": " ", "partial": "~", "author": "?"}[item.backing]
    return [f"{mark} {item.id:<6} {item.title}", f"         {item.question}"]


def item_text(checklist: Checklist, item: Item) -> str:
    """One item: its question, who can answer it, which facts decide, what answers mean, how to fix it."""
    allowed = ", ".join(item.answers or checklist.answers)
    out = [f"{checklist.id}:{item.id}  {item.title}", "", item.question or item.title, ""]
    out += [f"answers: {allowed}; {WHO[item.backing]}"]
    out += [f"counts only if item {item.gate} is answered yes"] if item.gate else []
    out += _group("met when", item.meets) + _group("unmet when", item.unmet)
    for answer, listed in item.contradicts.items():
        out += [f"a '{answer}' is contradicted when one of these holds:", *_lines(listed)]
    for answer, listed in item.supports.items():
        out += [f"a '{answer}' is supported when one of these holds:", *_lines(listed)]
    out += ["does not apply when one of these holds:", *_lines(item.not_applicable)] if item.not_applicable else []
    out += _meanings(item)
    return "\n".join(out) + "\n"


def _meanings(item: Item) -> list[str]:
    said = (
        ("no means", item.no_means),
        ("na means", item.na_means),
        ("viewed badly", ", ".join(item.viewed_badly)),
        ("why", item.why),
        ("fix", item.fix),
        ("source", item.source),
        ("not confirmed", item.unconfirmed),
    )
    return [f"{name}: {text}" for name, text in said if text]


def _group(title: str, group: Conditions) -> list[str]:
    out = [f"{title} all of these hold:", *_lines(group.all)] if group.all else []
    lead = "and one of these:" if group.all else f"{title} one of these holds:"
    return out + ([lead, *_lines(group.any)] if group.any else [])


def _lines(listed: Iterable[Condition]) -> list[str]:
    return [f"  {c.fact} is {wants(c)}" for c in listed]
