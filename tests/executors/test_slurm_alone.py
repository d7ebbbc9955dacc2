"""The Slurm adapter held against what a scheduler says, without one: its three programs are small scripts here."""

import os
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from artifactpack.errors import ConfigError, InfrastructureError, InputError, RefusedError
from artifactpack.executors import slurm_text, worker
from artifactpack.executors.flight import Flights
from artifactpack.executors.slurm import Slurm
from artifactpack.models.config import Resources
from artifactpack.models.config import Slurm as Table
from artifactpack.models.event import silent
from artifactpack.models.run import CodeState
from artifactpack.recorder.plan import RunPlan
from artifactpack.recorder.worker import Job

pytestmark = pytest.mark.slow  # stands in for a cluster with processes


def plan(**more):
    return RunPlan(id="train-s0-0000000001", command="train", argv=("true",), seed=0, **more)


@pytest.mark.parametrize(
    ("wanted", "option"),
    [
        pytest.param({"resources": Resources(gpus=2, cpus=4, memory="2G")}, "--gres=gpu:2", id="cards"),
        pytest.param({"resources": Resources(cpus=4)}, "--cpus-per-task=4", id="cores"),
        pytest.param({"resources": Resources(memory="1.5G")}, "--mem=1536M", id="memory"),
        pytest.param({"timeout": 90.0}, "--time=7", id="our-limit-and-slack"),
        pytest.param({"timeout": 90.0, "slurm": Table(time="1:00:00")}, "--time=1:00:00", id="their-limit"),
        pytest.param({"timeout": 90.0, "slurm": Table(pack=10)}, "--time=20", id="ten-in-a-task"),
        pytest.param({"slurm": Table(extra=("--qos=long",))}, "--qos=long", id="extra"),
    ],
)
def test_what_a_command_asks_for_becomes_options(wanted, option):
    assert option in slurm_text.options(plan(**wanted))


@pytest.mark.parametrize("size", ["", "lots", "-1G", "1X", "1G; rm"])
def test_no_size(size):
    with pytest.raises(ConfigError, match="is no size"):
        slurm_text.mebibytes(size, "here")


def test_a_folder_with_spaces_and_quotes_stays_one_word():
    assert """ '/a b'"'"'c' "$SLURM_ARRAY_TASK_ID" 4\n""" in slurm_text.script("/bin/python", "/a b'c", 4)


def test_foreign_lines_of_squeue_are_left_out():
    told = "12_3|RUNNING|None|n1\nslurm_load: hello\n12_4|CANCELLED+|x|\n"
    assert slurm_text.states(told) == {"12_3": ("RUNNING", "None", "n1"), "12_4": ("CANCELLED", "x", "")}


@pytest.fixture
def scheduler(tmp_path, monkeypatch):
    """``scheduler(squeue="COMPLETED")``: sbatch accepts all as job 7, squeue says so of its first task."""

    def make(squeue="COMPLETED", sbatch="echo 7"):
        programs = {"sbatch": sbatch, "scancel": "true", "squeue": f"echo '7_0|{squeue}||n1'"}
        if squeue.startswith("!"):
            programs["squeue"] = f"echo '{squeue[1:]}' >&2; exit 1"
        (tmp_path / "bin").mkdir()
        for name, body in programs.items():
            (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{body}\n")
            (tmp_path / "bin" / name).chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")

    return make


@pytest.fixture
def job(make_tree):
    root = make_tree({"a.txt": ""}).resolve()
    (root / ".artifactpack" / "runs").mkdir(parents=True)
    folder = root / ".artifactpack" / "runs" / plan().id
    return Job(plan=plan(), root=str(root), folder=str(folder), python=sys.executable, code=CodeState())


def test_a_pack_of_none_is_refused():
    with pytest.raises(ConfigError, match=r"train\.slurm\.pack: 0 runs in a task"):
        slurm_text.options(plan(slurm=Table(pack=0)))


def test_a_task_does_its_share_of_a_batch_and_nothing_twice(job):
    """Five jobs, two tasks: the second does 1 and 3, but not 1 where a requeued task had done it."""
    ids = [f"train-s{n}-0000000001" for n in range(5)]
    jobs = [replace(job, plan=replace(job.plan, id=i), folder=str(Path(job.folder).with_name(i))) for i in ids]
    batch = Flights(job.root).add("slurm", jobs, tasks=2)
    assert [batch.task(n) for n in range(5)] == [0, 1, 0, 1, 0]
    assert [j.plan.id for j in worker.share(batch.folder, 1, 2)] == [ids[1], ids[3]]
    assert worker.main([str(batch.folder), "1", "2"]) == 0
    assert [Path(j.folder).exists() for j in jobs] == [False, True, False, True, False]
    assert list(worker.share(batch.folder, 1, 2)) == []
    batch.landed(0)
    assert [j.plan.id for j in worker.share(batch.folder, 0, 2)] == [ids[2], ids[4]]
    assert Flights(job.root).batches()[0].task(4) == 0


def watch(job, **options):
    engine = Slurm(job.root, pause=0.05, **options)
    engine.submit(job)
    return engine, list(engine.watch(silent))


def test_a_shared_folder_may_lag_behind_the_scheduler(scheduler, job):
    """The scheduler says it is over at once; the record shows a second later."""
    scheduler()
    late = threading.Timer(1.0, job.run)
    late.start()
    _, (ended,) = watch(job, grace=30.0)
    late.join()
    assert ended.run.state == "finished"
    assert not Flights(job.root).batches()


@pytest.mark.parametrize(
    ("said", "state", "again"),
    [
        pytest.param("COMPLETED", "crashed", True, id="no-record-ever"),
        pytest.param("NODE_FAIL", "crashed", True, id="node"),
        pytest.param("OUT_OF_MEMORY", "crashed", False, id="memory"),
        pytest.param("TIMEOUT", "timeout", False, id="time"),
        pytest.param("CANCELLED", "interrupted", False, id="cancelled"),
        pytest.param("!slurm_load_jobs error: Invalid job id specified", "crashed", True, id="forgotten"),
    ],
)
def test_a_run_without_a_record_gets_one_that_says_why(scheduler, job, said, state, again):
    scheduler(said)
    _, (ended,) = watch(job, grace=0.0)
    assert (ended.run.state, ended.again) == (state, again)
    assert ended.run.error


def test_a_scheduler_that_is_away_is_waited_for_and_then_an_error(scheduler, job):
    scheduler("!slurm_load_jobs error: Unable to contact slurm controller (connect failure)")
    began = time.monotonic()
    with pytest.raises(InfrastructureError, match="Slurm does not answer"):
        watch(job, patience=0.5)
    assert time.monotonic() - began > 0.5
    assert Flights(job.root).batches()  # nothing is given up: it can be attached again


def test_refusal_and_absence_of_slurm(scheduler, job, monkeypatch):
    scheduler(sbatch="echo 'sbatch: error: Batch job submission failed: no' >&2; exit 1")
    with pytest.raises(InputError, match=r"commands\.train: Slurm refuses: Batch job submission failed: no"):
        watch(job)
    assert not Flights(job.root).batches()
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(InputError, match="no `sbatch` on this machine"):
        watch(job)


def test_a_crash_between_writing_and_submitting_loses_nothing(scheduler, job):
    """The batch is there, its id is not: Slurm is asked for a job of its name; there is one."""
    scheduler("RUNNING")
    Flights(job.root).add("slurm", [job])
    assert Slurm(job.root)._tasks[job.plan.id].batch.job.startswith("7")


def test_a_copied_project_does_not_take_up_the_others_flights(scheduler, job, make_tree):
    scheduler()
    Flights(job.root).add("slurm", [job])
    other = make_tree({"a.txt": ""}, "other")
    (other / ".artifactpack").mkdir()
    os.rename(Flights(job.root).folder, other / ".artifactpack" / "flight")
    with pytest.raises(InputError, match="belongs to the project at"):
        Slurm(other)


def test_a_linked_folder_of_flights_is_refused(job, tmp_path):
    Flights(job.root).folder.symlink_to(tmp_path)
    with pytest.raises(RefusedError, match="symbolic link"):
        Flights(job.root)


def test_a_try_that_was_given_up_cannot_overwrite_the_next(job):
    from artifactpack.recorder.launch import Folder

    old = Folder(Path(job.folder), job.plan)
    run = job.run()
    with pytest.raises(InfrastructureError, match="another try of this run has begun"):
        old.finish(run)
