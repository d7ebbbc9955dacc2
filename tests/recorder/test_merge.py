"""Event files of processes that were torn away, or that somebody else wrote."""

import json
from pathlib import Path

import pytest

from artifactpack.models.records import to_json
from artifactpack.recorder.merge import merge

PROCESS = {"t": "process", "pid": 1, "at": 1.0, "version": "3.11.7"}
SEED = {"t": "seed", "rng": "random", "call": "random.seed", "value": 7, "path": "a.py", "line": 2}


def lines(*events):
    return "".join(json.dumps(event) + "\n" for event in events).encode()


@pytest.mark.parametrize("cut", range(1, len(lines(SEED)), 7))
def test_a_torn_last_line_takes_nothing_else_with_it(tmp_path, cut):
    (tmp_path / "1.jsonl").write_bytes(lines(PROCESS, SEED) + lines(SEED | {"line": 9})[:-cut])
    inside = merge(tmp_path)
    assert inside.processes == 1
    assert {s.line for s in inside.seedings} - {9} == {2}


@pytest.mark.parametrize("data", [b"", b"\0" * 100, b"[1]\n", b"{}\n", b"[" * 100_000, lines(SEED)])
def test_a_file_that_no_process_of_ours_began_is_left_out(tmp_path, data):
    (tmp_path / "1.jsonl").write_bytes(data)
    (tmp_path / "2.jsonl").write_bytes(lines(PROCESS, SEED))
    assert (merge(tmp_path).processes, len(merge(tmp_path).seedings)) == (1, 1)


def test_nothing_reported_is_said(tmp_path):
    (told,) = merge(tmp_path).not_observed
    assert "no Python process reported" in told


@pytest.mark.parametrize(("argv", "told"), [(["a.py"], 1), (["python", "ray/_private/workers/default_worker.py"], 0)])
def test_ray_without_a_worker_that_reported_is_said(tmp_path, argv, told):
    modules = {"t": "modules", "packages": {"ray": ["x", "2"]}}
    (tmp_path / "1.jsonl").write_bytes(lines(PROCESS, modules))
    (tmp_path / "2.jsonl").write_bytes(lines(PROCESS | {"argv": argv}))
    assert [why.startswith("Ray was imported") for why in merge(tmp_path).not_observed] == [True] * told


HOSTILE = [
    {"t": "settings", "when": "start", "values": [1]},
    {"t": "census", "ops": ["a"]},
    {"t": "modules", "packages": ["a"], "own": 3},
    {"t": "outside", "counts": "home"},
    {"t": "files", "f": 7},
    {"t": "many", "f": 7, "at": 10**400},
    {"t": "devices", "gpus": ["a"]},
    {"t": "devices", "gpus": [{"index": 1e400}]},
    {"t": "seed", "rng": ["a"], "call": {}, "line": []},
    {"t": "unseeded", "rng": {}, "path": []},
    {"t": "loader", "workers": float("inf")},
    {"t": ["seed"]},
]


@pytest.mark.parametrize("event", HOSTILE, ids=lambda event: str(event)[:40])
def test_an_event_that_a_program_made_up_is_left_out(tmp_path, event):
    """The program that ran can write to its own event files."""
    (tmp_path / "1.jsonl").write_bytes(lines(PROCESS, event, SEED))
    inside = merge(tmp_path)
    assert (inside.processes, len(inside.seedings)) == (1, 1)


EVENTS = (
    PROCESS,
    SEED,
    {"t": "unseeded", "rng": "numpy", "call": "x", "path": "a.py", "line": 3},
    {"t": "settings", "when": "start", "values": {"a": 1}},
    {"t": "settings", "when": "exit", "values": {"a": 2}},
    {"t": "amp", "device": "cpu", "dtype": "bf16"},
    {"t": "loader", "workers": 2},
    {"t": "warning", "text": "not deterministic"},
    {"t": "census", "ops": {"aten.add": 3}},
    {"t": "files", "f": [["r", "a.py", 1, 2], ["w", "b.py", 0, 0]]},
    {"t": "many", "cwd": "/p", "at": 1.0, "f": ["a"]},
    {"t": "modules", "packages": {"numpy": ["/x/site-packages/numpy", "1"]}, "own": ["a.py"]},
    {"t": "outside", "counts": {"usr": 2}},
    {"t": "devices", "gpus": [{"index": 0, "name": "H", "memory": 1, "peak": 2}], "cuda": "12", "cudnn": "9"},
    {"t": "child", "program": "python", "why": "started with -I"},
    {"t": "unpatched", "module": "m", "why": "w"},
    {"t": "rank", "rank": "1"},
)
ODD = (
    None,
    True,
    -1,
    1e999,
    float("nan"),
    10**400,
    "x",
    "\ud800",
    [],
    [[]],
    [["r"]],
    [None],
    {},
    {"a": {}},
    {"a": None},
)
FIELDS = [(number, name) for number, event in enumerate(EVENTS) for name in event if name != "t"]


@pytest.mark.slow
@pytest.mark.parametrize(("number", "name"), FIELDS, ids=lambda value: str(value))
def test_a_program_may_write_anything_of_itself(tmp_path, number, name):
    """What it says may be wrong in kind too: it is left out, and never our fault."""
    for odd in ODD:
        events = [event | {name: odd} if at == number else event for at, event in enumerate(EVENTS)]
        (tmp_path / "1.jsonl").write_bytes(lines(*events))
        inside = merge(tmp_path, Path("/p"))
        assert inside.processes == 1
        assert to_json(inside).encode()
