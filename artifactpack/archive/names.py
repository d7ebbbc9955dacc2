"""Which member names are allowed: those that mean the same file on every system, to every tool."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

from artifactpack.patterns import late

MAX_PATH, MAX_SEGMENT, MAX_DEPTH = 1024, 240, 64  # bytes, bytes, segments

_DEVICES = {"con", "prn", "aux", "nul", "conin$", "conout$"} | {
    f"{d}{n}" for d in ("com", "lpt") for n in "0123456789¹²³"
}
_VMS_VERSION = late(r";\d*\Z")  # `name;1`: Info-ZIP takes it for a version number and drops it
_FOREIGN = late(r'[<>:"|?*]|%0[ad]')
_HIDDEN = {"Cc": "control", "Cf": "format", "Cs": "surrogate", "Zl": "line separator", "Zp": "line separator"}


def shown(name: str) -> str:
    """*name* as it may be printed: anything that could steer a terminal is escaped, long names are cut."""
    text = "".join(c if unicodedata.category(c) not in _HIDDEN else ascii(c)[1:-1] for c in name)
    return text if len(text) <= 120 else f"{text[:100]}…({len(name)} characters)"


def printable(text: str) -> bool:
    """Whether nothing in *text* steers a terminal, breaks a line or cannot be encoded."""
    return all(unicodedata.category(c) not in _HIDDEN for c in text)


@lru_cache(1 << 15)
def fault(path: str) -> str:
    """Why *path* may not be a member's name, or ``""``."""
    return _characters(path) or _shape(path) or next(filter(None, map(_segment, path.split("/"))), "")


def _characters(path: str) -> str:
    if path.isascii() and path.isprintable() and "\\" not in path:
        return ""
    for character in path:
        if kind := _HIDDEN.get(unicodedata.category(character), ""):
            return f"it holds a {kind} character"
    if "\\" in path:
        return "it holds a backslash"
    if unicodedata.normalize("NFC", path) != path:
        return "it is not in Unicode form NFC"
    return ""


def _shape(path: str) -> str:
    if not path:
        return "it is empty"
    if path.startswith("/") or path[1:2] == ":":
        return "it is absolute"
    if (len(path) * 4 > MAX_PATH and len(path.encode()) > MAX_PATH) or path.count("/") >= MAX_DEPTH:
        return f"it is over {MAX_PATH} bytes long or {MAX_DEPTH} folders deep"
    return ""


@lru_cache(1 << 14)
def _segment(segment: str) -> str:
    if segment == "..":
        return "it leaves its folder"
    if segment in ("", "."):
        return "it is not canonical"
    if len(segment) * 4 > MAX_SEGMENT and len(segment.encode()) > MAX_SEGMENT:
        return f"a part of it is over {MAX_SEGMENT} bytes long"
    lowered = segment.casefold()
    if lowered == ".git" or lowered == "git~1":
        return "git would read it"
    if segment[-1] in ". " or lowered.split(".")[0].rstrip(" ") in _DEVICES:
        return "it is not portable"
    if _VMS_VERSION.search(segment):
        return "it is not portable: unzip would cut it at the semicolon"
    if _FOREIGN.search(lowered):
        return "it is not portable"
    return ""


def key(path: str) -> str:
    """Names with equal keys are one file on some file system."""
    return unicodedata.normalize("NFC", path.casefold())


def collisions(paths: Iterable[str]) -> str:
    """The first clash among *paths* (same name, same but for case, a file that is also a folder), or ``""``.

    With the slash below every other character, what lies in a folder follows the folder's own name at once.
    """
    ordered = sorted((key(path).replace("/", "\0"), path) for path in paths)
    for (before, first), (after, second) in pairwise(ordered):
        if before == after:
            return f"{shown(second)} and {shown(first)} would be one file"
        if after.startswith(before + "\0"):
            return f"{shown(first)} is both a file and a folder ({shown(second)})"
    return ""
