"""`artifactpack publish` through the real command line."""

from __future__ import annotations

import json

import pytest

from artifactpack.archive.content import Entry
from artifactpack.archive.writer import write_bundle
from artifactpack.cli.app import run


@pytest.fixture
def bundle(tmp_path):
    target = tmp_path / "paper.zip"
    write_bundle(target, [Entry("data/project/x.txt", "data", b"x")], lambda _: [], name="A paper")
    return target


def test_it_says_where_the_bundle_is_and_its_digest(bundle, tmp_path, capsys):
    (tmp_path / "out").mkdir()
    assert run(["publish", str(bundle), (tmp_path / "out").as_uri() + "/"]) == 0
    out = capsys.readouterr().out
    assert "published: file:///" in out
    assert "bundle digest sha256:" in out
    assert run(["publish", str(bundle), (tmp_path / "out").as_uri() + "/"]) == 0
    assert "already there" in capsys.readouterr().out


def test_json(bundle, tmp_path, capsys):
    assert run(["publish", str(bundle), (tmp_path / "copy.zip").as_uri(), "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "artifactpack.publish/1"
    assert told["sent"] == told["size"] == bundle.stat().st_size


@pytest.mark.parametrize(
    ("target", "status", "says"),
    [
        ("nowhere", 2, "is no address"),
        ("zenodo:", 2, "ZENODO_TOKEN"),
        ("oci://127.0.0.1:1/x", 4, "does not answer"),
        ("oci://bad", 2, "oci://registry.example.org"),
    ],
)
def test_failures_are_one_line_with_the_right_status(bundle, target, status, says, capsys, monkeypatch):
    monkeypatch.delenv("ZENODO_TOKEN", raising=False)
    monkeypatch.setattr("time.sleep", lambda _: None)
    assert run(["publish", str(bundle), target, "--quiet"]) == status
    err = capsys.readouterr().err
    assert says in err
    assert len(err.strip().splitlines()) == 1


def test_a_missing_or_broken_bundle(tmp_path, capsys):
    assert run(["publish", str(tmp_path / "no.zip"), "file:///tmp/"]) == 2
    (tmp_path / "bad.zip").write_bytes(b"PK\3\4")
    assert run(["publish", str(tmp_path / "bad.zip"), "file:///tmp/"]) == 3
    capsys.readouterr()
