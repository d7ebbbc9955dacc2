"""Two runs of one seed that differ for a planted reason: each is named, at its line."""

import json
import sys

import pytest

from artifactpack.pipeline.divergence import trace_divergence
from artifactpack.recorder.divergence import Compare
from artifactpack.recorder.traces import steps, traces, window
from tests.recorder import planted

CONFIG = f"""
[environment]
python = "{sys.executable}"
[commands.train]
run = ["{{python}}", "train.py"]
timeout = "20m"  # a busy machine is no cause
"""


def project(make_tree, script):
    return make_tree({"artifactpack.toml": CONFIG, "train.py": script})


SAMPLE = ("unseeded dropout", "unseeded numpy in a worker", "set order")
EACH = [name if name in SAMPLE else pytest.param(name, marks=pytest.mark.exhaustive) for name in planted.PLANTED]


@pytest.mark.slow
@pytest.mark.parametrize("name", EACH)
def test_planted_cause_is_named_at_its_line(make_tree, name):
    script, operator, why, which = planted.PLANTED[name]
    found = trace_divergence(project(make_tree, script))
    assert found.found, found.note
    place = found if which == "operator" else found.cause
    assert (place.path, place.line) == ("train.py", planted.marked(script)), found
    assert operator in found.operator
    assert why in found.why


@pytest.mark.slow
@pytest.mark.parametrize("name", planted.CUDA)
def test_additions_in_any_order_on_a_gpu_are_named(make_tree, name):
    """Needs a graphics card: which of its threads adds first is not decided by any seed."""
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device here")
    script = planted.CUDA[name]
    found = trace_divergence(project(make_tree, script))
    assert found.found, found.note
    assert name in found.operator
    assert (found.path, found.line) == ("train.py", planted.marked(script)), found
    assert "not deterministic" in found.why and "use_deterministic_algorithms" in found.why


@pytest.mark.exhaustive
def test_the_rank_that_differs_is_named(make_tree):
    root = project(make_tree, planted.RANKS)
    start = '["{python}", "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "train.py"]'
    config = (root / "artifactpack.toml").read_text().replace('["{python}", "train.py"]', start)
    (root / "artifactpack.toml").write_text(config)
    found = trace_divergence(root)
    assert found.found, found.note
    place = found.cause or found
    assert (place.path, place.line) == ("train.py", planted.marked(planted.RANKS)), found


@pytest.mark.exhaustive
def test_equal_runs_are_said_to_be_equal(make_tree):
    found = trace_divergence(project(make_tree, planted.SAME))
    assert not found.found
    assert found.runs == 2


@pytest.mark.exhaustive
def test_what_a_run_left_behind_is_named_though_it_happens_once(make_tree):
    found = trace_divergence(project(make_tree, planted.LEFT_BEHIND))
    assert not found.found and "left behind" in found.note
    assert ["mean.npy"] == [d.name for d in found.differences], found


@pytest.mark.parametrize(
    ("one", "two", "span"),
    [
        pytest.param({0: "a", 1: "b"}, {0: "a", 1: "b"}, None, id="equal"),
        pytest.param({0: "a", 1: "b"}, {0: "x", 1: "y"}, (-1, 0), id="from-the-start"),
        pytest.param({0: "a", 10: "b", 20: "c"}, {0: "a", 10: "b", 20: "x"}, (10, 20), id="in-between"),
        pytest.param({0: "a", 10: "b"}, {0: "a"}, (0, 10), id="one-is-shorter"),
    ],
)
def test_window(one, two, span):
    assert window(one, two) == span


def test_difference_is_followed_back_by_name_and_by_value():
    lines = {1: "a = clock()", 2: "b = a + 1", 3: "other = clock()", 4: "t = torch.tensor(b)"}

    def run(v):
        return [
            ["l", "x.py", 1, {"a": f"s:{v}"}],
            ["l", "x.py", 2, {"b": f"s:{v + 1}", "a": f"s:{v}"}],
            ["l", "x.py", 3, {"other": f"s:{v * 7}"}],
            ["o", "aten.lift_fresh", "x.py", 4, [f"t:{v}"], [f"t:{v}"], 1],
        ]

    compare = Compare(run(1), run(2), lambda path, line: lines[line])
    place = compare.operator()
    assert place == 3
    assert compare.origin(place)[1:4] == ("x.py", 1, "a")


@pytest.mark.parametrize(
    "entry", [7, [], ["o"], ["o", "add", "a.py", "1", [], [], 1], ["l", "a.py", 1, {"x": 2}], ["l", 2, 1, {}]]
)
def test_entries_that_no_trace_writes_are_left_out(tmp_path, entry):
    """The program can write into its own event files."""
    good = ["l", "a.py", 1, {"x": "s:1"}]
    told = [
        {"t": "process", "pid": 1, "at": 1.0},
        {"t": "trace", "serial": "0", "e": [entry, good]},
        {"t": "fp", "step": "x"},
    ]
    (tmp_path / "1.jsonl").write_text("".join(json.dumps(event) + "\n" for event in told))
    assert traces(tmp_path) == {"0": [good]}
    assert steps(tmp_path) == {0: "None"}


def test_a_difference_is_followed_into_the_function_that_returned_it():
    lines = {1: "y = torch.tensor([bucket(n) for n in names])", 2: "return hash(name) % 4", 3: "loss(y)"}

    def run(v):
        return [
            ["r", "helper.py", 2, {"bucket()": f"s:{v}"}],
            ["l", "x.py", 1, {"y": f"t:{v}"}],
            ["o", "aten.loss", "x.py", 3, [f"t:{v + 1}"], [f"t:{v}"], 1],
        ]

    compare = Compare(run(1), run(2), lambda path, line: lines[line])
    assert compare.origin(compare.operator())[1:4] == ("helper.py", 2, "bucket()")


def test_ranks_and_spawned_workers_are_told_apart_whichever_started_first(tmp_path):
    def process(at, argv, rank, mark):
        told = [
            {"t": "process", "pid": at, "at": at, "argv": argv, "rank": rank},
            {"t": "trace", "serial": "0", "e": [["l", mark, 1, {}]]},
        ]
        return "".join(json.dumps(event) + "\n" for event in told)

    def run(name, *order):
        ranks = {0: (["a.py"], "0", "zero"), 1: (["a.py"], "1", "one"), 2: (["-c", "handle=7"], "", "seven")}
        ranks[3] = (["-c", "handle=9"], "", "nine")
        (tmp_path / name).mkdir()
        (tmp_path / name / "0.jsonl").write_text(process(1, ["torchrun"], "", "main"))
        for at, number in enumerate(order, 2):
            (tmp_path / name / f"{at}.jsonl").write_text(process(at, *ranks[number]))
        return {name: entries[0][1] for name, entries in traces(tmp_path / name).items()}

    assert run("one", 0, 1, 2, 3) == run("two", 3, 1, 0, 2)
    assert run("three", 1, 0, 3, 2) == {"0": "main", "rank 0": "zero", "rank 1": "one", "0+1": "seven", "0+2": "nine"}
