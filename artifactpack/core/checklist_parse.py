"""A checklist file into a record: read the YAML strictly, merge what it extends, collect every fault."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from artifactpack.core.checklist import DEEPEST, SUFFIXES, Text, find
from artifactpack.errors import ChecklistError
from artifactpack.models.checklist import Checklist, Condition, Item
from artifactpack.models.records import Invalid, Json, _fields, hyphenated, load, restore

MOST = 500  # items
TESTS = ("is", "equals", "at-least", "at-most", "one-of", "empty", "known")


def parse(text: Text, *, trusted: bool = False) -> tuple[Checklist, tuple[Text, ...]]:
    """Return the checklist in *text* and the files it extends; raises with every fault found.

    A *trusted* one, which comes with the program, is not validated: that would import pydantic.
    """
    from artifactpack.core.yaml_safe import read_yaml

    raw, parents = _resolved(text, read_yaml, ())
    faults = _Faults(text.name, trusted)
    items, broken = _items(raw, faults)
    head = {key: value for key, value in raw.items() if key not in ("items", "without")}
    checklist = faults.try_load(Checklist, {**head, "items": []}, "")
    _cross_check(raw, [*items, *broken], faults)
    if faults.found or checklist is None:
        raise ChecklistError("\n".join(faults.found), items=(*items, *broken))
    from dataclasses import replace

    return replace(checklist, items=tuple(items)), parents


class _Faults:
    """Every fault as one sentence: file, item, key, what is wrong."""

    def __init__(self, file: str, trusted: bool) -> None:
        self.file = file
        self.make = restore if trusted else load
        self.found: list[str] = []

    def add(self, item: str, key: str, message: str) -> None:
        where = ", ".join(part for part in (f"item '{item}'" if item else "", key) if part)
        self.found.append(f"{self.file}: {where}: {message}" if where else f"{self.file}: {message}")

    def try_load(self, cls: type, raw: Json, item: str) -> Any:
        try:
            return self.make(cls, raw)
        except Invalid as invalid:
            for path, message in invalid.faults:
                self.add(item, _spelt(path), _friendly(path, message))
        return None


def _spelt(path: tuple[str | int, ...]) -> str:
    out = ""
    for part in path:
        out += f"[{part}]" if isinstance(part, int) else f".{part}"
    return out.lstrip(".")


def _friendly(path: tuple[str | int, ...], message: str) -> str:
    if message.startswith(("Extra inputs", "Unexpected keyword")):
        near = get_close_matches(str(path[-1]), _known_keys(), 1)
        return "unknown key" + (f"; did you mean '{near[0]}'?" if near else "")
    if message.startswith(("Field required", "Missing required")):
        return "this key is missing"
    return message[0].lower() + message[1:]


def _known_keys() -> list[str]:
    return sorted({hyphenated(name) for cls in (Checklist, Item, Condition) for name in _fields(cls)} | {"all", "any"})


def _resolved(text: Text, read: Callable[[Text], Json], seen: tuple[str, ...]) -> tuple[Any, tuple[Text, ...]]:
    """The file as a mapping with its parents merged in, and those parents."""
    raw = read(text)
    if not isinstance(raw, Mapping):
        raise ChecklistError(f"{text.name}: a checklist is a mapping with id, title and items.")
    parent_name = raw.get("extends") or ""
    if not isinstance(parent_name, str) or not parent_name:
        return dict(raw), ()
    chain = (*seen, str(text.path.resolve()))
    parent = find(parent_name, text.path.parent.resolve() if parent_name.endswith(SUFFIXES) else None)
    if str(parent.path.resolve()) in chain or len(chain) > DEEPEST:
        raise ChecklistError(f"{text.name}: extends: '{parent_name}' leads back here; break the circle.")
    base, parents = _resolved(parent, read, chain)
    return _merged(base, raw), (*parents, parent)


def _merged(base: Mapping[str, Any], child: Mapping[str, Any]) -> dict[str, Any]:
    """*child* over *base*: keys replace keys; items of the same id are merged, new ones appended."""
    dropped = {name for name in _list(child.get("without")) if isinstance(name, str)}
    items = {i["id"]: i for i in _list(base.get("items")) if isinstance(i, Mapping) and "id" in i}
    loose = []
    for item in _list(child.get("items")):
        if isinstance(item, Mapping) and isinstance(item.get("id"), str):
            items[item["id"]] = {**items.get(item["id"], {}), **item}
        else:
            loose.append(item)
    kept = [item for key, item in items.items() if key not in dropped]
    return {**base, **child, "items": kept + loose}


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []


def _items(raw: Mapping[str, Any], faults: _Faults) -> tuple[list[Item], list[Item]]:
    """The items, and what is left of those with faults, so that their other faults are found, too."""
    listed = raw.get("items", [])
    if not isinstance(listed, list) or not listed:
        faults.add("", "items", "a checklist needs at least one item")
        return [], []
    if len(listed) > MOST:
        faults.add("", "items", f"{len(listed)} items; a checklist has at most {MOST}")
        return [], []
    out, broken = [], []
    for number, entry in enumerate(listed, 1):
        name = entry["id"] if isinstance(entry, Mapping) and isinstance(entry.get("id"), str) else f"#{number}"
        item = faults.try_load(Item, entry, name)
        if item is not None:
            out.append(item)
        elif isinstance(entry, Mapping):
            broken.append(_salvaged(entry, name))
    return out, broken


def _salvaged(entry: Mapping[str, Any], name: str) -> Item:
    """An item of those keys of *entry* that are right by themselves."""
    bare = {"id": name, "title": "?", "question": "?"}
    kept = dict(bare)
    for key, value in entry.items():
        try:
            load(Item, {**bare, key: value})
        except (Invalid, TypeError):
            continue
        kept[key] = value
    item: Item = load(Item, kept)
    return item


def _cross_check(raw: Mapping[str, Any], items: list[Item], faults: _Faults) -> None:
    """What a schema cannot say: unique ids, known gates, allowed answers, exactly one test a condition."""
    known = {item.id: item for item in reversed(items)}
    seen: set[str] = set()
    default = tuple(str(a) for a in _list(raw.get("answers"))) or Checklist.__dataclass_fields__["answers"].default
    for item in items:
        if item.id in seen:
            faults.add(item.id, "id", "used twice; ids are unique")
        seen.add(item.id)
        _check_gate(item, known, faults)
        _check_answers(item, item.answers or default, faults)
        _check_conditions(item, faults)


def _check_gate(item: Item, known: Mapping[str, Item], faults: _Faults) -> None:
    if not item.gate:
        return
    parent = known.get(item.gate)
    if parent is None:
        near = get_close_matches(item.gate, list(known), 1)
        faults.add(item.id, "gate", f"no item '{item.gate}'" + (f"; did you mean '{near[0]}'?" if near else ""))
    elif not parent.is_gate:
        faults.add(item.id, "gate", f"item '{item.gate}' is not marked is-gate: true")


def _check_answers(item: Item, allowed: tuple[str, ...], faults: _Faults) -> None:
    named = {"contradicts": item.contradicts, "supports": item.supports, "viewed-badly": item.viewed_badly}
    for key, answers in named.items():
        for answer in answers:
            if answer not in allowed:
                faults.add(item.id, key, f"'{answer}' is not one of its answers ({', '.join(allowed)})")


def _check_conditions(item: Item, faults: _Faults) -> None:
    for path, condition in _placed(item):
        if len(tests(condition)) != 1:
            faults.add(item.id, path, f"needs exactly one test of {', '.join(TESTS)}")
        if condition.fact.count(".") != 1:
            faults.add(item.id, path, f"'{condition.fact}' is not a fact's full name (probe.fact)")
    if item.backing == "author" and (item.meets.all or item.meets.any or item.supports):
        faults.add(item.id, "backing", "an author-only item cannot be met or supported by facts")


def _placed(item: Item) -> list[tuple[str, Condition]]:
    out = []
    for name, group in (("meets", item.meets), ("unmet", item.unmet)):
        out += [(f"{name}.all[{n}]", c) for n, c in enumerate(group.all)]
        out += [(f"{name}.any[{n}]", c) for n, c in enumerate(group.any)]
    for name, table in (("contradicts", item.contradicts), ("supports", item.supports)):
        out += [(f"{name}.{answer}[{n}]", c) for answer, cs in table.items() for n, c in enumerate(cs)]
    return out + [(f"not-applicable[{n}]", c) for n, c in enumerate(item.not_applicable)]


def tests(condition: Condition) -> dict[str, Json]:
    """The tests that *condition* asks for, by the name they have in the file."""
    given = {
        "is": condition.is_,
        "equals": condition.equals,
        "at-least": condition.at_least,
        "at-most": condition.at_most,
        "one-of": condition.one_of or None,
        "empty": condition.empty,
        "known": condition.known,
    }
    return {name: value for name, value in given.items() if value is not None}
