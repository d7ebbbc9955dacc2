"""Many re-runs: one at a time in a folder, and what ended on our side is tried again."""

from __future__ import annotations

import pytest

from artifactpack.errors import InfrastructureError, InputError, RefusedError
from artifactpack.pipeline import rerun_many
from artifactpack.pipeline.rerun import rerun
from artifactpack.pipeline.rerun_wish import Wish


@pytest.mark.parametrize(("error", "again"), [(InfrastructureError("disk full"), 2), (RefusedError("no bundle"), 1)])
def test_only_what_ended_on_our_side_is_tried_again(tmp_path, monkeypatch, error, again):
    (tmp_path / "a.zip").write_bytes(b"")
    tried = []

    def fails(path, work, wish):
        tried.append(path)
        raise error

    monkeypatch.setattr(rerun_many, "rerun", fails)
    for _ in range(2):
        (row,) = rerun_many.rerun_folder(tmp_path, tmp_path / "w", Wish())
        assert row.error == str(error)
    assert len(tried) == again


def test_a_second_rerun_in_the_same_folder_empties_nothing(tmp_path, monkeypatch):
    bundle, work = tmp_path / "a.zip", tmp_path / "w"
    bundle.write_bytes(b"")

    def second(path):
        (work / "project").mkdir()
        with pytest.raises(InputError, match="another re-run is at work"):
            rerun(bundle, work)
        assert (work / "project").is_dir()
        raise RefusedError("enough")

    monkeypatch.setattr("artifactpack.pipeline.rerun.open_bundle", second)
    with pytest.raises(RefusedError, match="enough"):
        rerun(bundle, work)
    monkeypatch.undo()
    with pytest.raises((InputError, RefusedError)) as told:
        rerun(bundle, work)
    assert "another" not in str(told.value)
    assert not (work / "project").exists()
