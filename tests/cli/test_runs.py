"""`artifactpack runs`: list, show, diff, add, rm."""

import json

import pytest

from artifactpack.cli.app import run
from artifactpack.pipeline.runs import list_runs
from tests.cli.test_record import CONFIG, GO

pytestmark = pytest.mark.usefixtures("kept_cache")


@pytest.fixture
def root(make_tree):
    return make_tree({"artifactpack.toml": CONFIG, "go.py": GO})


def recorded_project(folder):
    root = folder / "project"
    root.mkdir()
    (root / "artifactpack.toml").write_text(CONFIG)
    (root / "go.py").write_text(GO)
    assert run(["record", str(root), "--quiet"]) == 0


@pytest.fixture
def recorded(made_copy):
    return made_copy(recorded_project) / "project"


def runs(root, *arguments):
    return run(["runs", arguments[0], *arguments[1:], "--project", str(root)])


def ids(root):
    return [r.id for r in sorted(list_runs(root).runs, key=lambda r: r.seed or 0)]


def test_list(recorded, capsys):
    assert runs(recorded, "list") == 0
    out = capsys.readouterr().out
    assert out.count(" own ") == 2 and "score 1" in out and "2 runs" in out


def test_list_of_nothing(root, capsys):
    assert runs(root, "list") == 0
    assert "no runs recorded" in capsys.readouterr().out


def test_show(recorded, capsys):
    assert runs(recorded, "show", "go-s0") == 0
    out = capsys.readouterr().out
    assert "Seen from outside" in out and "Told by its 1 processes" in out and "score 0" in out


def test_show_json(recorded, capsys):
    assert runs(recorded, "show", ids(recorded)[0], "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["schema"] == "artifactpack.run/1"


@pytest.mark.parametrize("name", ["nothing", "", "../../etc"])
def test_show_of_no_run_is_exit_2(recorded, capsys, name):
    assert runs(recorded, "show", name) == 2
    assert "no such run" in capsys.readouterr().err


def test_diff_of_two_seeds_is_exit_1(recorded, capsys):
    one, two = ids(recorded)
    assert runs(recorded, "diff", one, two) == 1
    out = capsys.readouterr().out
    assert "seed: 0 | 1" in out and "score: 0.0 | 1.0" in out


def test_diff_of_equal_runs_is_exit_0(recorded, capsys):
    run(["record", str(recorded), "--quiet", "--repeat", "2", "--seeds", "0"])
    one, two = (r.id for r in list_runs(recorded).runs if r.seed == 0)
    capsys.readouterr()
    assert runs(recorded, "diff", one, two) == 0
    assert "no difference" in capsys.readouterr().out


def test_add_is_shown_as_declared(root, tmp_path, capsys):
    (tmp_path / "m.json").write_text('{"score": 0.75}')
    (tmp_path / "w.safetensors").write_bytes(b"\x02\0\0\0\0\0\0\0{}")
    files = ["--metrics", str(tmp_path / "m.json"), "--weights", str(tmp_path / "w.safetensors")]
    assert runs(root, "add", "--command", "go", "--seed", "3", *files, "--started", "2026-05-01", "--wall", "2h") == 0
    (made,) = list_runs(root).runs
    assert (made.origin, made.seed, made.metrics[0].last, made.cost.wall) == ("declared", 3, 0.75, 7200)
    assert made.started == "2026-05-01T00:00:00+00:00"
    assert made.weights[0].format == "safetensors"
    assert (root / made.weights[0].path).is_file()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--command", "og", "--metrics", "M"], "no [commands.og]"),
        (["--command", "go", "--metrics", "nowhere.json"], "no such file"),
        (["--command", "go", "--metrics", "M", "--weights", "nowhere.pt"], "no such file"),
        (["--command", "go", "--metrics", "M", "--started", "yesterday"], "write a date"),
        (["--command", "go", "--metrics", "EMPTY"], "no numbers in there"),
        (["--command", "go", "--metrics", "BAD"], "not valid json"),
        (["--command", "go", "--metrics", "M", "--set", "x"], "KEY=VALUE"),
    ],
)
def test_bad_add_is_exit_2_and_leaves_nothing(root, tmp_path, capsys, arguments, said):
    for name, text in (("M", '{"a": 1}'), ("EMPTY", "{}"), ("BAD", "{")):
        (tmp_path / f"{name}.json").write_text(text)
    arguments = [str(tmp_path / f"{a}.json") if a in ("M", "EMPTY", "BAD") else a for a in arguments]
    assert runs(root, "add", *arguments) == 2
    assert said in capsys.readouterr().err
    assert list_runs(root).runs == ()
    left = root / ".artifactpack" / "runs"
    assert not left.exists() or not list(left.iterdir())


def test_rm(recorded, capsys):
    assert runs(recorded, "rm", "go-s0") == 0
    assert "removed 1 run" in capsys.readouterr().out
    assert len(ids(recorded)) == 1


def test_rm_of_no_run_removes_nothing(recorded, capsys):
    assert runs(recorded, "rm", "go-s0", "nothing") == 2
    assert len(ids(recorded)) == 2
