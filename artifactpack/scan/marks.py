# ruff: noqa: SIM905, E501 - lists of words
"""Turn marks into what their bytes look like in files: plain, escaped, URL-encoded, base64, split over a path."""

from __future__ import annotations

import base64
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote

from artifactpack.models.scan import Mark

SHORTEST = 4
_SHORTEST_BASE64 = 6
_JOIN = rb"[\"']?[ \t]{0,4}[,/\\+]{1,4}[ \t]{0,4}[\"']?"
# Words that are also user or family names: alone they say nothing, so they count only inside a path or an address.
_WORDS = frozenset(
    """
    all any apply base batch best bill black brown build cache call case char chase chat class clip code cook copy core
    data date debug demo dev dict docs done drew drop epoch eval eval exp file fill fish flat flow float fold font forest
    frank free from func gene gold good grace grad grant grid hall hash head heap help hill home hook hope host index
    input item iris join jack joy june just king label lane layer leaf lens link list load local lock log long loop loss
    make mark mask matrix may mean merge mesh min max miller mode model moon name net new next node norm note null
    object olive open order page pair park part pass path plan plot point pool pose post price print prune ray read rich
    ring rob robin rock root rose round rule run sample save scale scan score script sea seed self set shape sharp shop
    sky sort split star start state step stone story sum super table task temp tensor term test text time tmp token
    torch tool train tree true tune turn type unit user util valid value view wall ward wave web weight west white will
    win wolf wood word work wrap write young zip main
    """.split()
)
_GENERIC_USERS = frozenset(
    """
    root user users admin administrator ubuntu debian fedora runner runneradmin vscode jovyan work worker app docker home
    guest test tester dev developer me username name yourname your-username your_username you vagrant ec2-user centos opc
    pi content colab kaggle node www public shared anon anonymous default local jenkins travis build builder appuser nobody
    ray slurm git github gitlab none null scratch data project projects tmp opt usr var lib linuxbrew runtime sagemaker-user
    user1 xxx xxxx foo bar alice-placeholder somebody someone myuser my-user myusername my-username my_username nvidia
    anaconda anaconda2 anaconda3 miniconda miniconda2 miniconda3 miniforge miniforge3 mambaforge micromamba conda venv envs codespace gitpod circleci author
    authors contributors info contact support noreply no-reply mail hello help office
    """.split()
)


class Span(NamedTuple):
    """Where mark number ``mark`` lies in the bytes, and how it is written there."""

    start: int
    end: int
    mark: int
    how: str


def is_generic(name: str) -> bool:
    """Whether *name* is nobody's in particular (``root``, ``runner``, ``anon3``…)."""
    lowered = name.strip().lower()
    return not lowered or lowered in _GENERIC_USERS or bool(re.fullmatch(r"anon\d+", lowered))


def is_weak(name: str) -> bool:
    """Whether *name* alone may be an ordinary word of code, so that it counts only in a path or address."""
    lowered = name.lower()
    return len(lowered) < SHORTEST or lowered in _WORDS or lowered.isdigit()


@dataclass(frozen=True, slots=True)
class _Literal:
    text: bytes
    how: str
    mark: int
    bounded: bool
    folded: bool


@dataclass(frozen=True, slots=True)
class _Pattern:
    anchor: bytes
    pattern: re.Pattern[bytes]
    how: str
    mark: int


class Matcher:
    """Finds all *marks* in bytes, whatever their spelling."""

    def __init__(self, marks: Iterable[Mark]) -> None:
        self.marks = tuple(marks)
        self._literals: list[_Literal] = []
        self._patterns: list[_Pattern] = []
        for number, mark in enumerate(self.marks):
            self._literals += _literals(mark, number)
            self._patterns += _patterns(mark, number)
        self._wide = [literal for literal in self._literals if literal.how == "utf-16"]

    def find(self, data: bytes) -> list[Span]:
        """Every mark in *data*, in order, none inside another."""
        return _apart(list(self._find(data, data.lower(), self._literals)))

    def find_wide(self, data: bytes) -> list[Span]:
        """Every mark that stands in *data* as UTF-16."""
        lowered = data.lower()
        return _apart([span for span in self._find(data, lowered, self._wide) if span.how == "utf-16"])

    def _find(self, data: bytes, lowered: bytes, literals: list[_Literal]) -> Iterator[Span]:
        for literal in literals:
            text = lowered if literal.folded else data
            at = text.find(literal.text)
            while at >= 0:
                end = at + len(literal.text)
                if not literal.bounded or _stands_alone(lowered, at, end):
                    yield Span(at, end, literal.mark, literal.how)
                at = text.find(literal.text, at + 1)
        for pattern in self._patterns if literals is self._literals else ():
            if pattern.anchor in lowered:
                group = pattern.pattern.groups
                for match in pattern.pattern.finditer(lowered):
                    yield Span(match.start(group), match.end(group), pattern.mark, pattern.how)


def _apart(found: list[Span]) -> list[Span]:
    """*found* in order; of two that overlap, the longer."""
    kept: list[Span] = []
    for span in sorted(found, key=lambda span: (span.start, -span.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
        elif span.end - span.start > kept[-1].end - kept[-1].start:
            kept[-1] = span
    return kept


def _stands_alone(text: bytes, start: int, end: int) -> bool:
    before, after = text[start - 1 : start] if start else b"", text[end : end + 1]
    inside = (before.isalnum() and text[start : start + 1].isalnum()) or (
        after.isalnum() and text[end - 1 : end].isalnum()
    )
    if not inside:
        return True
    if text[start - 3 : start - 2] == b"%" and not after.isalnum():  # "%2Falice"
        return True
    return before == b"n" and text[start - 2 : start - 1] == b"\\" and not after.isalnum()  # "\nalice" in source


def spellings(text: str) -> list[str]:
    """*text* in each Unicode form, and without its accents."""
    folded = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    forms = (unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text), folded)
    return list(dict.fromkeys(form.lower() for form in forms))


def _literals(mark: Mark, number: int) -> Iterator[_Literal]:
    text = mark.text
    if mark.kind in ("user name", "entity") and is_weak(text):
        return
    bounded = mark.kind != "term" or len(text) < SHORTEST + 1
    done: set[bytes] = set()
    for how, spelt, folded in _spelt(text):
        if spelt not in done:
            done.add(spelt)
            yield _Literal(spelt, how, number, bounded and how in ("plain", "url"), folded)


def _spelt(text: str) -> Iterator[tuple[str, bytes, bool]]:
    for form in spellings(text):
        yield "plain", form.encode(), True
        yield "url", quote(form, safe="").lower().encode(), True
        yield "url", quote(form, safe="").replace("%20", "+").lower().encode(), True
        yield "escaped", json.dumps(form)[1:-1].lower().encode(), True
        yield "escaped", form.encode("ascii", "xmlcharrefreplace"), True
        yield "utf-16", form.encode("utf-16-le"), True
        yield "utf-16", form.encode("utf-16-be"), True
        if not form.isascii():
            yield "latin-1", form.encode("latin-1", "replace"), True
    if len(text) >= _SHORTEST_BASE64:
        for form in dict.fromkeys((text, text.lower(), text.title(), text.upper())):
            for core in base64_cores(form.encode()):
                yield "base64", core, False


def base64_cores(text: bytes) -> Iterator[bytes]:
    """The letters that *text* always gives inside base64, at each of the three alignments, in both alphabets."""
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + text)
        first = (shift * 8 + 5) // 6
        last = (shift + len(text)) * 8 // 6
        yield coded[first:last]
        yield coded[first:last].replace(b"+", b"-").replace(b"/", b"_")


def _patterns(mark: Mark, number: int) -> Iterator[_Pattern]:
    if mark.kind in ("name", "organisation", "term"):
        yield from _name_patterns(mark, number)
    if mark.kind in ("user name", "entity"):
        yield from _context_patterns(mark, number)
    parts = [re.escape(part.lower().encode()) for part in re.split(r"[/\\]+", mark.text) if part]
    if mark.kind == "path" and len(parts) > 1:
        joined = rb"[/\\]{0,4}" + _JOIN.join(parts) + rb"(?![a-z0-9])"
        yield _Pattern(mark.text.lower().split("/")[-1].encode(), re.compile(joined), "split path", number)


def _name_patterns(mark: Mark, number: int) -> Iterator[_Pattern]:
    """First and last name in either order and joined by anything; initial and last name."""
    for form in spellings(mark.text):
        words = [word for word in re.split(r"[^\w]+", form) if word]
        if len(words) < 2:
            continue
        sep = rb"(?:[\s._,+-]|\\n|%20|&nbsp;){0,3}"
        first, last = re.escape(words[0].encode()), re.escape(words[-1].encode())
        middle = b"".join(sep + rb"(?:" + re.escape(w.encode()) + rb")?" for w in words[1:-1])
        bodies = [first + middle + sep + last, last + sep + first]
        if mark.kind == "name" and len(words[-1]) >= SHORTEST and not is_weak(words[-1]):
            bodies.append(re.escape(words[0][:1].encode()) + rb"[._ ]{0,2}" + last)
        for body in bodies:
            pattern = re.compile(rb"(?<![a-z0-9])" + body + rb"(?![a-z0-9])")
            yield _Pattern(words[-1].encode(), pattern, "plain", number)
        for word in (first, last):
            field = (
                rb"(?:given|family|first|last)[ _-]?names?[\"']?[ \t]{0,4}[:=][ \t]{0,4}[\"']?("
                + word
                + rb")(?![a-z0-9])"
            )
            yield _Pattern(words[-1].encode(), re.compile(field), "plain", number)


def _context_patterns(mark: Mark, number: int) -> Iterator[_Pattern]:
    """A name too short or too common to stand alone: in a home folder, an address, an account."""
    if not is_weak(mark.text):
        return
    name = re.escape(mark.text.lower().encode())
    folders = (rb"(?<=/%b/)" % root for root in (b"home", b"users", b"scratch", b"work"))
    before = rb"|".join((*folders, rb"(?<=\\users\\)", rb"(?<=~)", rb"(?<=github.com/)", rb"(?<=wandb.ai/)"))
    ways = (
        rb"(?:" + before + rb"|(?<=github.com:)|(?<=huggingface.co/)|(?<=gitlab.com/))" + name + rb"(?![a-z0-9_-])",
        rb"(?<![a-z0-9_./-])" + name + rb"(?=@[a-z0-9-]{2,}\b)",
        rb"home[\"']\)?[ \t]{0,3}[,/][ \t]{0,3}[\"'](" + name + rb")(?=[\"'])",
    )
    for way in ways:
        yield _Pattern(mark.text.lower().encode(), re.compile(way), "plain", number)
