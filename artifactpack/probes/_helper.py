"""A second process for a large project: it reads the documents and asks some probes while this one reads the code."""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Callable, Iterator
from importlib import import_module
from itertools import chain
from typing import TYPE_CHECKING, Any

from artifactpack.probes._worker import Send, Worker
from artifactpack.project.sharing import Queue

if TYPE_CHECKING:
    from artifactpack.models.fact import Finding
    from artifactpack.models.system import SystemReading
    from artifactpack.project import Project

WORTH_IT = 1 << 17
"""Bytes of documents and code from which a second process saves time."""
WORTH_A_SECOND = 1 << 19
"""Bytes of code looked into from which the probes that need it are shared out, too."""
HELPED = (
    *("anonymity", "parameters", "readme", "citation", "container", "cards", "license"),
    *("results", "variance", "hardware", "cost", "archive_size", "claims_map", "vcs"),
)
"""Probes that need no parsed code, those that ask systems late, the quick ones last: whoever is free takes the next."""
FIRST = "code"
"""The probe that follows the programs, for all others that need them."""
SHARED = (
    *("data", "hyperparameters", "dependencies", "logging", "settings", "commands", "assets", "llm", "datasets"),
    *("weights", "splits", "seeds", "paper", "determinism"),
)
"""Probes that need the code, the long ones first; all others are quick."""
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
        self.project, self.ask = project, ask
        self.promised = {"prose", "links about data", "links about weights", "declared in documents"}
        project.index.chosen  # noqa: B018 - each file is read once, for both
        _import_for_both()
        self.queue = Queue(HELPED)
        self.awaited = Awaited()
        self.awaited.pipe, self.systems = os.pipe()
        self.worker = Worker(project, self._help)
        os.close(self.awaited.pipe)

    def _help(self, send: Send) -> None:
        os.close(self.systems)
        _work(self.project, self.ask, send, self.awaited, self.queue)

    def await_result(self, name: str) -> dict[str, Any]:
        """Results that came so far, *name* among them where it was promised and the helper still lives."""
        while name in self.promised and name not in self.worker.results and self.worker.receive():
            pass
        return self.worker.results

    def give(self, systems: tuple[SystemReading, ...]) -> None:
        """Hand the readings over; a helper that died is noticed later."""
        try:
            with os.fdopen(self.systems, "wb") as out:
                pickle.dump(systems, out)
        except OSError:
            pass

    def findings(self, systems: tuple[SystemReading, ...]) -> dict[str, Finding]:
        """What all but the quick probes find, asked here and by the helper, where there is much code by a second one;
        less where one of them died."""
        found = {FIRST: self.ask(FIRST, systems)}
        shared = Queue(SHARED)

        def left() -> Iterator[tuple[str, Finding]]:
            return ((name, self.ask(name, systems)) for name in chain(shared, self.queue))

        def help_too(send: Send) -> None:
            self.promised.clear()  # what has not arrived by now cannot arrive there
            send("findings", dict(left()))

        index = self.project.index
        much = sum(len(index.source(path)) for path in index.chosen) >= WORTH_A_SECOND
        workers = [Worker(self.project, help_too)] if much else []
        found |= left()
        for worker in (*workers, self.worker):
            found |= worker.findings()
        shared.close()
        self.queue.close()
        return found


def _import_for_both() -> None:
    """What parent and child both need is imported once instead of in each."""
    for name in ("_declared", "_links", "_paper", "_repeats"):
        import_module(f"artifactpack.probes.{name}")


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


def _work(project: Project, ask: Asked, send: Send, awaited: Awaited, queue: Queue[str]) -> None:
    send("results", {"prose": project.prose})
    from artifactpack.probes._declared import declared_documents
    from artifactpack.probes._links import links_about

    send("results", {f"links about {subject}": links_about(project, subject) for subject in ("data", "weights")})
    send("results", {"declared in documents": declared_documents(project)})
    send("findings", {name: ask(name, awaited) for name in queue})
