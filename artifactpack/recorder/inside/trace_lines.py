"""Every line of the project within the window: the values that the names on it have afterwards."""

import os
import re

from . import events, where
from . import trace_log as log
from . import trace_operators as operators

NAME = re.compile(r"(?<![\w.\"'])(?:self\.)?[A-Za-z_]\w*")
_sources = {}


def call(frame, event, arg):
    """For ``sys.settrace``: a function of the project begins while the window is open."""
    if not log.flag[0][0]:
        return None
    kind = where._known(frame.f_code.co_filename)
    if kind[0] != "project":
        return None
    try:
        if "mode" not in log.state and not log.now["open"]:
            log.now["open"] = True
            operators.enter()
        code = frame.f_code
        if code.co_name[:1] != "<":
            names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
            _log(frame, kind[1], code.co_firstlineno, [n for n in names if n != "self"], "c")
        log.state[id(frame)] = frame.f_lineno
    except Exception:
        pass
    return line


def line(frame, event, arg):
    """For ``sys.settrace``: a line of the project has run; note what its names hold now."""
    try:
        key = id(frame)
        if event == "exception":
            return line
        previous = log.state.get(key)
        path = where._known(frame.f_code.co_filename)[1]
        if previous is not None:
            _log(frame, path, previous, _names(frame.f_code.co_filename, previous), "l")
        if event == "return":
            log.state.pop(key, None)
            name = frame.f_code.co_name
            told = {"return" if name[:1] == "<" else name + "()": log.fingerprint(arg)}
            log.note(["r", path, frame.f_lineno, {n: v for n, v in told.items() if v[:1] != "?"}])
        else:
            log.state[key] = frame.f_lineno
    except Exception:
        pass
    return line


def _log(frame, path, line, names, kind):
    local = frame.f_locals
    told = {}
    for name in names:
        if name[:5] == "self.":
            inner = getattr(local.get("self"), "__dict__", {})
            if name[5:] in inner:
                told[name] = log.fingerprint(inner[name[5:]])
        elif name in local:
            told[name] = log.fingerprint(local[name])
    told = {name: value for name, value in told.items() if value[:1] != "?"}
    log.note([kind, path, line, told])


def _names(filename, line):
    """The names that a line of source mentions, each once."""
    if filename not in _sources:
        try:
            path = filename if filename[:1] == "/" else os.path.join(events.first_cwd, filename)
            with open(path, "rb") as file:
                _sources[filename] = file.read().decode("utf-8", "replace").split("\n")
        except Exception:
            _sources[filename] = []
    lines = _sources[filename]
    key = (filename, line)
    if key not in _sources:
        text = lines[line - 1] if 0 < line <= len(lines) else ""
        _sources[key] = list(dict.fromkeys(NAME.findall(text)))[:24]
    return _sources[key]
