"""The objects of a program that is followed: which classes were made, what can be called on them, with what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from artifactpack.project.settings import SEED_NAME
from artifactpack.project.trace_judge import Judge
from artifactpack.project.valuation import Frame, evaluate
from artifactpack.project.values import Value

if TYPE_CHECKING:
    from artifactpack.project.graph import Target


class Objects(Judge):
    """Keeps what was made."""

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
            free = [n for n in names if n not in bound and SEED_NAME.search(n)]
            bound |= {n: self.unpacked(frame, arguments["**"], n) for n in free}
        return bound

    def unpacked(self, frame: Frame, atoms: Sequence[str], name: str) -> Value:
        """The value of the parameter *name*, which stands in what was unpacked: ``**vars(args)`` hands over options."""
        if name in self.attributes:
            return self.attributes[name]
        options = next((a for a in atoms if a[0] == "$"), "") if "!vars" in atoms else ""
        if options and name in self.graph.settings:
            return evaluate(self, frame, (f"{options}.{name}",))
        return Value(guessed=True)

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

    def uses(self, path: str) -> bool:
        """Whether the program got to a function of the module, names it, or imports from it as its package does not."""
        front = f"{path.rpartition('/')[0]}/__init__.py"
        if path == self.entry.path or any(p == path and s for p, s, _ in self.visited):
            return True
        stem, records = path.rpartition("/")[2].removesuffix(".py"), self.graph.records
        importers = [records[p] for p in {p for p, _, _ in self.visited} - {front, path}]
        return any(
            stem in record.reads or any(self.brings(record.path, target, path, front) for target, _ in record.modules)
            for record in importers
        )

    def brings(self, importer: str, target: str, path: str, front: str) -> bool:
        """Whether importing *target* brings what the module keeps, from itself or through its package's *front*."""
        place = self.graph.modules.find(importer, target)
        if place is None or place[0] == path:
            return place is not None
        package = self.graph.records.get(front)
        return place[0] == front and package is not None and bool(place[1]) and place[1] not in package.scopes
