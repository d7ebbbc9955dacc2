"""Hashes are frozen when runs are recorded, kept by what was imported, and never cost a run."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from artifactpack.archive import lock
from artifactpack.models.run import PackageUse
from artifactpack.pipeline import freeze as freezing
from artifactpack.pipeline.bundle import Options, bundle
from artifactpack.rerun.indexes import Indexes
from tests.support.projects import add_run, make_project

pytestmark = pytest.mark.usefixtures("kept_cache")

NUMPY = (PackageUse(name="numpy", version="2.1.0"),)
UV = """#!/bin/sh
cat > "{seen}"
printf 'numpy==2.1.0 \\\\\\n    --hash=sha256:{hash}\\n'
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = make_project(tmp_path / "paper", {"train.py": ""})
    add_run(root, "train-s0")
    return root


def fake_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    (tmp_path / "uv").write_text(text)
    (tmp_path / "uv").chmod(0o755)
    monkeypatch.setattr(freezing, "uv_program", lambda: str(tmp_path / "uv"))
    monkeypatch.setattr(freezing, "configured", Indexes)


def test_what_was_resolved_is_kept_and_packed(project, tmp_path, monkeypatch):
    fake_uv(tmp_path, monkeypatch, UV.format(seen=tmp_path / "seen", hash="a" * 64))
    assert freezing.freeze(project) == ""
    assert "numpy==2.1.0\n" in (tmp_path / "seen").read_text()
    result = bundle(project, tmp_path / "a.zip", Options(pdf=False))
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert b"--hash=sha256:" + b"a" * 64 in archive.read("data/environment/requirements.lock")
    assert not any("without hashes" in f for f in result.findings)


def test_it_is_resolved_once(project, tmp_path, monkeypatch):
    fake_uv(tmp_path, monkeypatch, UV.format(seen=tmp_path / "seen", hash="a" * 64))
    freezing.freeze(project)
    (tmp_path / "seen").unlink()
    assert freezing.freeze(project) == ""
    assert not (tmp_path / "seen").exists()


@pytest.mark.parametrize(
    "script", ["#!/bin/sh\nexit 2\n", "#!/bin/sh\necho numpy==2.1.0\n"], ids=["offline", "no-hash"]
)
def test_without_an_index_it_says_so(script, project, tmp_path, monkeypatch):
    fake_uv(tmp_path, monkeypatch, script)
    assert "no hashes were frozen" in freezing.freeze(project)
    assert lock.kept_lock(project, NUMPY) == ""


def test_a_wheel_in_a_local_folder_gives_its_hash(project, tmp_path, monkeypatch):
    fake_uv(tmp_path, monkeypatch, "#!/bin/sh\necho numpy==2.1.0\n")
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels/numpy-2.1.0-cp311-none-any.whl").write_bytes(b"wheel")
    monkeypatch.setattr(freezing, "configured", lambda: Indexes(links=(f"file://{tmp_path}/wheels",)))
    assert freezing.freeze(project) == ""
    assert "--hash=sha256:" in lock.kept_lock(project, NUMPY)
