"""What expressions hold: calls with their arguments, names read, options, numbers, strings."""

from __future__ import annotations

import ast
import json
import math
import time
from itertools import accumulate
from typing import Any

from artifactpack.patterns import late
from artifactpack.project.python_interest import (
    DECLARERS,
    DEFINERS,
    PATHLIKE,
    SEED_WORDS,
    STARTS,
    hyperish,
    kept_arguments,
    may_be_path,
    seedish,
)
from artifactpack.project.python_options import declared_option
from artifactpack.project.python_values import atoms_of, condition_of, dotted

MOST_GUARDS = 8  # values of one `or` that a later one is kept to depend on
_SPEAKS = late(SEED_WORDS.pattern.encode())


class Expressions:
    """Gathers what the expressions of one file *source* hold, in the order in which Python evaluates them."""

    def __init__(self, source: bytes, deadline: float = math.inf) -> None:
        self.deadline, self.steps = deadline, 0
        self.spoken = spoken_until(source)
        self.imports: list[list[Any]] = []
        self.named: dict[str, str] = {}
        self.stars: list[list[Any]] = []
        self.scopes: list[list[Any]] = []
        self.names: dict[int, str] = {}  # of the scope that a list of events belongs to
        self.guards: list[list[Any]] = [[]]
        self.options: list[list[Any]] = []
        self.reads: set[str] = set()
        self.strings: list[list[Any]] = []
        self.changeable = False  # inside a default that a caller or user can change
        self.numbers: list[list[Any]] = []
        self.main = False
        self.definitions: set[str] = set()

    def speaks(self, node: Any) -> bool:
        """Whether the lines of *node* hold a word about chance: where not, none of its names or texts does."""
        return bool(self.spoken[node.end_lineno] > self.spoken[node.lineno - 1])

    def step(self) -> None:
        """Count; now and then look whether the file has had its share of processor time."""
        self.steps += 1
        if not self.steps & 127 and time.thread_time() > self.deadline:
            raise TimeoutError

    def guarded(self, guard: int, condition: list[Any]) -> int:
        self.guards.append([*self.guards[guard], condition])
        return len(self.guards) - 1

    def open_scope(
        self, name: str, kind: str, line: int, end: int, params: Any, decorators: Any, bases: Any
    ) -> list[Any]:
        events: list[Any] = []
        self.scopes.append([name, kind, line, end, params, decorators, bases, events])
        self.names[id(events)] = name
        return events

    def dictionary(self, node: ast.Dict, line: int) -> None:
        """Keys of a literal dictionary are settings that code can read."""
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                self.number(key.value, value, key.lineno)
                if seedish(key.value):
                    self.options.append(["dict", key.value, key.value, list(atoms_of(value)), key.lineno, ""])
            if isinstance(value, ast.Dict):
                self.dictionary(value, line)

    def number(self, name: str, value: Any, line: int) -> None:
        if isinstance(value, ast.UnaryOp):
            value = value.operand
        if isinstance(value, ast.Constant) and type(value.value) in (int, float) and hyperish(name):
            self.numbers.append([line, name, json.dumps(value.value)])

    def expression(self, node: Any, events: list[Any], guard: int) -> None:
        """Visit *node* in the order in which Python evaluates it."""
        kind = type(node)
        if kind is ast.Call:
            self.call(node, events, guard)
        elif kind is ast.Constant:
            if type(node.value) is str:
                self.string(node.value, node.lineno)
        elif kind is ast.Attribute:
            self.reads.add(node.attr)
            self.expression(node.value, events, guard)
        elif kind is ast.Subscript:
            if isinstance(node.slice, ast.Constant) and type(node.slice.value) is str:
                self.reads.add(node.slice.value)
            self.expression(node.value, events, guard)
            self.expression(node.slice, events, guard)
        elif kind in (ast.BinOp, ast.JoinedStr, ast.Compare):
            for child in whole_paths(node):
                self.expression(child, events, guard)
        elif kind is ast.IfExp:
            self.expression(node.test, events, guard)
            condition = condition_of(node.test)
            self.expression(node.body, events, self.guarded(guard, condition))
            self.expression(node.orelse, events, self.guarded(guard, ["not", condition]))
        elif kind is ast.BoolOp:
            self.either(node, events, guard)
        elif kind is ast.Lambda:
            self.unnamed(node, events, guard, "k")
        elif kind is ast.Dict:
            self.dictionary(node, node.lineno)
            for child in (*node.keys, *node.values):
                if child is not None:
                    self.argument(child, events, guard, "k")
        elif kind in (ast.List, ast.Tuple):
            for child in node.elts:
                self.argument(child, events, guard, "k")
        elif kind is not ast.Name:
            for field in kind._fields:
                value = getattr(node, field, None)
                if type(value) is list:
                    for child in value:
                        if isinstance(child, ast.AST):
                            self.expression(child, events, guard)
                elif isinstance(value, ast.AST) and field not in ("ctx", "op"):
                    self.expression(value, events, guard)

    def default(self, node: Any, events: list[Any], guard: int) -> None:
        """A default value; a place in the home of whoever runs it is no place of the author's where it can be set."""
        self.changeable, before = True, self.changeable
        self.expression(node, events, guard)
        self.changeable = before

    def string(self, value: str, line: int) -> None:
        if self.changeable and value.startswith(("~/", "$HOME/")):
            return
        if 3 < len(value) < 400 and may_be_path(value) and PATHLIKE.search(value) and "\n" not in value:
            self.strings.append([line, value])

    def call(self, node: ast.Call, events: list[Any], guard: int) -> None:
        self.step()
        function = node.func
        name = dotted(function)
        last = name.rpartition(".")[2]
        if type(function) is ast.Attribute:
            self.expression(function.value, events, guard)
        elif type(function) is not ast.Name:
            self.expression(function, events, guard)
        given = "r" if STARTS.search(last) else "k"
        adds = last in DECLARERS or adds_option(node, last)
        before, self.changeable = self.changeable, self.changeable or adds or declares(last)
        for argument in node.args[looks_for(name, node.args) :]:
            self.argument(argument, events, guard, given)
        for keyword in node.keywords:
            self.argument(keyword.value, events, guard, given)
            if keyword.arg:
                self.number(keyword.arg, keyword.value, keyword.value.lineno)
        self.changeable = before
        if adds:
            self.option(node, "argparse")
        elif last.startswith(("DEFINE_", "define_")) and DEFINERS.match(last):
            self.option(node, "flags")
        elif last in ("get", "getattr", "hasattr", "pop", "setdefault") and node.args:
            key = node.args[1] if last in ("getattr", "hasattr") and len(node.args) > 1 else node.args[0]
            if isinstance(key, ast.Constant) and type(key.value) is str:
                self.reads.add(key.value)
        elif last == "set_defaults":
            for keyword in node.keywords:
                if keyword.arg:
                    self.options.append(
                        [
                            "argparse",
                            keyword.arg,
                            keyword.arg,
                            list(atoms_of(keyword.value)),
                            node.lineno,
                            "set_defaults",
                        ]
                    )
        target = self.named.get(name.partition(".")[0], "")
        events.append([node.lineno, "c", name, kept_arguments(node, name, target, speaks=self.speaks(node)), guard])

    def argument(self, node: Any, events: list[Any], guard: int, given: str) -> None:
        """A name that is handed over to be called, at once ("r") or at a time that nobody can tell ("k", kept)."""
        if type(node) is ast.Name:
            events.append([node.lineno, given, node.id, None, guard])
        elif type(node) is ast.Attribute and type(node.value) is ast.Name:
            self.reads.add(node.attr)
            events.append([node.lineno, given, dotted(node), None, guard])
        elif type(node) is ast.Lambda:
            self.unnamed(node, events, guard, given)
        else:
            self.expression(node, events, guard)

    def unnamed(self, node: ast.Lambda, events: list[Any], guard: int, given: str) -> None:
        """A lambda is a function that is handed over: what it calls is not called here."""
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self.expression(default, events, guard)
        around = self.names[id(events)]
        last = f"lambda_{node.lineno}_{node.col_offset}"
        own = f"{around}.{last}" if around else last
        inner = self.open_scope(own, "f", node.lineno, node.end_lineno or 0, (), (), ())
        self.expression(node.body, inner, 0)
        if inner:
            self.definitions.add(last)
            events.append([node.lineno, given, last, None, guard])
        else:
            self.scopes.pop()

    def either(self, node: ast.BoolOp, events: list[Any], guard: int) -> None:
        """``a or f()`` calls f where a is false, ``a and f()`` where it is true."""
        calls = any(type(inner) is ast.Call for value in node.values[1:] for inner in ast.walk(value))
        for number, value in enumerate(node.values):
            self.expression(value, events, guard)
            if calls and number < MOST_GUARDS:
                condition = condition_of(value)
                guard = self.guarded(guard, condition if type(node.op) is ast.And else ["not", condition])

    def option(self, node: ast.Call, maker: str) -> None:
        """An option that *node* declares, and its default where that is a hyperparameter."""
        found = declared_option(node, maker)
        if found is not None:
            self.options.append(found)
            default = next((k.value for k in node.keywords if k.arg == "default"), None)
            if default is not None:
                self.number(found[1], default, node.lineno)


def whole_paths(node: Any) -> list[Any]:
    """The parts of *node* in the order in which Python evaluates them, without constants that are no path by
    themselves: what is put behind something else, and what something is compared with."""
    if type(node) is ast.BinOp:
        whole, pieces = ([node.left], [node.right]) if type(node.op) is ast.Add else ([node.left, node.right], [])
    elif type(node) is ast.JoinedStr:
        whole, pieces = node.values[:1], node.values[1:]
    else:
        whole, pieces = [], [node.left, *node.comparators]
    return whole + [part for piece in pieces for part in _behind_its_root(piece)]


def _behind_its_root(piece: Any) -> list[Any]:
    """*piece*, or where it is a text that begins like a path, what is filled into that text."""
    if _rooted(piece):
        return []
    kind = type(piece)
    if kind is ast.Call and type(piece.func) is ast.Attribute and piece.func.attr == "format":
        filled = [*piece.args, *(k.value for k in piece.keywords)]
        return filled if _rooted(piece.func.value) else [piece]
    if kind is ast.BinOp and type(piece.op) is ast.Mod:
        return [piece.right] if _rooted(piece.left) else [piece]
    if kind is ast.JoinedStr and piece.values and _rooted(piece.values[0]):
        return list(piece.values[1:])
    return [piece]


def declares(last: str) -> bool:
    """Whether a call of *last* declares what a user can set."""
    return last in ("field", "option", "Option") or last.startswith(("DEFINE_", "define_"))


def adds_option(node: ast.Call, last: str) -> bool:
    """Whether the call ``parser.add("--name", default=...)`` declares an option, as ConfigArgParse has it."""
    first = node.args[0] if last == "add" and node.args and node.keywords else None
    return type(first) is ast.Constant and type(first.value) is str and first.value.startswith("-")


def looks_for(name: str, arguments: list[Any]) -> int:
    """How many of the first *arguments* of a call of *name* are only looked for in another text."""
    head, _, last = name.rpartition(".")
    looks = head in ("re", "regex") or last in _LOOKING
    return int(looks and bool(arguments) and _rooted(arguments[0]))


_LOOKING = frozenset({"replace", "startswith", "endswith", "removeprefix", "removesuffix", "split", "rsplit", "strip"})


def _rooted(node: Any) -> bool:
    return type(node) is ast.Constant and type(node.value) is str and node.value.startswith(("/", "~"))


def spoken_until(source: bytes) -> list[int]:
    """How many words about chance stand up to the end of each line, the lines counted from 1."""
    text = source.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in source else source
    counts, line, at = [0] * (text.count(b"\n") + 2), 1, 0
    for match in _SPEAKS.finditer(text.lower()):  # five times as fast as a pattern that ignores case
        line += text.count(b"\n", at, match.start())
        at = match.start()
        counts[line] += 1
    return list(accumulate(counts))
