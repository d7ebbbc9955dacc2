"""What every command shares: options, where output goes, and the one place where errors become exit codes."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import traceback
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from artifactpack.errors import ArtifactPackError, InputError
from artifactpack.folders import state_dir


def formats(*names: str) -> Any:
    """The option --format of a command that prints *names*: told in its help, and held to before anything is done."""

    def known(value: str) -> str:
        if value not in names:
            raise InputError(f"--format {value}: not one of {', '.join(names)}")
        return value

    return typer.Option("--format", "-f", metavar="NAME", callback=known, help=f"{' | '.join(names)}.")


FormatOpt = Annotated[str, formats("text", "json")]
ProjectArg = Annotated[Path, typer.Argument(help="The project's folder.", show_default=False)]
OutputOpt = Annotated[Path | None, typer.Option("--output", "-o", help="Write here instead of to the terminal.")]
QuietOpt = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but the result.")]
VerboseOpt = Annotated[bool, typer.Option("--verbose", "-v", help="Show everything, supported items too.")]
ChecklistOpt = Annotated[
    list[str] | None,
    typer.Option("--checklist", "-c", metavar="ID|FILE", help="Checklist to hold it against (repeatable)."),
]
ExecutorOpt = Annotated[str, typer.Option("--executor", help="Where many bundles are worked on: local | slurm | ray.")]
SbatchOpt = Annotated[
    list[str] | None,
    typer.Option("--sbatch", metavar="OPTION", help="With --executor slurm: --sbatch=--partition=gpu (repeatable)."),
]

WIDE = 100  # columns of plain text on a wide terminal
NARROWEST = 60  # columns that a table needs
OUR_BUG, INTERRUPTED, INFRASTRUCTURE = 70, 130, 4
_OUR_SIDE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE, errno.ENOMEM}
_THEIR_SIDE = {
    errno.EACCES,
    errno.EPERM,
    errno.ENOENT,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.ENAMETOOLONG,
    errno.ELOOP,
    errno.EEXIST,
}


def emit(text: str, output: Path | None = None) -> None:
    """Print *text*, or write it to *output*: atomically, but to a device or a pipe as it comes."""
    if output is None:
        from artifactpack.report.words import encodable, tame

        shown = tame(text) if sys.stdout.isatty() else text
        sys.stdout.write(encodable(shown if text.endswith("\n") else shown + "\n", sys.stdout.encoding or "utf-8"))
        return
    from artifactpack.archive.atomic import is_special, write_bytes

    data = text.encode("utf-8", "backslashreplace")
    if not is_special(output):
        write_bytes(output, data)
        return
    with output.open("wb") as stream:
        stream.write(data)


def failure(error: BaseException, argv: list[str]) -> int:
    """Say *error* in one line on stderr and return its exit code (architecture contract 5)."""
    _let_go(sys.stdout)
    if isinstance(error, ArtifactPackError):
        return _say(str(error), error.exit_code)
    if isinstance(error, KeyboardInterrupt):
        return _say("interrupted; finished work is kept", INTERRUPTED)
    if isinstance(error, BrokenPipeError):
        return 0
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno in _OUR_SIDE):
        return _say(f"this machine gave out: {error or 'out of memory'}", INFRASTRUCTURE)
    if isinstance(error, OSError) and error.errno in _THEIR_SIDE and error.filename:
        return _say(f"cannot read or write {str(error.filename)[:200]}: {(error.strerror or '').lower()}", 2)
    return _say(f"a bug in artifactpack ({type(error).__name__}); the log is {_write_log(argv)}", OUR_BUG)


def _let_go(stream: TextIO) -> None:
    """What *stream* did not take shall not be tried again, and complained of, when the process ends."""
    try:
        stream.flush()
    except OSError:
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _say(message: str, code: int) -> int:
    note(f"artifactpack: {' '.join(message.split())}")  # one line, whatever a stranger wrote
    return code


def note(text: str) -> None:
    """Say *text* on stderr, which a person reads whatever becomes of stdout: none of it may drive the terminal.

    Where nobody reads it any more, the work goes on.
    """
    from artifactpack.report.words import encodable, tame

    with contextlib.suppress(OSError):
        sys.stderr.write(f"{encodable(tame(text), sys.stderr.encoding or 'utf-8')}\n")
    _let_go(sys.stderr)


def _write_log(argv: list[str]) -> str:
    log = state_dir() / "crash.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(f"{argv}\n{traceback.format_exc()}", encoding="utf-8")
    except OSError:
        return "not written (no room)"
    return str(log)


def drawn(output: Path | None = None, format_: str = "text", quiet: bool = False) -> bool:
    """Whether a person looks at stdout, on a terminal with room and colours; all others get plain text."""
    return format_ == "text" and output is None and not quiet and colour() and not os.environ.get("CI") and _roomy()


def _roomy() -> bool:
    """Whether tables fit the terminal, and our marks its encoding."""
    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    return utf8 and os.get_terminal_size(sys.stdout.fileno()).columns >= NARROWEST


def width(output: Path | None = None) -> int:
    """How many columns plain text may take on the terminal that a person reads it on; 0 where it goes elsewhere."""
    if output is not None or not sys.stdout.isatty():
        return 0
    return min(WIDE, os.get_terminal_size(sys.stdout.fileno()).columns or WIDE)


def colour() -> bool:
    """Whether the terminal wants colours (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
