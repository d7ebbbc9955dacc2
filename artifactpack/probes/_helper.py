"""A second process for a large project: it reads the documents and asks some probes while this one reads the code."""

from __future__ import annotations

import os
import pickle
import sys
import threading
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from artifactpack.models.fact import Finding
    from artifactpack.models.system import SystemReading
    from artifactpack.project import Project

WORTH_IT = 1 << 17
"""Bytes of documents and code from which a second process saves time."""
HELPED = (
    *("anonymity", "results", "parameters", "readme", "citation", "container", "variance", "hardware", "cost"),
    *("cards", "license", "archive_size", "claims_map", "vcs"),
)
"""Probes that need no parsed code, those that ask systems late, the quick ones last: whoever is free takes the next."""
_READ = (".py", ".md", ".rst", ".ipynb", ".txt", ".sh", ".json", ".yaml", ".yml")
Asked = Callable[[str, Any], "Finding"]


def worth_it(project: Project) -> bool:
    """Whether a helper can be had and would pay for itself; never beside other threads, which a fork would cut off."""
    if not hasattr(os, "fork") or _cores() < 2 or threading.active_count() > 1:
        return False
    return sum(project.size(f) for f in project.files if f.endswith(_READ)) >= WORTH_IT


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Helper:
    """The parent's side: ``give`` it the systems once they are read, then ask for ``findings``."""

    def __init__(self, project: Project, ask: Asked) -> None:
        self.project = project
        self.results: dict[str, Any] = {}
        self.promised = {"prose", "links about data", "links about weights", "declared in documents"}
        self.found: dict[str, Finding] = {}
        self.arrived = threading.Condition()
        self.frames: list[bytes] = []
        self.ended = False
        project.index.chosen  # noqa: B018 - each file is read once, for both
        _import_for_both()
        reader, writer = os.pipe()
        systems_reader, systems_writer = os.pipe()
        self.queue = _queue(len(HELPED))
        sys.stdout.flush()
        sys.stderr.flush()
        self.child = os.fork()
        if self.child == 0:
            os.close(reader)
            os.close(systems_writer)
            _run(project, ask, writer, systems_reader, self.queue)
        os.close(writer)
        os.close(systems_reader)
        self.out = os.fdopen(systems_writer, "wb")
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

    def _receive(self) -> bool:
        """Take the next frame; False where the helper has ended."""
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

    def await_result(self, name: str) -> dict[str, Any]:
        """Results that came so far, *name* among them where it was promised and the helper still lives."""
        while name in self.promised and name not in self.results and self._receive():
            pass
        return self.results

    def give(self, systems: tuple[SystemReading, ...]) -> None:
        """Hand the readings over; a helper that died is noticed later."""
        try:
            with self.out:
                pickle.dump(systems, self.out)
        except OSError:
            pass

    def left(self) -> Iterator[str]:
        """The probes of ``HELPED`` that nobody has begun with, one at a time."""
        return _taken(self.queue)

    def findings(self) -> dict[str, Finding]:
        """What the helper found: all that it took of ``HELPED``, or less where it died."""
        while self._receive():
            pass
        self.drain.join()
        os.waitpid(self.child, 0)
        os.close(self.queue)
        return self.found


def _import_for_both() -> None:
    """What parent and child both need: its patterns are compiled once instead of in each."""
    for name in ("_declared", "_links", "_paper", "_repeats"):
        import_module(f"artifactpack.probes.{name}")


def _queue(size: int) -> int:
    """A pipe that holds the numbers below *size*: two processes that read a byte at a time share them out."""
    reader, writer = os.pipe()
    os.write(writer, bytes(range(size)))
    os.close(writer)
    return reader


def _taken(queue: int) -> Iterator[str]:
    while number := os.read(queue, 1):
        yield HELPED[number[0]]


class Awaited(tuple):  # type: ignore[type-arg]
    """Readings that arrive later: whoever looks at them waits."""

    pipe: int
    read: tuple[Any, ...] | None = None

    def _all(self) -> tuple[Any, ...]:
        if self.read is None:
            with os.fdopen(self.pipe, "rb") as source:
                self.read = pickle.load(source)  # noqa: S301 - written by our own parent
        return self.read

    def __iter__(self) -> Iterator[Any]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __bool__(self) -> bool:
        return bool(self._all())

    def __getitem__(self, key: Any) -> Any:
        return self._all()[key]


def _run(project: Project, ask: Asked, writer: int, systems: int, queue: int) -> None:
    """Runs in the child and never returns."""
    code = 1
    try:
        with os.fdopen(writer, "wb") as out:
            _work(project, ask, out, systems, queue)
        code = 0
    except BaseException:  # noqa: BLE001, S110 - the parent does what is missing
        pass
    finally:
        os._exit(code)


def _work(project: Project, ask: Asked, out: BinaryIO, systems: int, queue: int) -> None:
    known = len(project.skipped)

    def send(kind: str, values: dict[str, Any]) -> None:
        nonlocal known
        frame = pickle.dumps((kind, values, project.skipped[known:]), pickle.HIGHEST_PROTOCOL)
        known = len(project.skipped)
        out.write(len(frame).to_bytes(8, "big") + frame)
        out.flush()

    send("results", {"prose": project.prose})
    from artifactpack.probes._declared import declared_documents
    from artifactpack.probes._links import links_about

    send("results", {f"links about {subject}": links_about(project, subject) for subject in ("data", "weights")})
    send("results", {"declared in documents": declared_documents(project)})
    awaited = Awaited()
    awaited.pipe = systems
    send("findings", {name: ask(name, awaited) for name in _taken(queue)})
