"""The configuration: found, checked, every fault named, `like` resolved."""

from __future__ import annotations

import re

import pytest

from artifactpack.errors import ConfigError
from artifactpack.models.config import Command, Config
from artifactpack.project.config import load_config, resolve_command
from tests.support.asking import write

GOOD = """
config-version = 1
[commands.train]
run = "python train.py --seed {seed}"
seeds = [0, 1]
matrix = { dataset = ["digits"] }
[commands.smoke]
like = "train"
args = ["--epochs", "1"]
matrix = {}
tier = "smoke"
"""


def test_no_file_is_the_default(tmp_path):
    assert load_config(tmp_path) == (Config(), "")


def test_a_file_is_read_the_same_from_the_cache(tmp_path):
    write(tmp_path, {"artifactpack.toml": GOOD})
    first = load_config(tmp_path)
    assert load_config(tmp_path) == first
    assert first[1] == "artifactpack.toml"


def test_the_cache_spares_pydantic(tmp_path):
    import subprocess
    import sys

    write(tmp_path, {"artifactpack.toml": GOOD})
    load_config(tmp_path)
    code = (
        "import sys, pathlib; from artifactpack.project.config import load_config;"
        f"load_config(pathlib.Path({str(tmp_path)!r})); print('pydantic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"


def test_like_inherits_every_key_not_given(tmp_path):
    write(tmp_path, {"artifactpack.toml": GOOD})
    smoke = resolve_command(load_config(tmp_path)[0], "smoke")
    assert smoke.run == ("python", "train.py", "--seed", "{seed}", "--epochs", "1")
    assert (smoke.seeds, smoke.matrix, smoke.tier) == ((0, 1), {}, "smoke")


def test_like_of_a_hand_made_config():
    config = Config(
        commands={"a": Command(run=("x",), args=("y",), cwd="sub"), "b": Command(like="a", args=("z",), tier="smoke")}
    )
    assert resolve_command(config, "b") == Command(run=("x", "y", "z"), cwd="sub", tier="smoke")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("sedes = 1", "sedes: unknown key", id="unknown-key"),
        pytest.param("[commands.train]\nrun = ['a']\nsedes = [1]", "did you mean 'seeds'?", id="nearest-key"),
        pytest.param("[commands.train]\nrun = ['a']\nneeds = ['tran']", "no [commands.tran]", id="needs-unknown"),
        pytest.param("[commands.a]\nlike = 'b'\n[commands.b]\nlike = 'a'", "commands.b.like", id="like-circle"),
        pytest.param("[commands.a]\ntier = 'smoke'", "no `run`", id="no-run"),
        pytest.param("[commands.a]\nrun = 'x'\nrepeat = 0", "at least 1", id="no-repeat"),
        pytest.param("config-version = 2", "config-version", id="future-version"),
        pytest.param("[[claims]]\nid = 'C1'\n[[claims]]\nid = 'C1'", "two claims have the id 'C1'", id="claims-twice"),
        pytest.param("a = ", "not valid TOML", id="not-toml"),
        pytest.param("a = " + "[" * 5000, "artifactpack.toml", id="nested"),
        pytest.param(b"\xff\xfe\x00", "not valid TOML", id="not-text"),
    ],
)
def test_a_fault_is_one_sentence(tmp_path, text, told):
    write(tmp_path, {"artifactpack.toml": text})
    with pytest.raises(ConfigError, match=r"\.") as caught:
        load_config(tmp_path)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_fault_is_listed(tmp_path):
    write(
        tmp_path, {"artifactpack.toml": "pape = 1\n[commands.train]\nrun = ['a']\nsedes = [1]\n[[claims]]\nvalue = 1"}
    )
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path)
    for part in ("pape", "commands.train.sedes", "claims.0.id"):
        assert part in str(caught.value)


def test_a_table_in_pyproject(tmp_path):
    write(tmp_path, {"pyproject.toml": "[project]\nname='x'\n[tool.artifactpack]\nchecklists = ['essentials']"})
    config, place = load_config(tmp_path)
    assert (config.checklists, place) == (("essentials",), "pyproject.toml")


def test_two_configurations_are_an_error(tmp_path):
    write(tmp_path, {"pyproject.toml": "[tool.artifactpack]", "artifactpack.toml": ""})
    with pytest.raises(ConfigError, match="keep one"):
        load_config(tmp_path)


def test_a_link_is_not_read(tmp_path):
    (tmp_path / "artifactpack.toml").symlink_to("/etc/hostname")
    with pytest.raises(ConfigError, match="symbolic link"):
        load_config(tmp_path)


def test_an_unknown_command_names_the_nearest():
    with pytest.raises(ConfigError, match="did you mean 'train'"):
        resolve_command(Config(commands={"train": Command(run=("x",))}), "trian")


CIRCLE = "[commands.a]\nrun = 'x'\nneeds = ['b']\n[commands.b]\nrun = 'x'\nneeds = ['a']"
CHAIN = "".join(f"[commands.c{n}]\nrun = 'x'\nneeds = ['c{n + 1}']\n" for n in range(3000))
CHAIN += "[commands.c3000]\nrun = 'x'"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[commands.a]\nrun = 'x'\npatterns = { loss = '(' }", "commands.a.patterns.loss: not a regular expression"),
        ("[commands.a]\nrun = 'x'\nmatrix = { lr = [] }", "commands.a.matrix.lr: no values"),
        (
            "[commands.a]\nrun = 'x'\nmatrix = { a = [%s], b = [%s] }" % (("1," * 400,) * 2),
            "commands.a.matrix: 160,000 cells",
        ),
        (CIRCLE, "circle of needs: a → b → a"),
        (CHAIN, "circle of needs"),
    ],
    ids=["pattern", "empty-axis", "cells", "circle", "chain"],
)
def test_what_would_fail_after_hours_is_said_at_once(make_tree, text, said):
    with pytest.raises(ConfigError, match=re.escape(said)):
        load_config(make_tree({"artifactpack.toml": text}))
