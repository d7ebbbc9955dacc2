"""`demo`: what it needs is said before anything is written."""

import pytest

from artifactpack.errors import InputError
from artifactpack.pipeline import demo


def test_without_git_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "NEEDS", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="needs git"):
        demo.prepare(tmp_path / "demo")
    assert not (tmp_path / "demo").exists()


def test_what_git_refuses_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "NEEDS", ())
    monkeypatch.setattr(demo, "IDENTITY", ("--no-such-option",))
    with pytest.raises(InputError, match="git failed: ") as told:
        demo.prepare(tmp_path / "demo")
    assert "\n" not in str(told.value)
