"""The opt-in API: reports and seeds when recorded, does nothing surprising when not."""

import json
import math
import os
import random

import pytest

import artifactpack


@pytest.fixture
def events(tmp_path, monkeypatch):
    monkeypatch.setenv("ARTIFACTPACK_EVENTS", str(tmp_path))
    return tmp_path / "logged.metrics"


def test_metrics_are_noted_one_a_line(events):
    artifactpack.log_metric("loss", 0.5)
    artifactpack.log_metric("loss", math.nan, 3)
    assert [json.loads(line) for line in events.read_text().splitlines()] == [["loss", None, 0.5], ["loss", 3.0, "nan"]]


def test_nothing_happens_when_nothing_records(monkeypatch, tmp_path):
    monkeypatch.delenv("ARTIFACTPACK_EVENTS", raising=False)
    monkeypatch.chdir(tmp_path)
    artifactpack.log_metric("loss", 0.5, 1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("recorded", [True, False])
@pytest.mark.parametrize(("name", "value"), [("", 1.0), (3, 1.0), ("loss", "much"), ("loss", None)])
def test_a_wrong_argument_is_an_error_recorded_or_not(monkeypatch, tmp_path, recorded, name, value):
    if recorded:
        monkeypatch.setenv("ARTIFACTPACK_EVENTS", str(tmp_path))
    else:
        monkeypatch.delenv("ARTIFACTPACK_EVENTS", raising=False)
    with pytest.raises((TypeError, ValueError)):
        artifactpack.log_metric(name, value)


def test_a_recorder_that_went_away_does_not_end_the_program(monkeypatch, tmp_path):
    monkeypatch.setenv("ARTIFACTPACK_EVENTS", str(tmp_path / "gone"))
    artifactpack.log_metric("loss", 0.5)


@pytest.mark.slow  # it imports torch
def test_seeding_gives_the_same_numbers():
    assert artifactpack.seed_everything(5) == 5
    first = random.random()
    artifactpack.seed_everything(5)
    assert random.random() == first
    assert "PYTHONHASHSEED" not in os.environ or os.environ["PYTHONHASHSEED"] != "5"


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_that_numpy_would_not_take_is_refused(seed):
    with pytest.raises(ValueError, match="is not between 0 and 4294967295"):
        artifactpack.seed_everything(seed)
