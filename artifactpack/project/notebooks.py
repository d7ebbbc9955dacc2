"""Notebooks as Python: code cells in order, magics and commands apart, lines as in the file."""

from __future__ import annotations

import json
from bisect import bisect_left
from typing import Any, NamedTuple

from artifactpack.patterns import late
from artifactpack.project.reading import too_many_values

_MAGIC = late(r"\s*+(?:%{1,2}[A-Za-z]\w*|[!?])")
_FOREIGN_CELL = late(r"^\s*%%(?:bash|sh|html|javascript|js|latex|markdown|R|perl|ruby|svg|writefile|cython|script)\b")
_SHELL_CELL = late(r"^\s*%%(?:bash|sh|script)\b")


class Notebook(NamedTuple):
    """``source`` has one line per code line; ``lines[i]`` is the line of the file that line i+1 stands in.
    ``commands`` are shell commands (``!pip install x``, bash cells) as (line, text)."""

    source: str
    lines: tuple[int, ...]
    commands: tuple[tuple[int, str], ...]
    outputs: int
    executed: int
    markdown: str


def read_notebook(data: bytes) -> Notebook | None:
    """The notebook in *data*; None where it is no notebook. Never raises."""
    text = data.decode("utf-8", "replace")
    if too_many_values(text):
        return None
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    cells = _cells(document)
    if cells is None:
        return None
    finder = Finder(text)
    source: list[str] = []
    lines: list[int] = []
    commands: list[tuple[int, str]] = []
    prose: list[str] = []
    outputs = executed = 0
    for cell in cells:
        body = joined(cell.get("source", cell.get("input", "")))
        if cell.get("cell_type") != "code":
            prose.append(body)
            continue
        outputs += bool(cell.get("outputs"))
        executed += cell.get("execution_count") is not None
        _code(body, finder, source, lines, commands)
    return Notebook("\n".join(source), tuple(lines), tuple(commands), outputs, executed, "\n".join(prose))


def _cells(document: Any) -> list[dict[str, Any]] | None:
    if not isinstance(document, dict):
        return None
    cells = document.get("cells")
    if cells is None and isinstance(document.get("worksheets"), list):
        cells = [c for w in document["worksheets"] if isinstance(w, dict) for c in w.get("cells", ())]
    return [c for c in cells if isinstance(c, dict)] if isinstance(cells, list) else None


def joined(source: Any) -> str:
    if isinstance(source, list):
        return "".join(s for s in source if isinstance(s, str))
    return source if isinstance(source, str) else ""


def _code(body: str, finder: Finder, source: list[str], lines: list[int], commands: list[tuple[int, str]]) -> None:
    shell, foreign = bool(_SHELL_CELL.match(body)), bool(_FOREIGN_CELL.match(body))
    for text in body.split("\n"):
        number = finder.find(text)
        lines.append(number)
        if shell and text.strip() and not text.lstrip().startswith("%%"):
            commands.append((number, text.strip()))
        if foreign:
            source.append("")
        elif _MAGIC.match(text) or text.rstrip().endswith("?"):
            source.append(_apart(text, number, commands))
        else:
            source.append(text)
    source.append("")
    lines.append(lines[-1] if lines else 1)


def _apart(text: str, number: int, commands: list[tuple[int, str]]) -> str:
    bare = text.strip()
    if bare.startswith("!"):
        commands.append((number, bare[1:].strip()))
    elif bare.startswith(("%run ", "%pip ", "%conda ", "%sh ", "%system ")):
        word, _, rest = bare[1:].partition(" ")
        commands.append((number, rest if word in ("sh", "system") else f"{'python' if word == 'run' else word} {rest}"))
    elif bare.startswith(("%time ", "%timeit ", "%prun ")):
        return text[: len(text) - len(text.lstrip())] + bare.partition(" ")[2]
    return text[: len(text) - len(text.lstrip())] + "pass"


class Finder:
    """Finds the line of the JSON file in which a source line stands; searches onwards only."""

    def __init__(self, text: str) -> None:
        self.places: dict[str, list[int]] = {}
        lines = text.split("\n")
        for number, line in enumerate(lines):
            self.places.setdefault(line.strip().rstrip(","), []).append(number)
        self.count = len(lines)
        self.position = -1

    def find(self, source: str) -> int:
        """The number, from 1, of the line that holds *source*; the last one found where there is none."""
        if source.strip() and self.count > 2:
            found = [n for form in _forms(source) if (n := self._next(form)) is not None]
            self.position = min(found, default=self.position)
        return min(max(self.position, 0) + 1, self.count)

    def _next(self, form: str) -> int | None:
        places = self.places.get(form, ())
        at = bisect_left(places, self.position + 1)
        return places[at] if at < len(places) else None


def _forms(source: str) -> set[str]:
    """How a notebook writes the line *source*: with or without its end, in ASCII or not."""
    return {json.dumps(text, ensure_ascii=ascii) for text in (source, f"{source}\n") for ascii in (True, False)}
