"""What belongs to the project itself, and what its comments and scripts say."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple
from weakref import WeakKeyDictionary

from artifactpack.core.facts import at
from artifactpack.models.fact import Source
from artifactpack.patterns import late
from artifactpack.project import Project
from artifactpack.project.shell import is_script

LONGEST = 400  # characters of a line that is looked at
SCRIPT_LIMIT = 500_000


class Remark(NamedTuple):
    """A line of a script or a comment of a source file."""

    path: str
    number: int
    text: str


class _Remarks(NamedTuple):
    """All remarks of a project in one text, so that one search reads them all."""

    blob: bytes
    starts: list[int]
    items: list[tuple[str, int]]


_CACHE: WeakKeyDictionary[Project, _Remarks] = WeakKeyDictionary()


def own(project: Project) -> Callable[[str], bool]:
    """Return a test whether a path is the project's own work and not something copied in."""
    roles = project.index.roles
    return lambda path: not roles.is_vendored(path)


def remarks(project: Project, pattern: re.Pattern[bytes]) -> Iterator[Remark]:
    """Yield comments of own Python files, what stands above their code included, and lines of shell and cluster
    scripts, that *pattern* matches."""
    if project not in _CACHE:
        _CACHE[project] = _gathered(project)
    blob, starts, items = _CACHE[project]
    last = -1
    for match in pattern.finditer(blob):
        position = bisect_right(starts, match.start()) - 1
        if position != last:
            last = position
            end = starts[position + 1] - 1 if position + 1 < len(starts) else len(blob)
            yield Remark(*items[position], blob[starts[position] : end].decode("utf-8", "replace").strip())


def _gathered(project: Project) -> _Remarks:
    parts: list[bytes] = []
    starts: list[int] = []
    items: list[tuple[str, int]] = []
    position = 0
    for path, number, line in _all(project):
        parts.append(line)
        starts.append(position)
        items.append((path, number))
        position += len(line) + 1
    return _Remarks(b"\n".join(parts), starts, items)


def _all(project: Project) -> Iterator[tuple[str, int, bytes]]:
    index = project.index
    for path in index.chosen:
        data = index.source(path)
        if not path.endswith(".ipynb"):
            yield from ((path, n, b"# " + line) for n, line in _opening(data))
            yield from ((path, n, line) for n, line in _comments(data))
    for path in project.files:
        if is_script(path) and not index.roles.is_vendored(path) and project.size(path) < SCRIPT_LIMIT:
            lines = project.read_bytes(path, SCRIPT_LIMIT).split(b"\n")
            yield from ((path, n, line) for n, line in enumerate(lines, 1) if line.strip() and len(line) <= LONGEST)


_OPENS = late(rb"\A(?:[^\S\n]*(?:#[^\n]*)?\n){0,60}[rR]?(\"{3}|'{3})")


def _opening(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The lines of the text with which a module opens, as far as they are short."""
    opened = _OPENS.match(data)
    closed = data.find(opened.group(1), opened.end()) if opened else -1
    if opened and closed > 0:
        lines = data[opened.end() : closed].split(b"\n")
        first = line_number(data, opened.end())
        yield from ((n, line.strip()) for n, line in enumerate(lines, first) if 0 < len(line.strip()) <= LONGEST)


def _comments(data: bytes) -> Iterator[tuple[int, bytes]]:
    number, counted, mark = 1, 0, data.find(b"#")
    while mark >= 0:
        start = data.rfind(b"\n", 0, mark) + 1
        end = data.find(b"\n", mark)
        end = len(data) if end < 0 else end
        number += data.count(b"\n", counted, start)
        counted = start
        before = data[start:mark] if end - start <= LONGEST else b'"'
        if before.count(b'"') % 2 == 0 and before.count(b"'") % 2 == 0:
            yield number, data[mark:end]
        mark = data.find(b"#", end)


def lines_with(data: bytes, tokens: Iterable[bytes], *, comments: bool = False) -> Iterator[tuple[int, bytes]]:
    """Yield (offset, line) of lines that hold one of *tokens*; overlong lines, and comments unless asked for, left out.

    Finding fixed bytes is many times faster than a pattern; let the pattern read only these lines.
    """
    seen: set[int] = set()
    for token in tokens:
        position = data.find(token)
        while position >= 0:
            start = data.rfind(b"\n", 0, position) + 1
            end = data.find(b"\n", position)
            end = len(data) if end < 0 else end
            if (
                start not in seen
                and end - start <= 4 * LONGEST
                and (comments or not data[start:end].lstrip().startswith(b"#"))
            ):
                seen.add(start)
                yield start, data[start:end]
            position = data.find(token, end)


def code_of(project: Project, path: str) -> bytes:
    """Return the code of *path*; of a notebook its cells, without outputs."""
    if path.endswith(".ipynb"):
        return project.index.text(path).encode("utf-8", "replace")
    return project.index.source(path)


def place(project: Project, path: str, data: bytes, offset: int, text: bytes = b"") -> Source:
    """Return where *offset* of the code *data* of *path* stands in the file."""
    line = project.index.line(path, data.count(b"\n", 0, offset) + 1)
    return at(path, line, text.decode("utf-8", "replace") if text else None)


def line_number(data: bytes, offset: int) -> int:
    """Return the 1-based line of *offset*."""
    return data.count(b"\n", 0, offset) + 1
