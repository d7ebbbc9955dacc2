"""Find credentials in bytes: known shapes only, in linear time; a hit never carries the secret."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from artifactpack.models.scan import Hit
from artifactpack.patterns import late
from artifactpack.scan.secret_rules import RULES, Rule

SHOWN = 4
MOST_HITS = 1_000
_PLACEHOLDER = late(
    rb"(?i)x{4}|\*{3}|\.{3}|0{8}|1234567|abcdef|example|placeholder|your|dummy|changeme|change_me|redacted|insert|"
    rb"sample|fake|notreal|secret_?key|api_?key|my_?(?:secret|token|key|password)|foo|hunter2|todo|replace|_here|\bnone\b"
)
_WORDS = late(rb"[A-Za-z]{1,3}[a-z]*(?:[ _./:-][A-Za-z]+)*|[A-Za-z_.]+\Z")
_URL_WORDS = frozenset(
    b"pass password passwd pwd secret token pw port test user username guest postgres root admin bar baz key "
    b"credentials tiger pass1 p4ss name repo".split()
)


SHORTEST = 8
"""Bytes: no rule's secret with what announces it is shorter."""


def find(path: str, data: bytes) -> list[Hit]:
    """Every secret in *data*, which is the file *path*; at most 1,000, by line."""
    if len(data) < SHORTEST:
        return []
    text = _plain(data)
    lowered = text.lower()
    seen: set[tuple[int, bytes]] = set()
    hits: list[Hit] = []
    for rule in _announced(lowered):
        for start, secret in _matches(rule, text, lowered):
            line = text.count(b"\n", 0, start) + 1
            if (start, secret) not in seen and not any(s <= start < s + len(v) for s, v in seen):
                seen.add((start, secret))
                hits.append(Hit(rule=rule.name, path=path, line=line, start=_start(secret)))
            if len(hits) >= MOST_HITS:
                return sorted(hits, key=lambda hit: hit.line)
    return sorted(hits, key=lambda hit: hit.line)


_SHARED = (b"key", b"sk-", b"_tok", b"xox", b"api", b"pass")
"""Bytes that many anchors have in common: where they are not, none of those need be looked for."""


def _shared(anchor: bytes) -> bytes:
    return next((part for part in _SHARED if part in anchor), b"")


_RULES = tuple((rule, tuple((_shared(anchor), anchor) for anchor in rule.anchors)) for rule in RULES)


def _announced(lowered: bytes) -> Iterator[Rule]:
    """The rules one of whose anchors is there."""
    there = {b"", *(part for part in _SHARED if part in lowered)}
    for rule, anchors in _RULES:
        if any(part in there and anchor in lowered for part, anchor in anchors):
            yield rule


def _plain(data: bytes) -> bytes:
    """UTF-16 as ASCII: every second byte of it is zero, and that is all the rules need."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data[2:].replace(b"\0", b"")
    return data


def _matches(rule: Rule, text: bytes, lowered: bytes) -> Iterator[tuple[int, bytes]]:
    for begin, end in _windows(rule, lowered):
        for match in rule.pattern.finditer(text, begin, end):
            if _believable(rule, match.group(1)):
                yield match.start(1), match.group(1)


def _windows(rule: Rule, lowered: bytes) -> Iterator[tuple[int, int]]:
    """The stretches around the rule's anchors, joined where they touch."""
    found: list[tuple[int, int]] = []
    for anchor in rule.anchors:
        at = lowered.find(anchor)
        while at >= 0:
            found.append((max(0, at - rule.before), at + rule.after))
            at = lowered.find(anchor, at + len(anchor))
    begin, end = 0, -1
    for start, stop in sorted(found):
        if start > end:
            if end >= 0:
                yield begin, end
            begin = start
        end = max(end, stop)
    if end >= 0:
        yield begin, end


def _believable(rule: Rule, secret: bytes) -> bool:
    if _PLACEHOLDER.search(secret):
        return False
    if rule.name == "password in a URL":
        return secret.lower() not in _URL_WORDS and not secret.startswith((b"$", b"%")) and not secret.isdigit()
    if not rule.vetted:
        return len(set(secret)) > 2
    digits = sum(48 <= byte <= 57 for byte in secret)
    if rule.name.startswith(("secret given", "key of an ML", "token in the URL")):
        return digits >= 2 and digits < len(secret) and _entropy(secret) >= 3.0 and not _WORDS.fullmatch(secret)
    return _entropy(secret) >= 2.5


def _entropy(secret: bytes) -> float:
    """Shannon entropy in bits per byte."""
    counts = Counter(secret).values()
    return -sum(n / len(secret) * math.log2(n / len(secret)) for n in counts)


def _start(secret: bytes) -> str:
    """The first characters, never more than a quarter of the secret."""
    shown = secret[: min(SHOWN, len(secret) // 4)].decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else "?" for letter in shown)
