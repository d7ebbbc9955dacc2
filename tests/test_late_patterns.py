"""Patterns compiled late are those that ``re`` would have made, and every one that ships can be compiled."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest

import artifactpack
from artifactpack.patterns import Late, late

NOT_OURS = ("artifactpack.recorder.inside", "artifactpack.__main__")
"""What runs within another's program, and what runs when imported."""


def shipped():
    for found in pkgutil.walk_packages(artifactpack.__path__, "artifactpack."):
        if not found.name.startswith(NOT_OURS):
            module = importlib.import_module(found.name)
            yield from ((f"{found.name}.{name}", one) for name, value in vars(module).items() for one in inside(value))


def inside(value):
    if isinstance(value, Late):
        yield value
    elif isinstance(value, (tuple, list, dict)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from inside(one)


def test_every_pattern_that_ships_compiles():
    found = dict(shipped())
    assert len(found) > 400
    assert not [name for name, one in found.items() if re.compile(one.pattern, one._flags).flags != one.flags]


@pytest.mark.parametrize(("text", "subject"), [(r"(\w)(\d)", "a1 b2"), (rb"(\w)(\d)", b"a1 b2")])
def test_it_does_what_a_compiled_pattern_does(text, subject):
    ours, theirs = late(text, re.IGNORECASE), re.compile(text, re.IGNORECASE)
    assert ours.findall(subject) == theirs.findall(subject)
    assert ours.sub(subject[:0], subject) == theirs.sub(subject[:0], subject)
    assert ours.search(subject).span() == theirs.search(subject).span()
    assert (ours.pattern, ours.flags, ours.groups) == (theirs.pattern, theirs.flags, theirs.groups)


def test_it_is_compiled_once_and_offers_nothing_else(monkeypatch):
    made = []
    real = re.compile
    monkeypatch.setattr("artifactpack.patterns.re.compile", lambda *given: made.append(given) or real(*given))
    ours = late("a+")
    assert not made
    assert ours.match("aab") and ours.fullmatch("aa") and not ours.search("b")
    assert made == [("a+", 0)]
    with pytest.raises(AttributeError):
        ours.scanner  # noqa: B018


def test_a_faulty_pattern_is_told_at_its_first_use():
    with pytest.raises(re.error):
        late("(").search("x")
