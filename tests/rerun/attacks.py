"""The means of the tests of attacks: a script behind walls, and what is left of it outside."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path

import pytest

from artifactpack.rerun import sandbox
from tests.support.apt import need
from tests.support.engines import docker, podman

MB = 1 << 20
HEAD = "import json, os, pathlib, socket, subprocess, sys, time\nout = pathlib.Path(sys.argv[1])\n"


@cache
def kind(name):
    """The sandbox of that name; skipped where this machine cannot give it."""
    found = next(k for k in sandbox.KINDS if k.name == name)
    reason = found.probe()
    if reason:
        pytest.skip(f"{name}: {reason}")
    return found


def built(name):
    """The walls of that name, installed where they can be."""
    if name == "bubblewrap":
        need("bwrap", package="bubblewrap")
    if name == "podman":
        podman()
    if name == "docker":
        docker()
    return kind(name)


PODMAN, DOCKER = (pytest.param(name, marks=pytest.mark.systems) for name in ("podman", "docker"))


def told(project):
    """What the script wrote into its metrics file."""
    return json.loads((project / ".artifactpack/runs/attack-s0/out/metrics.json").read_text())


def say(expression):
    return f"\n(out / 'metrics.json').write_text(json.dumps({expression}))\n"


TRY = """
def works(what):
    try:
        return [1, what()][0]
    except OSError:
        return 0
"""


def alive(word, project):
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if word in (entry / "cmdline").read_text() and os.readlink(entry / "cwd").startswith(str(project)):
                    return True
            except OSError:
                continue
    return False
