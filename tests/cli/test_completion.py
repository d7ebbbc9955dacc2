"""Shell completion: the script is asked, in the shell itself, what it would offer."""

import shutil
import subprocess

import pytest

from artifactpack.cli.app import run
from artifactpack.cli.completion import script
from artifactpack.cli.table import COMMANDS

ASK = """
{script}
COMP_WORDS=({words}); COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
_artifactpack
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def offered(words, folder):
    asked = ASK.format(script=script("bash"), words=words)
    done = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=True, cwd=folder)
    assert done.stderr == ""
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param("artifactpack ch", {"check", "checklist"}, id="command"),
        pytest.param("artifactpack check --fo", {"--format"}, id="option"),
        pytest.param("artifactpack runs l", {"list"}, id="group"),
        pytest.param("artifactpack runs list --pro", {"--project"}, id="option-of-a-groups-command"),
        pytest.param("artifactpack check pap", {"paper.zip"}, id="file"),
        pytest.param("artifactpack completion f", {"fish"}, id="shell"),
        pytest.param("artifactpack check --format s", {"sarif"}, id="value"),
        pytest.param("artifactpack check -f j", {"json", "junit"}, id="value-of-a-short-option"),
        pytest.param("artifactpack runs list --format j", {"json"}, id="value-in-a-group"),
        pytest.param("artifactpack check -c essen", {"essentials"}, id="checklist"),
        pytest.param("artifactpack check -c pap", {"paper.zip"}, id="checklist-file"),
        pytest.param("artifactpack check --format sarif --stat", {"--static"}, id="after-a-value"),
    ],
)
def test_bash_offers(words, expected, tmp_path):
    (tmp_path / "paper.zip").touch()
    assert offered(words, tmp_path) == expected


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_shell_can_read_its_script(shell):
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    subprocess.run([shell, "-n"], input=script(shell), text=True, check=True, capture_output=True)


def test_fish_offers_values(tmp_path):
    if not shutil.which("fish"):
        pytest.skip("fish is not installed")
    asked = (
        script("fish") + "complete -C 'artifactpack check --format s'; complete -C 'artifactpack report --paper l'\n"
    )
    home = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    command = ["fish", "--no-config"]
    done = subprocess.run(command, input=asked, capture_output=True, text=True, check=True, cwd=tmp_path, env=home)
    assert done.stdout.split() == ["sarif", "letter"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_command_is_in_every_script(shell, capsys):
    assert run(["completion", shell]) == 0
    told = capsys.readouterr().out
    assert "@" not in told.replace("[@]", "")
    # a command may be in the table before its module is there
    assert sum(name in told for name in COMMANDS) >= len(COMMANDS) - 1


def test_another_shell_is_one_line(capsys):
    assert run(["completion", "tcsh"]) == 2
    assert "bash, zsh, fish" in capsys.readouterr().err
