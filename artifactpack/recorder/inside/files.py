"""Files opened below the project, seen through an audit hook; files elsewhere are only counted.

There is one hook for all of the recorder: Python calls each hook for each of thousands of events a second, and most of
these concern none of them.
"""

import os
import sys
import time

from . import events, where

WRITING = os.O_WRONLY | os.O_RDWR
_seen = {}
_pending = []
_outside = {}
_many = None  # names as they were given, sorted out by the launcher, once a program opens very many files
FEW = 4000
_ignored = ()
_system = ()  # of the interpreter, or ours: nothing that a re-run elsewhere would miss
_cwd = [""]
_stat = os.stat
_now = time.monotonic


def install():
    global _ignored, _system
    _cwd[0] = events.first_cwd
    _system = _homes()
    root = events.root + "/"
    _ignored = (events.folder + "/", *[home for home in _system if home.startswith(root) and home != root])
    events.on_flush(_give)
    sys.addaudithook(_hook)


def _hook(event, args):
    if event == "open":
        path = args[0]
        if not args[2] & WRITING:
            if path in _seen:
                return
            if _many is not None and path.__class__ is str:
                _seen[path] = 0
                _many.append(path)
                if len(_many) >= 4096:
                    events.flush()
                return
        try:
            _opened(path, args[2] & WRITING)
        except Exception:
            pass
    elif event in OTHERS:
        try:
            OTHERS[event](args)
        except Exception:
            pass


def _opened(path, write):
    if path.__class__ is not str:
        if not isinstance(path, (str, bytes)):
            return
        path = os.fsdecode(path)
    if write:
        key = (path, 1)
        if key in _seen:
            return
        _seen[key] = 1
    else:
        _seen[path] = 0
    note(path, write)


def note(path, write):
    """Take in one opened file: size and time stamp now, its hash later and elsewhere."""
    full = path if path[:1] == "/" else (_cwd[0] or _ask()) + "/" + path
    if "/." in full or "//" in full:
        full = os.path.normpath(full)
    root = events.root
    if not full.startswith(root) or full[len(root) : len(root) + 1] != "/":
        _elsewhere(full, write)
        return
    name = full[len(root) + 1 :]
    if "-packages/" in full or name[:5] == ".git/" or full.startswith(_ignored):
        return
    if "__pycache__" in name:
        if write:
            return
        name, full = _source(name, full)
    if write:
        _pending.append(("w", name, 0, 0))
    else:
        there = _stat(full)
        if there.st_mode & 0o170000 != 0o100000:
            return
        _pending.append(("r", name, there.st_size, there.st_mtime_ns))
    if _many is None and len(_seen) > FEW:
        _change_to_many()
    if len(_pending) >= 512 or len(_seen) < 300 or _now() - events._last > events.PATIENCE:
        events.flush()


def _change_to_many():
    """From here on a file costs a set entry: what it was when it was opened is told by a time for each batch."""
    global _many
    _many = []
    _since[0] = time.time()


_since = [0.0, time.time()]  # of the present batch; of this process


def _source(name, full):
    """The source file of a cached module: what was read is what it was compiled from."""
    folder, _, base = name.rpartition("__pycache__/")
    source = folder + base.split(".", 1)[0] + ".py"
    return source, events.root + "/" + source


def _elsewhere(full, write):
    if write:
        return
    if "-packages/" in full or full.startswith(_system):
        return
    first = full.split("/", 2)[1]
    _outside[first] = _outside.get(first, 0) + 1


def _homes():
    """Folders of the running interpreter (its environment too), as named and as they really are, and our own."""
    named = (sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix, os.path.dirname(os.__file__))
    named += (os.path.dirname(where._HERE.rstrip(os.sep)), events.folder)
    real = tuple(os.path.realpath(folder) for folder in named)
    return tuple({folder.rstrip("/") + "/" for folder in named + real if len(folder.strip("/")) > 0})


def _renamed(args):
    for index in (0, 1):
        if isinstance(args[index], (str, bytes)):
            name = os.fsdecode(args[index])
            _seen.pop(name, None)
            _seen.pop((name, 1), None)
    note(os.fsdecode(args[1]), True)


def _moved_away(args):
    # The event comes before the change, which may fail: ask again at the next relative name.
    events.flush()
    _seen.clear()
    _cwd[0] = ""


def _ask():
    _cwd[0] = os.getcwd()
    return _cwd[0]


def _database(args):
    if isinstance(args[0], (str, bytes)):
        _opened(args[0], 0)


def _give():
    if _pending:
        batch = _pending[:]
        del _pending[: len(batch)]
        events.put({"t": "files", "f": batch})
    if _many:
        names = _many[:]
        del _many[: len(names)]
        events.put({"t": "many", "cwd": _cwd[0] or _ask(), "at": _since[0], "f": names})
        _since[0] = time.time()


_MAPS = "/proc/self/maps"


def _mapped():
    """Files of the project in this process's memory: C and Rust map data without Python's seeing them opened."""
    _seen[_MAPS] = 0
    with open(_MAPS, "rb") as file:
        lines = file.read().split(b"\n")
    root = os.fsencode(events.root) + b"/"
    paths = {line.split(b" ", 5)[5].strip() for line in lines if root in line and line.count(b" ") >= 5}
    for path in sorted(os.fsdecode(path) for path in paths if path.startswith(root)):
        name = path[len(events.root) + 1 :]
        if path not in _seen and name not in _seen and (path, 1) not in _seen and (name, 1) not in _seen:
            if _stat(path).st_mtime < _since[1]:  # what the run itself made is no input
                note(path, False)


def leaving():
    """Tell what is mapped, and how many files elsewhere were read."""
    try:
        _mapped()
    except Exception:
        pass  # another system, or a file that is gone
    _give()
    if _outside:
        events.put({"t": "outside", "counts": dict(_outside)})


OTHERS = {"os.rename": _renamed, "os.chdir": _moved_away, "sqlite3.connect": _database}


def after_fork():
    del _pending[:]
    if _many:
        del _many[:]
    _seen.clear()
    _outside.clear()
