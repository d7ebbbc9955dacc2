"""Parse many files: in this process while they are few, in two when they are many."""

from __future__ import annotations

import json
import os
import sys

from artifactpack.project.python_apart import record_within

WORTH_A_PROCESS, WORTH_ANOTHER = 1 << 20, 3 << 19


def parse_all(files: list[tuple[str, bytes]], *, alone: bool = False) -> dict[str, bytes]:
    """The record of each (digest, source) as JSON, by digest; *alone* where the second core is busy, so that
    only much code is worth another process."""
    files = list(dict(files).items())
    total = sum(len(data) for _, data in files)
    worth = WORTH_ANOTHER if alone else WORTH_A_PROCESS
    if total < worth or len(files) < 2 or (os.cpu_count() or 1) < 2 or not hasattr(os, "fork"):
        return {digest: _json(data) for digest, data in files}
    ours, theirs = _halves(files, total)
    return _together(ours, theirs)


def _json(data: bytes) -> bytes:
    return json.dumps(record_within(data), separators=(",", ":")).encode("utf-8", "surrogatepass")


def _halves(files: list[tuple[str, bytes]], total: int) -> tuple[list[tuple[str, bytes]], list[tuple[str, bytes]]]:
    ours: list[tuple[str, bytes]] = []
    theirs: list[tuple[str, bytes]] = []
    weights = [0, 0]
    for item in sorted(files, key=lambda f: -len(f[1])):
        side = weights[1] < weights[0]
        (theirs if side else ours).append(item)
        weights[side] += len(item[1])
    return ours, theirs


def _together(ours: list[tuple[str, bytes]], theirs: list[tuple[str, bytes]]) -> dict[str, bytes]:
    """Half here, half in a forked child that only parses; what the child could not do is done here."""
    import artifactpack.project.python_visitor  # noqa: F401 - the child must not need the import lock

    reader, writer = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        _child(reader, writer, theirs)
    os.close(writer)
    chunks: list[bytes] = []
    import threading

    drain = threading.Thread(target=_drain, args=(reader, chunks), daemon=True)
    drain.start()
    found = {digest: _json(data) for digest, data in ours}
    drain.join()
    os.waitpid(child, 0)
    for line in b"".join(chunks).split(b"\n")[:-1]:
        found[line[:64].decode()] = line[65:]
    found.update((digest, _json(data)) for digest, data in theirs if digest not in found)
    return found


def _child(reader: int, writer: int, files: list[tuple[str, bytes]]) -> None:
    """Runs in the forked child and never returns."""
    try:
        os.close(reader)
        with os.fdopen(writer, "wb", buffering=1 << 16) as out:
            for digest, data in files:
                out.write(b"%s %s\n" % (digest.encode(), _json(data)))
    except BaseException:  # noqa: BLE001 - the parent does what is missing
        os._exit(1)
    os._exit(0)


def _drain(reader: int, chunks: list[bytes]) -> None:
    with os.fdopen(reader, "rb") as pipe:
        while chunk := pipe.read(1 << 16):
            chunks.append(chunk)
