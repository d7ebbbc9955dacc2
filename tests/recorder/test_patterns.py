"""Numbers of console lines, found by patterns that may be anybody's."""

import math
import time

import pytest

from artifactpack.recorder.patterns import search


def test_what_a_pattern_finds():
    text = "epoch 1 löss 0.5\nepoch 2 löss nan\n"
    series, late = search(text, {"loss": r"epoch (?P<step>\d+) löss (?P<value>\S+)"})
    assert late == "" and series["loss"][0] == [1.0, 0.5] and math.isnan(series["loss"][1][1])


@pytest.mark.slow
def test_a_pattern_without_end_is_given_up_and_named():
    began = time.monotonic()
    series, late = search("a" * 60 + "!\n", {"loss": r"(a+)+$"}, seconds=1.5)
    assert (series, late) == ({}, "the patterns for the console were not done with its log after 2 s")
    assert time.monotonic() - began < 20


def test_a_pattern_that_is_none_is_named():
    series, late = search("x\n", {"loss": "("})
    assert series == {} and late.startswith("the patterns for the console failed: ")
