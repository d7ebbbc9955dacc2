"""One walk over one syntax tree: everything the index keeps is gathered here, and nowhere else."""

from __future__ import annotations

import ast
from typing import Any

from artifactpack.project.python_expressions import Expressions
from artifactpack.project.python_interest import (
    LIMIT_NUMBERS,
    LIMIT_STRINGS,
    seedish,
    set_matters,
    worth_keeping,
    worth_naming,
)
from artifactpack.project.python_values import (
    atoms_of,
    condition_of,
    dotted,
    is_main_test,
    targets_of,
    without_docstring,
)


class Visitor(Expressions):
    """Call ``read(tree)`` once: the content of a ``FileRecord``; TimeoutError past *deadline* of the thread's clock."""

    def read(self, tree: ast.Module) -> dict[str, Any]:
        """Gather everything in *tree*."""
        events = self.open_scope("", "m", 1, 0, (), (), ())
        self.block(tree.body, "", events, 0, "m")
        return self.finished()

    def finished(self) -> dict[str, Any]:
        """The record's content, without what no probe could ask for."""
        named = self.definitions | {i[0] for i in self.imports if "." in i[1]}
        modules = {i[0] for i in self.imports}
        numbers = {0: 0}
        for scope in self.scopes:
            scope[7] = worth_keeping(scope[7], named, modules)
            for event in scope[7]:
                event[4] = numbers.setdefault(event[4], len(numbers))
        return {
            "i": self.imports,
            "t": self.stars,
            "s": self.scopes,
            "g": [self.guards[old] for old in numbers],
            "o": self.options,
            "r": "\n".join(sorted(self.reads)),
            "x": self.strings[:LIMIT_STRINGS],
            "k": self.numbers[:LIMIT_NUMBERS],
            "m": int(self.main),
        }

    def block(self, body: list[ast.stmt], name: str, events: list[Any], guard: int, kind: str) -> None:
        """Visit statements; *name* is the scope's, *guard* the number of the conditions that hold here."""
        for node in body:
            self.step()
            handler = _STATEMENTS.get(type(node))
            if handler is not None:
                handler(self, node, name, events, guard, kind)
            else:
                for child in ast.iter_child_nodes(node):
                    self.expression(child, events, guard)

    def nested(self, node: Any, name: str, events: list[Any], guard: int, kind: str) -> None:
        for field in ("body", "orelse", "finalbody"):
            if part := getattr(node, field, None):
                self.block(part, name, events, guard, kind)

    def on_import(self, node: ast.Import, *_: Any) -> None:
        for alias in node.names:
            if alias.asname:
                self.imports.append([alias.asname, alias.name, node.lineno])
            else:
                head = alias.name.partition(".")[0]
                self.imports.append([head, head, node.lineno])
                if head != alias.name:
                    self.imports.append([alias.name, alias.name, node.lineno])

    def on_import_from(self, node: ast.ImportFrom, *_: Any) -> None:
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            if alias.name == "*":
                self.stars.append([module, node.lineno])
            else:
                joint = "" if module.endswith(".") or not module else "."
                local = alias.asname or alias.name
                self.imports.append([local, f"{module}{joint}{alias.name}", node.lineno])
                if local != alias.name:
                    self.named[local] = alias.name

    def on_function(self, node: Any, name: str, events: list[Any], guard: int, kind: str) -> None:
        given = node.name if node.name != "_" else f"_{node.lineno}"  # cells of a marimo notebook all have this name
        own = f"{name}.{given}" if name else given
        self.definitions.add(node.name)
        for decorator in node.decorator_list:
            self.expression(decorator, events, guard)
        arguments = node.args
        positional = [*arguments.posonlyargs, *arguments.args]
        defaults: list[Any] = [None] * (len(positional) - len(arguments.defaults)) + arguments.defaults
        pairs = [
            *zip(positional, defaults, strict=True),
            *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
        ]
        params = []
        for argument, default in pairs:
            if default is not None:
                self.default(default, events, guard)
                self.number(argument.arg, default, node.lineno)
            params.append([argument.arg, None if default is None else list(atoms_of(default))])
        params.extend(["*" + a.arg, None] for a in (arguments.vararg, arguments.kwarg) if a is not None)
        decorators = [dotted(d.func if isinstance(d, ast.Call) else d) for d in node.decorator_list]
        self.declared_by_decorators(node)
        inner = self.open_scope(own, "f", node.lineno, node.end_lineno or 0, params, decorators, ())
        self.block(without_docstring(node.body), own, inner, 0, "f")

    def declared_by_decorators(self, node: Any) -> None:
        """Options of click and its kin stand in decorators."""
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Call) and dotted(decorator.func).rpartition(".")[2] in ("option", "argument"):
                self.option(decorator, "click")

    def on_class(self, node: ast.ClassDef, name: str, events: list[Any], guard: int, kind: str) -> None:
        own = f"{name}.{node.name}" if name else node.name
        self.definitions.add(node.name)
        for decorator in node.decorator_list:
            self.expression(decorator, events, guard)
        decorators = [dotted(d.func if isinstance(d, ast.Call) else d) for d in node.decorator_list]
        bases = [dotted(b) for b in node.bases]
        inner = self.open_scope(own, "c", node.lineno, node.end_lineno or 0, (), decorators, bases)
        self.block(without_docstring(node.body), own, inner, 0, "c")

    def on_if(self, node: ast.If, name: str, events: list[Any], guard: int, kind: str) -> None:
        self.expression(node.test, events, guard)
        main = is_main_test(node.test)
        self.main = self.main or main
        condition = ["main"] if main else condition_of(node.test)
        self.block(node.body, name, events, self.guarded(guard, condition), kind)
        if node.orelse:
            self.block(node.orelse, name, events, self.guarded(guard, ["not", condition]), kind)

    def on_loop(self, node: Any, name: str, events: list[Any], guard: int, kind: str) -> None:
        self.expression(node.test if isinstance(node, ast.While) else node.iter, events, guard)
        if not isinstance(node, ast.While):
            value = {"0": list(atoms_of(node.iter))}
            events.extend([node.lineno, "l", target, value, guard] for target in targets_of(node.target))
        self.nested(node, name, events, guard, kind)

    def on_with(self, node: Any, name: str, events: list[Any], guard: int, kind: str) -> None:
        for item in node.items:
            self.expression(item.context_expr, events, guard)
            if isinstance(item.optional_vars, ast.Name) and isinstance(item.context_expr, ast.Call):
                self.assigned(item.optional_vars, item.context_expr, node.lineno, events, guard, kind)
        self.nested(node, name, events, guard, kind)

    def on_try(self, node: Any, name: str, events: list[Any], guard: int, kind: str) -> None:
        self.block(node.body, name, events, guard, kind)
        for handler in node.handlers:
            self.block(handler.body, name, events, guard, kind)
        self.block(node.orelse, name, events, guard, kind)
        self.block(node.finalbody, name, events, guard, kind)

    def on_match(self, node: Any, name: str, events: list[Any], guard: int, kind: str) -> None:
        self.expression(node.subject, events, guard)
        for case in node.cases:
            self.block(case.body, name, events, self.guarded(guard, ["v", list(atoms_of(node.subject))]), kind)

    def on_expr(self, node: ast.Expr, name: str, events: list[Any], guard: int, kind: str) -> None:
        if not isinstance(node.value, ast.Constant):
            self.expression(node.value, events, guard)

    def on_return(self, node: ast.Return, name: str, events: list[Any], guard: int, kind: str) -> None:
        if node.value is not None:
            self.expression(node.value, events, guard)
            if isinstance(node.value, ast.Name):
                events.append([node.lineno, "k", node.value.id, None, guard])

    def on_assign(self, node: ast.Assign, name: str, events: list[Any], guard: int, kind: str) -> None:
        self.argument(node.value, events, guard, "k")
        for target in node.targets:
            self.assigned(target, node.value, node.lineno, events, guard, kind)

    def on_annotated(self, node: ast.AnnAssign, name: str, events: list[Any], guard: int, kind: str) -> None:
        if node.value is not None:
            self.expression(node.value, events, guard)
            self.assigned(node.target, node.value, node.lineno, events, guard, kind)
        elif kind == "c" and isinstance(node.target, ast.Name):
            self.options.append(["class", node.target.id, node.target.id, None, node.lineno, ""])

    def on_augmented(self, node: ast.AugAssign, name: str, events: list[Any], guard: int, kind: str) -> None:
        self.expression(node.value, events, guard)
        target = dotted(node.target)
        if seedish(target):
            events.append([node.lineno, "a", target, {"0": list(atoms_of(node.value))}, guard])

    def assigned(self, target: Any, value: Any, line: int, events: list[Any], guard: int, kind: str) -> None:
        if isinstance(target, (ast.Tuple, ast.List)):
            values = (
                value.elts if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts) else None
            )
            for position, part in enumerate(target.elts):
                self.assigned(part, values[position] if values else value, line, events, guard, kind)
            return
        full = dotted(target)
        self.number(full.rpartition(".")[2], value, line)
        if isinstance(target, ast.Name):
            if kind == "c":
                self.options.append(["class", full, full, list(atoms_of(value)), line, ""])
            args = {"0": list(atoms_of(value))} if worth_naming(full, value, kind, speaks=self.speaks(value)) else value
            events.append([line, "v", full, args, guard])
        elif isinstance(target, (ast.Attribute, ast.Subscript)):
            if isinstance(target, ast.Subscript):
                self.expression(target.value, events, guard)
            if set_matters(full) or (
                not isinstance(value, ast.Constant) and self.speaks(value) and any(map(seedish, atoms_of(value)))
            ):
                events.append([line, "s", full, {"0": list(atoms_of(value))}, guard])
        if isinstance(value, ast.Dict):
            self.dictionary(value, line)


_STATEMENTS: dict[type, Any] = {
    ast.Import: Visitor.on_import,
    ast.ImportFrom: Visitor.on_import_from,
    **dict.fromkeys((ast.FunctionDef, ast.AsyncFunctionDef), Visitor.on_function),
    ast.ClassDef: Visitor.on_class,
    ast.If: Visitor.on_if,
    **dict.fromkeys((ast.For, ast.AsyncFor, ast.While), Visitor.on_loop),
    **dict.fromkeys((ast.With, ast.AsyncWith), Visitor.on_with),
    **dict.fromkeys((ast.Try, ast.TryStar), Visitor.on_try),
    ast.Match: Visitor.on_match,
    ast.Expr: Visitor.on_expr,
    ast.Return: Visitor.on_return,
    ast.Assign: Visitor.on_assign,
    ast.AnnAssign: Visitor.on_annotated,
    ast.AugAssign: Visitor.on_augmented,
}
