"""Another folder, another user, Ctrl-C: the same toy re-run away from home."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

import artifactpack
from tests.rerun.toy import TRAIN, pack, rewrite
from tests.rerun.toy_fixtures import cached, environments, honest, recorded, toy  # noqa: F401 - fixtures

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
def stranger(honest):  # noqa: F811
    """Somebody else's folder and, where root runs the tests, somebody else: re-runs the bundle as typed there."""
    with tempfile.TemporaryDirectory(prefix="artifactpack-reviewer-") as name:
        home = Path(name)
        shutil.copyfile(honest, home / "paper.zip")
        switch = []
        if os.geteuid() == 0:
            for path in (home, home / "paper.zip"):
                os.chown(path, NOBODY, NOBODY)
            switch = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs"]
        environment = {"HOME": name, "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TMPDIR": name}
        environment |= {"XDG_CACHE_HOME": f"{name}/cache", "XDG_STATE_HOME": f"{name}/state"}
        python, paths = interpreter_for_all() if switch else (sys.executable, {})
        environment |= {**paths, "UV_PYTHON_DOWNLOADS": "never"}

        def run(*options):
            command = [*switch, python, "-m", "artifactpack", "rerun", "paper.zip", "--no-pdf", "-q", *options]
            return subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True), home

        yield run


NOBODY = 65534


def interpreter_for_all():
    """A Python that every user may run, and where it finds this installation; skipped where there is none."""
    ours, site = Path(os.path.realpath(sys.executable)), Path(pytest.__file__).parents[1]
    system = Path(f"/usr/bin/python3.{sys.version_info.minor}")
    packages = {"PYTHONPATH": f"{Path(artifactpack.__file__).parents[1]}:{site}"}
    for python, variables in ((Path(sys.executable), {}), (system, packages)):
        place = ours if python != system else system
        if place.exists() and all(parent.stat().st_mode & 1 for parent in (*place.parents, *site.parents)):
            return str(python), variables
    pytest.skip(f"another user may not run {ours}, and there is no {system}")


def test_another_user_in_another_folder_gets_the_same_verdict(stranger):
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    done, home = stranger("--work", "w", "-f", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [c["outcome"] for c in found["claims"]] in (["identical"], ["reproduced"])
    assert (found["sandbox"]["own"], found["sandbox"]["level"] >= 2) == (False, True)
    assert (home / "w" / "rerun-report.html").stat().st_uid == NOBODY


@pytest.mark.exhaustive
@pytest.mark.timeout(3600)
def test_the_same_verdict_fifty_times_elsewhere(stranger):
    """Another folder each time and, where root runs it, another user."""
    seen = []
    for number in range(50):
        done, _ = stranger("--work", f"copy-{number}", "-f", "json")
        assert done.stdout, done.stderr
        outcomes = [c["outcome"] for c in json.loads(done.stdout)["claims"]]
        seen.append((done.returncode, *outcomes))
    assert set(seen) in ({(0, "identical")}, {(0, "reproduced")})  # the latter where the system's Python is another
