"""What a traced process keeps: its entries, and whether the window of steps is open, in all processes at once."""

import mmap
import os

from . import events, prints

LIMIT = 400000
now = {"mode": "", "step": 0, "every": 1, "first": 0, "last": 0, "open": False, "serial": "0", "children": 0}
now["later"] = False  # not the first process of the run: a worker, forked or started anew, is ended without warning
state = {}  # the operator mode, and the line each frame is at
busy = [False]
flag = [None]
_entries = []
_count = [0]


def share():
    """One byte that all processes see: whether the window is open. Workers work ahead of the step they serve."""
    path = os.path.join(events.folder, "window")
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    now["later"] = os.fstat(fd).st_size > 0
    if not now["later"]:
        os.write(fd, b"\0")
    flag[0] = mmap.mmap(fd, 1)
    os.close(fd)


def forked():
    """In the parent of a fork: count it, as its child does."""
    now["children"] += 1


def born():
    """In a forked child: a place of its own in the tree, and nothing of the parent's entries."""
    now["serial"] = "%s.%d" % (now["serial"], now["children"])
    now["children"], now["later"] = 0, True
    del _entries[:]
    _count[0] = 0
    mode = state.get("mode")
    state.clear()
    if mode is not None:
        state["mode"] = mode  # the forking thread's operator mode is this one's too


def fingerprint(value):
    """The fingerprint of a value, itself not traced."""
    busy[0] = True
    try:
        return prints.of(value, 1)
    finally:
        busy[0] = False


def note(entry):
    """Keep one entry: an operator, a line, a call or a return; no more than LIMIT of them."""
    if _count[0] >= LIMIT:
        return
    _count[0] += 1
    _entries.append(entry)
    if len(_entries) >= 2000 or now["later"]:
        events.flush()


def write():
    """Hand the entries over to be written (for ``events.on_flush``)."""
    if _entries:
        batch = _entries[:]
        del _entries[: len(batch)]
        events.put({"t": "trace", "serial": now["serial"], "e": batch})
