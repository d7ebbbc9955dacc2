"""Programs followed without running them: from an entry point through the calls, in order, seeds and draws noted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from artifactpack.project.program import Program, Set
from artifactpack.project.python_interest import seedish
from artifactpack.project.python_record import Atoms, Event, FileRecord, Scope
from artifactpack.project.settings import SEED_NAME
from artifactpack.project.trace_names import COMMON_METHODS, DYNAMIC, HARMLESS, RUNS_MAIN, STARTED, TRAINER, called_by
from artifactpack.project.trace_objects import Objects
from artifactpack.project.valuation import Frame, evaluate, holds, wants_one
from artifactpack.project.values import MISSING, Value, either

if TYPE_CHECKING:
    from artifactpack.project.graph import Graph, Target

BUDGET = 400_000
DEPTH = 60
_MOST_PICKED = 24


def follow_all(graph: Graph) -> tuple[Program, ...]:
    """Follow every entry point, within one budget of steps."""
    budget = [BUDGET]
    return tuple(Tracer(graph, entry, budget).follow() for entry in graph.entries)


class Tracer(Objects):
    """Follows one program."""

    def follow(self) -> Program:
        """Run the entry's module (and function), then what others may call back."""
        self.module(self.entry.path, main=self.entry.kind not in ("console", "snippet"), depth=0)
        if self.entry.name:
            record = self.graph.records[self.entry.path]
            self.scope(self.entry.path, record.scopes[self.entry.name], {}, 0)
        self.late = True
        for _ in range(4):
            if not self.callbacks():
                break
        return self.program()

    def callbacks(self) -> bool:
        """Methods of objects that were made: called by name somewhere, or by a framework that the class extends."""
        before = len(self.visited)
        self.tabled()
        for made in list(self.made.values()):
            foreign = self.graph.foreign_bases(made)
            self.guess = (made.path, made.scope.name) in self.guessed
            for method in self.graph.methods(made):
                last = method.scope.name.rpartition(".")[2]
                if last in self.called or last.startswith("__") or called_by(foreign, last):
                    self.handed = True
                    self.scope(method.path, method.scope, {}, 1)
            for base in made.scope.bases:
                parent = self.graph.target(made.path, "", base)
                if parent is not None and parent.scope.kind == "c":
                    self.make(parent)
        self.guess = False
        return len(self.visited) > before

    def tabled(self) -> None:
        """What modules keep in tables: of those of which the program uses anything."""
        for kept in [k for k in self.tables if self.uses(k[0])]:
            self.tables.remove(kept)
            self.enter_some_time(kept[1], {}, 1, later=True)

    def module(self, path: str, *, main: bool, depth: int) -> None:
        """Execute a module's own statements, its imports first."""
        record = self.graph.records.get(path)
        key = (path, "", False)
        if record is None or key in self.visited or depth > DEPTH:
            return
        self.visited.add(key)
        for imported in self.graph.imports(path):
            self.module(imported, main=False, depth=depth + 1)
        if (module := record.scopes.get("")) is not None:
            self.events(record, module, Frame(path, "", {}, {}, main), depth)
        for scope in record.scopes.values():
            if scope.kind == "c":
                self.events(record, scope, Frame(path, scope.name, {}, {}, main), depth)
            if scope.decorators and "." not in scope.name:
                self.decorated(record, scope, depth, main=main)

    def decorated(self, record: FileRecord, scope: Scope, depth: int, *, main: bool) -> None:
        """A function handed to an unknown decorator may be called by it (registries, command groups, hydra, sacred)."""
        lasts = {d.rpartition(".")[2] for d in scope.decorators}
        if lasts <= HARMLESS or (not main and lasts & STARTED):
            return
        target = self.graph.target(record.path, "", scope.name)
        if target is not None and not any(self.graph.target(record.path, "", d) for d in scope.decorators):
            alone = sum(any(d.endswith("command") for d in s.decorators) for s in record.scopes.values()) == 1
            now = main and scope.kind == "f" and (lasts & STARTED or (alone and "command" in lasts))
            outer, fits = self.named, (self.gradient, self.steps)
            self.named = outer or not main
            self.enter_some_time(target, {}, depth + 1, later=not now)
            if self.named:
                self.gradient, self.steps = fits
            self.named = outer

    def enter_some_time(self, target: Target, bound: dict[str, Value], depth: int, *, later: bool) -> None:
        """Go into it; where it is only handed over and used *later*, nobody can tell when, or what it is given."""
        outer, self.late = self.late, self.late or later
        self.handed = True
        self.enter(target, bound, depth)
        self.late, self.handed = outer, False

    def scope(self, path: str, scope: Scope, bound: dict[str, Value], depth: int) -> None:
        """Execute a function once (once more where an option had kept it off)."""
        key = (path, scope.name, bool(self.off))
        handed, self.handed = self.handed, False
        given = [bound[n].constant is not None for n, _ in scope.params if n in bound and SEED_NAME.search(n)]
        if given and all(given) and (path, scope.name) in self.lacking:
            self.lacking.discard((path, scope.name))
            self.visited -= {key, (path, scope.name, False)}
        if key in self.visited or (path, scope.name, False) in self.visited or depth > DEPTH or self.budget[0] <= 0:
            if not self.late:
                self.redone.again[(path, scope.name)] = self.order
            return
        self.visited.add(key)
        record = self.graph.records[path]
        frame = Frame(path, scope.name, bound, {}, False)
        for decorator in scope.decorators:
            self.wrappers(path, scope, decorator, depth)
        for name, default in scope.params:
            if name not in bound and default is not None:
                frame.bound[name] = value = evaluate(self, frame, default)
                if value.constant is None and (handed or not seedish(name)):  # the caller may have given another
                    frame.bound[name] = value._replace(constant=MISSING, guessed=True)
        if any(SEED_NAME.search(n) and n in frame.bound and frame.bound[n].constant is None for n, _ in scope.params):
            self.lacking.add((path, scope.name))  # it is gone into once more where it is given one
        self.redone.within.append((path, scope.name))
        self.events(record, scope, frame, depth)
        self.redone.within.pop()

    def wrappers(self, path: str, scope: Scope, decorator: str, depth: int) -> None:
        """An own decorator runs, and so does the function that it puts around."""
        around = self.graph.target(path, scope.name.rpartition(".")[0], decorator)
        if around is not None and around.scope.kind == "f":
            self.scope(around.path, around.scope, {}, depth + 1)

    def events(self, record: FileRecord, scope: Scope, frame: Frame, depth: int) -> None:
        """Execute what a scope does, in order."""
        outer, around = self.off, self.branch
        guards: dict[int, tuple[bool | None, str]] = {0: (True, "")}
        for event in scope.events:
            self.budget[0] -= 1
            if self.budget[0] <= 0:
                return
            if event.guard not in guards:
                guards[event.guard] = holds(self, frame, record.guards[event.guard])
            outcome, reason = guards[event.guard]
            if outcome is False and not reason:
                continue
            self.off = outer or (reason if outcome is False else "")
            self.branch = around if outer else (frame.path, frame.scope, event.guard)
            self.fallback = outcome is None and wants_one(record.guards[event.guard])
            if event.kind in "crk":
                self.call(record, frame, event, depth)
            elif event.kind in "vla":
                self.assign(frame, event, scope.kind == "m", conditional=event.guard > 0)
            else:
                self.set(record, frame, event)
            self.off, self.branch = outer, around

    def assign(self, frame: Frame, event: Event, at_module: bool, *, conditional: bool) -> None:
        atoms = (event.args or {}).get("0", ())
        value = evaluate(self, frame, tuple(atoms))
        if event.kind == "l" and value.constant is None:
            value = value._replace(constant=...)
        if event.kind == "a" or (conditional and event.name in frame.local):
            value = either(frame.local.get(event.name) or self.globals.get((frame.path, event.name)) or value, value)
        frame.local[event.name] = value
        self.forget(frame, event)
        if at_module:
            self.globals[(frame.path, event.name)] = value

    def set(self, record: FileRecord, frame: Frame, event: Event) -> None:
        atoms: Atoms = tuple((event.args or {}).get("0", ()))
        name = record.resolve(event.name)
        value = evaluate(self, frame, atoms)
        self.forget(frame, event)
        self.settings.append(Set(name, value, frame.path, event.line, self.off))
        last = name.rpartition(".")[2]
        if event.guard or self.off:
            old = self.attributes.get(last) or evaluate(self, frame, (f"${event.name}",))
            if not self.off or old.constant is None:
                self.attributes[last] = either(old, value)
        else:
            self.attributes[last] = value

    def call(self, record: FileRecord, frame: Frame, event: Event, depth: int) -> None:
        """A call, or a function handed over, which somebody may call."""
        if event.name.startswith("self."):
            self.called.add(event.name.rpartition(".")[2])  # a class that extends this one may do it its own way
        target = self.graph.target(frame.path, frame.scope, event.name) or self.typed(frame, event.name)
        arguments: Any = event.args
        if target is not None and event.kind == "c":
            self.enter(target, self.bind(target, frame, arguments), depth + 1)
            return
        if target is not None and event.kind == "k" and not frame.scope and not self.uses(frame.path):
            self.tables.append((frame.path, target))
            return
        if target is not None:
            later = event.kind == "k" or target.scope.kind == "c"
            self.enter_some_time(target, {}, depth + 1, later=later)
            return
        if event.kind in "rk":
            self.called.add(event.name.rpartition(".")[2])
            return
        told = self.told(record, event)
        self.called.add(told.last)
        self.order += 1
        self.judge(frame, event, told)
        self.redone.note(record, frame.scope, event, told.name, self.order)
        self.training(frame, event, told)
        if told.name == "fire.Fire":
            self.offered(frame, depth)
        elif told.name in RUNS_MAIN:
            self.implied(frame, depth)
        elif DYNAMIC.match(event.name):
            self.picked(record, depth)
        if "." in event.name:
            self.unknown_method(event.name.rpartition(".")[2], frame, arguments, depth)
            self.unknown_module(record, frame, event, depth)

    def enter(self, target: Target, bound: dict[str, Value], depth: int) -> None:
        """Go into a function of the project, or make an object of a class."""
        if target.scope.kind == "f":
            self.scope(target.path, target.scope, bound, depth)
            return
        handed = self.handed
        self.make(target)
        foreign = self.graph.records[target.path]
        self.trainer = self.trainer or any(TRAINER.match(foreign.resolve(b)) for b in target.scope.bases)
        self.extending(target, 0)
        for name in ("__init__", "__post_init__", "setup"):
            method = self.graph.method(target.path, target.scope.name, name)
            if method is not None:
                self.handed = handed
                self.scope(method.path, method.scope, bound, depth)

    def implied(self, frame: Frame, depth: int) -> None:
        """A starter that was handed no function runs the module's ``main``."""
        main = self.graph.target(frame.path, "", "main")
        if main is not None:
            self.enter(main, {}, depth + 1)

    def offered(self, frame: Frame, depth: int) -> None:
        """Fire makes commands of the methods of a class that it is handed."""
        for made in [m for m in self.made.values() if m.path == frame.path]:
            for method in self.graph.methods(made):
                self.scope(method.path, method.scope, {}, depth + 1)

    def picked(self, record: FileRecord, depth: int) -> None:
        """A class picked by its name, now or later, may be any that the file can see."""
        self.most_alike = _MOST_PICKED
        outer, self.guess = self.guess, True
        own = (self.graph.target(record.path, "", s.name) for s in record.scopes.values() if s.kind == "c")
        for target in [*self.graph.visible_classes(record), *filter(None, own)][:_MOST_PICKED]:
            self.enter_some_time(target, {}, depth + 1, later=True)
        self.guess = outer

    def unknown_method(self, last: str, frame: Frame, arguments: Any, depth: int) -> None:
        """A method of an object made earlier, where only one class that was made has it."""
        if last in COMMON_METHODS:
            return
        having = self.having.get(last, {})
        if 0 < len(having) <= self.most_alike:
            for method in list(having.values()):
                self.enter(method, self.bind(method, frame, arguments), depth + 1)

    def unknown_module(self, record: FileRecord, frame: Frame, event: Event, depth: int) -> None:
        """A function of a module that was imported by a name that is not known, where few modules have it."""
        head, _, last = event.name.partition(".")
        if record.path not in self.graph.importers_by_name or head in record.imports or last in COMMON_METHODS:
            return
        found = self.graph.functions_named(last)
        for function in found if len(found) <= self.most_alike else ():
            self.enter(function, self.bind(function, frame, event.args), depth + 1)
