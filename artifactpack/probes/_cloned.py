"""Packages that a document tells to clone and to install from the clone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifactpack.core.declared import Declared
from artifactpack.core.packages import canonical
from artifactpack.patterns import late
from artifactpack.probes._commands_told import own_name
from artifactpack.project import Project

_CLONES = late(
    r"\bgit\s+clone\s[^\n;&|]{0,100}?(?P<url>(?:https?://|git@)[^\s;&|`]{1,200}?[/:](?P<name>[A-Za-z][\w.-]*?))"
    r"(?:\.git)?/?(?=[\s;&`]|$)"
)
_BUILDS = late(
    r"\bsetup\.py\s+(?:install|develop)\b|\bpip[23]?\s+install\s+(?:(?:-e|--editable|-U|--user)\s+)*\.(?=[\s/\[;&`]|$)"
)
_NEAR = 6
"""Lines from the clone to the install."""


def cloned(project: Project) -> Iterator[Declared]:
    """Yield them; none where the project can itself be installed, for the clone may be its own."""
    if "setup.py" in project or "pyproject.toml" in project:
        return
    own, last = own_name(project), dict[str, tuple[int, re.Match[str]]]()
    for line in (x for x in project.prose.lines if x.kind == "code"):
        if clone := _CLONES.search(line.raw):
            last[line.path] = (line.number, clone)
        if line.path not in last or not _BUILDS.search(line.raw):
            continue
        number, clone = last.pop(line.path)
        name = clone["name"].lower()
        if line.number - number <= _NEAR and name not in own and own not in name:
            yield Declared(canonical(name), "", clone["url"], line.path, line.number)
