"""Converting checkpoints to safetensors: equal or refused."""

from __future__ import annotations

import pickle

import pytest

from artifactpack.archive.convert import convert_weights
from artifactpack.errors import InputError, RefusedError
from artifactpack.scan.weights import inspect
from tests.scan.hostile import EVIL, torch_zip


@pytest.mark.slow
@pytest.mark.parametrize("zip_kind", [True, False], ids=["zip", "legacy"])
def test_what_is_written_holds_the_same_tensors(tmp_path, zip_kind):
    import torch

    base = torch.arange(24.0)
    state = {
        "a": base,
        "part": base[3:9],
        "turned": base.view(4, 6).t(),
        "n": {"h": base.half(), "empty": torch.empty(0)},
    }
    torch.save(state, tmp_path / "m.pt", _use_new_zipfile_serialization=zip_kind)
    report = convert_weights(tmp_path / "m.pt")
    assert report.safety == "safe"
    before = {t.name: (t.shape, t.dtype) for t in inspect(tmp_path / "m.pt").tensors}
    assert {t.name: (t.shape, t.dtype) for t in report.tensors} == before
    from safetensors.torch import load_file

    assert torch.equal(load_file(tmp_path / "m.safetensors")["turned"], state["turned"])


@pytest.mark.slow
def test_what_safetensors_cannot_hold_leaves_nothing_behind(tmp_path):
    import torch

    torch.save({"a": {"b": torch.ones(3)}, "a.b": torch.zeros(3)}, tmp_path / "q.pt")
    with pytest.raises(RefusedError, match="one name"):
        convert_weights(tmp_path / "q.pt")
    assert [f.name for f in tmp_path.iterdir()] == ["q.pt"]


def test_hostile_and_other_files_are_not_even_read_by_torch(tmp_path):
    (tmp_path / "e.pt").write_bytes(torch_zip(EVIL))
    with pytest.raises(RefusedError, match="unsafe"):
        convert_weights(tmp_path / "e.pt")
    (tmp_path / "p.pkl").write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(InputError, match="no torch checkpoint"):
        convert_weights(tmp_path / "p.pkl")
