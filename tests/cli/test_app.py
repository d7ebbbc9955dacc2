"""Whatever happens ends in one line and the exit code that the contract names."""

import errno
import os
import subprocess
import sys

import pytest
import typer

from artifactpack.cli import app
from artifactpack.cli.table import COMMANDS, GROUPS, help_text
from artifactpack.errors import ConfigError, InfrastructureError, RefusedError, ShortfallError


def outcome(monkeypatch, error):
    def command() -> None:
        """Fail."""
        raise error

    built = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    built.callback()(lambda: None)
    built.command("check")(command)
    monkeypatch.setattr(app, "build", lambda names: built)
    return app.run(["check"])


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("artifactpack.toml: no"), 2),
        (ShortfallError("fell short"), 1),
        (RefusedError("refused"), 3),
        (InfrastructureError("scheduler gone"), 4),
        (OSError(errno.ENOSPC, "No space left on device"), 4),
        (MemoryError(), 4),
        (PermissionError(errno.EACCES, "denied", "x"), 2),
        (KeyboardInterrupt(), 130),
        (ZeroDivisionError("ours"), 70),
        (typer.Exit(3), 3),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else str(value),
)
def test_every_error_has_its_exit_code_and_one_line(monkeypatch, capsys, error, code):
    assert outcome(monkeypatch, error) == code
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert len(said.strip().splitlines()) <= 1


def test_our_bug_says_where_the_log_is(monkeypatch, capsys, own_home):
    outcome(monkeypatch, ZeroDivisionError("ours"))
    log = own_home / "state" / "artifactpack" / "crash.log"
    assert str(log) in capsys.readouterr().err
    assert "ZeroDivisionError" in log.read_text()


@pytest.mark.parametrize("arguments", [["check", "--nonsense"], ["nonsense"], ["bundle"]])
def test_bad_usage_exits_2(arguments, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert app.run(arguments) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_help_lists_every_command_once():
    listed = [name for _, names in GROUPS for name in names]
    assert sorted(listed) == sorted(COMMANDS)
    assert all(f"  {name}" in help_text() for name in COMMANDS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "streams", "code"),
    [
        ("explain seeds", ">&- 2>&- <&-", 0),
        ("explain seeds", "> /dev/full", 4),
        ("--help", "> /dev/full", 4),
        ("check /nonexistent", "2> /dev/full", 2),
        ("check /nonexistent", "2>&1 | true", 2),
    ],
)
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="has no /dev/full")
def test_closed_and_full_streams_end_in_a_line_too(words, streams, code):
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    line = f'set -o pipefail; "{sys.executable}" -m artifactpack {words} {streams}'
    told = subprocess.run(["bash", "-c", line], capture_output=True, text=True, env=environment, check=False)
    assert told.returncode == code
    assert told.stderr.count("\n") <= 1
