"""Which line of the project did this: the nearest frame below the project's root."""

import os
import sys

from . import events

_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_STDLIB = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
_relative = {}


def below(path):
    """*path* relative to the project, or None outside of it, in a virtual environment, or among caches."""
    if path[:1] != "/":
        if path[:1] == "<":
            return None
        path = events.first_cwd + "/" + path
    if "/." in path or "//" in path:
        path = os.path.normpath(path)
    root = events.root
    if not path.startswith(root + "/") or "/site-packages/" in path or "/dist-packages/" in path:
        return None
    return path[len(root) + 1 :]


def _known(filename):
    try:
        return _relative[filename]
    except KeyError:
        kind = below(filename)
        if kind is None:
            kind = _other(filename)
        else:
            kind = ("project", kind)
        _relative[filename] = kind
        return kind


def _other(filename):
    if filename.startswith("<frozen importlib"):
        return ("import", "")
    if filename.startswith(_HERE) or filename == _STDLIB + "random.py":
        return ("us", "")
    if filename.startswith(_STDLIB) and "-packages/" not in filename:
        return ("stdlib", "")
    return ("library", "")


def caller(depth=1):
    """``(path, line, how)``: *how* is project, library (made by a library for the project's line), stdlib or import."""
    try:
        frame = sys._getframe(depth)
    except ValueError:
        return "", 0, "library"
    how = ""
    while frame is not None:
        kind, path = _known(frame.f_code.co_filename)
        if kind == "project":
            return path, frame.f_lineno, how or "project"
        if kind == "import" and how != "stdlib":
            how = "import"
        elif kind != "us" and not how:
            how = kind
        frame = frame.f_back
    return "", 0, how or "library"


def is_direct():
    """Whether the nearest line that is neither ours nor the standard library's is the project's, not a library's."""
    frame = sys._getframe(1)
    while frame is not None:
        kind = _known(frame.f_code.co_filename)[0]
        if kind not in ("us", "stdlib"):
            return kind == "project"
        frame = frame.f_back
    return False
