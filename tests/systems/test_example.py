"""examples/tracked for real: a Hydra multirun into MLflow, checked, imported, recorded, bundled and run again."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.environments import environment
from tests.systems.make.__main__ import UV_CACHE, index_settings

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLE = ROOT / "examples/tracked"
pytestmark = pytest.mark.systems


def call(root, *arguments, **environment):
    settings = {
        **os.environ,
        **index_settings(),
        "UV_CACHE_DIR": UV_CACHE,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        **environment,
    }
    done = subprocess.run(
        list(map(str, arguments)), cwd=root, env=settings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The example in a repository of its own, with its environment, after the multirun of its README."""
    root = tmp_path_factory.mktemp("tracked") / "project"
    shutil.copytree(EXAMPLE, root, ignore=shutil.ignore_patterns("mlruns", "multirun", "outputs", ".artifactpack"))
    python = environment(root.parent / "environment", "-r", root / "requirements.txt")
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    for arguments in (("init", "-q"), ("add", "-A"), (*identity, "commit", "-q", "-m", "one")):
        call(root, "git", *arguments)
    call(root, python, "train.py", "-m", "seed=0,1,2")
    return root


def artifactpack(root, *arguments):
    program = (sys.executable, "-m", "artifactpack")
    return call(root, *program, *arguments, VIRTUAL_ENV=str(root.parent / "environment"))


def test_check_reads_every_system_under_its_name(project):
    result = json.loads(artifactpack(project, "check", "--format", "json"))
    facts = {f"{n}.{k}": f["value"] for n, finding in result["findings"].items() for k, f in finding["facts"].items()}
    assert {"Git", "DVC", "MLflow", "Hydra", "Python locks"} >= set(facts["systems.used"]) >= {"DVC", "MLflow", "Hydra"}
    assert facts["systems.tracked_runs"] == 6
    assert facts["variance.runs"] == 3
    assert facts["variance.seeds"] == [0, 1, 2]
    assert facts["hyperparameters.agrees"] is True
    assert facts["data.hashes_agree"] is True
    assert any(found.startswith("84.33") for found in facts["results.reproduced_by"])


def test_it_records_bundles_and_runs_again(project):
    assert "imported 3 runs (MLflow)" in artifactpack(project, "runs", "import", "mlflow")
    artifactpack(project, "record", "--quiet")
    artifactpack(project, "bundle", "-o", "tracked.zip")
    artifactpack(project, "verify", "tracked.zip")
    result = json.loads(artifactpack(project, "rerun", "tracked.zip", "--tier", "train", "--format", "json", "--quiet"))
    assert {claim["outcome"] for claim in result["claims"]} <= {"identical", "reproduced"}


def test_a_stranger_runs_it_again_with_the_packages_in_the_bundle(project, tmp_path):
    """Hydra needs a package that has only a source: nothing of a stranger's is built, so its author built it."""
    artifactpack(project, "record", "--quiet")
    artifactpack(project, "bundle", "--wheels", "-o", tmp_path / "wheels.zip")
    rerun = (
        sys.executable,
        "-m",
        "artifactpack",
        "rerun",
        "wheels.zip",
        "--tier",
        "train",
        "--format",
        "json",
        "--quiet",
    )
    home = {name: str(tmp_path / name) for name in ("HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")}
    result = json.loads(call(tmp_path, *rerun, **home))
    assert [claim["outcome"] for claim in result["claims"]] == ["identical"]
