"""Programs that are no Python, which nothing watches from inside: files that their command lines name count as read."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from artifactpack.patterns import late
from artifactpack.recorder.events import Events, each, several, text

_WORD = late(r"[^\s;&|<>()=\"'`]+")  # of a shell's line too
_PLAIN = ("git", "ldconfig", "uname", "lscpu", "nvidia-smi", "gcc", "cc", "ld", "which", "file")
_ISOLATING = late(r"-[A-Za-z]*[IES]")


def programs(processes: list[Events]) -> frozenset[str]:
    """The names by which the watched processes were started: interpreter, script, an entry point like `torchrun`."""
    words = (word for events in processes for word in several(events[0].get("argv"))[:3])
    return frozenset(posixpath.basename(str(word)) for word in words)


def unwatched(argv: Iterable[str], watched: frozenset[str]) -> str:
    """The name of the command itself where it did not report, else "": a shell, another language, `python -I`."""
    first, *rest = argv
    name = posixpath.basename(first)
    if first == "{python}" or name.startswith(("python", "pypy")):
        options = iter(rest)
        return next((f"python {o}" for o in _leading(options) if _ISOLATING.fullmatch(o)), "")
    return "" if name in watched else name


def _leading(words: Iterable[str]) -> Iterator[str]:
    """The interpreter's own options: what stands before the script, the module or the code."""
    for word in words:
        if not word.startswith("-") or word.startswith(("--", "-c", "-m")):
            return
        yield word


def children(processes: list[Events]) -> Iterator[dict[str, Any]]:
    """The child processes that the project's own lines started and that did not report: they are no Python."""
    watched = programs(processes)
    for _, event in each(processes, "child"):
        name = text(event.get("program", ""))
        ours = event.get("direct") is True and not event.get("why")
        if ours and name and not name.startswith(("python", "pypy")) and name not in watched and name not in _PLAIN:
            yield event


def is_plain(program: object) -> bool:
    """Whether this is a tool of the system that is asked a question and changes nothing."""
    return str(program).startswith(_PLAIN)


def paths(argv: Iterable[object], cwd: Path, root: Path) -> Iterator[str]:
    """The files of the project at *root* that a command line names, relative to it."""
    for argument in argv:
        for word in _WORD.findall(str(argument)):
            full = os.path.normpath(cwd / word)
            if full.startswith(f"{root}/") and "\0" not in full and os.path.isfile(full):  # noqa: PTH113 - may be long
                yield os.path.relpath(full, root)


def of_children(processes: list[Events], root: Path) -> tuple[str, ...]:
    """The files that the command lines of unwatched children name."""
    found: list[str] = []
    for event in children(processes):
        found += paths(several(event.get("argv")), root / str(event.get("cwd", "")), root)
    return tuple(dict.fromkeys(found))
