"""Many bundles by an executor: the same rows as here, none stops the rest, what is answered is not asked again."""

import json
import os
from dataclasses import replace

import pytest

from artifactpack.models.event import silent
from artifactpack.pipeline import errands
from artifactpack.pipeline.bundle import Options, bundle
from artifactpack.pipeline.check import check
from artifactpack.pipeline.check_many import check_many
from artifactpack.pipeline.errand import Errand
from artifactpack.pipeline.errands import Cluster, check_there, rerun_there
from artifactpack.pipeline.rerun_wish import Wish
from tests.support.projects import make_project

pytestmark = pytest.mark.slow
HERE = Cluster(executor="local", jobs=2)


@pytest.fixture
def given(tmp_path):
    """A project, a bundle of it, a file that is no bundle, and a path where nothing is."""
    root = make_project(tmp_path / "project", {"train.py": "import random\nrandom.seed(0)\n"})
    bundle(root, tmp_path / "good.zip", Options(pdf=False))
    (tmp_path / "bad.zip").write_bytes(b"PK no zip")
    return [root, tmp_path / "good.zip", tmp_path / "bad.zip", tmp_path / "gone"]


def said(checked):
    return [(one.path, one.exit_code, one.error, one.result) for one in checked]


def test_check_says_what_it_says_here(given, tmp_path):
    there = check_there(given, tmp_path / "work", HERE, silent)
    here = list(check_many(given[:3], check))
    assert said(there[:3]) == said(here)
    assert there[0].result.checklists
    assert there[2].exit_code == 3
    assert (there[3].exit_code, there[3].error) == (2, f"{given[3]}: no such file or folder")


def test_a_bundle_that_is_answered_is_not_asked_again_but_a_folder_is(given, tmp_path, monkeypatch):
    work = tmp_path / "work"
    first = check_there(given[:3], work, HERE, silent)
    before = {p.parent.parent.name: p.stat().st_mtime_ns for p in work.glob(".artifactpack/runs/*/out/answer.json")}
    assert said(check_there(given[:3], work, HERE, silent)) == said(first)
    after = {p.parent.parent.name: p.stat().st_mtime_ns for p in work.glob(".artifactpack/runs/*/out/answer.json")}
    assert sum(before[n] == after[n] for n in before) == 2
    os.utime(given[2], (1, 1))
    check_there(given[:3], work, HERE, silent)
    assert len(list(work.glob(".artifactpack/runs/*"))) == 4  # another file is another errand


def test_work_that_dies_is_a_row_and_stops_nothing(given, tmp_path, monkeypatch):
    """The command of one errand is killed: no answer, the log's last line says why."""
    plan = errands._plan

    def deadly(name, errand, *more):
        made = plan(name, errand, *more)
        dies = errand.path.endswith("bad.zip")
        return replace(made, argv=("sh", "-c", "echo no luck; kill -9 $$")) if dies else made

    monkeypatch.setattr(errands, "_plan", deadly)
    good, bad = check_there(given[1:3], tmp_path / "work", HERE, silent)
    assert good.result
    assert (bad.exit_code, bad.error) == (4, "killed by SIGKILL (perhaps out of memory): no luck")


def test_rerun_gives_a_row_a_bundle(given, tmp_path):
    rows = rerun_there(given[1:3], tmp_path / "work", Wish(pdf=False), HERE, silent)
    assert [(row.bundle, row.exit_code) for row in rows] == [("good.zip", 1), ("bad.zip", 3)]
    assert rows[0].outcomes == {"C1": "not-run"}  # its train.py takes no options
    assert json.loads((tmp_path / "work" / "good" / "row.json").read_bytes())["bundle"] == "good.zip"


def test_what_a_bundle_asks_for_is_asked_of_the_cluster(tmp_path):
    config = """
[commands.train]
run = ["true"]
resources = { gpus = 2, memory = "3G" }
slurm = { extra = ["--wrap=evil"] }
[commands.more]
run = ["true"]
resources = { cpus = 8, memory = "100M" }
"""
    root = make_project(tmp_path / "project", {"artifactpack.toml": config, "README.md": ""})
    bundle(root, tmp_path / "a.zip", Options(pdf=False))
    wanted = errands._resources(tmp_path / "a.zip")
    assert (wanted.gpus, wanted.cpus, wanted.memory) == (2, 8, "3072M")
    errand = Errand(path=str(tmp_path / "a.zip"), work="w")
    made = errands._plan("rerun-1", errand, tmp_path, replace(HERE, options=("--qos=long",)), errands._resources)
    assert made.slurm.extra == ("--qos=long",)  # what a stranger says to the scheduler is not passed on
    (tmp_path / "bad.zip").write_bytes(b"")
    assert errands._resources(tmp_path / "bad.zip").gpus == 0
