"""The table of probes: every module is in it, and keeps to the facts it names."""

from pathlib import Path

import pytest

import artifactpack.probes
from artifactpack.models.evidence import RunEvidence
from artifactpack.probes import NAMES, PROBES, run_probes
from artifactpack.project import open_project
from tests.support.asking import make


def test_every_module_is_in_the_table():
    files = Path(artifactpack.probes.__file__).parent.glob("[!_]*.py")
    assert {f.stem for f in files} == set(NAMES)
    assert all(PROBES[name].NAME == name for name in NAMES)


@pytest.mark.parametrize("example", ["digits", "pitfalls"])
def test_probes_report_only_facts_they_name(examples, example):
    findings = run_probes(open_project(examples / example), RunEvidence())
    for name, finding in findings.items():
        assert set(finding.facts) <= set(PROBES[name].FACTS), name
        assert not [text for text in finding.not_verified if "not looked at" in text]


@pytest.mark.parametrize(
    "files",
    [
        {"a": ""},
        {
            "README.md": "\0\0",
            "train.py": "\0",
            "data.csv": b"\xff\xfe\x00",
            "n.ipynb": "{",
            "environment.yml": "dependencies: 3",
        },
        {
            "pyproject.toml": "[[",
            "uv.lock": "[[package]]\nname = 3",
            "Pipfile.lock": "[]",
            "setup.py": "def",
            "results/m.json": "[[[[",
        },
    ],
    ids=["nothing", "bytes", "broken"],
)
def test_odd_projects_raise_nothing(tmp_path, files):
    findings = run_probes(make(tmp_path, files), RunEvidence())
    failed = [text for f in findings.values() for text in f.not_verified if "not looked at" in text]
    assert failed == []


def test_every_fact_is_reported_on_a_whole_project(examples):
    findings = run_probes(open_project(examples / "digits"), RunEvidence())
    missing = {f"{n}.{fact}" for n in NAMES for fact in PROBES[n].FACTS if fact not in findings[n].facts}
    assert missing == set()
