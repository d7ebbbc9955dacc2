"""`--wheels` packs what pip downloads, all of it or nothing."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from artifactpack.errors import InputError
from artifactpack.pipeline.bundle import Options, bundle
from tests.support.projects import add_run, make_project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose one package can be had from a folder, and pip told to look nowhere else."""
    wheels = tmp_path / "index"
    wheels.mkdir()
    with zipfile.ZipFile(wheels / "numpy-2.1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("numpy-2.1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: numpy\nVersion: 2.1.0\n")
        wheel.writestr("numpy-2.1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr("numpy-2.1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    root = make_project(tmp_path / "paper", {"train.py": ""})
    add_run(root, "train-s0")
    return root


@pytest.mark.slow
def test_packs_every_wheel(project, tmp_path):
    bundle(project, tmp_path / "a.zip", Options(pdf=False, wheels=True))
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert "data/environment/wheels/numpy-2.1.0-py3-none-any.whl" in archive.namelist()


@pytest.mark.slow
def test_says_when_one_cannot_be_had(project, tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "paper"))
    with pytest.raises(InputError, match="wheels cannot be had"):
        bundle(project, tmp_path / "a.zip", Options(pdf=False, wheels=True))
    assert not (tmp_path / "a.zip").exists()
