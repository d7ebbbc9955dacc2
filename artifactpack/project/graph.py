"""Who calls whom across files, and where programs start."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from artifactpack.patterns import late
from artifactpack.project.modules import Modules
from artifactpack.project.python_record import FileRecord, Scope
from artifactpack.project.settings import Setting, from_code, from_files, is_config

if TYPE_CHECKING:
    from artifactpack.project.index import PythonIndex
    from artifactpack.project.program import Program, Told


MOST_BASES = 12
"""Inheritance is followed so far: a stranger's classes may extend each other in a circle."""
_LISTS_FILES = late(r"(?:^|\.)(?:i?glob|listdir|scandir|iterdir|iter_modules|walk_packages)$")
_BY_NAME = late(r"(?:^|\.)import_module$|^__import__$")
_PLAIN_BASES = frozenset(("object", "ABC", "abc.ABC", "Exception"))


class Target(NamedTuple):
    """A function or class of the project."""

    path: str
    scope: Scope


class Entry(NamedTuple):
    """Where a program starts: ``kind`` is main, script, notebook, command, console, or a snippet in a
    document; ``name`` is a function or ""."""

    path: str
    line: int
    kind: str
    name: str = ""


class Graph:
    """Names resolved to the project's functions; entry points; programs as far as they can be followed."""

    def __init__(self, index: PythonIndex) -> None:
        self.index = index
        self.records = index.records
        self.modules = Modules(index.paths)
        self._found: dict[tuple[str, str, str], Target | None] = {}
        self._methods: dict[tuple[str, str], dict[str, Target]] = {}
        self._by_class: dict[str, dict[str, dict[str, Target]]] = {}
        self._made: dict[tuple[str, str], dict[str, Target]] = {}
        self._foreign: dict[tuple[str, str], frozenset[str]] = {}
        self._imports: dict[str, tuple[str, ...]] = {}
        self._heads: dict[tuple[str, str], str] = {}
        self.told: dict[int, Told] = {}
        """What each call says, by the identity of its event, which lives as long as the records."""

    def target(self, path: str, scope: str, name: str) -> Target | None:
        """The function or class of the project that *name* means in *scope* of *path*; None where it is not one."""
        key = (path, scope, name)
        if key not in self._found:
            self._found[key] = None  # a name that leads back to itself leads nowhere
            self._found[key] = self._resolve(path, scope, name)
        return self._found[key]

    def _resolve(self, path: str, scope: str, name: str) -> Target | None:
        record = self.records.get(path)
        if record is None:
            return None
        head, _, rest = name.partition(".")
        if head in ("self", "cls") and rest and "." not in rest:
            return self.method(path, scope.partition(".")[0], rest)
        if head == "super()" and rest:
            return self._inherited(path, scope.partition(".")[0], rest)
        around = scope
        while True:
            full = f"{around}.{name}" if around else name
            if full in record.scopes and full:
                return Target(path, record.scopes[full])
            if not around:
                break
            around = around.rpartition(".")[0]
        if head.endswith("()") and rest and "." not in rest:
            made = self.target(path, scope, head[:-2])
            if made is not None and made.scope.kind == "c":
                return self.method(made.path, made.scope.name, rest)
        return self._imported(record, name, 0)

    def _imported(self, record: FileRecord, name: str, depth: int) -> Target | None:
        """Follow imports, re-exports and star imports to the definition."""
        if depth > 6:
            return None
        head = name.partition(".")[0]
        candidates = [record.resolve(name)] if head in record.imports else []
        candidates += [
            f"{module}{'' if module.endswith('.') else '.'}{name}" for module, _ in record.stars if not candidates
        ]
        longest = ".".join(name.split(".")[:2])
        if longest in record.imports and longest != head:
            candidates.append(name)
        for candidate in candidates:
            found = self.modules.find(record.path, candidate)
            if found is None:
                continue
            path, inner = found
            other = self.records.get(path)
            if other is None or not inner:
                continue
            if inner in other.scopes:
                return Target(path, other.scopes[inner])
            if path != record.path and (further := self._imported(other, inner, depth + 1)):
                return further
        return None

    def method(self, path: str, owner: str, name: str) -> Target | None:
        """The method *name* of class *owner*, its own or inherited from another class of the project."""
        return self.all_methods(path, owner).get(name)

    def _inherited(self, path: str, owner: str, name: str) -> Target | None:
        for found in self.bases(path, owner):
            if (method := self.method(found.path, found.scope.name, name)) is not None:
                return method
        return None

    def all_methods(self, path: str, owner: str, depth: int = 0) -> dict[str, Target]:
        """Every method of class *owner* by name, inherited ones too, as far as the project's own classes go."""
        key = (path, owner)
        if key not in self._methods:
            self._methods[key] = {}  # a circle of classes ends here
            gathered: dict[str, Target] = {}
            for base in reversed(self.bases(path, owner) if depth < MOST_BASES else []):
                gathered.update(self.all_methods(base.path, base.scope.name, depth + 1))
            gathered.update(self._own_methods(path, owner))
            self._methods[key] = gathered
        return self._methods[key]

    def _own_methods(self, path: str, owner: str) -> dict[str, Target]:
        record = self.records.get(path)
        if record is None:
            return {}
        if path not in self._by_class:
            classes: dict[str, dict[str, Target]] = {}
            for name, scope in record.scopes.items():
                around, _, last = name.rpartition(".")
                if scope.kind == "f" and around:
                    classes.setdefault(around, {})[last] = Target(path, scope)
            self._by_class[path] = classes
        return self._by_class[path].get(owner, {})

    def bases(self, path: str, owner: str) -> list[Target]:
        """The classes of the project that class *owner* extends directly."""
        record = self.records.get(path)
        scope = record.scopes.get(owner) if record else None
        found = [self.target(path, "", base) for base in (scope.bases if scope else ())]
        return [b for b in found if b is not None and b.scope.kind == "c" and (b.path, b.scope.name) != (path, owner)]

    def foreign_bases(self, target: Target, depth: int = 0) -> frozenset[str]:
        """What the class inherits from that is not the project's: then others may call its methods."""
        key = (target.path, target.scope.name)
        if key not in self._foreign:
            self._foreign[key] = self._extends_foreign(target, depth)
        return self._foreign[key]

    def _extends_foreign(self, target: Target, depth: int) -> frozenset[str]:
        found: set[str] = set()
        for base in (b for b in target.scope.bases if b not in _PLAIN_BASES):
            own = self.target(target.path, "", base)
            if own is None or own.scope.kind != "c":
                found.add(self.records[target.path].resolve(base))
            elif depth < MOST_BASES and own.scope is not target.scope:
                found |= self.foreign_bases(own, depth + 1)
        return frozenset(found)

    def methods(self, target: Target) -> list[Target]:
        """The methods written in the class."""
        return list(self._own_methods(target.path, target.scope.name).values())

    def made_in(self, path: str, scope: str) -> dict[str, Target]:
        """The classes of the objects that *scope* makes, by the names they are bound to."""
        key = (path, scope)
        if key not in self._made:
            found: dict[str, Target] = {}
            body = self.records[path].scopes.get(scope)
            for event in body.events if body else ():
                atoms = (event.args or {}).get("0", ()) if event.kind == "v" else ()
                if atoms and atoms[0][0] == "!" and event.name not in found:
                    made = self.target(path, scope, atoms[0][1:])
                    if made is not None and made.scope.kind == "c":
                        found[event.name] = made
            self._made[key] = found
        return self._made[key]

    def visible_classes(self, record: FileRecord) -> list[Target]:
        """The project's classes that *record*'s file imports, by name, by star or with the module they stand in."""
        found: dict[tuple[str, str], Target] = {}
        files = [place[0] for module, _ in record.modules if (place := self.modules.find(record.path, module))]
        for path in dict.fromkeys(files):
            other = self.records.get(path)
            inner = (
                [self.modules.find(path, m) for m, _ in other.modules] if other and path.endswith("__init__.py") else []
            )
            for file in (path, *(place[0] for place in inner if place)):
                scopes = self.records[file].scopes if file in self.records else {}
                classes = (s for s in scopes.values() if s.kind == "c" and "." not in s.name)
                found.update({(file, s.name): Target(file, s) for s in classes})
        return list(found.values())

    def resolve(self, record: FileRecord, name: str) -> str:
        """*name* with what its head was imported as, also where that import came along with a star."""
        head, dot, rest = name.partition(".")
        if not record.stars or head in record.imports or head in record.scopes:
            return record.resolve(name)
        brought = self._brought(record, head)
        return f"{brought}{dot}{rest}" if brought else record.resolve(name)

    def _brought(self, record: FileRecord, head: str) -> str:
        """What *head* was imported as in a file that *record*'s star-imports; "" where none did."""
        key = (record.path, head)
        if key not in self._heads:
            self._heads[key] = ""  # a circle of stars ends here
            places = (self.modules.find(record.path, module) for module, _ in record.stars)
            for other in [self.records[p[0]] for p in places if p is not None and not p[1] and p[0] in self.records]:
                found = other.imports.get(head, ("", 0))[0] or self._brought(other, head)
                if found and found[0] != ".":
                    self._heads[key] = found
                    break
        return self._heads[key]

    def functions_named(self, name: str) -> list[Target]:
        """Functions of modules, not of classes, that are called *name*, wherever they are."""
        return [Target(r.path, s) for r in self.records.values() if (s := r.scopes.get(name)) and s.kind == "f"]

    @cached_property
    def importers_by_name(self) -> frozenset[str]:
        """Own files that import modules by names which are known only when they run."""
        return frozenset(p for p, r in self.records.items() if any(_BY_NAME.search(n) for n, _, _ in r.calls()))

    def imports(self, path: str) -> tuple[str, ...]:
        """Own files that importing *path* runs, in order, each after the file itself its package's ``__init__.py``."""
        if path not in self._imports:
            places = (self.modules.find(path, target) for target, _ in self.records[path].modules)
            found: dict[str, None] = {}
            for file in (place[0] for place in places if place is not None and place[0] != path):
                folder = file.rpartition("/")[0]
                found |= {file: None, f"{folder}/__init__.py" if folder else "__init__.py": None}
            found |= dict.fromkeys(self._beside(path))
            self._imports[path] = tuple(file for file in found if file in self.records)
        return self._imports[path]

    def _beside(self, path: str) -> list[str]:
        """The files that a package's ``__init__.py`` imports because they lie in its folder."""
        folder, _, name = path.rpartition("/")
        if name != "__init__.py" or not any(_LISTS_FILES.search(n) for n, _, _ in self.records[path].calls()):
            return []
        return [f for f in self.records if f.rpartition("/")[0] == folder and f != path]

    @cached_property
    def by_name(self) -> dict[str, list[str]]:
        """Own files by the last part of their path."""
        found: dict[str, list[str]] = {}
        for path in self.records:
            found.setdefault(path.rpartition("/")[2], []).append(path)
        return found

    @cached_property
    def imported_files(self) -> frozenset[str]:
        """Own files that some other own file imports."""
        found = {beside for path in self.records for beside in self._beside(path)}
        for record in self.records.values():
            for target, _ in record.modules:
                place = self.modules.find(record.path, target)
                if place is not None and place[0] != record.path:
                    found.add(place[0])
        return frozenset(found)

    @cached_property
    def settings(self) -> dict[str, list[Setting]]:
        """Everything that can be set, by the name that code reads."""
        found = from_code(self.records.values())
        project = self.index.project
        for path in project.files:
            if is_config(path) and not self.index.roles.is_vendored(path) and project.size(path) < 1 << 19:
                found += from_files(path, project.read_text(path))
        table: dict[str, list[Setting]] = {}
        for setting in found:
            table.setdefault(setting.dest, []).append(setting)
        return table

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Where programs start, the likeliest first."""
        from artifactpack.project.entries import find_entries

        return find_entries(self)

    @cached_property
    def programs(self) -> tuple[Program, ...]:
        """Every entry point, followed."""
        from artifactpack.project.trace import follow_all

        return follow_all(self)
