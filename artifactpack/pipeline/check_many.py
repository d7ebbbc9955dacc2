"""`check` over many folders or bundles: one process each, all cores; none can stop the rest."""

from __future__ import annotations

import multiprocessing as mp
import os
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, wait
from pathlib import Path

from artifactpack.errors import ArtifactPackError
from artifactpack.models.records import dump, record, restore
from artifactpack.models.verdict import CheckResult

LIMIT_SECONDS = 600.0


@record
class Checked:
    """One path's result, or why there is none, with the exit code that reason has."""

    path: str
    result: CheckResult | None = None
    error: str = ""
    exit_code: int = 0


Work = Callable[[Path], CheckResult]


def check_many(paths: list[Path], work: Work, jobs: int | None = None) -> Iterator[Checked]:
    """Apply *work* to every path in its own process, at most *jobs* at once, and yield results in the given order."""
    waiting = list(enumerate(paths))
    running: dict[Connection, tuple[int, Path, mp.process.BaseProcess]] = {}
    done: dict[int, Checked] = {}
    slots, following = jobs or os.cpu_count() or 1, 0
    try:
        while waiting or running or done:
            while waiting and len(running) < slots:
                index, path = waiting.pop(0)
                process, pipe = _start(path, work)
                running[pipe] = (index, path, process)
            ready = set(wait(list(running), timeout=LIMIT_SECONDS))
            for pipe in [pipe for pipe in running if pipe in ready] or list(running):
                index, path, process = running.pop(pipe)
                done[index] = _collect(path, process, pipe)
            while following in done:
                yield done.pop(following)
                following += 1
    finally:
        for _, _, process in running.values():
            process.kill()


def _start(path: Path, work: Work) -> tuple[mp.process.BaseProcess, Connection]:
    context = mp.get_context("fork" if hasattr(os, "fork") else "spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(path, work, there))  # type: ignore[attr-defined]
    process.start()
    there.close()
    return process, here


def _child(path: Path, work: Work, pipe: Connection) -> None:
    try:
        pipe.send(("ok", dump(work(path))))
    except ArtifactPackError as error:
        pipe.send(("error", (str(error), error.exit_code)))
    except BaseException as error:  # noqa: BLE001 - one bad path must not stop the rest
        pipe.send(("error", (f"{type(error).__name__}: {error}", 70)))


def _collect(path: Path, process: mp.process.BaseProcess, pipe: Connection) -> Checked:
    try:
        kind, value = pipe.recv() if pipe.poll() else ("error", ("took too long", 4))
    except EOFError:
        kind, value = "error", ("its process died", 4)
    process.kill()
    process.join()
    pipe.close()
    if kind == "ok":
        return Checked(path=str(path), result=restore(CheckResult, value))
    return Checked(path=str(path), error=value[0], exit_code=value[1])
