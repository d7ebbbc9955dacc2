"""Progress: bars on a terminal, lines in a log, silence where asked; stdout belongs to the result."""

import io
import re
import sys

import pytest

from artifactpack.cli.progress import progress
from artifactpack.models.event import Event

EVENTS = (
    Event(stage="seed 0", text="epoch 1", done=1, total=3),
    Event(stage="seed 0", text="epoch 2", done=2, total=3),
    Event(stage="seed 0", text="8.2 s", state="finished"),
    Event(stage="seed 1", text="[red]boom[/]", state="failed"),
)


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    """A function that makes stderr a terminal for the rest of the test and returns what it collects."""

    def make():
        monkeypatch.setattr(sys, "stderr", Terminal())
        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.delenv("CI", raising=False)
        return sys.stderr

    return make


def send(quiet=False):
    with progress(quiet) as notify:
        for event in EVENTS:
            notify(event)


def test_a_log_gets_one_line_a_change(capsys):
    send()
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == ["seed 0: epoch 1", "seed 0 finished: 8.2 s", "seed 1 failed: [red]boom[/]"]


def test_quiet_is_silent(capsys):
    send(quiet=True)
    assert capsys.readouterr() == ("", "")


def test_a_terminal_gets_bars_and_shows_text_as_it_is(terminal):
    screen = terminal()
    send()
    drawn = screen.getvalue()
    assert "\033[" in drawn
    assert "failed: [red]boom[/]" in drawn


def test_what_ended_stays_as_a_line_of_its_own(terminal):
    screen = terminal()
    send()
    lines = [re.sub(r"\033\[[0-9;?]*[A-Za-z]", "", line).strip() for line in screen.getvalue().splitlines()]
    assert any(line.startswith("✓ seed 0") and line.endswith("8.2 s") for line in lines)
    assert any(line.startswith("✗ seed 1") for line in lines)


@pytest.mark.parametrize("drawn", [True, False])
def test_a_strangers_words_cannot_drive_the_terminal(terminal, capsys, drawn):
    screen = terminal() if drawn else None
    with progress() as notify:
        notify(Event(stage="seed\033[2J 0", text="loss\033]0;owned\a 1\nline", state="finished"))
    written = screen.getvalue() if screen else capsys.readouterr().err
    assert "\033[2J" not in written and "\033]0;" not in written
    assert "loss ]0;owned 1 line" in written


def test_ci_gets_lines_even_with_a_terminal(terminal, monkeypatch):
    screen = terminal()
    monkeypatch.setenv("CI", "true")
    send()
    assert "\033[" not in screen.getvalue()
