"""Recording on a real Ray cluster of two nodes, and what goes wrong there."""

import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from artifactpack.executors.flight import Flights
from artifactpack.executors.on_ray import perform, unpack
from artifactpack.executors.ray_away import Away
from artifactpack.models.run import CodeState
from artifactpack.recorder.plan import RunPlan
from artifactpack.recorder.worker import Job
from tests.executors.conftest import CONFIG, expect_many, many, recording
from tests.executors.ray_cluster import Cluster
from tests.executors.slurm_cluster import missing
from tests.executors.test_slurm import outcome, running, wait_for

PLAIN = CONFIG.replace("resources = { gpus = 1 }", "")
cluster_test = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def ray_cluster(tmp_path_factory):
    pytest.importorskip("ray", reason="the ray extra is not installed")
    why = missing()
    if why:
        pytest.skip(why)
    with Cluster(tmp_path_factory.mktemp("r")) as there:
        yield there


@pytest.fixture
def cluster(ray_cluster, own_home, monkeypatch):
    for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setitem(ray_cluster.environ, name, os.environ[name])
    return ray_cluster


class TestCluster:
    pytestmark = cluster_test

    def test_seeds_with_a_card_each_and_a_failure_that_is_not_retried(self, cluster, project, tmp_path):
        root = project("0.3 exit:2")
        far = outcome(cluster.run(*recording(root, executor="ray"), timeout=200))
        assert far["values"] == {"score": [0.0, 0.1, 3 * 0.1], "cards": [1.0, 1.0, 1.0]}
        assert [error for _, state, error in far["new"] if state == "failed"] == ["exit code 3"]
        (root / ".artifactpack").rename(tmp_path / "away")
        local = project("0 exit:2", PLAIN)
        near = outcome(subprocess.run(recording(local), capture_output=True, text=True, check=False))
        assert near["values"]["score"] == far["values"]["score"]

    def test_many_bundles_are_checked_and_run_again(self, cluster, submissions, tmp_path):
        expect_many(*many(cluster, submissions, tmp_path, "ray"))

    def test_detached_runs_go_on_and_are_attached_to(self, cluster, project):
        root = project("3 exit:1", PLAIN)
        away = outcome(cluster.run(*recording(root, executor="ray", seeds=[0, 1, 2], detach=True), timeout=200))
        assert (away["out"], away["new"]) == (3, [])
        refused = cluster.run(*recording(root), check=False)
        assert "3 runs of this project are on ray" in refused.stderr
        done = cluster.run(*cluster.record(str(root), "--attach", "--format", "json"), check=False, timeout=200)
        assert done.returncode == 1, done.stderr
        assert "train seed 1 failed" in done.stderr
        states = sorted(json.loads(p.read_text())["state"] for p in root.glob(".artifactpack/runs/*/record.json"))
        assert states == ["failed", "finished", "finished"]
        assert not (root / ".artifactpack" / "flight").exists()

    def test_detached_runs_are_cancelled(self, cluster, project):
        root = project("100", PLAIN)
        outcome(cluster.run(*recording(root, executor="ray", seeds=[0, 1, 2], detach=True), timeout=200))
        wait_for(running(root, 0))
        said = cluster.run(*cluster.record(str(root), "--cancel"), timeout=200)
        assert "3 runs stopped" in said.stdout
        states = {json.loads(p.read_text())["state"] for p in root.glob(".artifactpack/runs/*/record.json")}
        assert states == {"interrupted"}
        wait_for(lambda: "train.py" not in cluster.run("ps", "-eo", "args").stdout)

    def test_impossible_resources_are_refused(self, cluster, project):
        root = project(config=CONFIG.replace("gpus = 1", "gpus = 9"))
        done = cluster.run(*recording(root, executor="ray"), check=False, timeout=120)
        assert "2 commands.train: no node of the Ray cluster has 1 CPU, 9 GPU" in done.stderr

    def test_a_killed_worker_and_a_lost_node(self, cluster, project):
        """The worker of seed 0 is killed; then, with seed 1 hanging on it, the second node is lost."""
        root = project("0 hang:0", PLAIN)
        record = cluster.start(*recording(root, executor="ray", seeds=[0, 1]))
        pid = wait_for(lambda: (root / "hung").exists() and running(root, 0)())
        cluster.run("kill", "-9", str(pid))
        cluster.lose_second()
        out, said = record.communicate(timeout=200)
        assert json.loads(out.splitlines()[-1])["values"]["score"] == [0.0, 0.1], said
        assert "retried" in said


@pytest.mark.slow
@pytest.mark.parametrize("own", [True, False], ids=["in Ray's own Python", "in another"])
def test_a_run_folder_comes_back_as_bytes_where_nothing_is_shared(tmp_path, own):
    python = sys.executable if own else f"{Path(sys.executable).parent}/./{Path(sys.executable).name}"
    folder = tmp_path / "runs" / "x"
    folder.mkdir(parents=True)
    (folder / "record.json").write_text("{}")
    node, said, data = perform("no job", python, str(tmp_path), str(folder), str(tmp_path / "no-token"))
    assert node == os.uname().nodename
    assert "not a job of artifactpack" in said
    unpack(data, tmp_path / "other")
    assert (tmp_path / "other" / "record.json").read_text() == "{}"


def test_a_node_without_the_project_says_so(tmp_path):
    _, said, data = perform("", sys.executable, str(tmp_path / "gone"), "", "")
    assert "must have the project at the same path" in said
    assert data == b""


def test_links_and_ways_out_are_not_unpacked(tmp_path):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        link = tarfile.TarInfo("./link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
        outside = tarfile.TarInfo("../outside")
        archive.addfile(outside)
    with pytest.raises(tarfile.TarError):
        unpack(packed.getvalue(), tmp_path / "a" / "b")
    assert not Path(tmp_path / "a" / "outside").exists()
    assert not (tmp_path / "a" / "b" / "link").is_symlink()


class Forgotten:
    """A Ray that knows of no actor."""

    def get_actor(self, name, namespace):
        raise ValueError(f"Failed to look up actor with name '{name}'")


@pytest.mark.parametrize(
    ("said", "error"), [pytest.param("", False, id="lost"), pytest.param("artifactpack: no folder", True, id="fault")]
)
def test_a_detached_run_that_ray_knows_no_more(project, monkeypatch, said, error):
    """It is lost and may be tried again, but for a fault that its worker told of; the folder may lag behind Ray."""
    root = project(config=PLAIN).resolve()
    folder = root / ".artifactpack" / "runs" / "train-s0-0000000001"
    plan = RunPlan(id=folder.name, command="train", argv=("true",), seed=0)
    job = Job(plan=plan, root=str(root), folder=str(folder), python=sys.executable, code=CodeState())
    batch = Flights(root).add("ray", [job])
    (batch.folder / "0.txt").write_text(said)
    monkeypatch.setenv("ARTIFACTPACK_GRACE", "30")
    away = Away(Forgotten(), root)
    assert plan.id in away
    assert list(away.ended()) == []
    away.grace = -1.0
    (ended,) = away.ended()
    assert (ended.again, bool(ended.error)) == (not error, error)
    assert len(away) == 0
    assert not Flights(root).batches()
