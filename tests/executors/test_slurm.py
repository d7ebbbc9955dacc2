"""Recording on a real Slurm cluster of two virtual nodes, and every way in which that goes wrong."""

import json
import os
import subprocess
import time

import pytest

from artifactpack.executors.flight import Flights
from tests.executors.conftest import CONFIG, expect_many, many, recording
from tests.executors.slurm_cluster import Cluster, missing
from tests.support.apt import need

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
PLAIN = CONFIG.replace("resources = { gpus = 1 }", "")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    why = missing()
    if why:
        pytest.skip(why)
    need("slurmctld", "slurm-wlm")
    need("munged", "munge")
    with Cluster(tmp_path_factory.mktemp("slurm")) as running:
        yield running


@pytest.fixture(autouse=True)
def home(cluster, own_home, monkeypatch):
    """What runs in there uses the test's own folders."""
    for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setitem(cluster.environ, name, os.environ[name])


def outcome(done):
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def wait_for(what, seconds=60):
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.2)
    return found


def running(root, seed):
    """The worker's process id (as seen inside) of a seed that has begun."""

    def look():
        for path in root.glob(f".artifactpack/runs/train-s{seed}-*/running.json"):
            try:
                return json.loads(path.read_text())["pid"]
            except (OSError, ValueError):
                return None
        return None

    return look


def test_an_array_of_seeds_gives_what_a_local_run_gives(cluster, project, tmp_path):
    root = project("0.3 exit:2")
    far = outcome(cluster.run(*recording(root, executor="slurm")))
    assert far["values"]["score"] == [0.0, 0.1, 3 * 0.1]
    assert far["values"]["cards"] == [1.0, 1.0, 1.0]
    assert [seed for seed, state, _ in far["new"] if state == "failed"] == [2]
    assert [error for _, state, error in far["new"] if state == "failed"] == ["exit code 3"]  # once: not retried
    assert not (root / ".artifactpack" / "flight").exists()
    (root / ".artifactpack").rename(tmp_path / "away")
    near = outcome(subprocess.run(recording(project("0 exit:2", PLAIN)), capture_output=True, text=True, check=False))
    assert near["values"]["score"] == far["values"]["score"]


def test_what_kill_minus_9_ended_is_tried_again(cluster, project):
    """The program itself in seed 0; in seed 1 the worker that watches it, so that no record is left."""
    root = project("0 kill:0 hang:1")
    record = cluster.start(*recording(root, executor="slurm", seeds=[0, 1]))
    pid = wait_for(lambda: (root / "hung").exists() and running(root, 1)())
    cluster.run("kill", "-9", str(pid))
    out, said = record.communicate(timeout=120)
    done = json.loads(out.splitlines()[-1])
    assert done["values"]["score"] == [0.0, 0.1], said
    assert done["failed"] == 0
    assert "train seed 0 retried: killed by SIGKILL" in said
    assert "train seed 1 retried: ended without a record" in said
    kept = [json.loads(p.read_text())["state"] for p in root.glob(".artifactpack/runs/*/record.json")]
    assert sorted(kept) == ["crashed", "crashed", "finished", "finished"]  # nothing is lost, failed tries neither


def test_runs_that_share_a_task_are_tried_again_without_counting_those_that_had_not_begun(cluster, project):
    """One task for three seeds: the worker is killed in the first."""
    root = project("0 hang:0", PLAIN + "slurm = { pack = 3 }\n")
    record = cluster.start(*recording(root, executor="slurm", seeds=[0, 1, 2]))
    pid = wait_for(lambda: (root / "hung").exists() and running(root, 0)())
    assert [batch.tasks for batch in Flights(root).batches()] == [1]
    cluster.run("kill", "-9", str(pid))
    out, said = record.communicate(timeout=120)
    assert json.loads(out.splitlines()[-1])["values"]["score"] == [0.0, 0.1, 0.2], said
    kept = sorted(json.loads(p.read_text())["state"] for p in root.glob(".artifactpack/runs/*/record.json"))
    assert kept == ["crashed", "finished", "finished", "finished"]
    assert said.count("retried") == 1


def test_detach_restart_of_the_scheduler_attach(cluster, project):
    root, state = project("2"), cluster.root / "state" / "job_state"
    away = outcome(cluster.run(*recording(root, executor="slurm", seeds=[0, 1], jobs=1, detach=True)))
    assert (away["out"], away["new"]) == (2, [])
    began = time.time()
    wait_for(lambda: state.exists() and state.stat().st_mtime > began)  # it writes down its jobs every few seconds
    cluster.kill("slurmctld.pid")
    refused = cluster.run(*recording(root), check=False)
    assert "2 runs of this project are on slurm" in refused.stderr
    attached = cluster.start(*cluster.record(str(root), "--attach", "--format", "json"))
    time.sleep(1)
    cluster.run("/usr/sbin/slurmctld")
    out, said = attached.communicate(timeout=120)
    assert attached.returncode == 0, said
    assert json.loads(out)["summaries"][0]["values"] is not None
    assert "train seed 1 finished" in said
    assert len(list(root.glob(".artifactpack/runs/*/record.json"))) == 2


def test_two_records_at_once_and_a_killed_one_is_taken_up(cluster, project):
    root = project("3")
    first = cluster.start(*recording(root, executor="slurm", seeds=[0, 1]))
    wait_for(lambda: Flights(root).batches() and Flights(root).batches()[0].job)
    second = cluster.run(*recording(root, executor="slurm", seeds=[0, 1]), check=False)
    assert "another `artifactpack record` runs in this project" in second.stderr
    pid = (root / ".artifactpack" / "lock").read_text()
    cluster.run("kill", "-9", pid)
    first.communicate(timeout=30)
    again = outcome(cluster.run(*recording(root, executor="slurm", seeds=[0, 1])))
    assert again["values"]["score"] == [0.0, 0.1]
    assert len(list(root.glob(".artifactpack/runs/*/record.json"))) == 2  # not submitted twice


def test_cancel_stops_what_runs_and_what_waits(cluster, project):
    root = project("100")
    outcome(cluster.run(*recording(root, executor="slurm", detach=True)))
    wait_for(running(root, 0))
    said = cluster.run(*cluster.record(str(root), "--cancel"))
    assert "4 runs stopped" in said.stdout
    wait_for(lambda: "RUNNING" not in cluster.run("squeue", "-h", "-o", "%T").stdout)
    states = [json.loads(p.read_text())["state"] for p in root.glob(".artifactpack/runs/*/record.json")]
    assert states
    assert set(states) == {"interrupted"}


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        pytest.param("resources = { gpus = 9 }", "Slurm refuses: ", id="more-cards-than-any-node-has"),
        pytest.param('slurm = { partition = "nowhere" }', "invalid partition", id="no-such-partition"),
        pytest.param('resources = { memory = "lots" }', "'lots' is no size", id="not-a-size"),
    ],
)
def test_impossible_requests_are_refused_in_one_line(cluster, project, wanted, words):
    root = project(config=CONFIG.replace("resources = { gpus = 1 }", wanted))
    done = cluster.run(*recording(root, executor="slurm"), check=False)
    assert done.stderr.splitlines()[-1].startswith("2 commands.train")
    assert words in done.stderr
    assert not (root / ".artifactpack" / "flight").exists() or not Flights(root).batches()


def test_a_command_that_cannot_start_is_an_error_and_no_run(cluster, project):
    root = project(config=PLAIN.replace('"{python}", "train.py"', '"no-such-program"'))
    done = cluster.run(*recording(root, executor="slurm", seeds=[0]), check=False)
    assert "cannot start no-such-program" in done.stderr


def test_a_lost_node_is_requeued_by_slurm_and_leaves_one_record(cluster, project):
    root = project("0 hang:0", config=PLAIN)
    record = cluster.start(*recording(root, executor="slurm", seeds=[0]))
    wait_for(lambda: (root / "hung").exists())
    job = Flights(root).batches()[0].job
    node = cluster.run("squeue", "-h", "-o", "%N", "-j", job).stdout.strip()
    cluster.lose(node, job)
    wait_for(lambda: "PENDING" in cluster.run("squeue", "-h", "-o", "%T", "-j", job).stdout)
    cluster.run("scontrol", "update", f"JobId={job}_0", "StartTime=now")  # Slurm would hold it for two minutes
    out, said = record.communicate(timeout=120)
    cluster.run("/usr/sbin/slurmd", "-N", node)
    done = json.loads(out.splitlines()[-1])
    assert done["values"]["score"] == [0.0], said
    assert len(list(root.glob(".artifactpack/runs/*/record.json"))) == 1


def test_ranks_of_one_run_are_joined(cluster, project):
    root = project(config=PLAIN.replace('run = ["{python}"', 'run = ["srun", "-n2", "--overlap", "{python}"') + EXTRA)
    outcome(cluster.run(*recording(root, executor="slurm", seeds=[0])))
    (record,) = root.glob(".artifactpack/runs/*/record.json")
    told = json.loads(record.read_text())
    assert (told["state"], told["ranks"]) == ("finished", 2)


EXTRA = '\nslurm = { extra = ["--ntasks=2", "--nodes=2"] }\n'


def test_many_bundles_are_checked_and_run_again(cluster, submissions, tmp_path):
    expect_many(*many(cluster, submissions, tmp_path, "slurm"))


def test_nothing_of_ours_stays_behind(cluster):
    workers = cluster.run("ps", "-eo", "args").stdout
    assert "artifactpack.executors.worker" not in workers
