"""Notebooks as Python: code cells in order, magics and commands apart, lines as in the file."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

_MAGIC = re.compile(r"^\s*(%{1,2}[A-Za-z]\w*|[!?]|.*\?{1,2}\s*$)")
_FOREIGN_CELL = re.compile(
    r"^\s*%%(?:bash|sh|html|javascript|js|latex|markdown|R|perl|ruby|svg|writefile|cython|script)\b"
)
_SHELL_CELL = re.compile(r"^\s*%%(?:bash|sh|script)\b")


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
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    cells = _cells(document)
    if cells is None:
        return None
    finder = _Finder(text)
    source: list[str] = []
    lines: list[int] = []
    commands: list[tuple[int, str]] = []
    prose: list[str] = []
    outputs = executed = 0
    for cell in cells:
        body = _joined(cell.get("source", cell.get("input", "")))
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


def _joined(source: Any) -> str:
    if isinstance(source, list):
        return "".join(s for s in source if isinstance(s, str))
    return source if isinstance(source, str) else ""


def _code(body: str, finder: _Finder, source: list[str], lines: list[int], commands: list[tuple[int, str]]) -> None:
    shell, foreign = bool(_SHELL_CELL.match(body)), bool(_FOREIGN_CELL.match(body))
    for text in body.split("\n"):
        number = finder.find(text)
        lines.append(number)
        if shell and text.strip() and not text.lstrip().startswith("%%"):
            commands.append((number, text.strip()))
        if foreign:
            source.append("")
        elif _MAGIC.match(text):
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


class _Finder:
    """Finds the line of the JSON file in which a source line stands; searches onwards only."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.position = 0

    def find(self, source: str) -> int:
        wanted = json.dumps(source, ensure_ascii=False)[1:-1].strip()
        if not wanted or len(self.lines) < 3:
            return min(self.position + 1, len(self.lines))
        for number in range(self.position, min(self.position + 5000, len(self.lines))):
            if wanted in self.lines[number]:
                self.position = number
                return number + 1
        return min(self.position + 1, len(self.lines))
