"""Find what names the authors: collect marks from the project, then look for all of them in bytes and names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from artifactpack.models.scan import Mark, Sighting
from artifactpack.patterns import late
from artifactpack.scan.identity_files import declared
from artifactpack.scan.identity_shapes import shapes
from artifactpack.scan.marks import Matcher, Span, is_generic
from artifactpack.scan.metadata import metadata
from artifactpack.scan.unpack import decoded, layers

_RUNS = late(rb"(?:[\x20-\x7e\t\r\n]|[\xc2-\xf4][\x80-\xbf]{1,3}){10,}+")
_CHANCE_MAIL = late(r"[a-z0-9][\w.+-]{2,}@[a-z0-9.-]{4,}\.[a-z]{2,}")

MOST_SIGHTINGS = 500


@dataclass
class Look:
    """What one file shows: known marks, marks by shape, and what could not be looked into."""

    sightings: list[Sighting] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)


def is_text(data: bytes) -> bool:
    """Whether *data* is text: no NUL, and UTF-8 or at least mostly printable."""
    if b"\0" in data:
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        sample = data[:65_536]
        control = sum(sample.count(bytes([c])) for c in (*range(1, 9), *range(14, 32)))
        return control == 0
    return True


def readable(data: bytes) -> bytes:
    """*data* if it is text, else its printable runs, one a line: chance matches in noise are not marks."""
    return data if is_text(data) else b"\n".join(_RUNS.findall(data))


def collect(path: str, data: bytes) -> list[Mark]:
    """The marks that the file *path* shows by shape or declares, all layers, without repeats."""
    found: dict[tuple[str, str], Mark] = {}
    name = path.encode("utf-8", "surrogateescape")
    texts = [(where, readable(layer), layer) for where, layer in [("", name), ("", data), *layers(data).parts]]
    texts += [("!base64", readable(plain), plain) for _, text, _ in texts for plain in decoded(text)]
    for where, text, layer in texts:
        noise = text is not layer
        for mark in (*shapes(path, text), *(declared(path, text) if not where else ())):
            if noise and mark.kind == "e-mail" and not _CHANCE_MAIL.fullmatch(mark.text):
                continue
            found.setdefault((mark.kind, mark.text.lower()), mark)
    return list(found.values())


def unique(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """*marks* without repeats and without what is nobody's; the kinds that say most first, then by text."""
    rank = {kind: n for n, kind in enumerate(("term", "e-mail", "path", "name", "organisation", "user name"))}
    found: dict[str, Mark] = {}
    for mark in sorted(marks, key=lambda m: (rank.get(m.kind, 9), m.text.lower(), m.text, m.source)):
        if len(mark.text.strip()) > 1 and (mark.kind == "term" or not is_generic(mark.text)):
            found.setdefault(mark.text.lower(), mark)
    return tuple(found.values())


def find(path: str, data: bytes, matcher: Matcher) -> Look:
    """Known marks of *matcher* and marks by shape, in the name and the bytes of the file *path*, all layers."""
    look = Look()
    _sight(look, path, path.encode("utf-8", "surrogateescape"), matcher, where="its name", name=True)
    inner = layers(data)
    for where, layer in [("", data), *inner.parts]:
        _reveal(look, path, layer, matcher, where=where)
    look.closed += [f"{path}{where}: {why}" for where, why in inner.closed]
    return look


def _reveal(look: Look, path: str, data: bytes, matcher: Matcher, *, where: str) -> None:
    """What one layer shows, and what it holds in base64."""
    for told in metadata(data):
        _note(look, Sighting(kind="metadata", path=path, how=where or "metadata", text=told))
    for plain in decoded(_sight(look, path, data, matcher, where=where)):
        for told in metadata(plain):
            _note(look, Sighting(kind="metadata", path=path, how=f"{where}!base64", text=told))
        _sight(look, path, plain, matcher, where=f"{where}!base64")


def _sight(look: Look, path: str, data: bytes, matcher: Matcher, *, where: str, name: bool = False) -> bytes:
    """Note what *data* shows; returns what of it can be read."""
    text = is_text(data)
    view = readable(data)
    for span in matcher.find(view):
        _add(look, path, view, span, matcher.marks[span.mark], where, counted=text and not name)
    if not text and b"\0" in data:
        for span in matcher.find_wide(data):
            _add(look, path, data, span, matcher.marks[span.mark], where, counted=False)
    for mark in shapes(path, view):
        chance = not text and mark.kind == "e-mail" and not _CHANCE_MAIL.fullmatch(mark.text)
        if not chance and not _is_placeholder(mark.text):
            at = view.lower().find(mark.text.lower().encode())
            line = view.count(b"\n", 0, at) + 1 if text and at >= 0 and not name and not where else 0
            _note(look, Sighting(kind=mark.kind, path=path, line=line, how=where or "plain", text=mark.text))
    return view


def _is_placeholder(text: str) -> bool:
    return bool(re.fullmatch(r"(?i)/?anon\d+.*|.*@example\.org|0000-0000-.*", text))


def _add(look: Look, path: str, data: bytes, span: Span, mark: Mark, where: str, *, counted: bool) -> None:
    line = data.count(b"\n", 0, span.start) + 1 if counted else 0
    how = where or span.how
    _note(look, Sighting(kind=mark.kind, path=path, line=line if not where else 0, how=how, text=mark.text))


def _note(look: Look, sighting: Sighting) -> None:
    same = any(s.line == sighting.line and s.text.lower() == sighting.text.lower() for s in look.sightings)
    if not same and len(look.sightings) < MOST_SIGHTINGS:
        look.sightings.append(sighting)
