"""One document's text into lines with their meaning: headings, text, code, tables, links; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from artifactpack.patterns import late

Kind = Literal["text", "code", "heading", "table"]
LONGEST_LINE = 4000


class Line(NamedTuple):
    """A line; ``text`` is without markup and addresses, ``raw`` as written; ``section`` joins the open headings."""

    path: str
    number: int
    kind: Kind
    text: str
    raw: str
    section: str = ""
    language: str = ""


class Link(NamedTuple):
    """A link or, with ``image``, a picture; ``text`` is its words. One given apart has the ``label`` by which the text
    refers to it, and the line that does, ``used``."""

    path: str
    number: int
    url: str
    text: str
    section: str = ""
    image: bool = False
    label: str = ""
    used: str = ""


class Table(NamedTuple):
    """A table: cells without markup, the header first; ``number`` is the header's line."""

    path: str
    number: int
    rows: tuple[tuple[str, ...], ...]
    section: str = ""


class Parsed(NamedTuple):
    """All that one document holds."""

    lines: tuple[Line, ...] = ()
    links: tuple[Link, ...] = ()
    tables: tuple[Table, ...] = ()


_FENCE = late(r"^\s{0,12}(?:[-*+>]\s+)?(```+|~~~+)\s*\{?\.?([\w+-]*)")
_HEADING = late(r"^\s{0,3}(#{1,6})\s*([^#].*?)\s*#*\s*$")
_HTML_HEADING = late(r"<h([1-6])[^>]{0,200}>(.{0,300}?)</h\1>", re.IGNORECASE)
_BOLD_TITLE = late(r"^\s{0,3}(?:\*\*|__)([^*_].{0,80}?)(?:\*\*|__)\s*:?\s*$|^([A-Z][\w /&()-]{2,50}):\s*$")
_UNDERLINE = late(r"^\s{0,3}([=\-~^\"'*+#`.:_])\1{2,}\s*$")
_RST_BLOCK = late(r"^(\s*)\.\.\s+(?:code-block|code|sourcecode|parsed-literal|highlight)::\s*([\w+-]*)")
_RST_IMAGE = late(r"^\s*\.\.\s+(?:\|[^|]{1,80}\|\s+)?(?:image|figure)::\s*(\S+)")
_IMAGE = late(r"!\[([^\[\]]{0,300})\]\(\s?<?([^()\s<>\[\]]{1,1000})>?(?:\s[^()]{0,300})?\)")
_HTML_IMAGE = late(r"<img\b[^>]{0,1000}?\bsrc\s*=\s*[\"']?([^\"'\s>]{1,1000})", re.IGNORECASE)
_LINK = late(r"\[([^\[\]]{0,400})\]{1,2}\(\s?<?((?:[^()\s<>\[\]]|\([^()\s]{0,80}\)){1,1000})>?(?:\s[^()]{0,300})?\)")
_HTML_LINK = late(r"<a\b[^>]{0,500}?\bhref\s*=\s*[\"']?([^\"'\s>]{1,1000})[^>]{0,300}>(.{0,300}?)</a>", re.IGNORECASE)
_RST_LINK = late(r"`([^`<]{1,300})\s*<([^>\s]{1,1000})>`_")
_REFERENCE = late(r"^\s{0,3}(?:\.\.\s+_([^:]{1,200}):|\[([^\]]{1,200})\]:)\s*<?(\S{1,1000}?)>?\s*(?:[\"'(].{0,200})?$")
_USE = late(r"\]\[([^\[\]]{1,200})\]")
_BARE = late(r"(?<![\w(\"'<])(?:https?|ftp|s3|gs|hf)://[^\s<>)\]\"'`]{3,1000}")
_TAG = late(r"</?[A-Za-z][^<>]{0,1000}>")
_MARKUP = late(r"(?<!\w)[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}(?!\w)")
_ADDRESS = late(r"(?:https?|ftp|s3|gs|hf)://\S{1,1000}")
_SEPARATOR = late(r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$")
_ENTITIES = {"&nbsp;": " ", "&plusmn;": "±", "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&mdash;": "—"}
_ENTITY = late("|".join(_ENTITIES))
_PM = late(r"\\pm(?![a-z])|\+\s?/\s?-")


def parse(path: str, text: str) -> Parsed:
    """Read Markdown, reStructuredText or plain *text*; never fails, time is linear in its length."""
    lines = tuple(_lines(path, text))
    return Parsed(lines, tuple(_used(lines, list(_links(lines)))), tuple(_tables(lines)))


def _used(lines: tuple[Line, ...], links: list[Link]) -> Iterator[Link]:
    """The links; those given by a label at the document's foot with the line that uses the label."""
    labels = {link.label: link for link in links if link.label}
    uses = {m.group(1).lower(): line for line in lines if labels and "][" in line.raw for m in _USE.finditer(line.raw)}
    for link in links:
        line = uses.get(link.label)
        yield link if line is None else link._replace(used=line.text, section=line.section)


def clean(text: str) -> str:
    """Return *text* without tags, addresses and emphasis; labels of links stay."""
    if "[" in text:
        text = _LINK.sub(r"\1", _IMAGE.sub("", text))
    if "<" in text:
        text = _TAG.sub(" ", _RST_LINK.sub(r"\1", text))
    if "//" in text:
        text = _ADDRESS.sub(" ", text)
    if "&" in text:
        text = _ENTITY.sub(lambda m: _ENTITIES[m.group()], text)
    if "\\" in text or "/" in text:
        text = _PM.sub("±", text)
    return _MARKUP.sub("", text).replace("`", "").strip()


class _State:
    """What is open while lines are read."""

    def __init__(self) -> None:
        self.fence = ""
        self.language = ""
        self.block = -1
        self.comment = False
        self.pre = False
        self.table = False
        self.headings: list[tuple[int, str]] = []

    def head(self, level: int, title: str) -> None:
        while self.headings and self.headings[-1][0] >= level:
            self.headings.pop()
        self.headings.append((level, title))

    @property
    def section(self) -> str:
        return " / ".join(title for _, title in self.headings)


def _lines(path: str, text: str) -> Iterator[Line]:
    state = _State()
    raws = [raw[:LONGEST_LINE].rstrip("\r\n") for raw in text.split("\n")]
    if raws and not raws[-1]:
        raws.pop()
    for number, raw in enumerate(raws, 1):
        following = raws[number] if number < len(raws) else ""
        kind, cleaned = _read(state, raw, following, path.endswith(".rst"))
        if kind:
            yield Line(path, number, kind, cleaned, raw, state.section, state.language if kind == "code" else "")


def _read(state: _State, raw: str, following: str, rst: bool) -> tuple[Kind | None, str]:
    if state.comment or (not state.fence and raw.lstrip().startswith("<!--")):
        state.comment = "-->" not in raw
        return None, ""
    if not rst and (fence := _FENCE.match(raw)):
        return _toggle(state, fence)
    if state.fence:
        return "code", raw
    if state.block >= 0:
        if not raw.strip() or len(raw) - len(raw.lstrip()) > state.block:
            return "code", raw
        state.block = -1
    return _outside(state, raw, following, rst)


def _toggle(state: _State, fence: re.Match[str]) -> tuple[Kind | None, str]:
    mark = fence.group(1)
    if not state.fence:
        rest = fence.string[fence.end() :]
        if mark[0] == "`" and "`" in rest:  # ```code``` on one line
            return "code", fence.string[fence.start(1) :].strip().strip("`").strip()
        state.fence, state.language = mark, fence.group(2).lower()
    elif mark.startswith(state.fence):
        state.fence, state.language = "", ""
    else:
        return "code", fence.string
    return None, ""


def _outside(state: _State, raw: str, following: str, rst: bool) -> tuple[Kind | None, str]:
    if rst and (block := _RST_BLOCK.match(raw)):
        state.block, state.language = len(block.group(1)), block.group(2).lower()
        return None, ""
    lowered = raw.lower()
    if state.pre or "<pre" in lowered:
        state.pre, state.language = "</pre>" not in lowered, ""
        return "code", _TAG.sub("", raw)
    if heading := _HEADING.match(raw):
        title = clean(heading.group(2))
        state.head(len(heading.group(1)), title)
        return "heading", title
    if heading := _HTML_HEADING.search(raw):
        title = clean(heading.group(2))
        state.head(int(heading.group(1)), title)
        return "heading", title
    if bold := _BOLD_TITLE.match(raw):
        title = clean(bold.group(1) or bold.group(2))
        state.head(7, title)
        return "heading", title
    if _UNDERLINE.match(raw):
        return None, ""
    underlined = _UNDERLINE.match(following) and (rst or not _FENCE.match(following))
    if raw.strip() and underlined and "|" not in raw and not raw.lstrip().startswith(("-", "*")):
        title = clean(raw)
        state.head(_level(following, rst), title)
        return "heading", title
    if rst and raw.rstrip().endswith("::") and not raw.lstrip().startswith(".. "):
        state.block, state.language = len(raw) - len(raw.lstrip()), ""
        return "text", clean(raw)
    return _plain(state, raw, lowered)


def _plain(state: _State, raw: str, lowered: str) -> tuple[Kind, str]:
    if "<table" in lowered or state.table:
        state.table = "</table" not in lowered
        return "table", clean(raw)
    if raw.count("|") >= 2 or (_SEPARATOR.match(raw) and "|" in raw):
        return "table", clean(raw)
    if raw.count("|") == 1 and re.search(r"\S\s*\|\s*\S", raw):
        return "table", clean(raw)
    return "text", clean(raw)


def _level(underline: str, rst: bool) -> int:
    mark = underline.strip()[0]
    order = "=-~^\"'*+#`.:_" if rst else "=-"
    return order.find(mark) + 1 or 3


def _links(lines: tuple[Line, ...]) -> Iterator[Link]:
    for line in lines:
        raw = line.raw
        if "](" in raw or "<" in raw or "//" in raw or "::" in raw or "]:" in raw:
            yield from _line_links(line, raw)


def _line_links(line: Line, raw: str) -> Iterator[Link]:
    at = (line.path, line.number)
    seen = set()
    for m in _IMAGE.finditer(raw):
        seen.add(m.group(2))
        yield Link(*at, m.group(2), m.group(1), line.section, True)
    for m in [*_HTML_IMAGE.finditer(raw), *_RST_IMAGE.finditer(raw)]:
        seen.add(m.group(1))
        yield Link(*at, m.group(1), "", line.section, True)
    for m in [*_LINK.finditer(_IMAGE.sub("", raw)), *(_RST_LINK.finditer(raw))]:
        seen.add(m.group(2))
        yield Link(*at, m.group(2), clean(m.group(1)), line.section)
    for m in _HTML_LINK.finditer(raw):
        seen.add(m.group(1))
        yield Link(*at, m.group(1), clean(m.group(2)), line.section)
    if named := _REFERENCE.match(raw):
        seen.add(named.group(3))
        label = named.group(1) or named.group(2)
        yield Link(*at, named.group(3), label, line.section, label=label.lower())
    for m in _BARE.finditer(raw):
        url = m.group().rstrip(".,;:")
        if url not in seen and not any(url in s for s in seen):
            yield Link(*at, url, line.text, line.section)


def _tables(lines: tuple[Line, ...]) -> Iterator[Table]:
    block: list[Line] = []
    for line in lines:
        if line.kind == "table" and (not block or line.number - block[-1].number <= 2):
            block.append(line)
            continue
        if block:
            yield from _table(block)
        block = [line] if line.kind == "table" else []
    if block:
        yield from _table(block)


def _table(block: list[Line]) -> Iterator[Table]:
    raw = "\n".join(line.raw for line in block)
    rows = _html_rows(raw) if "<t" in raw.lower() else _pipe_rows(block)
    if len(rows) >= 2:
        yield Table(block[0].path, block[0].number, rows, block[0].section)


def _pipe_rows(block: list[Line]) -> tuple[tuple[str, ...], ...]:
    if not any(_SEPARATOR.match(line.raw) or line.raw.lstrip().startswith(("|", "+-")) for line in block):
        return ()
    rows = (line.raw.strip().strip("|") for line in block if not _SEPARATOR.match(line.raw))
    return tuple(tuple(clean(cell) for cell in row.split("|")) for row in rows)


def _html_rows(raw: str) -> tuple[tuple[str, ...], ...]:
    parts = re.split(r"<tr\b[^>]{0,300}>", raw, flags=re.IGNORECASE)[1:]
    cells = (re.split(r"<t[dh]\b[^>]{0,300}>", part, flags=re.IGNORECASE)[1:] for part in parts)
    return tuple(tuple(clean(cell) for cell in row) for row in cells if row)
