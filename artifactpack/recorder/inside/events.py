"""One event file per process: JSON lines, appended, buffered for half a second at most, safe across fork."""

import os
import sys
import time

EAGER = 400  # this many events are written at once; later ones wait for the buffer
ROOM, PATIENCE = 256, 0.5

folder = ""
root = ""
out = ""
token = ""
first_cwd = ""
name = ""
parent = ""
_fd = -1
_owner = 0
_buffer = []
_count = 0
_last = 0.0
_limit = 64 << 20  # bytes one process may write; beyond it only the most important events are kept
_written = 0
_before_flush = []
_rank = [""]


def _plain_encoder():
    try:
        import _json

        def fallback(value):
            return repr(value)[:200]

        make = _json.make_encoder(None, fallback, _json.encode_basestring_ascii, None, ":", ",", False, True, True)
        make({"probe": [1, 1.5, None, True, "x"]}, 0)
        return lambda value: "".join(make(value, 0))
    except Exception:
        import json

        return lambda value: json.dumps(value, default=lambda other: repr(other)[:200], skipkeys=True)


encode = _plain_encoder()


def configure(environ):
    """Read where to write from the environment; returns whether we record at all."""
    global folder, root, out, token, first_cwd, _owner
    folder = environ.get("ARTIFACTPACK_EVENTS", "")
    root = environ.get("ARTIFACTPACK_ROOT", "")
    out = environ.get("ARTIFACTPACK_OUT", "")
    token = environ.get("ARTIFACTPACK_RUN", "")
    try:
        first_cwd = os.getcwd()
    except OSError:
        first_cwd = root
    _owner = os.getpid()
    return bool(folder) and os.path.isdir(folder)


def describe():
    """The first line of a process's file: who it is."""
    flags = sys.flags
    _rank[0] = os.environ.get("RANK") or _slurm_rank()
    return {
        "t": "process",
        "pid": os.getpid(),
        "ppid": os.getppid(),
        "parent": parent,
        "argv": [str(part)[:400] for part in list(getattr(sys, "orig_argv", None) or sys.argv or [])[:60]],
        "exe": sys.executable,
        "prefix": sys.prefix,
        "version": "%d.%d.%d" % sys.version_info[:3],
        "implementation": sys.implementation.name,
        "hash_randomization": bool(flags.hash_randomization),
        "optimize": flags.optimize,
        "rank": _rank[0],
        "world": os.environ.get("WORLD_SIZE", ""),
        "at": time.time(),
    }


def _slurm_rank():
    """The rank that srun gives each of several tasks; torchrun and its like set RANK themselves."""
    tasks = os.environ.get("SLURM_NTASKS", "1")
    return os.environ.get("SLURM_PROCID", "") if tasks != "1" else ""


def _late_rank():
    """Note a rank that a process got after it had begun: Ray's workers are there before they are told what they are."""
    rank = os.environ.get("RANK", "")
    if name and rank and rank != _rank[0]:
        _rank[0] = rank
        _buffer.append({"t": "rank", "rank": rank})


def emit(kind, fields=None, now=False):
    """Note an event; never raises."""
    global _count
    try:
        event = {"t": kind}
        if fields:
            event.update(fields)
        _buffer.append(event)
        _count += 1
        if now or _count < EAGER or len(_buffer) >= ROOM or time.monotonic() - _last > PATIENCE:
            flush()
    except Exception:
        pass


def on_flush(function):
    """Call *function* before each flush, so that what it collects goes along."""
    _before_flush.append(function)


def put(event):
    """Append an event without looking at the clock (for :func:`on_flush` functions)."""
    _buffer.append(event)


def flush():
    """Write what is buffered; a full disk or a closed descriptor loses events, nothing else."""
    global _last, _written
    try:
        _last = time.monotonic()
        for function in _before_flush:
            function()
        _late_rank()
        if not _buffer:
            return
        _open()
        batch = _buffer[:]
        del _buffer[: len(batch)]
        data = "".join([encode(event) + "\n" for event in batch]).encode("ascii", "replace")
        if _written + len(data) > _limit:
            return
        _written += len(data)
        while data:
            data = data[os.write(_fd, data) :]
    except Exception:
        del _buffer[:]


def _open():
    global _fd, name
    if _fd >= 0:
        try:
            mine = os.fstat(_fd)
            there = os.stat(os.path.join(folder, name))
            if (mine.st_ino, mine.st_dev) == (there.st_ino, there.st_dev):
                return
        except OSError:
            pass  # somebody closed all descriptors (a daemon): take a new one
    fresh = not name
    if fresh:
        name = "%d-%x.jsonl" % (os.getpid(), time.monotonic_ns())
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
    descriptor = os.open(os.path.join(folder, name), flags, 0o600)
    _fd = _high(descriptor)
    if fresh:
        _buffer.insert(0, describe())


def _high(descriptor):
    """Move our descriptor out of the way, so that the program's next file gets the number it would have had."""
    try:
        import fcntl

        moved = fcntl.fcntl(descriptor, getattr(fcntl, "F_DUPFD_CLOEXEC", 1030), 200)
    except Exception:
        return descriptor
    os.close(descriptor)
    return moved


def after_fork():
    """In the child: another file, an empty buffer."""
    global _fd, name, parent, _owner, _count, _written
    try:
        if _fd >= 0:
            os.close(_fd)
    except OSError:
        pass
    _fd, parent, name, _owner, _count, _written = -1, name, "", os.getpid(), 0, 0
    del _buffer[:]
