"""`artifactpack verify` as typed."""

from __future__ import annotations

import json
import os

import pytest

from artifactpack.cli.app import run
from artifactpack.pipeline.bundle import Options, bundle
from tests.archive.cases import REFUSED, good
from tests.support.projects import add_run, make_project, small_bundle

pytestmark = pytest.mark.usefixtures("kept_cache")


@pytest.fixture
def made(made_copy):
    return made_copy(small_bundle) / "a.zip"


def test_a_good_bundle_is_exit_0_and_ends_with_its_digest(made, capsys):
    assert run(["verify", str(made), "--quiet"]) == 0
    out = capsys.readouterr().out
    assert "claim C1: supported" in out
    assert out.splitlines()[-1].startswith("bundle digest sha256:")


def test_json(made, capsys):
    assert run(["verify", str(made), "--quiet", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["schema"] == "artifactpack.verify/1"


def test_in_toto(made, tmp_path):
    assert run(["verify", str(made), "--quiet", "--format", "in-toto", "-o", str(tmp_path / "s.json")]) == 0
    assert json.loads((tmp_path / "s.json").read_text())["_type"].startswith("https://in-toto.io/")


def test_a_paper_number_that_the_records_do_not_give_is_exit_1(tmp_path, capsys):
    root = make_project(tmp_path / "paper", {"train.py": ""})
    config = (root / "artifactpack.toml").read_text().replace('value = "90 %"', 'value = "97 %"')
    (root / "artifactpack.toml").write_text(config)
    for seed in (0, 1):
        add_run(root, f"train-s{seed}", seed=seed)
    bundle(root, tmp_path / "a.zip", Options(pdf=False))
    assert run(["verify", str(tmp_path / "a.zip"), "--quiet"]) == 1
    assert "claim C1: contradicted" in capsys.readouterr().out


SHORT = [
    c
    for c in REFUSED
    if c.id in ("escape", "bomb", "hidden-entry", "wrong-crc", "text", "link-absolute", "zip64-count")
]


@pytest.mark.parametrize("case", SHORT, ids=lambda c: c.id)
def test_what_is_refused_is_exit_3_with_one_plain_line(case, tmp_path, capsys):
    path = tmp_path / "x.zip"
    path.write_bytes(case.make())
    assert run(["verify", str(path), "--quiet"]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert err.strip().isprintable()
    assert os.listdir(tmp_path) == ["x.zip"]


def test_a_bundle_without_a_crate_is_exit_3(tmp_path, capsys):
    (tmp_path / "x.zip").write_bytes(good())
    assert run(["verify", str(tmp_path / "x.zip"), "--quiet"]) == 3
    assert "ro-crate-metadata.json is missing" in capsys.readouterr().out


def test_a_missing_file_is_exit_2(tmp_path, capsys):
    assert run(["verify", str(tmp_path / "none.zip")]) == 2
