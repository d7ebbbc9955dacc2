"""Who gets tables and colours: a person at a terminal, and nobody else."""

import os
import pty
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow  # every test starts processes


def on_a_terminal(arguments, columns=100, **environment):
    """What the command writes to a terminal of so many columns."""
    import fcntl
    import struct
    import termios

    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    clean = {k: v for k, v in os.environ.items() if k not in ("CI", "NO_COLOR", "COLUMNS", "LINES")}
    process = subprocess.Popen(
        [sys.executable, "-m", "artifactpack", *map(str, arguments)],
        stdout=slave,
        stderr=subprocess.PIPE,
        env={**clean, "TERM": "xterm-256color", "PYTHONUTF8": "1", **environment},
    )
    os.close(slave)
    written = b""
    while True:
        try:
            read = os.read(master, 65536)
        except OSError:  # Linux says so when the other end is closed
            break
        if not read:
            break
        written += read
    os.close(master)
    _, errors = process.communicate(timeout=60)
    assert b"Traceback" not in errors
    return written.decode()


CHECK = ("check", "--checklist", "ml-code-completeness", "--fail-on", "never")


def test_a_person_gets_colours_and_rules(examples):
    shown = on_a_terminal([*CHECK, examples / "pitfalls"])
    assert "\033[" in shown and "───" in shown


@pytest.mark.parametrize(
    ("more", "columns", "environment"),
    [
        pytest.param([], 100, {"NO_COLOR": "1"}, id="no-color"),
        pytest.param([], 100, {"TERM": "dumb"}, id="dumb"),
        pytest.param([], 100, {"CI": "true"}, id="ci"),
        pytest.param([], 40, {}, id="narrow"),
        pytest.param(["--format", "markdown"], 100, {}, id="machine-format"),
        pytest.param([], 100, {"PYTHONUTF8": "0", "PYTHONIOENCODING": "latin-1"}, id="latin-1"),
    ],
)
def test_all_others_get_plain_text(examples, more, columns, environment):
    shown = on_a_terminal([*CHECK, examples / "pitfalls", *more], columns, **environment)
    assert "machine-checkable items met" in shown
    assert "\033[" not in shown and "───" not in shown


@pytest.mark.parametrize("columns", [80, 40])
def test_plain_text_fits_the_terminal(examples, columns):
    shown = on_a_terminal([*CHECK, examples / "pitfalls"], columns, NO_COLOR="1")
    assert max(map(len, shown.splitlines())) <= columns


def test_quiet_is_quiet(examples):
    assert on_a_terminal([*CHECK, examples / "pitfalls", "--quiet"]) == ""


def test_a_pipe_imports_no_rich(examples):
    program = (
        "import sys; from artifactpack.cli.app import run\n"
        f"run({[*CHECK, str(examples / 'pitfalls')]!r}); sys.exit('rich' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "machine-checkable items met" in done.stdout


def test_a_stream_that_cannot_hold_our_marks_gets_plain_ones(examples):
    environment = {**os.environ, "PYTHONUTF8": "0", "PYTHONIOENCODING": "cp1252"}
    command = [sys.executable, "-m", "artifactpack", *CHECK, str(examples / "pitfalls")]
    done = subprocess.run(command, capture_output=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert b"  x 5  README" in done.stdout
