"""Series from every kind of file a command writes."""

import math
import os
import struct
from unittest.mock import ANY

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifactpack.recorder.metrics import UnreadableError, discover, from_console, parse, read_metrics, summarise
from artifactpack.scan.tfevents import masked_crc32c


def last(series):
    return {name: points[-1] for name, points in series.items()}


@pytest.mark.parametrize(
    ("suffix", "text", "expected"),
    [
        pytest.param(".json", '{"acc": 0.5, "name": "x", "ok": true}', {"acc": 0.5}, id="flat"),
        pytest.param(".json", '{"test": {"acc": 0.5, "f1": 1}}', {"test/acc": 0.5, "test/f1": 1}, id="nested"),
        pytest.param(".json", '{"loss": [3, 2, 1]}', {"loss": 1}, id="list"),
        pytest.param(
            ".json", '{"log": [{"epoch": 1, "loss": 2}, {"epoch": 2, "loss": 1}]}', {"log/loss": 1}, id="rows"
        ),
        pytest.param(".json", '[{"step": 5, "a": 1}, {"step": 9, "a": 2}]', {"a": 2}, id="top-level-rows"),
        pytest.param(".json", '{"a": NaN, "b": 1e999}', {"a": math.nan, "b": math.inf}, id="not-finite"),
        pytest.param(".jsonl", '{"step": 1, "a": 1}\n\n{"step": 2, "a": 3}\n{"step": 3, "a"', {"a": 3}, id="torn-line"),
        pytest.param(".csv", "epoch,loss,note\n1,2.5,x\n2,1.5,y\n", {"loss": 1.5}, id="csv"),
        pytest.param(".tsv", "step\tacc\n10\t0.5\n", {"acc": 0.5}, id="tsv"),
    ],
)
def test_last_value(suffix, text, expected):
    found = {name: point[1] for name, point in last(parse(suffix, text)).items()}
    assert found == pytest.approx(expected, nan_ok=True)


def test_steps_are_kept():
    assert parse(".csv", "step,a\n10,1\n20,2\n") == {"a": [[10.0, 1.0], [20.0, 2.0]]}


@pytest.mark.parametrize(("name", "text"), [("m.json", "{"), ("m.jsonl", "{\n{}\n"), ("m.json", "[" * 100_000)])
def test_unreadable(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    with pytest.raises(UnreadableError, match="not valid json"):
        read_metrics(tmp_path / name)


@given(st.text(max_size=200), st.sampled_from([".json", ".jsonl", ".csv"]))
def test_no_text_breaks_it(text, suffix):
    try:
        series = parse(suffix, text)
    except (ValueError, RecursionError):
        return
    summarise(series)


def test_console_patterns():
    text = "epoch 1 loss 0.5\nepoch 2 loss 0.25, acc 90%\nloss n/a\n"
    found = from_console(text, {"loss": r"epoch (?P<step>\d+) loss (?P<value>[\d.]+)", "acc": r"acc (\S+)"})
    assert found == {"loss": [[1.0, 0.5], [2.0, 0.25]], "acc": [[0.0, 90.0]]}


def test_summary_leaves_nan_out_of_the_range():
    (metric,) = summarise({"a": [[0, 1.0], [1, math.nan], [2, 3.0]]})
    assert (metric.minimum, metric.maximum, metric.last, metric.count, metric.step) == (1.0, 3.0, 3.0, 3, 2)


# -- TensorBoard: what its writers write, built here byte by byte ----------------------------------------------------


def field(number, kind, payload):
    return bytes([number << 3 | kind]) + payload


def sized(number, payload):
    return field(number, 2, bytes([len(payload)]) + payload)


def scalar_v1(tag, value):
    return sized(1, tag.encode()) + field(2, 5, struct.pack("<f", value))


def scalar_v2(tag, value):
    tensor = field(1, 0, b"\x01") + sized(4, struct.pack("<f", value))
    return sized(1, tag.encode()) + sized(8, tensor)


def event(step, *values):
    return (
        field(1, 1, struct.pack("<d", 1.7e9))
        + field(2, 0, bytes([step]))
        + sized(5, b"".join(sized(1, v) for v in values))
    )


def frame(data):
    length = struct.pack("<Q", len(data))
    sums = [struct.pack("<I", masked_crc32c(part)) for part in (length, data)]
    return length + sums[0] + data + sums[1]


def test_tensorboard_scalars_of_both_generations(tmp_path):
    path = tmp_path / "events.out.tfevents.1"
    path.write_bytes(
        frame(b"\x1a\x0dbrain.Event:2"[:3] + b"")
        + frame(event(1, scalar_v1("loss", 0.5)))
        + frame(event(2, scalar_v2("loss", 0.25), scalar_v2("acc", 1.0)))
        + frame(event(3, scalar_v1("loss", 9.0)))[:-6]
    )
    assert read_metrics(tmp_path) == {"loss": [[1.0, 0.5], [2.0, 0.25]], "acc": [[2.0, 1.0]]}


@pytest.mark.slow
@given(st.binary(max_size=300))
def test_no_bytes_break_the_event_reader(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("tb") / "events.out.tfevents.x"
    path.write_bytes(frame(data) + data)
    read_metrics(path)


def test_metrics_are_found_by_themselves(tmp_path):
    for name in ("metrics.json", "logs/version_0/metrics.csv", "tb/events.out.tfevents.1", "notes.txt", "config.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}")
    assert {p.relative_to(tmp_path).as_posix() for p in discover(tmp_path)} == {
        "metrics.json",
        "logs/version_0/metrics.csv",
        "tb",
    }


NAMES = ("log.jsonl", "train_log.csv", "eval_results.json", "all_results.json", "scores.json", "metrics.jsonl")


@pytest.mark.parametrize("name", NAMES)
def test_usual_names_of_metrics_files_are_known(tmp_path, name):
    (tmp_path / name).write_text("x", encoding="utf-8")
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    assert [path.name for path in discover(tmp_path)] == [name]


@pytest.mark.parametrize("name", ["metrics.json", "events.out.tfevents.1", "runs"])
def test_links_and_pipes_are_not_read(tmp_path, name):
    secret = tmp_path / "secret"
    (secret if name == "runs" else tmp_path).mkdir(exist_ok=True)
    real = secret / "events.out.tfevents.1" if name == "runs" else tmp_path / "real"
    real.write_bytes(frame(event(1, scalar_v1("a", 1.0))) if "json" not in name else b'{"a": 1}')
    out = tmp_path / "out"
    out.mkdir()
    (out / name).symlink_to(secret if name == "runs" else real)
    if name == "events.out.tfevents.1":
        assert _read(out) == {}
    with pytest.raises(UnreadableError, match="symbolic link"):
        read_metrics(out / name)
    assert discover(out) == ()
    (out / name).unlink()
    os.mkfifo(out / name)
    assert discover(out) == ()
    assert _read(out / name) == {}


def _read(path):
    try:
        return read_metrics(path)
    except UnreadableError as error:
        assert "not a regular file" in str(error)
        return {}


@pytest.mark.parametrize("text", ['[{"step": 1' + "0" * 400 + ', "loss": 1}]', '{"loss": 1' + "0" * 400 + "}"])
def test_numbers_beyond_a_float_cost_no_recorded_run(tmp_path, text):
    (tmp_path / "m.json").write_text(text)
    try:
        assert read_metrics(tmp_path / "m.json") == {"loss": [[ANY, math.inf]]}
    except UnreadableError as error:
        assert "too large" in str(error)


def test_a_step_that_is_no_number_is_no_point():
    assert from_console("step one loss 0.5", {"loss": r"step (?P<step>\w+) loss (?P<value>\S+)"}) == {}
