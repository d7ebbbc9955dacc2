"""What a program does about chance, gathered while it is followed: seeds, draws, settings, and whether it trains."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from artifactpack.patterns import late
from artifactpack.project import chance, draws
from artifactpack.project.program import Draw, Program, Seeding, Set, Told
from artifactpack.project.python_record import Event, FileRecord
from artifactpack.project.redone import Redone
from artifactpack.project.settings import SEED_NAME
from artifactpack.project.trace_names import (
    OPTIMISER,
    PREPARES,
    STAR_MODULES,
    TOLD,
    TRAIN,
    TRAIN_FULL,
    TRAINER,
)
from artifactpack.project.valuation import Frame, evaluate
from artifactpack.project.values import Value, constant_of

if TYPE_CHECKING:
    from artifactpack.project.graph import Entry, Graph, Target

_MOST_BASES = 12
_NO_MATTER = late(r"(?:^|_)(?:suffix|prefix|\w*name|port|colou?rs?|uid|tag)$", re.IGNORECASE)
"""What may be drawn without a seed: the name of a run, a network's port, the colour of a line."""
_BESIDES = ("random", "numpy")
"""Libraries that some of the classes among which a name picks draw from, where each draws from its framework."""


class Judge:
    """What is known of one program so far, and where in it we are."""

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
        self.tables: list[tuple[str, Target]] = []

    def told(self, record: FileRecord, event: Event) -> Told:
        """What the call says wherever a program gets to it: worked out once for all programs."""
        found = self.graph.told.get(id(event))
        if found is None:
            name = starred(record, self.graph.resolve(record, event.name))
            arguments: Any = event.args
            found = self.graph.told[id(event)] = Told(
                name,
                name.rpartition(".")[2],
                seeding_told(record, event, name),
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
            self.seeded(seeds, name, value, (frame.path, event.line, frame.scope))
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

    def seeded(self, seeds: chance.Seeds, call: str, value: Value | None, place: tuple[str, int, str]) -> None:
        """Note that *call* seeds, at *place* (file, line, function)."""
        self.seedings.append(Seeding(seeds.libraries, seeds.scope, call, value, *place, self.order, self.off))

    def extending(self, target: Target, depth: int) -> None:
        """Note the seed that a library's class sets, which the class *target* extends, itself or by another."""
        record = self.graph.records[target.path]
        for base in (record.resolve(b) for b in target.scope.bases):
            if (found := chance.by_extending(base)) is not None and not self.late:
                self.order += 1
                seeds, atoms = found
                self.seeded(seeds, base, Value(constant_of(atoms[0])), (target.path, target.scope.line, ""))
        if depth < _MOST_BASES:
            for parent in self.graph.bases(target.path, target.scope.name):
                self.extending(parent, depth + 1)

    def forget(self, frame: Frame, event: Event) -> None:
        """A seed that is drawn is told as such, and the name of a run matters to nobody: neither is a draw besides."""
        last = event.name.rpartition(".")[2]
        if SEED_NAME.search(last) or _NO_MATTER.search(last):
            while self.draws and self.draws[-1][2:4] == (frame.path, event.line):
                self.draws.pop()

    def program(self) -> Program:
        """What was found."""
        tested = self.entry.path in self.graph.imported_files  # by others: its main block tries it out
        return Program(
            self.entry,
            tuple(s._replace(mode=self.branches.get(n) in self.busy) for n, s in enumerate(self.seedings)),
            self.redone.settle(self.draws, self.seedings),
            tuple(self.settings),
            frozenset((p, s) for p, s, _ in self.visited),
            self.trains or (None if tested else self.named_trains),
            self.budget[0] > 0,
        )


def seeding_told(record: FileRecord, event: Event, name: str) -> Any:
    """What the call seeds, by its name; a helper that was imported and cannot be looked into goes before a seed that
    any function may be handed by keyword."""
    known = chance.seeding(name, event.args)
    imported = event.name.partition(".")[0] in record.imports
    if imported and (known is None or known[0].scope == "object"):
        return chance.foreign(name, event.args) or known
    return known


def starred(record: FileRecord, name: str) -> str:
    """A bare name that a star import of a well-known module brings in."""
    if "." in name or name in record.imports:
        return name
    for module, _ in record.stars:
        if module in STAR_MODULES and f"{module}.{name}" in chance.SEEDING:
            return f"{module}.{name}"
    return name
