"""Somebody else: another user, where root runs the tests, in a folder of their own that holds a bundle and no more."""

import contextlib
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import artifactpack

NAME = "artifactpack"


class Stranger:
    """``home`` is the folder, ``uid`` who owns it; ``rerun`` types the command there."""

    def __init__(self, home: Path, uid: int) -> None:
        self.home, self.uid = home, uid
        python, paths = _interpreter_for_all() if uid != os.geteuid() else (sys.executable, {})
        switch = ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--no-new-privs"]
        self.command = [*(switch if uid != os.geteuid() else []), python, "-m", "artifactpack", "rerun", "paper.zip"]
        self.environment = {"HOME": str(home), "TMPDIR": str(home), "LANG": "C.UTF-8", **paths}
        self.environment |= {"PATH": f"{os.environ['PATH']}:{Path(sys.executable).parent}"}
        self.environment |= {"XDG_CACHE_HOME": f"{home}/cache", "XDG_STATE_HOME": f"{home}/state"}
        self.environment |= {k: v for k, v in os.environ.items() if k.startswith(("PIP_", "UV_"))}
        self.environment |= {"UV_PYTHON_DOWNLOADS": "never"}

    def rerun(self, *options: str) -> subprocess.CompletedProcess[str]:
        command = [*self.command, "--no-pdf", "-q", *options]
        return subprocess.run(command, cwd=self.home, env=self.environment, capture_output=True, text=True)


@contextlib.contextmanager
def stranger(bundle: Path):
    """A stranger with a copy of *bundle*; the user is made for it and taken away again."""
    with _user() as uid, tempfile.TemporaryDirectory(prefix="artifactpack-reviewer-") as name:
        home = Path(name)
        shutil.copyfile(bundle, home / "paper.zip")
        for path in (home, home / "paper.zip"):
            os.chown(path, uid, -1)
        yield Stranger(home, uid)


@contextlib.contextmanager
def _user():
    """The number of another user: made where root can, else our own."""
    if os.geteuid() != 0 or not shutil.which("useradd"):
        yield os.geteuid()
        return
    name = f"{NAME}-{os.getpid()}"
    subprocess.run(["useradd", "--system", "--no-create-home", "--user-group", name], check=True)
    try:
        yield pwd.getpwnam(name).pw_uid
    finally:
        subprocess.run(["userdel", "--force", name], capture_output=True, check=False)


def _interpreter_for_all():
    """A Python that every user may run, and where it finds this installation; skipped where there is none."""
    ours, site = Path(os.path.realpath(sys.executable)), Path(pytest.__file__).parents[1]
    system = Path(f"/usr/bin/python3.{sys.version_info.minor}")
    packages = {"PYTHONPATH": f"{Path(artifactpack.__file__).parents[1]}:{site}"}
    for python, variables in ((Path(sys.executable), {}), (system, packages)):
        place = ours if python != system else system
        if place.exists() and all(parent.stat().st_mode & 1 for parent in (*place.parents, *site.parents)):
            return str(python), variables
    pytest.skip(f"another user may not run {ours}, and there is no {system}")
