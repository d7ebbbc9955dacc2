"""Small pure functions of syntax: a dotted name, the atoms of a value, a condition as data."""

from __future__ import annotations

import ast
import json
from typing import Any

MAX_ATOMS = 24
EITHER = "!?"
"""Behind the atoms of which one or another is taken."""
_TEXT = 200


def dotted(node: Any) -> str:
    """``a.b["c"]().d`` as ``a.b.c().d``; ``?`` for what has no name."""
    parts: list[str] = []
    while True:
        kind = type(node)
        if kind is ast.Attribute:
            parts.append("." + node.attr)
            node = node.value
        elif kind is ast.Name:
            parts.append(node.id)
            break
        elif kind is ast.Call:
            parts.append("()")
            node = node.func
        elif kind is ast.Subscript:
            key = node.slice
            named = type(key) is ast.Constant and type(key.value) is str and len(key.value) < 80
            parts.append("." + key.value if named else "[]")
            node = node.value
        else:
            parts.append("?")
            break
    parts.reverse()
    return "".join(parts)


def atoms_of(node: Any) -> tuple[str, ...]:
    """What a value is made of: ``=`` constants, ``$`` names read, ``!`` functions called, in reading order."""
    found: list[str] = []
    _gather(node, found)
    return tuple(found[:MAX_ATOMS])


def _gather(node: Any, found: list[str]) -> None:
    if len(found) >= MAX_ATOMS:
        return
    kind = type(node)
    if kind is ast.Constant:
        found.append("=" + _constant(node.value))
    elif kind is ast.Name:
        found.append("$" + node.id)
    elif kind is ast.Attribute or kind is ast.Subscript:
        _gather_path(node, found)
    elif kind is ast.Call:
        _gather_call(node, found)
    elif kind is ast.UnaryOp and type(node.operand) is ast.Constant and type(node.op) is ast.USub:
        found.append("=-" + _constant(node.operand.value))
    elif kind is ast.IfExp:
        _gather(node.body, found)
        _gather(node.orelse, found)
        found.append(EITHER)
    elif kind is ast.BoolOp:
        for value in node.values:
            _gather(value, found)
        found.append(EITHER)
    elif kind is not ast.Lambda:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                _gather(child, found)


def _gather_path(node: Any, found: list[str]) -> None:
    path = dotted(node)
    found.append("$" + path)
    base = node
    while type(base) in (ast.Attribute, ast.Subscript):
        if type(base) is ast.Subscript and type(base.slice) is not ast.Constant:
            _gather(base.slice, found)
        base = base.value
    if type(base) is ast.Call:
        _gather(base, found)


def _gather_call(node: ast.Call, found: list[str]) -> None:
    name = dotted(node.func)
    last = name.rpartition(".")[2]
    arguments = node.args
    key = arguments[1] if last == "getattr" and len(arguments) > 1 else arguments[0] if arguments else None
    if last in ("get", "getattr") and type(key) is ast.Constant and type(key.value) is str:
        base = dotted(arguments[0]) if last == "getattr" else name.rpartition(".")[0]
        found.append(f"${base}.{key.value}")
        for other in arguments[2 if last == "getattr" else 1 :]:
            _gather(other, found)
        return
    found.append("!" + name)
    if type(node.func) is ast.Attribute and type(node.func.value) is ast.Call:
        _gather(node.func.value, found)
    for argument in arguments:
        _gather(argument, found)
    for keyword in node.keywords:
        _gather(keyword.value, found)


def _constant(value: Any) -> str:
    if value is None or value is True or value is False:
        return _WORDS[value]
    if type(value) is int and -1000 < value < 100_000:
        return str(value)
    if isinstance(value, (int, float)):
        try:
            return json.dumps(value)
        except ValueError:  # more digits than Python converts
            return '"a number of thousands of digits"'
    if isinstance(value, str):
        return json.dumps(value[:_TEXT])
    return '"…"' if value is ... else json.dumps(repr(value)[:40])


_WORDS = {None: "null", True: "true", False: "false"}


def is_main_test(node: Any) -> bool:
    """Whether *node* is ``__name__ == "__main__"`` (either way round)."""
    if type(node) is not ast.Compare or len(node.comparators) != 1:
        return False
    sides = (node.left, node.comparators[0])
    names = any(type(s) is ast.Name and s.id == "__name__" for s in sides)
    return names and any(type(s) is ast.Constant and s.value == "__main__" for s in sides)


def condition_of(node: Any, depth: int = 0) -> list[Any]:
    """The condition *node* as nested lists (see python_record)."""
    kind = type(node)
    if depth > 8:
        return ["v", []]
    if kind is ast.UnaryOp and type(node.op) is ast.Not:
        return ["not", condition_of(node.operand, depth + 1)]
    if kind is ast.BoolOp:
        word = "and" if type(node.op) is ast.And else "or"
        return [word, *(condition_of(v, depth + 1) for v in node.values[:8])]
    if kind is ast.Compare and len(node.ops) == 1:
        return ["cmp", type(node.ops[0]).__name__, list(atoms_of(node.left)), list(atoms_of(node.comparators[0]))]
    return ["v", list(atoms_of(node))]


def targets_of(node: Any) -> list[str]:
    """The names that an assignment or loop sets."""
    if isinstance(node, (ast.Tuple, ast.List)):
        return [t for part in node.elts for t in targets_of(part)]
    return [dotted(node)]


def without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements after the documentation string."""
    first = body[0]
    return body[1:] if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) else body
