# ruff: noqa: E501 - tables
"""Weight files: nothing hostile is called safe, what torch writes is, and tensors hash as torch sees them."""

from __future__ import annotations

import hashlib
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artifactpack.errors import InputError
from artifactpack.scan.weights import inspect
from tests.support.overwriting import overwrite

from .hostile import BAD_HEADERS, BENIGN, EVIL, SAFETENSORS, corpus, npy, safetensors, torch_zip, zipped

CORPUS = corpus()
UNSAFE = {name for name in CORPUS if name.startswith(("gadget-", "stack-"))}


@pytest.fixture
def look(tmp_path):
    def look(name, data):
        (tmp_path / name).write_bytes(data)
        return inspect(tmp_path / name, hashes="none")

    return look


def test_the_corpus_is_large_enough():
    assert len(CORPUS) >= 84
    assert len({(name.rpartition(".")[2], data) for name, data in CORPUS.items()}) == len(CORPUS)


@pytest.mark.parametrize("name", CORPUS)
def test_nothing_hostile_is_called_safe(name, look):
    report = look(name, CORPUS[name])
    assert report.safety != "safe"
    assert report.reasons


@pytest.mark.parametrize("name", sorted(UNSAFE))
def test_gadgets_are_never_called_anything_but_unsafe_or_unknown_and_most_are_unsafe(name, look):
    report = look(name, CORPUS[name])
    assert any(
        name.partition("-")[2].rpartition(".")[0].split("-", 1)[1].rpartition(".")[2] in r for r in report.reasons
    )


def test_most_gadgets_are_unsafe_not_just_unknown(look):
    assert sum(look(name, CORPUS[name]).safety == "unsafe" for name in UNSAFE) >= 0.95 * len(UNSAFE)


@pytest.mark.parametrize("name", SAFETENSORS)
def test_a_bad_safetensors_file_is_never_safe(name, look):
    assert look("x.safetensors", SAFETENSORS[name]).safety == "unknown"


@pytest.mark.parametrize("name", BAD_HEADERS)
def test_a_bad_safetensors_header_is_never_safe(name, look):
    report = look("x.safetensors", safetensors(BAD_HEADERS[name]))
    assert report.safety == "unknown"
    assert report.tensors == ()


def test_a_good_safetensors_file(look):
    header = '{"__metadata__":{"format":"pt"},"b":{"dtype":"F16","shape":[2,2],"data_offsets":[0,8]},"a":{"dtype":"I64","shape":[],"data_offsets":[8,16]}}  '
    report = look("x.safetensors", safetensors(header, bytes(16)))
    assert (report.safety, report.parameters, report.dtypes) == ("safe", 5, ("float16", "int64"))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.pkl", BENIGN),
        ("x.pt", torch_zip(BENIGN)),
        ("x.npy", npy(b"\0" * 8, "<f8")),
        ("x.npz", zipped([("a.npy", npy(b"\0" * 8, "<f8"))])),
    ],
)
def test_benign_files_are_called_safe(name, data, look):
    assert look(name, data).safety == "safe"


def test_the_verdict_does_not_depend_on_the_suffix(look):
    for suffix in (".pt", ".pth", ".bin", ".ckpt", ".pkl", ".joblib", ".weird"):
        assert look(f"x{suffix}", EVIL).safety == "unsafe"


def test_a_missing_file_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match=r"gone\.pt"):
        inspect(tmp_path / "gone.pt")


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(
    data=st.binary(max_size=200),
    suffix=st.sampled_from([".pt", ".pkl", ".npy", ".npz", ".safetensors", ".keras", ".h5"]),
)
def test_noise_is_never_an_exception(data, suffix, tmp_path_factory):
    file = tmp_path_factory.getbasetemp() / f"noise{suffix}"
    file.write_bytes(data)
    assert inspect(file, hashes="none").safety in ("safe", "unsafe", "unknown")


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_changed_byte_is_never_an_exception(data):
    import io

    from artifactpack.scan.opcodes import Stretch
    from artifactpack.scan.pickles import read_pickle

    original = bytearray(data.draw(st.sampled_from([EVIL, BENIGN, CORPUS["trick-memo-stack-global.pkl"]])))
    original[data.draw(st.integers(0, len(original) - 1))] = data.draw(st.integers(0, 255))
    read_pickle(Stretch(io.BytesIO(bytes(original)), 0, len(original)))


# --- against torch itself


def _state_dicts():
    import torch
    from torch import nn

    layers = {
        "linear": nn.Linear(4, 3), "conv1d": nn.Conv1d(2, 3, 3), "conv2d": nn.Conv2d(3, 4, 3), "batchnorm": nn.BatchNorm2d(4),
        "lstm": nn.LSTM(3, 4), "gru": nn.GRU(3, 4), "attention": nn.MultiheadAttention(4, 2), "embedding": nn.Embedding(5, 3),
        "layernorm": nn.LayerNorm(4), "sequential": nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1)),
        "transformer": nn.TransformerEncoderLayer(8, 2, 16),
    }  # fmt: skip
    found = {name: layer.state_dict() for name, layer in layers.items()}
    linear = nn.Linear(4, 3)
    optimizer = torch.optim.Adam(linear.parameters())
    linear(torch.ones(1, 4)).sum().backward()
    optimizer.step()
    base = torch.arange(24.0)
    found |= {
        "half": {"a": base.half()}, "bfloat16": {"a": base.bfloat16()}, "double": {"a": base.double()},
        "integers": {"a": base.long(), "b": base.to(torch.uint8), "c": base > 3},
        "complex": {"a": torch.complex(base, base)},
        "views": {"whole": base, "part": base[4:10], "rows": base.view(6, 4)},
        "scalars": {"a": torch.tensor(3.0), "empty": torch.empty(0, 2)},
        "parameters": {"p": nn.Parameter(base)},
        "checkpoint": {"model": linear.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3, "args": {"lr": 0.1, "tags": ["a"]}},
        "nested": {"a": [base, (base, {"b": base})]},
    }  # fmt: skip
    return found


@pytest.mark.slow
def test_twenty_real_state_dicts_are_safe_and_hash_as_torch_sees_them(tmp_path):
    import torch

    dicts = _state_dicts()
    assert len(dicts) >= 20
    for name, state in dicts.items():
        for zip_kind in (True, False):
            file = tmp_path / f"{name}.pt"
            torch.save(state, file, _use_new_zipfile_serialization=zip_kind)
            report = inspect(file)
            assert report.safety == "safe", (name, zip_kind, report.reasons)
            assert report.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
            told = {t.name: (t.shape, t.dtype, t.sha256) for t in report.tensors}
            for key, tensor in _flat(state):
                raw = (
                    tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
                    if tensor.numel()
                    else b""
                )
                expected = (
                    tuple(tensor.shape),
                    str(tensor.dtype).removeprefix("torch."),
                    hashlib.sha256(raw).hexdigest(),
                )
                assert told[key] == expected, (name, key)


def _flat(value, prefix=""):
    import torch

    if isinstance(value, torch.Tensor):
        yield prefix, value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _flat(part, f"{prefix}.{key}" if prefix else str(key))
    elif isinstance(value, (list, tuple)):
        for index, part in enumerate(value):
            yield from _flat(part, f"{prefix}.{index}" if prefix else str(index))


@pytest.mark.slow
def test_whole_modules_and_transposed_tensors_are_listed_but_not_vouched_for(tmp_path):
    import torch

    torch.save(torch.nn.Linear(2, 3), tmp_path / "m.pt")
    module = inspect(tmp_path / "m.pt")
    assert module.safety == "unknown"
    assert module.parameters == 9
    torch.save({"t": torch.arange(6.0).view(2, 3).t()}, tmp_path / "t.pt")
    turned = inspect(tmp_path / "t.pt")
    assert (turned.safety, turned.tensors[0].shape) == ("safe", (3, 2))


@pytest.mark.slow
def test_memory_stays_small_whatever_the_size(tmp_path):
    import torch

    torch.save({str(n): torch.zeros(2**20) for n in range(16)}, tmp_path / "big.pt")
    tracemalloc.start()
    report = inspect(tmp_path / "big.pt")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert report.size > 64 << 20
    assert peak < 8 << 20


@pytest.mark.slow
def test_numpy_and_safetensors_agree_with_their_libraries(tmp_path):
    import numpy as np
    from safetensors.numpy import save_file

    arrays = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.array([1, 2], dtype=np.int64)}
    save_file(arrays, tmp_path / "x.safetensors")
    np.savez(tmp_path / "x.npz", **arrays)
    np.savez_compressed(tmp_path / "y.npz", **arrays)
    np.save(tmp_path / "o.npy", np.array([{"a": 1}, "b"], dtype=object), allow_pickle=True)
    expected = {name: hashlib.sha256(array.tobytes()).hexdigest() for name, array in arrays.items()}
    for name in ("x.safetensors", "x.npz"):
        report = inspect(tmp_path / name)
        assert report.safety == "safe", report.reasons
        assert {t.name: t.sha256 for t in report.tensors} == expected
    assert inspect(tmp_path / "y.npz").safety == "safe"
    assert inspect(tmp_path / "o.npy").safety == "safe"


def _mutations(rounds, tmp_path):
    """Flip, cut, repeat and join bytes of the corpus; the reader must answer every time."""
    import random

    chance = random.Random(7)
    names = sorted(CORPUS)
    for _ in range(rounds):
        name = chance.choice(names)
        data = bytearray(CORPUS[name][:4096])
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(data) + 1)
            kind = chance.randrange(3)
            if kind == 0 and at < len(data):
                data[at] = chance.randrange(256)
            elif kind == 1:
                data[at:at] = chance.randbytes(chance.randint(1, 9))
            else:
                del data[at : at + chance.randint(1, 9)]
        file = tmp_path / f"m.{name.rpartition('.')[2]}"
        overwrite(file, data)
        report = inspect(file, hashes="none")
        assert report.safety in ("safe", "unsafe", "unknown")
        yield name, bytes(data), report


@pytest.mark.slow
def test_mutated_hostile_files_never_raise(tmp_path):
    assert sum(1 for _ in _mutations(400, tmp_path)) == 400


@pytest.mark.exhaustive
def test_two_hundred_thousand_mutated_hostile_files_never_raise(tmp_path):
    assert sum(1 for _ in _mutations(200_000, tmp_path)) == 200_000
