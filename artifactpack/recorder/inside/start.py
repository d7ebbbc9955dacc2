"""The recorder's beginning and end inside one process."""

import atexit
import os
import sys

from . import events, files, hooks, loaders, process, seeds, settings, torch_seeds, training, warned

_left = [0]
_first = []  # what the trace has left to say


def start():
    """Watch this process; called once, before any of the program's own lines."""
    if not events.configure(os.environ):
        return
    settings.install()
    hooks.install()
    for module in (seeds, torch_seeds, training, loaders, warned):
        module.install()
    _trace()
    process.install()
    atexit.register(leaving)
    files.install()
    if "ARTIFACTPACK_QUIET_START" not in os.environ:
        events.emit("start", now=True)


def _trace():
    if os.environ.get("ARTIFACTPACK_TRACE"):
        from . import trace

        trace.install(os.environ["ARTIFACTPACK_TRACE"])
        _first.append(trace.leaving)


def leaving():
    """Once, at the very end of a process: settings, modules, devices, generators never seeded."""
    if _left[0] == os.getpid():
        return
    _left[0] = os.getpid()
    for step in (*_first, training.leaving, seeds.leaving, files.leaving, _last_words):
        try:
            step()
        except Exception:
            pass
    events.flush()


def _last_words():
    events.put({"t": "settings", "when": "exit", "values": settings.read()})
    events.put(dict({"t": "modules"}, **settings.modules()))
    found = settings.devices()
    if found:
        events.put(dict({"t": "devices"}, **found))
    events.put({"t": "exit", "modules": len(sys.modules)})
