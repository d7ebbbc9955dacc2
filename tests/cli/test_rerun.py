"""`artifactpack rerun` as it is typed: exit status, what is said first, what is refused."""

from __future__ import annotations

import json

import pytest

from artifactpack.cli.app import run
from artifactpack.rerun import sandbox
from tests.rerun.toy_fixtures import cached, environments, honest, recorded  # noqa: F401 - fixtures


@pytest.fixture(scope="module")
def bundle(honest):  # noqa: F811
    return honest


@pytest.mark.slow
@pytest.mark.usefixtures("cached")
class TestWithABundle:
    def test_the_plan_comes_before_and_the_verdict_after(self, bundle, tmp_path, capsys):
        code = run(["rerun", str(bundle), "--work", str(tmp_path / "w"), "--no-pdf", "--seeds", "0"])
        said = capsys.readouterr()
        assert "It can be judged bit for bit" in said.err and "Sandbox level" in said.err
        assert "✓ C1 identical" in said.out
        assert code == 0

    def test_json_is_the_result_and_nothing_else(self, bundle, tmp_path, capsys):
        options = ["--tier", "smoke", "--no-pdf", "--format", "json", "-q", "--work", str(tmp_path / "w")]
        assert run(["rerun", str(bundle), *options]) == 0
        said = capsys.readouterr()
        assert json.loads(said.out)["schema"] == "artifactpack.rerun/1"
        assert said.err == ""

    def test_a_dry_run_leaves_nothing(self, bundle, tmp_path, capsys, monkeypatch):
        monkeypatch.chdir(tmp_path)
        assert run(["rerun", str(bundle), "--dry-run"]) == 0
        assert "→ train: 3 runs" in capsys.readouterr().out
        assert list(tmp_path.iterdir()) == []

    def test_a_stranger_without_walls_is_exit_3_in_one_line(self, bundle, tmp_path, capsys, monkeypatch):
        monkeypatch.setattr(sandbox, "probe", lambda: ((sandbox.KINDS[-1], ""),))
        assert run(["rerun", str(bundle), "--work", str(tmp_path / "w"), "-q"]) == 3
        said = capsys.readouterr().err
        assert "--i-trust-this-bundle" in said and said.count("\n") == 1

    def test_a_folder_gives_a_table(self, bundle, tmp_path, capsys):
        (tmp_path / "all").mkdir()
        (tmp_path / "all" / "one.zip").write_bytes(bundle.read_bytes())
        (tmp_path / "all" / "two.zip").write_text("not a bundle")
        options = ["--tier", "smoke", "--no-pdf", "-q", "--work", str(tmp_path / "w")]
        assert run(["rerun", str(tmp_path / "all"), *options]) == 3
        lines = capsys.readouterr().out.splitlines()
        assert [line.split()[:2] for line in lines[1:]] == [["one.zip", "0"], ["two.zip", "3"]]

    def test_side_by_side(self, bundle, tmp_path, capsys):
        for name in ("ann", "bob"):
            options = ["--tier", "smoke", "--no-pdf", "-q", "--reviewer", name, "--work", str(tmp_path / name)]
            run(["rerun", str(bundle), *options])
        capsys.readouterr()
        assert run(["rerun", "--compare", *(str(tmp_path / n / "rerun.json") for n in ("ann", "bob"))]) == 0
        said = capsys.readouterr().out
        assert "ann" in said and "bob" in said and "no verdict" in said
        both = [str(tmp_path / name) for name in ("ann", "bob")]
        assert run(["rerun", "--compare", *both, "-o", str(tmp_path / "both.html")]) == 0
        assert "no verdict" in (tmp_path / "both.html").read_text()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["missing.zip"], "missing.zip does not exist"),
        (["a.zip", "b.zip"], "give one bundle"),
        (["a.zip", "--seeds", "x"], "--seeds x"),
        (["a.zip", "--max-time", "soon"], "--max-time"),
        (["a.zip", "--data", "x"], "--data x"),
        (["a.zip", "--format", "xml"], "--format xml"),
        (["a.zip", "--format", "html"], "--format html"),
        (["--compare", "a.json", "-o", "both.pdf"], "both.pdf"),
    ],
)
def test_bad_usage_is_one_line_and_exit_2(options, words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(["rerun", *options]) == 2
    said = capsys.readouterr().err
    assert words in said and "Traceback" not in said


def test_what_is_no_bundle_is_exit_3(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.zip").write_text("hello")
    assert run(["rerun", "x.zip", "-q"]) == 3
    assert "bundle" in capsys.readouterr().err
