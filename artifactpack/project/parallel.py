"""Parse many files: in this process while they are few, in two when they are many."""

from __future__ import annotations

import json
import os
from collections.abc import Callable

from artifactpack.project.python_apart import record_within
from artifactpack.project.sharing import LIMIT, Child, Queue

WORTH_A_PROCESS, WORTH_ANOTHER = 1 << 20, 1 << 18
"""Bytes of code that are worth another process, and those where a process that helps waits for the code anyway."""
Files = list[tuple[str, bytes]]


def parse_all(files: Files, *, helped: bool = False) -> dict[str, bytes]:
    """The record of each (digest, source) as JSON, by digest; *helped* where another process reads the documents."""
    files = list(dict(files).items())
    total = sum(len(data) for _, data in files)
    worth = WORTH_ANOTHER if helped else WORTH_A_PROCESS
    if total < worth or len(files) < 2 or (os.cpu_count() or 1) < 2 or not hasattr(os, "fork"):
        return {digest: _json(data) for digest, data in files}
    return _together(files)


def _json(data: bytes) -> bytes:
    return json.dumps(record_within(data), separators=(",", ":")).encode("utf-8", "surrogatepass")


def _together(files: Files) -> dict[str, bytes]:
    """Here and in a forked child that only parses, the large ones first; what the child could not do is done here."""
    import artifactpack.project.python_visitor  # noqa: F401 - the child must not need the import lock

    files.sort(key=lambda item: -len(item[1]))
    queue = Queue([files[n::LIMIT] for n in range(min(LIMIT, len(files)))])
    child = Child(lambda send: _parse(queue, send))
    found = {digest: _json(data) for some in queue for digest, data in some}
    while (line := child.receive()) is not None:
        found[line[:64].decode()] = line[64:]
    queue.close()
    found.update((digest, _json(data)) for digest, data in files if digest not in found)
    return found


def _parse(queue: Queue[Files], send: Callable[[bytes], None]) -> None:
    for some in queue:
        for digest, data in some:
            send(digest.encode() + _json(data))
