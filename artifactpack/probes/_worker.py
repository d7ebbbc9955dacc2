"""A forked process that works on the same project and sends what it finds while this one goes on."""

from __future__ import annotations

import os
import pickle
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

if TYPE_CHECKING:
    from artifactpack.models.fact import Finding
    from artifactpack.project import Project


class Send(Protocol):
    """How a worker hands over its *values*, by name."""

    def __call__(self, kind: str, values: dict[str, Any]) -> None: ...


class Worker:
    """The parent's side of a child that runs *work* and ends; whatever did not arrive is for the parent to do."""

    def __init__(self, project: Project, work: Callable[[Send], None]) -> None:
        self.project = project
        self.results: dict[str, Any] = {}
        self.found: dict[str, Finding] = {}
        self.arrived = threading.Condition()
        self.frames: list[bytes] = []
        self.ended = False
        reader, writer = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        self.child = os.fork()
        if self.child == 0:
            os.close(reader)
            _run(project, writer, work)
        os.close(writer)
        self.drain = threading.Thread(target=self._drain, args=(os.fdopen(reader, "rb"),), daemon=True)
        self.drain.start()

    def _drain(self, pipe: BinaryIO) -> None:
        with pipe:
            while len(head := pipe.read(8)) == 8:
                size = int.from_bytes(head, "big")
                frame = pipe.read(size)
                if len(frame) < size:
                    break
                with self.arrived:
                    self.frames.append(frame)
                    self.arrived.notify()
        with self.arrived:
            self.ended = True
            self.arrived.notify()

    def receive(self) -> bool:
        """Take the next frame; False where the child has ended."""
        with self.arrived:
            while not self.frames and not self.ended:
                self.arrived.wait()
            if not self.frames:
                return False
            frame = self.frames.pop(0)
        kind, values, skipped = pickle.loads(frame)  # noqa: S301 - written by our own child
        (self.results if kind == "results" else self.found).update(values)
        for entry in skipped:
            self.project.skip(entry.path, entry.reason)
        return True

    def findings(self) -> dict[str, Finding]:
        """What the child found, once it has ended: all that it took, or less where it died."""
        while self.receive():
            pass
        self.drain.join()
        os.waitpid(self.child, 0)
        return self.found


def _run(project: Project, writer: int, work: Callable[[Send], None]) -> None:
    """Runs in the child and never returns."""
    code = 1
    try:
        with os.fdopen(writer, "wb") as out:
            work(_sender(project, out))
        code = 0
    except BaseException:  # noqa: BLE001, S110 - the parent does what is missing
        pass
    finally:
        os._exit(code)


def _sender(project: Project, out: BinaryIO) -> Send:
    known = len(project.skipped)

    def send(kind: str, values: dict[str, Any]) -> None:
        nonlocal known
        frame = pickle.dumps((kind, values, project.skipped[known:]), pickle.HIGHEST_PROTOCOL)
        known = len(project.skipped)
        out.write(len(frame).to_bytes(8, "big") + frame)
        out.flush()

    return send
