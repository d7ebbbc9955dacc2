"""Checklists: load one by id or path, resolve what it extends, list every fault, keep the result by content."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artifactpack.data import data_dir
from artifactpack.errors import ChecklistError
from artifactpack.folders import cache_dir
from artifactpack.models.checklist import Checklist, Condition, Item
from artifactpack.models.records import dump, restore

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LARGEST = 256_000  # bytes; the longest list we ship has 13 kB, and YAML takes seconds a megabyte
DEEPEST = 8  # how many lists may extend each other in a row
SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True)
class Text:
    """One checklist file as read: ``name`` is what messages call it."""

    name: str
    path: Path
    data: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def available() -> tuple[str, ...]:
    """The ids of the shipped checklists, sorted."""
    return tuple(sorted(p.stem for p in _folder().glob("*.yaml")))


def load_checklist(id_or_path: str, base: Path | None = None) -> Checklist:
    """Return the checklist called *id_or_path*: a shipped id, or a YAML file (relative to *base*, and below it).

    Raises :class:`ChecklistError` that lists every fault with file, item and key.
    """
    text = find(id_or_path, base)
    cached = _cached(text)
    if cached is not None:
        return cached
    from artifactpack.core.checklist_parse import parse

    checklist, parents = parse(text, trusted=text.path.parent == _folder())
    _keep(text, checklist, parents)
    return checklist


def find(id_or_path: str, base: Path | None = None) -> Text:
    """Read the file that *id_or_path* names; raises :class:`ChecklistError` where there is none."""
    if id_or_path in available():
        path = _folder() / f"{id_or_path}.yaml"
        return Text(f"schemas/checklists/{path.name}", path, path.read_bytes())
    if not id_or_path.endswith(SUFFIXES):
        raise ChecklistError(_unknown(id_or_path))
    path = _below(id_or_path, base)
    return Text(id_or_path, path, _bounded(path, id_or_path))


def conditions(item: Item) -> Iterator[Condition]:
    """Every condition of *item*, in the order of the file."""
    for group in (item.meets, item.unmet):
        yield from group.all
        yield from group.any
    for table in (item.contradicts, item.supports):
        for listed in table.values():
            yield from listed
    yield from item.not_applicable


def unknown_facts(items: Iterable[Item], known: frozenset[str]) -> tuple[str, ...]:
    """One sentence for each fact that one of *items* names and no probe reports."""
    from difflib import get_close_matches

    out = []
    for item in items:
        for fact in sorted({c.fact for c in conditions(item)} - known):
            near = get_close_matches(fact, known, 1)
            hint = f"; the nearest is {near[0]}" if near else ""
            out.append(f"item '{item.id}': no probe reports the fact '{fact}'{hint}")
    return tuple(out)


def _folder() -> Path:
    return data_dir("schemas") / "checklists"


def _unknown(name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, available(), 1)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    return f"no checklist '{name}'{hint}. Run `artifactpack checklist list`, or give a .yaml file."


def _below(name: str, base: Path | None) -> Path:
    path = Path(name) if base is None else base / name
    if base is not None and (Path(name).is_absolute() or not path.resolve().is_relative_to(base.resolve())):
        raise ChecklistError(f"{name}: lies outside the project; pass it with --checklist, or move it inside.")
    if not path.is_file():
        raise ChecklistError(f"{name}: no such checklist file; give an id or the path of a .yaml file.")
    return path


def _bounded(path: Path, name: str) -> bytes:
    with path.open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        data = b"" if size > LARGEST else stream.read(LARGEST + 1)
    if size > LARGEST or len(data) > LARGEST:
        raise ChecklistError(f"{name}: larger than {LARGEST:,} bytes; a checklist is a short file.")
    return data


def _signature() -> str:
    """Changes when the records change, so that an old cache entry is never misread."""
    names = ",".join(f.name for cls in (Checklist, Item, Condition) for f in fields(cls))
    return hashlib.sha256(names.encode()).hexdigest()[:12]


def _entry(text: Text) -> Path:
    """The same file elsewhere may extend other lists: the folder is part of the name."""
    place = hashlib.sha256(f"{text.digest} {text.path.parent.resolve()}".encode("utf-8", "surrogateescape")).hexdigest()
    return cache_dir() / "checklists" / f"{place}-{_signature()}.json"


def _cached(text: Text) -> Checklist | None:
    try:
        kept = json.loads(_entry(text).read_bytes())
        if all(_digest(Path(path)) == digest for path, digest in kept["parents"]):
            return restore(Checklist, kept["checklist"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _keep(text: Text, checklist: Checklist, parents: tuple[Text, ...]) -> None:
    entry = _entry(text)
    kept: dict[str, Any] = {"parents": [[str(p.path.resolve()), p.digest] for p in parents]}
    kept["checklist"] = dump(checklist)
    temporary = entry.with_name(f"{entry.name}.{os.getpid()}.part")
    try:
        entry.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(kept), encoding="utf-8")
        temporary.replace(entry)
    except OSError:
        pass  # a cache that cannot be written only costs time
