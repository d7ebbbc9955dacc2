"""Justifications say where, and no more than is known."""

import pytest

from artifactpack.core.facts import absent, at, known, seen, unknown
from artifactpack.core.justify import duration, justify, size, where
from artifactpack.models.fact import Source

from .evidence import findings


def test_a_line_without_its_fact_is_left_out():
    facts = findings({"cost.runs": 5, "cost.failed_runs": 0, "cost.wall_seconds": unknown("nothing recorded")})
    text = "{cost.runs} runs.\n{cost.failed_runs} failed.\nThey took {cost.wall_seconds:duration}.\n{no.such} thing."
    assert justify(text, facts) == "5 runs."


def test_absent_and_false_facts_say_nothing():
    assert justify("{a.b:where}", findings({"a.b": absent("looked")})) == ""
    assert justify("{a.b:where}", findings({"a.b": False})) == ""


def test_places_of_what_decided_come_first_and_are_grouped():
    written = seen("static", True, at("README.md", 9), at("train.py", 2), at("train.py", 1))
    fact = known(written, seen("run", True, Source(run="train-0")))
    said = justify("In {a.b:where}.", findings({"a.b": fact}))
    assert said == "In README.md (line 9), train.py (lines 1, 2); run train-0."


def test_many_places_are_counted():
    assert where(tuple(at(f"{n}.py") for n in range(5))) == "0.py, 1.py, 2.py and 2 more"


@pytest.mark.parametrize(("value", "text"), [(3, "3 s"), (119.4, "119 s"), (300, "5 min"), (9000, "2.5 h")])
def test_durations(value, text):
    assert duration(value) == text


@pytest.mark.parametrize(("value", "text"), [(12, "12 B"), (4_200, "4.2 kB"), (1.5e9, "1.5 GB"), (3e12, "3 TB")])
def test_sizes(value, text):
    assert size(value) == text


def test_values_are_shown_as_text():
    facts = findings({"a.l": ["x", "y"], "a.t": [{"name": "torch"}], "a.n": 1234567, "a.d": {"train": 3}})
    assert justify("{a.l:list} {a.t:list} {a.n} {a.d:list}", facts) == "x, y torch 1,234,567 train: 3"


def test_assets_are_named_with_version_and_licence():
    table = [
        {"name": "torch", "version": "2.13", "license": "BSD-3-Clause"},
        {"name": "x", "version": "", "license": ""},
    ]
    facts = findings({"assets.listed": table})
    assert justify("{assets.listed:assets}", facts) == "torch 2.13 (BSD-3-Clause), x (licence unknown)"


def test_what_recorded_runs_decided_without_naming_them_is_said_so():
    fact = known(seen("run", True))
    assert justify("See {a.b:where}.", findings({"a.b": fact})) == "See the recorded runs."
    assert justify("See {a.b:where}.", findings({"a.b": known(seen("static", True))})) == ""
