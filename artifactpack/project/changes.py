"""How the working tree differs from its commit, as a patch: blobs and files compared here, because `git diff` would
run filters."""

from __future__ import annotations

import difflib
import os
import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from artifactpack.patterns import late
from artifactpack.project.blobs import parse_index, parse_tree, same_file
from artifactpack.project.git import GitError, git
from artifactpack.project.reading import Unreadable, read_file

PATCH_LIMIT, FILE_LIMIT, LINES = 1 << 20, 1 << 19, 10_000  # bytes, bytes, lines: beyond them a file is named only
_LINK, _MODULE = "120000", "160000"
_HEADER = "diff --git "
_CONTROL = late(r"[\x00-\x1f\x7f\udc80-\udcff\\]")
_POINTER = b"version https://git-lfs.github.com/spec/"


def changes(root: Path, commit: str) -> bytes:
    """The difference between *commit* and the tracked files at *root* as `git apply` reads it; b"" for none.

    Binary and large files are named only, and so is all that comes after the first mebibyte. GitError where git
    will not tell.
    """
    found, size = [], 0
    for path, old, new in _changed(root, commit):
        section = _section(path, old, new) if size < PATCH_LIMIT else None
        if section is None or size + len(section) > PATCH_LIMIT:
            section = _named(path, old, new, "differ; not shown, because the difference is too large")
        found.append(section)
        size += len(section)
    return b"".join(found)


def without(patch: bytes, left_out: Callable[[str], object]) -> bytes:
    """*patch* without the files that *left_out* is true of."""
    kept, keep = [], True
    for line in patch.split(b"\n"):
        if line.startswith(_HEADER.encode()):
            keep = not left_out(_path(line.decode("utf-8", "replace")))
        if keep:
            kept.append(line)
    return b"\n".join(kept).removesuffix(b"\n") + b"\n" if b"".join(kept) else b""


def _path(header: str) -> str:
    """The path that a section's first line says twice: ``a/PATH b/PATH``."""
    rest = header.removeprefix(_HEADER).rstrip("\n")
    path = rest[2 : 2 + (len(rest) - 5) // 2]
    return re.sub(r"\\x([0-9a-f]{2})", lambda m: bytes.fromhex(m[1]).decode("latin-1"), path)


Side = tuple[str, bytes | None] | None
"""(mode, contents) of a file, contents None where they are too large or unreadable; None where there is no file."""


def _changed(root: Path, commit: str) -> Iterator[tuple[str, Side, Side]]:
    index = parse_index(git(root, "ls-files", "-s", "-z", "--debug"))
    tree = parse_tree(git(root, "ls-tree", "-r", "-z", commit, "--", "."))
    for path in sorted({*index, *tree}):
        mode, blob = tree.get(path, ("", ""))
        entry = index.get(path)
        if mode == _MODULE or (entry and entry.mode == _MODULE):
            continue
        if entry and (entry.mode, entry.hash) == (mode, blob) and same_file(root / path, entry, 1 << 30)[0]:
            continue
        old = (mode, _blob(root, blob)) if blob else None
        new = _file(root / path)
        if old != new and not (old and (old[1] or b"").startswith(_POINTER)):
            yield path, old, new


def _blob(root: Path, name: str) -> bytes | None:
    """A blob as it is stored: no filter and no conversion runs for `cat-file blob`."""
    try:
        if int(git(root, "cat-file", "-s", name)) > FILE_LIMIT:
            return None
        return git(root, "cat-file", "blob", name)
    except (GitError, ValueError):
        return None


def _file(path: Path) -> Side:
    try:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            return _LINK, os.fsencode(path.readlink())
        told = "100755" if mode & 0o100 else "100644"
        data = read_file(path, FILE_LIMIT + 1)
        return told, data if len(data) <= FILE_LIMIT else None
    except Unreadable:
        return "100644", None
    except OSError:
        return None


def _section(path: str, old: Side, new: Side) -> bytes | None:
    """One file's part of the patch; None where it must only be named."""
    if old and new and (old[0] == _LINK) != (new[0] == _LINK):
        gone, come = _section(path, old, None), _section(path, None, new)
        return None if gone is None or come is None else gone + come
    before, after = old[1] if old else b"", new[1] if new else b""
    if before is None or after is None or b"\0" in before or b"\0" in after:
        return _named(path, old, new, "differ")
    if max(before.count(b"\n"), after.count(b"\n")) > LINES:
        return None
    name = _shown(path)
    names = (f"a/{name}" if old else "/dev/null", f"b/{name}" if new else "/dev/null")
    lines = difflib.unified_diff(_lines(before), _lines(after), *names)
    return _head(path, old, new) + "".join(lines).encode("utf-8", "surrogateescape")


def _named(path: str, old: Side, new: Side, what: str) -> bytes:
    name = _shown(path)
    names = (f"a/{name}" if old else "/dev/null", f"b/{name}" if new else "/dev/null")
    return _head(path, old, new) + f"Binary files {names[0]} and {names[1]} {what}\n".encode()


def _head(path: str, old: Side, new: Side) -> bytes:
    text = f"{_HEADER}a/{_shown(path)} b/{_shown(path)}\n"
    if old is None and new:
        text += f"new file mode {new[0]}\n"
    elif old and new is None:
        text += f"deleted file mode {old[0]}\n"
    elif old and new and old[0] != new[0]:
        text += f"old mode {old[0]}\nnew mode {new[0]}\n"
    return text.encode()


def _shown(path: str) -> str:
    """The path with what would break a line as ``\\xHH``."""
    return _CONTROL.sub(lambda m: "".join(f"\\x{b:02x}" for b in os.fsencode(m[0])), path)


def _lines(data: bytes) -> list[str]:
    return [line + "\n" for line in _cut(data.decode("utf-8", "surrogateescape"))]


def _cut(text: str) -> list[str]:
    """Lines without their ends; a last line without one gets the mark that patches have for it."""
    if not text:
        return []
    *lines, last = text.split("\n")
    return [*lines, f"{last}\n\\ No newline at end of file"] if last else lines
