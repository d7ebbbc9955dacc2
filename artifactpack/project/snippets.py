"""Where programs start that documents show in Python: an import of the project, and a call of what was imported."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from artifactpack.patterns import late

if TYPE_CHECKING:
    from artifactpack.project.graph import Entry, Graph
    from artifactpack.project.prose import Line

_FROM = late(r"\s*(?:>>>\s*)?from\s+([\w.]{1,200})\s+import\s+\(?\s*([\w ,]{1,400})")
_IMPORT = late(r"\s*(?:>>>\s*)?import\s+([\w.]{1,200})(?:\s+as\s+(\w{1,80}))?\s*(?:#.*)?$")
_CALL = late(r"(?<![\w.])([A-Za-z_]\w{0,80}(?:\.\w{1,80}){0,4})\(")


def shown(graph: Graph) -> list[Entry]:
    """The project's functions that code in a document calls, each once."""
    from artifactpack.project.graph import Entry

    found: dict[tuple[str, str], Entry] = {}
    for origin, dotted in _calls(x for x in graph.index.project.prose.lines if x.kind == "code"):
        place = graph.modules.find(origin, dotted)
        target = graph.target(place[0], "", place[1]) if place and place[1] else None
        if target is not None and target.scope.kind == "f":
            key = (target.path, target.scope.name)
            found.setdefault(key, Entry(target.path, target.scope.line, "snippet", target.scope.name))
    return list(found.values())


def _calls(lines: Iterator[Line]) -> Iterator[tuple[str, str]]:
    """(document, full name) of every call of something imported before it in the same document."""
    names: dict[str, str] = {}
    path = ""
    for line in lines:
        if line.path != path:
            path, names = line.path, {}
        if match := _FROM.match(line.raw):
            names |= {part.split()[-1]: f"{match[1]}.{part.split()[0]}" for part in match[2].split(",") if part.split()}
        elif match := _IMPORT.match(line.raw):
            names[match[2] or match[1].partition(".")[0]] = match[1] if match[2] else match[1].partition(".")[0]
        elif names:
            for call in _CALL.finditer(line.raw):
                head, dot, rest = call[1].partition(".")
                if head in names:
                    yield path, f"{names[head]}{dot}{rest}"
