"""Where programs start: main blocks, scripts, notebooks, console scripts, and what documents and scripts run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from artifactpack.patterns import late
from artifactpack.project.python_interest import BARE
from artifactpack.project.python_record import FileRecord
from artifactpack.project.snippets import shown

if TYPE_CHECKING:
    from artifactpack.project.graph import Entry, Graph

_CONSOLE = late(
    r"(?<![\w.-])[\w.-]++[\"']?\s*+=\s*+[\"']?(?P<module>[A-Za-z_][\w.]*+)\s*+:\s*+(?P<function>[A-Za-z_]\w*)"
)
_NOT_PROGRAMS = frozenset(
    ("setup.py", "conf.py", "versioneer.py", "_version.py", "noxfile.py", "__init__.py", "hubconf.py")
)
_QUIET = late(
    r"(?:logging|warnings|sys\.path|os\.environ|matplotlib|mpl|plt|sns|seaborn|torch\.set_|torch\.backends|"
    r"tf\.logging|argparse|typing|"
    r"TypeVar|namedtuple|collections|register|re\.compile|logger|logzero|dotenv|load_dotenv|gym\.envs|functools|"
    r"enum|OmegaConf\.register|"
    r"(?:torch|jax|tf|tensorflow|numba|nb|functools)\.(?:no_grad|inference_mode|enable_grad|jit|njit|function|compile|vmap|"
    r"pmap|partial|lru_cache|wraps)|no_grad|partial$|"
    r"NewType|__import__|importlib|pkg_resources|setup|Path|pathlib|parser|flags|tf\.app\.flags|DEFINE)",
)


def find_entries(graph: Graph) -> tuple[Entry, ...]:
    """Every entry point, each file once (console functions besides)."""
    from artifactpack.project.graph import Entry

    run = _run_files(graph)
    entries: list[Entry] = []
    for path, record in graph.records.items():
        kind = _kind(graph, path, record, run)
        if kind:
            entries.append(Entry(path, run.get(path, 1) if kind == "command" else _main_line(record), kind))
    entries += _console_functions(graph)
    return (*entries, *_offered_by_fire(graph, entries), *shown(graph))


def _kind(graph: Graph, path: str, record: FileRecord, run: dict[str, int]) -> str:
    name = path.rpartition("/")[2]
    if path.endswith(".ipynb") or _is_marimo(record):
        return "notebook"
    if name in _NOT_PROGRAMS and path not in run:
        return ""
    if record.has_main:
        return "main"
    if path in run:
        return "command"
    module = record.scopes.get("")
    if module is None or path in graph.imported_files:
        return ""
    busy = any(e.kind in "cl" and not _QUIET.match(e.name) for e in module.events)
    registered = any(
        d.rpartition(".")[2] in ("automain", "main", "command") for s in record.scopes.values() for d in s.decorators
    )
    return "script" if busy or registered else ""


def _is_marimo(record: FileRecord) -> bool:
    """Whether the file is a notebook written as Python, with a function for each cell."""
    return "marimo" in record.imports and any(d.endswith(".cell") for s in record.scopes.values() for d in s.decorators)


def _main_line(record: FileRecord) -> int:
    for scope in record.scopes.values():
        for event in scope.events:
            if ["main"] in record.guards[event.guard]:
                return event.line
    return 1


def _run_files(graph: Graph) -> dict[str, int]:
    """Own files that a command somewhere runs."""
    index = graph.index
    wanted: list[tuple[str, str]] = [(i.target, i.path) for i in index.invocations]
    for command in index.project.config.commands.values():
        words = command.run.split() if isinstance(command.run, str) else command.run
        wanted += [(word, "") for word in words if word.endswith((".py", ".ipynb"))]
        wanted += [(words[n + 1], "") for n, word in enumerate(words[:-1]) if word == "-m"]
    wanted += [(c.script, c.path) for c in index.project.prose.commands if c.script]
    found: dict[str, int] = {}
    for target, origin in wanted:
        path = locate(graph, target, origin)
        if path:
            found.setdefault(path, 1)
    return found


def locate(graph: Graph, target: str, origin: str) -> str:
    """The own file that *target* (a path or module) means in a command found in *origin*; "" where there is none."""
    files = graph.records
    if not target.endswith((".py", ".ipynb")):
        place = graph.modules.find(origin, target)
        if place is None or place[1]:
            return ""  # of train.sh, train.py has only the name
        return place[0].replace("__init__.py", "__main__.py") if place[0].endswith("__init__.py") else place[0]
    bare = re.sub(r"^(?:\./|\.\./|\$\{?\w+\}?/)+", "", target)
    folder = origin.rpartition("/")[0]
    for candidate in (f"{folder}/{bare}" if folder else bare, bare):
        if candidate in files:
            return candidate
    ends = [f for f in graph.by_name.get(bare.rpartition("/")[2], ()) if f.endswith("/" + bare)]
    return ends[0] if len(ends) == 1 else ""


def _offered_by_fire(graph: Graph, entries: list[Entry]) -> list[Entry]:
    """Every function of a file whose ``fire.Fire()`` is handed none is a command of its own."""
    from artifactpack.project.graph import Entry

    found = []
    for record in (graph.records[e.path] for e in entries if e.kind != "console"):
        bare = any(n == "fire.Fire" and BARE in (e.args or {}) for n, e, _ in record.calls())
        tops = [s for s in record.scopes.values() if bare and s.kind == "f" and "." not in s.name and s.name[0] != "_"]
        found += [Entry(record.path, s.line, "console", s.name) for s in tops]
    return found


def _console_functions(graph: Graph) -> list[Entry]:
    from artifactpack.project.graph import Entry

    entries = []
    project = graph.index.project
    for file in ("pyproject.toml", "setup.cfg", "setup.py"):
        text = project.read_text(file) if file in project else ""
        if "scripts" not in text and "entry_points" not in text:
            continue
        for match in _CONSOLE.finditer(text):
            place = graph.modules.find("", match["module"])
            record = graph.records.get(place[0]) if place and not place[1] else None
            if record is not None and match["function"] in record.scopes:
                scope = record.scopes[match["function"]]
                entries.append(Entry(record.path, scope.line, "console", scope.name))
    return entries
