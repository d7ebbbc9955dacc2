"""The plots: deterministic, honest about spikes, readable axes."""

import math
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifactpack.report import plot_bands, plot_rows, plot_runs, scale, svg
from artifactpack.report.plot_rows import Group
from artifactpack.report.plot_runs import Span

FINITE = st.floats(-1e12, 1e12, allow_nan=False)
ALL = {
    "bands": plot_bands.bands("loss", [[(0.0, 2.0), (1.0, 1.0)], [(0.0, 2.2), (1.0, 0.9)]]),
    "intervals": plot_rows.intervals("accuracy", [Group(label="a", values=(0.9, 0.91), mean=0.905, low=0.8, high=1.0)]),
    "bars": plot_rows.bars("cost", [("train", 10.0, "10 s"), ("smoke", 0.0, "0 s")]),
    "timeline": plot_runs.timeline(
        "when", [Span(label="a", start=0, end=9), Span(label="b", start=5, end=6, failed=True)]
    ),
    "scatter": plot_runs.scatter("x", [("a", [(1.0, 2.0)]), ("b", [(2.0, 3.0)])], x_label="s", y_label="acc"),
}


@pytest.mark.parametrize("name", ALL)
def test_each_plot_is_xml_with_a_name_for_screen_readers(name):
    root = ET.fromstring(ALL[name])
    assert root.get("role") == "img"
    assert root.get("aria-label")
    assert root.find("{http://www.w3.org/2000/svg}title").text
    assert not [e for e in root.iter() if e.get("style")], "a style attribute would be refused by the page's policy"


def test_text_from_a_project_cannot_leave_its_element():
    drawn = plot_rows.bars('</svg><script>"', [("</text><script>", 1.0, "&")])
    assert "<script" not in drawn
    ET.fromstring(drawn)


@given(st.lists(st.tuples(FINITE, FINITE), min_size=1, max_size=40), st.integers(1, 5))
def test_thinning_keeps_lowest_and_highest(points, limit):
    points = sorted(points)
    kept = scale.thin(points, limit)
    assert len(kept) <= 2 * limit + 1
    assert {min(p[1] for p in points), max(p[1] for p in points)} <= {p[1] for p in kept}


def test_one_spike_in_ten_thousand_steps_still_shows_in_the_band():
    flat = [(float(i), 1.0) for i in range(10_000)]
    spiked = [(x, 9.0 if x == 5_001 else 1.0) for x, _ in flat]
    _, lower, upper, middle = plot_bands.envelope([flat, spiked])
    assert (min(lower), max(upper)) == (1.0, 9.0)
    assert len(middle) == plot_bands.POINTS


def test_a_run_that_stopped_early_counts_only_as_far_as_it_went():
    steps, lower, upper, _ = plot_bands.envelope([[(0.0, 1.0), (4.0, 1.0)], [(0.0, 5.0), (2.0, 5.0)]])
    assert steps == [0.0, 2.0, 4.0]
    assert upper == [5.0, 5.0, 1.0]
    assert lower == [1.0, 1.0, 1.0]


def test_nan_is_left_out_of_the_drawing():
    drawn = plot_bands.bands("loss", [[(0.0, 1.0), (1.0, math.nan), (2.0, 3.0)]])
    assert "nan" not in drawn


@pytest.mark.parametrize("values", [[1e308, -1e308], [5e-324], [0.0, 5e-324], [math.inf], [1e400, 2.0], []])
def test_an_axis_of_the_extreme_is_drawn_too(values):
    low, high = scale.bounds(values)
    assert math.isfinite(low) and low < high < math.inf
    assert math.isfinite(scale.Scale(low=low, high=high, start=0.0, end=1.0)(low))
    assert 0 < len(scale.ticks(low, high)) <= 12


@given(FINITE, st.floats(1e-9, 1e12))
def test_ticks_are_inside_and_few(low, width):
    found = scale.ticks(low, low + width)
    assert len(found) <= 12
    slack = 1e-6 * max(abs(low), abs(low + width), width)
    assert all(low - slack <= t <= low + width + slack for t in found)


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        pytest.param(0.9, 1.0, ["0.90", "0.92", "0.94", "0.96", "0.98", "1.00"], id="fractions"),
        pytest.param(0, 10_000, ["0", "2k", "4k", "6k", "8k", "10k"], id="thousands"),
        pytest.param(-5, 5, ["−4", "−2", "0", "2", "4"], id="negative"),
    ],
)
def test_labels_have_the_decimals_that_tell_them_apart(low, high, labels):
    assert scale.labels(scale.ticks(low, high)) == labels


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.84, "0.8 s"), (42, "42 s"), (200, "3 min 20 s"), (7600, "2 h 06 min"), (300_000, "3 d 11 h")],
)
def test_durations_read_well(seconds, words):
    assert scale.duration(seconds) == words


def test_numbers_have_no_negative_zero_and_no_noise():
    assert [svg.number(v) for v in (-0.001, 1.0, 2.50, 1 / 3)] == ["0", "1", "2.5", "0.33"]


@pytest.mark.slow
def test_fifty_curves_of_ten_thousand_steps_stay_small():
    series = [[(float(i), math.exp(-i / 3000) + seed / 1000) for i in range(10_000)] for seed in range(50)]
    assert len(plot_bands.bands("loss", series)) < 60_000
