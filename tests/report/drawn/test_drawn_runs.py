"""Recorded runs on a terminal: a row a run, a row a metric, differences side by side."""

import io
import re
from dataclasses import replace
from types import SimpleNamespace

import pytest

from artifactpack.models.outcome import Difference
from artifactpack.models.reference import Ledger, ReferenceRun
from artifactpack.pipeline.runs import Listing
from artifactpack.report.drawn import parts, runs
from tests.report.samples import RUNS, run, summary


def drawn(draw, *values, width=100):
    screen = io.StringIO()
    draw(*values, on=parts.console(screen, width))
    return re.sub(r"\033\[[0-9;]*m", "", screen.getvalue())


def listing(**more):
    ids = frozenset(r.id for r in RUNS)
    return Listing(**{"runs": RUNS, "own": ids, "current": ids, "disk": dict.fromkeys(ids, 4096), **more})


@pytest.mark.parametrize("width", [60, 80, 110])
def test_a_run_is_one_line_on_any_width(width):
    lines = drawn(runs.draw_list, listing(), width=width).splitlines()
    assert max(map(len, lines)) <= width
    assert sum("train-" in line or "baseline-" in line or "evaluate-" in line for line in lines) == len(RUNS)
    assert lines[-1] == "16 runs, 64.0 KiB, all of them current"


def test_columns_that_tell_something_are_shown():
    text = drawn(runs.draw_list, listing(own=frozenset(), current=frozenset(), problems=("x.json: torn",)))
    head = text.splitlines()[0]
    assert "whose" in head and "current" in head
    assert "! x.json: torn" in text
    assert "all of them current" not in text


def test_no_runs_says_what_makes_some():
    assert "artifactpack record" in drawn(runs.draw_list, Listing())


def test_the_outcome_of_record_with_its_notes():
    reference = ReferenceRun(summaries=(summary(),), ledger=Ledger(runs=5, failed=1))
    done = {"new": RUNS[:5], "failed": (run(5, state="failed"),), "kept": 2, "reference": reference, "disk": 4096}
    done |= {"skipped": (), "warnings": ("seed 5 failed",), "withheld": ("API_TOKEN",)}
    text = drawn(runs.draw_recorded, SimpleNamespace(**done))
    assert text.startswith("5 runs recorded, 1 failed; 2 were there")
    assert "0.9723 ± 0.0031" in text
    assert "! seed 5 failed" in text and "(API_TOKEN)" in text
    assert text.rstrip().endswith("recorded runs take 4.0 KiB on disk")


def test_a_diff_is_side_by_side_and_a_hash_does_not_fill_the_screen():
    found = [
        Difference(kind="seed", name="seed", expected=0, got=1),
        Difference(kind="metric", name="test_accuracy", expected=0.9, got=0.8),
        Difference(kind="output", name="model.pt", expected="a" * 64, got="b" * 64),
    ]
    lines = drawn(runs.draw_diff, found, "train-s0", "train-s1", width=80).splitlines()
    assert next(line for line in lines if "seed" in line).split()[-2:] == ["0", "1"]
    assert "What came out differs" in lines
    assert all(len(line) <= 80 for line in lines)
    assert "…" in next(line for line in lines if "model.pt" in line)


def test_no_difference_is_said():
    assert "no difference" in drawn(runs.draw_diff, [], "a", "b")


def test_one_run_with_headings():
    text = drawn(runs.draw_run, replace(RUNS[0], warnings=("slow disk",)))
    assert "Seen from outside" in text.splitlines()
    assert "  ! slow disk" in text
