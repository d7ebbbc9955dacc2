"""A warning where the noise reaches over a claimed comparison, and none where it does not."""

import pytest

from artifactpack.core.comparisons import unsafe_comparisons
from artifactpack.models.config import Config
from tests.core.numbers import claim, runs

CLOSE, CLEAR = (0.80, 0.90, 0.85), (0.95, 0.951, 0.949)


@pytest.mark.parametrize(
    ("ours", "theirs", "holds", "says"),
    [
        pytest.param((0.82, 0.92, 0.87), CLOSE, "train:acc > base:acc", "crosses zero: 3 and 3 seeds", id="overlap"),
        pytest.param(CLEAR, (0.84, 0.86, 0.85), "train:acc > base:acc", "", id="apart"),
        pytest.param(CLOSE, CLEAR, "train:acc > base:acc", "", id="does not even hold"),
        pytest.param(CLOSE, (0.82, 0.92, 0.87), "train:acc < base:acc", "crosses zero", id="lower is claimed"),
        pytest.param(CLEAR, CLOSE, "train:acc > base:acc + 0.09", "crosses 0.09", id="by a margin"),
        pytest.param((0.82, 0.92, 0.87), (0.5,), "train:acc > 0.8", "crosses 0.8: 3 seeds", id="a number"),
        pytest.param((0.9,), (0.8,), "train:acc > base:acc", "", id="one seed has no interval"),
        pytest.param((0.9, 0.9), (0.8, 0.8), "train:acc > base:acc", "", id="no noise"),
        pytest.param((0.8, 0.8), (0.8, 0.8), "train:acc >= base:acc", "", id="equal without noise"),
        pytest.param(CLEAR, CLOSE, "train:acc > other:acc", "", id="nothing recorded"),
    ],
)
def test_comparison(ours, theirs, holds, says):
    records = (*runs("train", range(len(ours)), ours), *runs("base", range(len(theirs)), theirs))
    found = unsafe_comparisons(Config(claims=(claim(holds=holds),)), records)
    assert len(found) == bool(says)
    assert all(says in text and "claim C1" in text for text in found)


def test_numbers_and_what_cannot_be_read_are_left_to_the_claims_own_check():
    assert (
        unsafe_comparisons(Config(claims=(claim(value="0.9"), claim("C2", holds="?"))), runs("train", (0, 1), (0, 1)))
        == ()
    )
