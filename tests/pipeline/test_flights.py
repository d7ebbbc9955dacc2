"""Cancelling: what was killed is recorded as stopped, and what ended by itself keeps its own record."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from artifactpack.pipeline import flights
from artifactpack.recorder.store import RunStore
from tests.report.samples import run


@pytest.mark.parametrize(
    ("state", "counts", "recorded"),
    [
        ("crashed", (1, 0), "interrupted"),
        ("interrupted", (1, 0), "interrupted"),
        ("failed", (0, 1), None),
        ("timeout", (0, 1), None),
        ("finished", (0, 1), None),
    ],
)
def test_a_run_that_ends_while_it_is_cancelled(tmp_path, monkeypatch, state, counts, recorded):
    RunStore(tmp_path).open_for_writing()
    written, cancelled = [], []
    job = SimpleNamespace(folder=str(tmp_path))
    batch = SimpleNamespace(engine="ray", jobs=lambda: {0: job}, landed=lambda _: None)
    out = SimpleNamespace(batches=lambda: [batch], close=lambda: None)
    monkeypatch.setattr(flights, "Flights", lambda _: out)
    monkeypatch.setattr(flights, "make", lambda *_: SimpleNamespace(cancel=lambda: cancelled.append(True)))
    monkeypatch.setattr(flights, "collect_all", lambda _: [])
    monkeypatch.setattr(flights, "collect", lambda _: run(0, state=state))
    monkeypatch.setattr(flights, "commit", lambda _, found: written.append(found.state))
    assert flights.cancel(tmp_path) == counts
    assert cancelled == [True]
    assert written == ([recorded] if recorded else [])
