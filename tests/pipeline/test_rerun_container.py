"""A real container engine: the toy paper re-run at level 2, and the bundle's own recipe built without a network."""

from __future__ import annotations

import platform
import subprocess

import pytest

from artifactpack.archive.reader import open_bundle
from artifactpack.pipeline.bundle import Options, bundle
from artifactpack.pipeline.rerun import rerun
from artifactpack.pipeline.rerun_wish import Wish
from artifactpack.rerun import containers, sandbox
from tests.pipeline.test_rerun_wheels import needs_pear, source  # noqa: F401 - fixtures
from tests.rerun.toy_fixtures import cached, environments, honest, recorded, toy  # noqa: F401 - fixtures
from tests.support.engines import docker, podman, python_image

pytestmark = [pytest.mark.slow, pytest.mark.systems]


@pytest.fixture
def engine():
    """podman, working; skipped where this machine lets no container run."""
    found = podman()
    reason = containers.probe("podman")
    if reason:
        pytest.skip(reason)
    return found


@pytest.mark.usefixtures("cached")
@pytest.mark.parametrize("name", ["podman", "docker"])
def test_a_strangers_bundle_runs_in_a_container_and_it_is_said(name, honest, tmp_path, monkeypatch):  # noqa: F811
    engine = {"podman": podman, "docker": docker}[name]()
    reason = containers.probe(name)
    if reason:
        pytest.skip(reason)
    monkeypatch.setattr(sandbox, "probe", lambda: tuple((k, "" if k.name == name else "-") for k in sandbox.KINDS))
    found = rerun(honest, tmp_path / "w", Wish(pdf=False))
    assert (found.sandbox.level, found.sandbox.name, found.sandbox.consent) == (2, name, False)
    assert ([c.outcome for c in found.claims], found.failures, found.suspicions) == (["identical"], (), ())
    left = subprocess.run([engine, "ps", "--all", "--quiet"], capture_output=True, text=True, check=True).stdout
    assert left == ""


def test_the_recipe_in_the_bundle_builds_offline_and_holds_the_environment(engine, needs_pear, tmp_path):  # noqa: F811
    bundle(needs_pear, tmp_path / "paper.zip", Options(pdf=False, wheels=True))
    with open_bundle(tmp_path / "paper.zip") as opened:
        opened.extract(tmp_path / "bundle")
    image = f"localhost/artifactpack-tests:{tmp_path.name.lower()}"
    python_image(engine, f"docker.io/library/python:{platform.python_version()}-slim")
    walls = ["--network", "none", "--ulimit", "nproc=4096", "--ulimit", "nofile=1024"]
    build = [engine, "build", "--quiet", *walls, "--tag", image]
    done = subprocess.run(
        [*build, "-f", "environment/Containerfile", "."], cwd=tmp_path / "bundle/data", capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    try:
        run = [engine, "run", "--rm", *walls, image]
        told = [*run, "python3", "-c", "import os, pear; print(pear.VERSION, os.path.exists('train.py'))"]
        assert subprocess.run(told, capture_output=True, text=True).stdout.split() == ["2.0", "True"]
    finally:
        subprocess.run([engine, "rmi", "--force", image], capture_output=True, check=False)
