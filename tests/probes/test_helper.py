"""Two processes find what one finds, also when one of them dies."""

from __future__ import annotations

import os

import pytest

from artifactpack import probes
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.system import SystemReading
from artifactpack.probes import NAMES, _helper, find
from artifactpack.project import open_project

FILES = {
    "README.md": "# Method\nOn one V100 GPU training takes 3 hours.\n[data](https://zenodo.org/record/1)\n",
    "train.py": "import torch\ntorch.manual_seed(0)\nif __name__ == '__main__':\n    torch.rand(1)\n",
    "odd.ipynb": "no notebook",
}
READ = (SystemReading(system="Somebody", facts={}),)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = tmp_path / "project"
    root.mkdir()
    for name, text in FILES.items():
        (root / name).write_text(text, encoding="utf-8")
    return root


def found(folder, monkeypatch, *, helped):
    monkeypatch.setattr(_helper, "worth_it", lambda _: helped)
    monkeypatch.setattr(_helper, "WORTH_A_SECOND", 0)
    project = open_project(folder)
    findings = find(project, RunEvidence(), lambda: READ, f"helped {helped}")
    return findings, sorted(s.path for s in project.skipped)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_two_processes_find_what_one_finds(folder, monkeypatch):
    both = found(folder, monkeypatch, helped=True)
    assert both == found(folder, monkeypatch, helped=False)
    assert tuple(both[0]) == NAMES


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_what_a_dead_helper_leaves_is_done_here(folder, monkeypatch):
    alone = found(folder, monkeypatch, helped=False)
    here = os.getpid()

    def burst(*_):
        assert os.getpid() != here
        os._exit(9)

    monkeypatch.setattr(_helper, "_work", burst)
    assert found(folder, monkeypatch, helped=True) == alone


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_what_either_of_two_dead_processes_took_is_done_here(folder, monkeypatch):
    alone = found(folder, monkeypatch, helped=False)
    here = os.getpid()

    def burst(name, *rest, real=probes._asked):
        return real(name, *rest) if os.getpid() == here else os._exit(9)

    monkeypatch.setattr(probes, "_asked", burst)
    assert found(folder, monkeypatch, helped=True) == alone


def test_every_probe_that_two_share_out_is_one(folder):
    shared = (_helper.FIRST, *_helper.HELPED, *_helper.SHARED)
    assert len(set(shared)) == len(shared)
    assert set(shared) <= set(NAMES)


def test_a_small_project_needs_no_helper(folder):
    assert not _helper.worth_it(open_project(folder))
