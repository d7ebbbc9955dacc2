"""What is printed: a stranger's words as words, to a terminal and to a stream of any encoding."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from artifactpack.cli import common
from artifactpack.errors import InputError

HOSTILE = "claim \033[2J\033]0;owned\a C1 \u202egnp.exe\r\nok\n"


class Stream(io.TextIOWrapper):
    """A stream that may be a terminal."""

    def __init__(self, terminal=True, encoding="utf-8"):
        super().__init__(io.BytesIO(), encoding=encoding, newline="")
        self.terminal = terminal

    def isatty(self):
        return self.terminal

    def written(self):
        self.flush()
        return self.buffer.getvalue().decode(self.encoding)


@pytest.fixture
def stream(monkeypatch):
    def make(**more):
        made = Stream(**more)
        monkeypatch.setattr(sys, "stdout", made)
        return made

    return make


def test_a_terminal_is_not_driven(stream):
    screen = stream()
    common.emit(HOSTILE)
    assert screen.written() == "claim  [2J ]0;owned  C1  gnp.exe \nok\n"


def test_a_pipe_gets_the_very_bytes(stream):
    pipe = stream(terminal=False)
    common.emit(json.dumps("\u202e", ensure_ascii=False))
    assert json.loads(pipe.written()) == "\u202e"


def test_an_old_encoding_gets_plain_marks(stream):
    pipe = stream(terminal=False, encoding="cp1252")
    common.emit("✓ 3 met → ü")
    assert pipe.written() == "+ 3 met -> ü\n"


def test_an_error_that_names_a_hostile_file_is_words_too(capsys):
    assert common.failure(InputError(f"{HOSTILE}: no such file"), []) == 2
    assert "\033" not in capsys.readouterr().err


def test_a_file_is_replaced_and_what_utf8_cannot_hold_is_escaped(tmp_path):
    target = tmp_path / "out.json"
    target.symlink_to(tmp_path / "elsewhere")
    common.emit(json.dumps("bad \udcff", ensure_ascii=False), target)
    assert json.loads(target.read_text(encoding="utf-8")) == "bad \udcff"
    assert not target.is_symlink() and not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("place", ["/dev/null", "/dev/stdout"])
def test_a_device_is_written_to_and_never_replaced(place):
    before = os.lstat(place)
    common.emit("words", Path(place))
    assert (os.lstat(place).st_mode, os.lstat(place).st_ino) == (before.st_mode, before.st_ino)


def test_a_pipe_is_written_to(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen(["cat", tmp_path / "pipe"], stdout=subprocess.PIPE) as reader:
        common.emit("words", tmp_path / "pipe")
        assert reader.communicate(timeout=20)[0] == b"words"


@pytest.mark.parametrize("place", ["missing/out", "file/out", ".", "a" * 300])
def test_a_place_where_no_file_can_be_is_said_in_one_line(tmp_path, monkeypatch, capsys, place):
    (tmp_path / "file").write_text("")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as said:
        common.emit("words", Path(place))
    assert common.failure(said.value, []) == 2 and capsys.readouterr().err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("argument", ["a" * 5000, "a" * 300, "file/inside"])
def test_a_path_that_cannot_be_is_no_bug(tmp_path, monkeypatch, capsys, argument):
    from artifactpack.cli.app import run

    (tmp_path / "file").write_text("")
    monkeypatch.chdir(tmp_path)
    assert run(["check", argument]) == 2
    assert len(capsys.readouterr().err) < 400


def test_a_user_without_a_home_has_folders_that_cannot_be_made(monkeypatch):
    """A container may run as a user whom nobody knows."""
    from artifactpack import folders

    for name in ("HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", lambda uid: {}[uid])
    assert (folders.cache_dir(), folders.state_dir()) == (
        Path("/nonexistent/.cache/artifactpack"),
        Path("/nonexistent/.local/state/artifactpack"),
    )


def test_a_note_does_not_drive_the_terminal_either(capsys):
    common.note(f"the plan: {HOSTILE}")
    assert "\033" not in capsys.readouterr().err
