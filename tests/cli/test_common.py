"""What is printed: a stranger's words as words, to a terminal and to a stream of any encoding."""

import io
import json
import sys

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
