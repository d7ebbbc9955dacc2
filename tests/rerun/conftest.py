"""A script run behind walls, for the tests of attacks."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from artifactpack.recorder.plan import RunPlan
from artifactpack.rerun import execute
from artifactpack.rerun.execute import Ground, run_one
from tests.rerun.attacks import DOCKER, HEAD, PODMAN, built


@pytest.fixture(params=["bubblewrap", pytest.param("user namespaces", marks=pytest.mark.exhaustive), PODMAN, DOCKER])
def walls(request):
    """Every attack once; against the other walls of the same level in the exhaustive run, in a container where
    outside systems are tested."""
    return built(request.param)


@pytest.fixture(params=["bubblewrap", "user namespaces", PODMAN, DOCKER])
def all_walls(request):
    return built(request.param)


@pytest.fixture
def attack(tmp_path, monkeypatch):
    """Run a script behind walls; gives what ran and the project's folder."""

    def run(script, walls, limits=None, network=False, env=None, **more):
        project = tmp_path / "project"
        project.mkdir(exist_ok=True)
        (project / "attack.py").write_text(HEAD + script, encoding="utf-8")
        (project / ".artifactpack" / "runs" / "other" / "out").mkdir(parents=True, exist_ok=True)
        (project / ".artifactpack" / "runs" / "other" / "record.json").write_text("{}")
        if limits:
            monkeypatch.setattr(execute, "limits_for", lambda *_: limits)
        plan = RunPlan(
            id="attack-s0",
            command="attack",
            argv=("{python}", "attack.py", ".artifactpack/runs/attack-s0/out"),
            seed=0,
            out=".artifactpack/runs/attack-s0/out",
            env=env or {},
            **more,
        )
        prefix = Path(sys.prefix)
        ground = Ground(
            work=tmp_path, project=project, python=prefix / "bin" / "python", prefix=prefix, kind=walls, network=network
        )
        return run_one(ground, plan), project

    return run
