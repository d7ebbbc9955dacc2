"""What a killed process left is swept away; what a living one holds, or a stranger made, is left alone."""

from __future__ import annotations

import subprocess
import sys
import tempfile

import pytest

from artifactpack.pipeline.scratch import scratch

PREFIX = "artifactpack-swept-"
MAKER = (
    "import sys, time\n"
    "from artifactpack.pipeline.scratch import scratch\n"
    f"print(scratch({PREFIX!r}), flush=True)\n"
    "time.sleep(60)\n"
)


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def test_a_killed_maker_s_folder_is_removed_and_a_living_one_s_is_not(temporary):
    with subprocess.Popen([sys.executable, "-c", MAKER], stdout=subprocess.PIPE, text=True) as maker:
        left = temporary / maker.stdout.readline().strip()
        (left / "project").mkdir()
        (left / "project" / "train.py").write_text("print(1)\n")
        mine = scratch(PREFIX)
        assert (left / "project" / "train.py").is_file()
        maker.kill()
    assert left.is_dir()
    scratch(PREFIX)
    assert not left.exists()
    assert mine.is_dir()


def test_links_and_folders_without_a_lock_are_left_alone(temporary):
    elsewhere = temporary / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / ".lock").touch()
    (temporary / f"{PREFIX}link").symlink_to(elsewhere)
    (temporary / f"{PREFIX}new").mkdir()
    (temporary / f"{PREFIX}bait").mkdir()
    (temporary / f"{PREFIX}bait" / ".lock").symlink_to(elsewhere / ".lock")
    scratch(PREFIX)
    assert (elsewhere / ".lock").is_file()
    assert (temporary / f"{PREFIX}new").is_dir()
    assert (temporary / f"{PREFIX}bait").is_dir()
