"""A file that may take its parser too long, or too much memory, is read by a child that can be ended."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from typing import Any

from artifactpack.project.python_source import TIME_LIMIT, record_of

SAFE = 96 << 10
"""Bytes of source that take the parser a second and 100 MB at the very most: at its worst it reads 100 kB a second."""
MEMORY = 400 << 20


def record_within(data: bytes) -> dict[str, Any]:
    """Like ``record_of``, but a large file is given its seconds and its memory and no more."""
    if len(data) <= SAFE or not hasattr(os, "fork"):
        return record_of(data)
    sys.stdout.flush()
    sys.stderr.flush()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _child(reader, writer, data)
    os.close(writer)
    try:
        with os.fdopen(reader, "rb") as pipe:
            answer = pipe.read()
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    return _record(answer, status)


def _record(answer: bytes, status: int) -> dict[str, Any]:
    """What the child wrote, or why it wrote nothing."""
    try:
        found: dict[str, Any] = json.loads(answer)
    except ValueError:
        ended = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU
        why = f"takes longer than {TIME_LIMIT:g} s to be read" if ended else "takes too much memory to be read"
        return {"d": "unread", "n": why}
    return found


def _child(reader: int, writer: int, data: bytes) -> None:
    """Runs in the forked child and never returns."""
    try:
        os.close(reader)
        _limit()
        with os.fdopen(writer, "wb") as out:
            out.write(json.dumps(record_of(data), separators=(",", ":")).encode("utf-8", "surrogatepass"))
    except BaseException:  # noqa: BLE001 - the parent says what is missing
        os._exit(1)
    os._exit(0)


def _limit() -> None:
    """Allow this process its seconds of processor time, ``MEMORY`` more than it has, and no core file."""
    import resource

    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    _lower(resource.RLIMIT_CPU, int(TIME_LIMIT))
    _lower(resource.RLIMIT_CORE, 0)
    with contextlib.suppress(OSError, ValueError), open("/proc/self/statm", encoding="ascii") as pages:  # noqa: PTH123
        _lower(resource.RLIMIT_AS, int(pages.read().split()[0]) * resource.getpagesize() + MEMORY)


def _lower(kind: int, limit: int) -> None:
    import resource

    _, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))
