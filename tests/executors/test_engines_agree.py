"""The digits reference run recorded here, on Slurm and on Ray: the same statistics, and one report."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

from artifactpack.pipeline.report import report_data
from tests.conftest import ROOT
from tests.executors import ray_cluster, slurm_cluster
from tests.support.apt import need

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
RECORD = (sys.executable, "-m", "artifactpack", "record", "--quiet")
COMMANDS = ("--command", "train", "--command", "baseline", "--command", "evaluate", "--seeds", "0-1")


def digits(folder):
    """The example, short: two epochs in place of twenty."""
    root = folder / "digits"
    shutil.copytree(ROOT / "examples" / "digits", root, ignore=shutil.ignore_patterns(".artifactpack", "out"))
    config = (root / "config.toml").read_text()
    (root / "config.toml").write_text(config.replace("epochs = 20 ", "epochs = 2 "))
    return root


def told(root):
    """What a reader of the report is told, without which run it was, when and where."""
    data = report_data(root)
    return {
        "summaries": [replace(s, runs=()) for s in data.reference.summaries],
        "failed": data.reference.ledger.failed,
        "claims": data.claims,
        "claim_values": data.claim_values,
        "curves": [(c.command, c.metric, sorted((one.seed, one.points) for one in c.curves)) for c in data.curves],
        "weights": sorted(w.sha256 for w in data.weights),
        "data": data.data,
        "verdicts": [(i.id, i.evidence, i.verdict) for c in data.check.checklists for i in c.items],
        "runs": sorted((r.command, r.seed, r.state, r.hardware.cpu) for r in data.runs),
    }


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The variables of one user, who records with all three engines."""
    base = tmp_path_factory.mktemp("user")
    return {"XDG_CACHE_HOME": f"{base}/cache", "XDG_STATE_HOME": f"{base}/state", "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def here(tmp_path_factory, home):
    """The project, recorded on this machine alone."""
    root = digits(tmp_path_factory.mktemp("here"))
    subprocess.run([*RECORD, *COMMANDS, str(root)], env=os.environ | home, check=True)
    return root


@pytest.fixture
def cluster(request, tmp_path_factory):
    if request.param == "ray":
        pytest.importorskip("ray", reason="the ray extra is not installed")
    if why := slurm_cluster.missing():
        pytest.skip(why)
    if request.param == "slurm":
        need("slurmctld", "slurm-wlm")
        need("munged", "munge")
    with {"slurm": slurm_cluster, "ray": ray_cluster}[request.param].Cluster(tmp_path_factory.mktemp("c")) as running:
        yield running


@pytest.mark.parametrize(
    ("cluster", "engine"), [pytest.param(name, name, id=name) for name in ("slurm", "ray")], indirect=["cluster"]
)
def test_digits_is_the_same_wherever_it_was_recorded(here, cluster, engine, home, tmp_path, monkeypatch):
    for name, value in home.items():
        monkeypatch.setenv(name, value)
    cluster.environ |= home
    there = digits(tmp_path)
    cluster.run(*RECORD, *COMMANDS, "--executor", engine, str(there), timeout=400)
    near, far = told(here), told(there)
    assert near["summaries"]
    assert near["weights"]
    assert far == near
