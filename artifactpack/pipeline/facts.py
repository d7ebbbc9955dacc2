"""`explain`: items, facts and probes by name."""

from __future__ import annotations

from difflib import get_close_matches

from artifactpack.core.checklist import available, conditions, load_checklist
from artifactpack.core.checklist_text import item_text
from artifactpack.errors import InputError
from artifactpack.models.checklist import Checklist, Item
from artifactpack.probes import PROBES


def known_facts() -> dict[str, str]:
    """Every fact's full name and what it means."""
    return {f"{probe}.{fact}": text for probe, module in PROBES.items() for fact, text in module.FACTS.items()}


def explain(name: str) -> str:
    """What *name* is: ``list:item``, an item's id, a fact or a probe. Raises InputError that names the nearest."""
    facts = known_facts()
    if name in facts:
        return _fact(name, facts[name])
    if name in PROBES:
        return _probe(name, facts)
    found = _items(name)
    if not found:
        choices = [*facts, *PROBES, *(f"{c.id}:{i.id}" for c in map(load_checklist, available()) for i in c.items)]
        near = get_close_matches(name, choices, 1)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        raise InputError(f"{name}: no item, fact or probe of that name{hint}")
    return "\n".join(item_text(checklist, item) for checklist, item in found)


def _items(name: str) -> list[tuple[Checklist, Item]]:
    listed, _, item_id = name.rpartition(":")
    if listed.endswith((".yaml", ".yml")):
        lists = [load_checklist(listed)]
    else:
        lists = [load_checklist(c) for c in available() if listed in ("", c)]
    return [(c, i) for c in lists for i in c.items if i.id == item_id]


def _fact(name: str, meaning: str) -> str:
    used = [
        f"  {c.id}:{i.id}  {i.title}"
        for c in map(load_checklist, available())
        for i in c.items
        if any(condition.fact == name for condition in conditions(i))
    ]
    return "\n".join(
        [f"{name}: {meaning}", "", "items that it decides:" if used else "no shipped item asks for it", *used]
    )


def _probe(name: str, facts: dict[str, str]) -> str:
    doc = (PROBES[name].__doc__ or name).strip().splitlines()[0]
    own = [f"  {fact}: {text}" for fact, text in facts.items() if fact.startswith(f"{name}.")]
    return "\n".join([f"{name}: {doc}", "", "facts:", *own])
