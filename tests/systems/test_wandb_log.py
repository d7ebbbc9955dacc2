"""A `.wandb` log: rows taken many at a time say what reading field by field says, whole, torn and damaged."""

import json
import random
import struct
import zlib
from dataclasses import asdict, is_dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artifactpack.systems.reading import Unreadable
from artifactpack.systems.wandb_frames import BLOCK, records
from artifactpack.systems.wandb_log import Log


def varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes((*out, value))


def field(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


def item(names, value):
    names = [names] if isinstance(names, str) else names
    number = 1 if len(names) == 1 and names[0].startswith("k") else 2
    return field(1, b"".join(field(number, n.encode()) for n in names) + field(16, json.dumps(value).encode()))


def record(number, kind, items, step=None):
    tail = b"" if step is None else field(2, b"\x08" + varint(step) if step else b"")
    return b"\x08" + varint(number) + field(kind, b"".join(items) + tail)


def log(contents):
    """Records in blocks of 32 KiB, as wandb's writer lays them out."""
    out = bytearray(b":W&B\xe1\xbe\x00")
    for data in contents:
        first = True
        while True:
            room = BLOCK - len(out) % BLOCK
            if room < 7:
                out += bytes(room)
                room = BLOCK
            part, data = data[: room - 7], data[room - 7 :]
            kind = (1 if first else 4) if not data else 2 if first else 3
            out += struct.pack("<IHB", zlib.crc32(bytes((kind,)) + part), len(part), kind) + part
            first = False
            if not data:
                break
    return bytes(out)


def told(path, fast):
    found = {k: asdict(v) if is_dataclass(v) else v for k, v in vars(Log(path, fast=fast)).items()}
    found["points"] = {name: sorted(map(repr, points)) for name, points in found["points"].items()}
    found["summary"] = {k: repr(v) for k, v in found["summary"].items() if k not in found["points"]}
    found["summary"] = {k: v for k, v in found["summary"].items() if not k.startswith("_")}
    return found


NAMES = st.sampled_from(
    [
        "loss",
        "acc",
        "k",
        "key",
        "train/loss",
        "_mine",
        "_runtime",
        ["a", "loss"],
        ["a", "b", "c"],
        "ä",
        "x" * 140,
        "n" * 18,
    ]
)
NUMBERS = st.one_of(st.floats(), st.integers(-(10**30), 10**30), st.just(10**400))
VALUES = st.one_of(
    NUMBERS, NUMBERS, st.text(), st.booleans(), st.none(), st.dictionaries(st.text(), NUMBERS, max_size=2)
)
ROWS = st.lists(st.tuples(NAMES, VALUES), max_size=4, unique_by=lambda pair: repr(pair[0]))


@st.composite
def contents(draw):
    number = draw(st.sampled_from([1, 100, 126, 16380, 16640, 2097150]))
    step = draw(st.sampled_from([0, 125, 16630]))
    out = []
    for row in draw(st.lists(ROWS, max_size=12)):
        items = [item(name, value) for name, value in row]
        for _ in range(draw(st.integers(1, 3))):  # rows like it, so that many are taken together
            at = item("_step", step)
            out.append(record(number, 3, items))
            out.append(record(number + 1, 2, draw(st.permutations([*items, at])), step))
            number, step = number + 2, step + 1
    return out


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(contents())
def test_rows_at_once_say_what_the_fields_say(tmp_path_factory, given_):
    path = tmp_path_factory.mktemp("log") / "run.wandb"
    path.write_bytes(log(given_))
    assert told(path, fast=True) == told(path, fast=False)


def long_log(rows=2000):
    rng = random.Random(0)
    out = []
    for step in range(rows):
        items = [item(name, rng.random()) for name in ("loss", "acc", "_runtime")] + [item("_step", step)]
        rng.shuffle(items)
        out += [record(2 * step + 1, 3, items), record(2 * step + 2, 2, items, step)]
    return log(out)


def test_every_point_comes_back(tmp_path):
    path = tmp_path / "run.wandb"
    path.write_bytes(long_log())
    found = Log(path)
    assert sorted(step for step, _ in found.points["loss"]) == list(range(2000))
    assert {name: len(points) for name, points in found.points.items()} == {"loss": 2000, "acc": 2000}
    assert not found.lost


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_damage_costs_what_it_hits_and_is_told(tmp_path, seed):
    rng, data = random.Random(seed), bytearray(long_log())
    if seed % 2:
        data = data[: rng.randrange(BLOCK, len(data))]
    else:
        for _ in range(3):
            data[rng.randrange(7, len(data))] ^= 1 << rng.randrange(8)
    path = tmp_path / "run.wandb"
    path.write_bytes(data)
    quick, careful = told(path, fast=True), told(path, fast=False)
    assert quick == careful
    assert quick["lost"] or seed % 2
    assert len(quick["points"]["loss"]) < 2000


def test_the_end_of_a_record_whose_beginning_is_damaged_is_no_record(tmp_path):
    path = tmp_path / "run.wandb"
    text = "y" * 2 * BLOCK
    data = bytearray(log([record(1, 2, [item("_step", 1), item("note", text)]), record(2, 2, [item("_step", 2)], 2)]))
    data[100] ^= 1
    path.write_bytes(data)
    assert [one is None for one in records(path)][-1] is False
    assert sum(one is not None for one in records(path)) == 1


def test_what_is_no_log_is_refused(tmp_path):
    path = tmp_path / "run.wandb"
    path.write_bytes(b"PK\x03\x04 something else")
    with pytest.raises(Unreadable):
        Log(path)
