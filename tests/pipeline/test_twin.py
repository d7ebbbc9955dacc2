"""A named bundle and its anonymous twin: the mapping's place, and the proof, through the commands."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from artifactpack.cli.app import run
from artifactpack.folders import state_dir
from artifactpack.pipeline.bundle import Options, bundle
from tests.support.projects import add_run, make_project

pytestmark = pytest.mark.usefixtures("kept_cache")


def artifactpack(*words: object) -> int:
    return run([str(word) for word in words])


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = make_project(
        tmp_path / "paper", {"train.py": "# by Nora Quillfeather\nprint(1)\n", "model.py": "x = 1\n"}, git=False
    )
    git = ["git", "-c", "user.name=Nora Quillfeather", "-c", "user.email=nora@quillfeather.example"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "all"]):
        subprocess.run([*git, *words], cwd=root, check=True)
    add_run(root, "train-s0", read=("train.py",))
    return root


def test_the_mapping_stays_at_home_and_proves_it(project, tmp_path, capsys):
    out = tmp_path / "out"
    out.mkdir()
    named, blind = out / "named.zip", out / "blind.zip"
    bundle(project, named, Options(pdf=False))
    made = bundle(project, blind, Options(pdf=False, anonymous=True, named=named))
    assert {p.name for p in out.iterdir()} == {"named.zip", "blind.zip"}
    assert Path(made.mapping).is_relative_to(state_dir())
    assert any(text == f"the same work as {named}" for text in made.findings)
    assert artifactpack("verify", named, "--same-work-as", blind, "--format", "json") == 0
    proof = json.loads(capsys.readouterr().out)
    assert proof["same"] and proof["redacted"] >= 1 <= proof["untouched"] and not proof["notes"]


def test_another_work_is_exit_1_and_a_later_version_is_told(project, tmp_path, capsys):
    named, blind, mapping = tmp_path / "named.zip", tmp_path / "blind.zip", tmp_path / "kept" / "m.json"
    bundle(project, named, Options(pdf=False))
    made = bundle(project, blind, Options(pdf=False, anonymous=True, mapping=mapping))
    assert made.mapping == str(mapping)
    (project / "model.py").write_text("x = 2\n")
    bundle(project, tmp_path / "later.zip", Options(pdf=False))
    assert artifactpack("verify", tmp_path / "later.zip", "--same-work-as", blind, "--mapping", mapping) == 1
    said = capsys.readouterr().out
    assert "✗ model.py is not the same file in both" in said and "not the one that was known" in said
    assert artifactpack("verify", named, "--same-work-as", blind) == 2
    assert "give the one you kept with --mapping" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("bundle", "{project}", "--mapping", "m.json"), "--mapping goes with --anonymous"),
        (("bundle", "{project}", "--named", "x.zip"), "--named goes with --anonymous"),
        (("verify", "x.zip", "--mapping", "m.json"), "--mapping goes with --same-work-as"),
    ],
)
def test_options_that_need_another(project, words, says, capsys):
    assert artifactpack(*(word.format(project=project) for word in words)) == 2
    assert says in capsys.readouterr().err


@pytest.mark.slow
def test_weights_are_converted_beside_where_that_is_safe(project, tmp_path):
    torch = pytest.importorskip("torch")
    torch.save({"w": torch.arange(6.0)}, project / "model.pt")
    (project / "evil.pt").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    subprocess.run(["git", "add", "-A"], cwd=project, check=True)
    made = bundle(project, tmp_path / "a.zip", Options(pdf=False, convert_weights=True))
    told = {c.path: c.why for c in made.choices}
    assert told["data/project/model.safetensors"] == "data/project/model.pt as safetensors, every tensor the same"
    assert "data/project/evil.safetensors" not in told
    assert any(f.startswith("not converted: data/project/evil.pt") for f in made.findings)
    assert not (project / "model.safetensors").exists()
