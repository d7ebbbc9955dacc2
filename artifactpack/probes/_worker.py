"""A forked process that works on the same project and sends what it finds while this one goes on."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from artifactpack.project.sharing import Child

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
        self.child = Child(lambda send: work(_sender(project, send)))

    def receive(self) -> bool:
        """Take what was sent next; False where the child has ended."""
        frame = self.child.receive()
        if frame is None:
            return False
        kind, values, skipped = pickle.loads(frame)  # noqa: S301 - written by our own child
        (self.results if kind == "results" else self.found).update(values)
        for entry in skipped:
            self.project.skip(entry.path, entry.reason)
        return True

    def findings(self) -> dict[str, Finding]:
        """What the child found, once it has ended: all that it took, or less where it died."""
        while self.receive():
            pass
        return self.found


def _sender(project: Project, write: Callable[[bytes], None]) -> Send:
    known = len(project.skipped)

    def send(kind: str, values: dict[str, Any]) -> None:
        nonlocal known
        write(pickle.dumps((kind, values, project.skipped[known:]), pickle.HIGHEST_PROTOCOL))
        known = len(project.skipped)

    return send
