"""`artifactpack bundle` as typed: exit status, what is printed, nothing but one line when it goes wrong."""

from __future__ import annotations

import json

import pytest

from artifactpack.cli.app import run
from tests.support.projects import add_run, make_project

pytestmark = pytest.mark.usefixtures("kept_cache")


@pytest.fixture
def project(tmp_path):
    root = make_project(tmp_path / "paper", {"train.py": "print(1)\n"})
    add_run(root, "train-s0", read=("train.py",))
    return root


def test_prints_the_digest_last(project, tmp_path, capsys):
    assert run(["bundle", str(project), "-o", str(tmp_path / "a.zip"), "--no-pdf", "--quiet"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.splitlines()[-1].startswith("bundle digest sha256:")
    assert (tmp_path / "a.zip").exists()


def test_writes_beside_the_project_when_not_told_where(project, capsys):
    assert run(["bundle", str(project), "--no-pdf", "--quiet"]) == 0
    assert (project.parent / "paper.zip").exists()


def test_json_says_why_each_file_is_in(project, tmp_path, capsys):
    run(["bundle", str(project), "-o", str(tmp_path / "a.zip"), "--no-pdf", "--quiet", "--format", "json"])
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "artifactpack.bundle/1"
    assert {"path": "data/project/train.py", "state": "in"}.items() <= next(
        c for c in told["choices"] if c["path"].endswith("train.py")
    ).items()


def test_dry_run_prints_the_tree_and_writes_nothing(project, tmp_path, capsys):
    assert run(["bundle", str(project), "-o", str(tmp_path / "a.zip"), "--dry-run", "--quiet"]) == 0
    out = capsys.readouterr().out
    assert "data/project/train.py  (tracked by git, read by a run)" in out
    assert "would write" in out
    assert not (tmp_path / "a.zip").exists()


def test_over_the_venues_limit_is_exit_1(project, tmp_path, capsys):
    with (project / "big.bin").open("wb") as file:
        file.truncate(120_000_000)
    with (project / "artifactpack.toml").open("a") as file:
        file.write('[bundle]\ninclude = ["big.bin"]\n')
    words = ["bundle", str(project), "-o", str(tmp_path / "a.zip"), "--dry-run", "--quiet", "--profile", "tmlr"]
    assert run(words) == 1
    assert "make thin first" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--profile", "neurip-2026"], 2, "did you mean neurips-2026?"),
        (["--sign", "/no/such/key"], 2, "no such key"),
        (["--format", "xml"], 2, "not one of text, json"),
        (["-o", "/no/such/folder/a.zip"], 2, "cannot write"),
    ],
    ids=["profile", "key", "format", "folder"],
)
def test_bad_usage_is_one_line(words, code, says, project, tmp_path, capsys):
    target = [] if "-o" in words else ["-o", str(tmp_path / "a.zip")]
    assert run(["bundle", str(project), "--no-pdf", "--quiet", *target, *words]) == code
    err = capsys.readouterr().err
    assert says in err
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "a.zip").exists()


def test_a_changed_input_is_exit_2_and_keeps_the_old_bundle(project, tmp_path, capsys):
    (tmp_path / "a.zip").write_text("old")
    (project / "train.py").write_text("print(2)\n")
    assert run(["bundle", str(project), "-o", str(tmp_path / "a.zip"), "--no-pdf", "--quiet"]) == 2
    assert "train.py changed since" in capsys.readouterr().err
    assert (tmp_path / "a.zip").read_text() == "old"
