"""What belongs to the project itself, and what its comments and scripts say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from artifactpack.project import Project
from artifactpack.project.shell import is_script

LONGEST = 400  # characters of a line that is looked at


class Remark(NamedTuple):
    """A line of a script or a comment of a source file."""

    path: str
    number: int
    text: str


def own(project: Project) -> Callable[[str], bool]:
    """Return a test whether a path is the project's own work and not something copied in."""
    roles = project.index.roles
    return lambda path: not roles.is_vendored(path)


def remarks(project: Project, pattern: re.Pattern[bytes]) -> Iterator[Remark]:
    """Yield comments of own Python files, and lines of shell and cluster scripts, that *pattern* matches."""
    index = project.index
    for path in index.paths:
        if not path.endswith(".ipynb"):
            yield from _matching(path, index.source(path), pattern, comments=True)
    for path in project.files:
        if is_script(path) and not index.roles.is_vendored(path) and project.size(path) < 500_000:
            yield from _matching(path, project.read_bytes(path, 500_000), pattern, comments=False)


def _matching(path: str, data: bytes, pattern: re.Pattern[bytes], *, comments: bool) -> Iterator[Remark]:
    for match in pattern.finditer(data):
        start = data.rfind(b"\n", 0, match.start()) + 1
        end = data.find(b"\n", match.end())
        line = data[start : end if end >= 0 else len(data)]
        if len(line) > LONGEST or (comments and not _in_comment(line, match.start() - start)):
            continue
        yield Remark(path, data.count(b"\n", 0, start) + 1, line.decode("utf-8", "replace").strip())


def _in_comment(line: bytes, column: int) -> bool:
    mark = line.find(b"#")
    if mark < 0 or mark > column:
        return False
    before = line[:mark]
    return before.count(b'"') % 2 == 0 and before.count(b"'") % 2 == 0
