"""Another folder, another user, Ctrl-C: the same toy re-run away from home."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.rerun.toy import TRAIN, pack, rewrite
from tests.rerun.toy_fixtures import cached, environments, honest, recorded, toy  # noqa: F401 - fixtures
from tests.support.strangers import stranger

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("cached")]


def test_ctrl_c_ends_the_whole_tree_within_a_second(toy, tmp_path):  # noqa: F811
    rewrite(toy, "train.py", TRAIN.replace("# SABOTAGE", "import os, time; os.fork(); os.setsid(); time.sleep(97)"))
    command = [sys.executable, "-m", "artifactpack", "rerun", str(pack(toy, tmp_path / "slow.zip"))]
    process = subprocess.Popen([*command, "--work", str(tmp_path / "w"), "-q"], stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not _sleepers(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _sleepers(tmp_path)
    process.send_signal(signal.SIGINT)
    asked = time.monotonic()
    while _sleepers(tmp_path) and time.monotonic() < asked + 5:
        time.sleep(0.01)
    assert time.monotonic() - asked <= 1.0 + 0.5  # half a second for a busy machine to notice
    assert process.wait(30) == 130
    assert process.stderr.read().endswith(b"artifactpack: interrupted; finished work is kept\n")
    process.stderr.close()


def _sleepers(folder):
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                here = os.readlink(entry / "cwd").startswith(str(folder / "w"))
                if here and b"train.py" in (entry / "cmdline").read_bytes():
                    found.append(entry.name)
            except OSError:
                continue
    return found


@pytest.fixture
def somebody(honest):  # noqa: F811
    with stranger(honest) as found:
        yield found


def test_another_user_in_another_folder_gets_the_same_verdict(somebody):
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    done = somebody.rerun("--work", "w", "-f", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [c["outcome"] for c in found["claims"]] in (["identical"], ["reproduced"])
    assert (found["sandbox"]["own"], found["sandbox"]["level"] >= 2) == (False, True)
    assert (somebody.home / "w" / "rerun-report.html").stat().st_uid == somebody.uid


@pytest.mark.exhaustive
@pytest.mark.timeout(3600)
def test_the_same_verdict_fifty_times_elsewhere(somebody):
    """Another folder each time and, where root runs it, another user."""
    seen = []
    for number in range(50):
        done = somebody.rerun("--work", f"copy-{number}", "-f", "json")
        assert done.stdout, done.stderr
        outcomes = [c["outcome"] for c in json.loads(done.stdout)["claims"]]
        seen.append((done.returncode, *outcomes))
    assert set(seen) in ({(0, "identical")}, {(0, "reproduced")})  # the latter where the system's Python is another
