"""`artifactpack record`: exit codes and what a person reads."""

import json
import subprocess
import sys

import pytest

from artifactpack.cli.app import run
from artifactpack.errors import InputError
from artifactpack.recorder.typed import parse_seeds, parse_size

pytestmark = pytest.mark.usefixtures("kept_cache")

CONFIG = f"""
[environment]
python = "{sys.executable}"
[commands.go]
run = ["{{python}}", "go.py", "{{seed}}", "{{out}}"]
seeds = [0, 1]
metrics = ["{{out}}/metrics.json"]
"""
GO = "import json, sys\njson.dump({'score': float(sys.argv[1])}, open(sys.argv[2] + '/metrics.json', 'w'))\n"


@pytest.fixture
def root(make_tree):
    return make_tree({"artifactpack.toml": CONFIG, "go.py": GO})


def test_text(root, capsys):
    assert run(["record", str(root)]) == 0
    out, err = capsys.readouterr()
    assert "2 runs recorded, 0 failed" in out
    assert "0.50 ± 0.71" in out
    assert "what varied is what the seed decides" in out
    assert "go seed 0 finished" in err


def test_json(root, capsys):
    assert run(["record", str(root), "--format", "json", "--quiet"]) == 0
    assert json.loads(capsys.readouterr().out)["schema"] == "artifactpack.reference/1"


def test_a_failing_command_is_exit_1_with_its_last_lines(root, capsys):
    (root / "go.py").write_text("print('reading')\nraise SystemExit('no such data: corpus.txt')\n")
    assert run(["record", str(root), "--quiet"]) == 1
    err = capsys.readouterr().err
    assert "exit code 1" in err and "no such data: corpus.txt" in err and "record is kept" in err


def test_missing_metrics_are_exit_1(root, capsys):
    (root / "go.py").write_text("pass\n")
    assert run(["record", str(root), "--quiet"]) == 1
    assert "declared metrics file missing: out/metrics.json" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--command", "og"], "no [commands.og]"),
        (["--seeds", "a-b"], "write 0-4 or 1,5,9"),
        (["--quota", "much"], "like 500M"),
        (["--executor", "moon"], "--executor moon"),
        (["--format", "xml"], "not one of text, json"),
    ],
)
def test_bad_arguments_are_exit_2_and_one_line(root, capsys, arguments, said):
    assert run(["record", str(root), *arguments]) == 2
    err = capsys.readouterr().err
    assert said in err and len(err.strip().splitlines()) == 1


def test_an_unknown_placeholder_is_exit_2(root, capsys):
    (root / "artifactpack.toml").write_text(CONFIG.replace("{seed}", "{sed}"))
    assert run(["record", str(root)]) == 2
    assert "did you mean {seed}?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "seeds"), [("0-3", (0, 1, 2, 3)), ("1,5", (1, 5)), ("0-1,7,1", (0, 1, 7)), ("", None)]
)
def test_seeds(text, seeds):
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize("text", ["3-1", "-1", "1.5", "0-99999", "1,,2"])
def test_no_seeds(text):
    with pytest.raises(InputError):
        parse_seeds(text)


SIZES = [("500M", 500 << 20), ("2G", 2 << 30), ("1.5k", 1536), ("7", 7), ("2GiB", 2 << 30), ("", None)]


@pytest.mark.parametrize(("text", "size"), SIZES)
def test_sizes(text, size):
    assert parse_size(text) == size


def test_help_loads_nothing_heavy():
    code = "import sys, artifactpack.cli.record, artifactpack.cli.runs\n"
    code += "print([m for m in sys.modules if m.split('.')[0] in"
    code += " ('pydantic', 'rich', 'jinja2', 'yaml', 'git', 'torch', 'numpy')"
    code += " or m.startswith(('artifactpack.pipeline.', 'artifactpack.recorder.', 'artifactpack.scan.'))])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("text", ["²", "0-²", "0-" + "9" * 5000])
def test_no_seeds_in_any_script(text):
    with pytest.raises(InputError, match="--seeds"):
        parse_seeds(text)


@pytest.mark.parametrize("text", ["1e999", "-2G", "nan"])
def test_no_sizes(text):
    with pytest.raises(InputError, match="--quota"):
        parse_size(text)
