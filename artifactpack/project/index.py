"""The python index: every source file parsed at most once, asked by name."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from artifactpack.patterns import late
from artifactpack.project.python_record import Event, FileRecord, Scope

if TYPE_CHECKING:
    from artifactpack.project.graph import Graph
    from artifactpack.project.notebooks import Notebook
    from artifactpack.project.project import Project
    from artifactpack.project.python_cache import RecordCache
    from artifactpack.project.python_roles import Roles
    from artifactpack.project.shell import Invocation

SOURCES = (".py", ".pyw", ".ipynb", ".py.template", ".py.tmpl", ".py.j2", ".py.in", ".py.jinja")
NOTEBOOK_LIMIT = 64 << 20
EVERYTHING, PART = 3 << 20, 1 << 20
"""Bytes of own code that are all looked into: no paper's project has more; and how many of a larger tree: its
programs, then what seeds or fits."""
PARSE_LIMIT = 2 << 20
WORTH_PARSING = (
    *(b"seed", b"__main__", b".backward(", b".fit(", b"load_state_dict", b"random_state", b"default_rng"),
    *(b"eterministic", b"RandomState", b"PRNGKey", b"cudnn"),
)
_TAG, _FIELD = late(rb"\{%(?:(?!\{%).)*?%\}"), late(rb"\{\{(?:(?!\{\{).)*?\}\}")  # of a template
_TELLS_MOST = (b"seed(", b"seed_everything(", b".backward(", b"PRNGKey(", b"cudnn.")


class PythonIndex:
    """The project's own Python: ``paths`` in order; tests and vendored trees are no evidence."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.notebooks: dict[str, Notebook] = {}
        self._sources: dict[str, bytes] = {}
        self._records: dict[str, FileRecord] = {}

    @cached_property
    def roles(self) -> Roles:
        """Whose code a file is."""
        from artifactpack.project.python_roles import Roles

        return Roles(self.project.files, self.project.name)

    @cached_property
    def _sorted(self) -> tuple[tuple[str, ...], ...]:
        from artifactpack.project.python_roles import is_test

        own: list[str] = []
        tests: list[str] = []
        vendored: list[str] = []
        for path in self.project.files:
            if not path.endswith(SOURCES):
                continue
            if self.roles.is_vendored(path):
                vendored.append(path)
            else:
                (tests if is_test(path, self._load(path)) else own).append(path)
        return tuple(own), tuple(tests), tuple(vendored)

    @property
    def paths(self) -> tuple[str, ...]:
        """Own source files in order: Python, notebooks, templates of Python."""
        return self._sorted[0]

    @property
    def tests(self) -> tuple[str, ...]:
        """Files that test the code."""
        return self._sorted[1]

    @property
    def vendored(self) -> tuple[str, ...]:
        """Somebody else's source files that lie in the tree."""
        return self._sorted[2]

    def _load(self, path: str) -> bytes:
        limit = NOTEBOOK_LIMIT if path.endswith(".ipynb") else PARSE_LIMIT + 1
        if self.project.size(path) > limit - 1:
            self.project.skip(path, f"larger than {limit >> 20} MB: not scanned")
            data = b""
        else:
            data = self.project.read_bytes(path, limit)
        self._sources[path] = data
        return data

    def source(self, path: str) -> bytes:
        """The bytes of one of ``paths``; for a notebook the whole JSON."""
        return self._sources.get(path, b"") if self._sorted else b""

    def text(self, path: str) -> str:
        """The code of one of ``paths`` as text; for a notebook its code cells, magics taken out."""
        from artifactpack.project.reading import decode

        return decode(self._code(path))

    def _code(self, path: str) -> bytes:
        data = self._sources.get(path, b"")
        if path.endswith(".ipynb"):
            if path not in self.notebooks:
                from artifactpack.project.notebooks import Notebook, read_notebook

                notebook = read_notebook(data)
                if notebook is None:
                    self.project.skip(path, "not a readable notebook")
                    notebook = Notebook("", (), (), 0, 0, "")
                self.notebooks[path] = notebook
            return self.notebooks[path].source.encode("utf-8", "replace")
        return data if path.endswith((".py", ".pyw")) else _FIELD.sub(b"_t", _TAG.sub(b"", data))

    @cached_property
    def records(self) -> dict[str, FileRecord]:
        """Every own file that may matter, parsed (small projects: all of them); the rest are not in it."""
        import hashlib

        from artifactpack.project.python_cache import RecordCache

        cache = RecordCache(self.project.root)
        wanted: dict[str, str] = {}
        missing: list[tuple[str, bytes]] = []
        for path in self.chosen:
            code = self._code(path)
            digest = hashlib.sha256(code).hexdigest()
            wanted[path] = digest
            content = cache.get(digest)
            if content is None:
                missing.append((digest, code))
            else:
                self._records[path] = FileRecord(path, content)
        if missing:
            self._parse(wanted, missing, cache)
        cache.save()
        found = {p: self._placed(p) for p in self.paths if p in self._records}
        for record in found.values():
            if record.dialect in ("broken", "unread"):
                self.project.skip(record.path, f"not fully read: {record.note}")
        return found

    @cached_property
    def chosen(self) -> tuple[str, ...]:
        """The files to look into: all of a paper's project; of a large one those that may tell, programs first."""
        codes = [(path, self._code(path)) for path in self.paths]
        if sum(len(code) for _, code in codes) <= EVERYTHING:
            return self.paths
        telling = [item for item in codes if _tells(*item)]
        telling.sort(key=lambda item: (_rank(item[1]), item[0].count("/"), item[0]))
        chosen, size = [], 0
        for path, code in telling:
            if size + len(code) <= PART:
                size += len(code)
                chosen.append(path)
        self.project.skip(
            ".",
            f"{len(codes) - len(chosen)} of {len(codes)} Python files were not looked into: of more than "
            f"{EVERYTHING >> 20} MB of code {PART >> 20} MB are, programs and what seeds, trains or loads first",
        )
        return tuple(sorted(chosen))

    def _parse(self, wanted: dict[str, str], missing: list[tuple[str, bytes]], cache: RecordCache) -> None:
        import json

        from artifactpack.project.parallel import parse_all

        enabled = gc.isenabled()
        gc.disable()
        try:
            parsed = parse_all(missing, helped=self.project.helper is not None)
        finally:
            if enabled:
                gc.enable()
        for digest, content in parsed.items():
            cache.put(digest, content)
        for path, digest in wanted.items():
            if path not in self._records and digest in parsed:
                self._records[path] = FileRecord(path, json.loads(parsed[digest]))

    def _placed(self, path: str) -> FileRecord:
        """The record with a notebook's own lines."""
        return self._records[path]

    def line(self, path: str, line: int) -> int:
        """The line of the file where *line* of its code stands: the same, but for notebooks."""
        notebook = self.notebooks.get(path)
        if notebook is None or not notebook.lines:
            return line
        return notebook.lines[min(max(line, 1), len(notebook.lines)) - 1]

    def record(self, path: str) -> FileRecord:
        """The record of *path*; an empty one where it was not worth parsing."""
        return self.records.get(path) or FileRecord(path, {})

    def matching(self, pattern: re.Pattern[bytes], tokens: tuple[bytes, ...]) -> Iterator[str]:
        """Own files whose code *pattern* finds something in, looking only where one of *tokens* is, as every match
        has one: comments too, so confirm in the record."""
        for path in self.chosen:
            code = self._code(path)
            if any(token in code for token in tokens) and pattern.search(code):
                yield path

    def calls(self, pattern: re.Pattern[str]) -> Iterator[tuple[str, str, Event, Scope]]:
        """(path, resolved name, event, scope) of every call whose resolved name *pattern* matches."""
        wanted = {name for name in self._called if pattern.match(name)}
        order = {path: n for n, path in enumerate(self.records)} if wanted else {}
        paths = sorted({path for name in wanted for path in self._called[name]}, key=order.__getitem__)
        for path in paths:
            for name, event, scope in self.records[path].calls():
                if name in wanted:
                    yield path, name, event, scope

    @cached_property
    def _called(self) -> dict[str, list[str]]:
        """Called names with the files that call them: a pattern reads each name once."""
        found: dict[str, list[str]] = {}
        for path, record in self.records.items():
            for name in dict.fromkeys(name for name, _, _ in record.calls()):
                found.setdefault(name, []).append(path)
        return found

    @cached_property
    def imported(self) -> dict[str, list[tuple[str, int]]]:
        """Top-level modules that own code imports, with (path, line) of each import; relative ones left out."""
        noted = self.project.notes.get("imported", self._imported)
        return {name: [(path, line) for path, line in places] for name, places in noted.items()}

    def _imported(self) -> dict[str, list[tuple[str, int]]]:
        found: dict[str, list[tuple[str, int]]] = {}
        for path, record in self.records.items():
            for target, line in record.modules:
                head = target.partition(".")[0]
                if head:
                    found.setdefault(head, []).append((path, self.line(path, line)))
        return found

    @cached_property
    def invocations(self) -> tuple[Invocation, ...]:
        """Python files that scripts, Makefiles, CI, containers and notebooks run."""
        from artifactpack.project.shell import Invocation, invocations, is_script, runs_in

        found: list[Invocation] = []
        for path in self.project.files:
            if is_script(path) and not self.roles.is_vendored(path):
                found += invocations(path, self.project.read_text(path, 1 << 18))
        for path in self.paths:
            if path.endswith(".ipynb"):
                self._code(path)
                commands = self.notebooks[path].commands
                found += [Invocation(path, n, *run) for n, text in commands for run in runs_in(text)]
        return tuple(found)

    @cached_property
    def graph(self) -> Graph:
        """Who calls whom, from which entry points."""
        from artifactpack.project.graph import Graph

        return Graph(self)

    def modules_named(self, names: Iterable[str]) -> dict[str, list[tuple[str, int]]]:
        """The imports of those of *names* that own code imports."""
        return {n: self.imported[n] for n in names if n in self.imported}


def _tells(path: str, code: bytes) -> bool:
    """Whether a file may matter; a package's own file says where its names come from."""
    return any(term in code for term in WORTH_PARSING) or (path.endswith("__init__.py") and b"import" in code)


def _rank(code: bytes) -> int:
    """How much a file may tell: programs that seed or fit 0, other programs 1, files that seed or fit 2, others 3."""
    return 2 * (b"__main__" not in code) + (not any(term in code for term in _TELLS_MOST))
