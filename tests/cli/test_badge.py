"""`badge`: the same project gives the same badge, and an old badge is found out."""

import json
import subprocess

import pytest

from artifactpack.cli.app import run
from tests.support.apt import need

pytestmark = pytest.mark.usefixtures("kept_cache")

FILES = {
    "README.md": "# Widgets\n\nRun `python train.py`.\n",
    "train.py": "import random\nrandom.seed(0)\nprint(random.random())\n",
    "requirements.txt": "numpy==2.4.6\n",
    "LICENSE": "Apache License 2.0\n",
}


@pytest.fixture
def project(make_tree):
    root = make_tree(FILES)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    environment = {"GIT_COMMITTER_DATE": "2026-03-01T12:00:00+00:00", "PATH": "/usr/bin:/bin", "HOME": str(root)}
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *arguments], cwd=root, check=True, env=environment)
    return root


def badge(project, *more):
    return run(["badge", str(project), "-o", str(project / "badge.svg"), "-c", "essentials", *more])


def verify(project, *more):
    return run(["badge", "--verify", str(project / "badge.json"), str(project), *more])


def test_an_unknown_format_is_refused_before_anything_is_written(project, capsys):
    assert badge(project, "--format", "xml") == 2
    assert "--format xml: not one of text, json" in capsys.readouterr().err
    assert not (project / "badge.svg").exists()


def test_states_the_counts_the_commit_and_its_day(project, capsys):
    assert badge(project, "--endpoint", str(project / "shields.json")) == 0
    told = json.loads((project / "badge.json").read_text())
    assert told["date"] == "2026-03-01"
    assert len(told["commit"]) == 40
    assert told["scores"][0]["applicable"] > 0
    assert told["files"] == ["badge.json", "badge.svg", "shields.json"]
    assert json.loads((project / "shields.json").read_text())["message"] == told["message"]
    assert told["message"] in (project / "badge.svg").read_text()


def test_unchanged_projects_give_unchanged_badges(project):
    badge(project)
    first = [(project / name).read_bytes() for name in ("badge.svg", "badge.json")]
    badge(project)
    assert [(project / name).read_bytes() for name in ("badge.svg", "badge.json")] == first


def test_holds_until_a_file_changes(project, capsys):
    badge(project)
    assert verify(project) == 0
    assert "still holds" in capsys.readouterr().out
    (project / "train.py").write_text("print(1)\n")
    assert verify(project) == 1
    assert "is stale: the project changed" in capsys.readouterr().out


def test_another_count_for_the_same_files_is_said(project, capsys):
    badge(project)
    told = json.loads((project / "badge.json").read_text())
    told["scores"][0]["met"] += 1
    (project / "badge.json").write_text(json.dumps(told))
    assert verify(project) == 1
    assert "does not hold" in capsys.readouterr().out


@pytest.mark.parametrize(("key", "value"), [("message", "9/9 met"), ("color", "#1f7a4d"), ("tier", "train")])
def test_words_and_colour_that_its_own_numbers_do_not_give_are_said(project, capsys, key, value):
    badge(project)
    told = json.loads((project / "badge.json").read_text())
    (project / "badge.json").write_text(json.dumps(told | {key: value}))
    assert verify(project) == 1
    assert value.replace("train", "train re-run 0/0") in capsys.readouterr().out


def test_verdict_as_json(project, capsys):
    badge(project, "-q")
    assert verify(project, "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["state"] == "holds"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["-o", "badge.png"], "a badge is .svg", id="not-svg"),
        pytest.param(["-o", "b.svg", "--endpoint", "b.json"], "name another file", id="same-file"),
        pytest.param(["--date", "soon"], "not a day", id="no-day"),
        pytest.param(["--verify", "missing.json"], "no such file", id="missing"),
    ],
)
def test_bad_input_is_one_line(project, monkeypatch, capsys, arguments, words):
    monkeypatch.chdir(project)
    assert run(["badge", ".", *arguments]) == 2
    said = capsys.readouterr().err
    assert words in said and said.count("\n") == 1


def test_the_shields_file_is_recognised_for_what_it_is(project, capsys):
    badge(project, "--endpoint", str(project / "shields.json"))
    assert run(["badge", "--verify", str(project / "shields.json"), str(project)]) == 2
    assert "this is the shields.io file" in capsys.readouterr().err


@pytest.fixture
def keys(tmp_path):
    """Two SSH keys, their public halves beside them."""
    need("ssh-keygen", "openssh-client")
    for name in ("ours", "theirs"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(tmp_path / name)]
        subprocess.run(command, check=True)
    return tmp_path


def test_a_signed_badge_names_its_key_and_refuses_another(project, keys, capsys):
    assert badge(project, "--sign", str(keys / "ours")) == 0
    assert verify(project) == 0
    assert "signed with SHA256:" in capsys.readouterr().out
    assert verify(project, "--signer", str(keys / "ours.pub")) == 0
    assert "signed with the expected key SHA256:" in capsys.readouterr().out
    (keys / "allowed").write_text(f"ada@example.org {(keys / 'ours.pub').read_text()}")
    assert verify(project, "--signer", str(keys / "allowed")) == 0
    assert "signed by ada@example.org with the expected key SHA256:" in capsys.readouterr().out
    assert verify(project, "--signer", str(keys / "theirs.pub")) == 3


def test_a_statement_changed_after_signing_is_refused(project, keys, capsys):
    badge(project, "--sign", str(keys / "ours"))
    told = (project / "badge.json").read_text()
    (project / "badge.json").write_text(told.replace('"label": "artifact"', '"label": "perfect"'))
    assert verify(project) == 3
    assert "badge.json.sig is not a signature of this statement" in capsys.readouterr().err


def test_an_unsigned_badge_is_not_what_the_signer_made(project, keys):
    badge(project)
    assert verify(project, "--signer", str(keys / "ours.pub")) == 3
