"""Programs followed without running them: from an entry point through the calls, in order, seeds and draws noted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from artifactpack.project import chance, draws
from artifactpack.project.program import Draw, Program, Seeding, Set, Told
from artifactpack.project.python_interest import seedish
from artifactpack.project.python_record import Atoms, Event, FileRecord, Scope
from artifactpack.project.redone import Redone
from artifactpack.project.settings import SEED_NAME
from artifactpack.project.trace_names import (
    COMMON_METHODS,
    DYNAMIC,
    HARMLESS,
    OPTIMISER,
    PREPARES,
    RUNS_MAIN,
    STAR_MODULES,
    STARTED,
    TOLD,
    TRAIN,
    TRAIN_FULL,
    TRAINER,
)
from artifactpack.project.valuation import Frame, evaluate, holds, wants_one
from artifactpack.project.values import MISSING, Value, constant_of, either

if TYPE_CHECKING:
    from artifactpack.project.graph import Entry, Graph, Target

BUDGET = 400_000
_MOST_BASES = 12
DEPTH = 60
_MOST_PICKED = 24
_NO_MATTER = re.compile(r"(?:^|_)(?:suffix|prefix|\w*name|port|colou?rs?|uid|tag)$", re.IGNORECASE)
"""What may be drawn without a seed: the name of a run, a network's port, the colour of a line."""
_BESIDES = ("random", "numpy")
"""Libraries that some of the classes among which a name picks draw from, where each draws from its framework."""


def follow_all(graph: Graph) -> tuple[Program, ...]:
    """Follow every entry point, within one budget of steps."""
    budget = [BUDGET]
    return tuple(Tracer(graph, entry, budget).follow() for entry in graph.entries)


class Tracer:
    """Follows one program."""

    def __init__(self, graph: Graph, entry: Entry, budget: list[int]) -> None:
        self.graph, self.entry, self.budget = graph, entry, budget
        self.seedings: list[Seeding] = []
        self.draws: list[Draw] = []
        self.settings: list[Set] = []
        self.visited: set[tuple[str, str, bool]] = set()
        self.attributes: dict[str, Value] = {}
        self.globals: dict[tuple[str, str], Value] = {}
        self.made: dict[tuple[str, str], Target] = {}
        self.having: dict[str, dict[tuple[str, str], Target]] = {}
        self.called: set[str] = set()
        self.trains: tuple[str, int] | None = None
        self.gradient: tuple[str, int] | None = None
        self.steps = False
        self.trainer = False
        self.most_alike = 3
        self.order = 0
        self.late = False
        self.lacking: set[tuple[str, str]] = set()
        self.handed = False
        self.guess = False
        self.named = False
        self.fallback = False
        self.off = ""
        self.branch: tuple[str, str, int] = ("", "", 0)
        self.busy: set[tuple[str, str, int]] = set()
        self.branches: dict[int, tuple[str, str, int]] = {}
        self.redone = Redone()
        self.named_trains: tuple[str, int] | None = None
        self.guessed: set[tuple[str, str]] = set()

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
        tested = (
            self.entry.path in self.graph.imported_files
        )  # a module that others import; its main block tries it out
        return Program(
            self.entry,
            tuple(s._replace(mode=self.branches.get(n) in self.busy) for n, s in enumerate(self.seedings)),
            self.redone.settle(self.draws, self.seedings),
            tuple(self.settings),
            frozenset((p, s) for p, s, _ in self.visited),
            self.trains or (None if tested else self.named_trains),
            self.budget[0] > 0,
        )

    def callbacks(self) -> bool:
        """Methods of objects that were made: called by name somewhere, or by a framework that the class extends."""
        before = len(self.visited)
        for made in list(self.made.values()):
            foreign = self.graph.has_foreign_base(made)
            self.guess = (made.path, made.scope.name) in self.guessed
            for method in self.graph.methods(made):
                last = method.scope.name.rpartition(".")[2]
                if foreign or last in self.called or last.startswith("__"):
                    self.handed = True
                    self.scope(method.path, method.scope, {}, 1)
            for base in made.scope.bases:
                parent = self.graph.target(made.path, "", base)
                if parent is not None and parent.scope.kind == "c":
                    self.make(parent)
        self.guess = False
        return len(self.visited) > before

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

    def forget(self, frame: Frame, event: Event) -> None:
        """A seed that is drawn is told as such, and the name of a run matters to nobody: neither is a draw besides."""
        last = event.name.rpartition(".")[2]
        if SEED_NAME.search(last) or _NO_MATTER.search(last):
            while self.draws and self.draws[-1][2:4] == (frame.path, event.line):
                self.draws.pop()

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
        if target is not None:
            later = event.kind == "k" or target.scope.kind == "c"
            self.enter_some_time(target, {}, depth + 1, later=later)
            return
        if event.kind in "rk":
            return
        told = self.told(record, event)
        self.called.add(told.last)
        self.order += 1
        self.judge(frame, event, told)
        self.redone.note(self.graph.records[frame.path], frame.scope, event, told.name, self.order)
        self.training(frame, event, told)
        if told.name == "fire.Fire":
            self.offered(frame, depth)
        elif told.name in RUNS_MAIN:
            self.implied(frame, depth)
        elif DYNAMIC.match(event.name):
            self.picked(record, depth)
        if "." in event.name:
            self.unknown_method(event.name.rpartition(".")[2], frame, arguments, depth)

    def told(self, record: FileRecord, event: Event) -> Told:
        """What the call says wherever a program gets to it: worked out once for all programs."""
        found = self.graph.told.get(id(event))
        if found is None:
            name = starred(record, record.resolve(event.name))
            arguments: Any = event.args
            found = self.graph.told[id(event)] = Told(
                name,
                name.rpartition(".")[2],
                chance.seeding(name, arguments),
                draws.draw(name, arguments),
                bool(TRAINER.match(name)),
            )
        return found

    def training(self, frame: Frame, event: Event, told: Told) -> None:
        """Note what fits something: gradients alone may belong to an attack on the input."""
        name, last = told.name, event.name.rpartition(".")[2]
        before = self.trains
        self.trainer = self.trainer or told.trainer
        if "." not in event.name and not name.endswith(TRAIN_FULL):
            return
        if last == "backward" or name == "torch.autograd.grad":
            self.gradient = self.gradient or (frame.path, event.line)
        elif last in ("step", "parameters", "trainable_variables") or name.startswith("torch.optim."):
            if last != "step" or OPTIMISER.search(event.name):
                self.steps = self.steps or not name.startswith("torch.optim.")
        elif PREPARES.search(name.rpartition(".")[0]):
            pass
        elif last in TRAIN or name.endswith(TRAIN_FULL) or (self.trainer and last in TOLD):
            self.trains = self.trains or (frame.path, event.line)
        if self.gradient and self.steps:
            self.trains = self.trains or self.gradient
        if self.trains and self.named and not before:
            self.named_trains, self.trains = self.named_trains or self.trains, None

    def judge(self, frame: Frame, event: Event, told: Told) -> None:
        """Note what the call says about chance."""
        name, arguments = told.name, event.args
        if told.seeding is not None:
            seeds, atoms = told.seeding
            value = None if atoms is None else evaluate(self, frame, tuple(atoms))
            if value is None and self.fallback:  # made where none was handed over, by callers nobody can follow
                return
            if self.off:
                self.branches[len(self.seedings)] = self.branch
            self.seedings.append(
                Seeding(
                    seeds.libraries, seeds.scope, name, value, frame.path, event.line, frame.scope, self.order, self.off
                )
            )
        elif told.last == "seed" and event.args and (atoms := event.args.get("0")):
            given = evaluate(self, frame, tuple(atoms))  # a generator that was made without a seed gets it now
            here = (frame.path, frame.scope)
            for n, made in enumerate(self.seedings):
                if made.value is None and made.scope == "object" and (made.path, made.function) == here:
                    self.seedings[n] = made._replace(value=given)
        if name in chance.DETERMINISM_CALLS or (arguments and "deterministic" in arguments):
            atoms = (arguments or {}).get("deterministic") or (arguments or {}).get("0") or ("=true",)
            self.settings.append(Set(name, evaluate(self, frame, tuple(atoms)), frame.path, event.line, self.off))
        if self.off and (told.draws or told.last in TRAIN):
            self.busy.add(self.branch)
        elif told.draws and not (self.guess and told.draws in _BESIDES):
            late = self.late or draws.when_used(told.last)
            self.redone.drawn(self.order)
            self.draws.append(Draw(told.draws, name, frame.path, event.line, self.order, late))

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

    def extending(self, target: Target, depth: int) -> None:
        """Note the seed that a library's class sets, which the class *target* extends, itself or by another."""
        record = self.graph.records[target.path]
        for base in (record.resolve(b) for b in target.scope.bases):
            if (found := chance.by_extending(base)) is not None and not self.late:
                self.order += 1
                value = Value(constant_of(found[1][0]))
                self.seedings.append(
                    Seeding(
                        found[0].libraries,
                        found[0].scope,
                        base,
                        value,
                        target.path,
                        target.scope.line,
                        "",
                        self.order,
                        self.off,
                    )
                )
        if depth < _MOST_BASES:
            for parent in self.graph.bases(target.path, target.scope.name):
                self.extending(parent, depth + 1)

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

    def make(self, target: Target) -> None:
        """Remember that an object of the class exists, and what can be called on it."""
        key = (target.path, target.scope.name)
        if key not in self.made:
            self.made[key] = target
            if self.guess:
                self.guessed.add(key)
            for name, method in self.graph.all_methods(*key).items():
                self.having.setdefault(name, {})[(method.path, method.scope.name)] = method
        if not self.guess:
            self.guessed.discard(key)

    def bind(self, target: Target, frame: Frame, arguments: Any) -> dict[str, Value]:
        """The values of the parameters, as far as the call's arguments were kept."""
        if not arguments:
            return {}
        scope = target.scope
        if scope.kind == "c":
            method = self.graph.method(target.path, scope.name, "__init__")
            if method is None:
                return {}
            scope = method.scope
        names = [n for n, _ in scope.params if not n.startswith("*")]
        if names[:1] in (["self"], ["cls"]):
            names = names[1:]
        bound = {}
        for key, atoms in (arguments or {}).items():
            if key.isdigit() and int(key) < len(names):
                bound[names[int(key)]] = evaluate(self, frame, tuple(atoms))
            elif key in names:
                bound[key] = evaluate(self, frame, tuple(atoms))
        if "**" in arguments:
            bound |= {
                n: self.attributes.get(n, Value(guessed=True)) for n in names if n not in bound and SEED_NAME.search(n)
            }
        return bound

    def typed(self, frame: Frame, name: str) -> Target | None:
        """The method of an object whose class is known because it was made in this scope."""
        head, _, rest = name.partition(".")
        if not rest or "." in rest:
            return None
        for scope in (frame.scope, ""):
            made = self.graph.made_in(frame.path, scope).get(head)
            if made is not None:
                return self.graph.method(made.path, made.scope.name, rest)
        return None

    def unknown_method(self, last: str, frame: Frame, arguments: Any, depth: int) -> None:
        """A method of an object made earlier, where only one class that was made has it."""
        if last in COMMON_METHODS:
            return
        having = self.having.get(last, {})
        if 0 < len(having) <= self.most_alike:
            for method in list(having.values()):
                self.enter(method, self.bind(method, frame, arguments), depth + 1)


def starred(record: FileRecord, name: str) -> str:
    """A bare name that a star import of a well-known module brings in."""
    if "." in name or name in record.imports:
        return name
    for module, _ in record.stars:
        if module in STAR_MODULES and f"{module}.{name}" in chance.SEEDING:
            return f"{module}.{name}"
    return name
