"""Gin: operative configurations (what was really used) and configuration files."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from artifactpack.models.records import Json
from artifactpack.models.system import SystemReading, TrackedRun
from artifactpack.patterns import late
from artifactpack.systems.about import About
from artifactpack.systems.files import files_of
from artifactpack.systems.outputs import metrics_beside
from artifactpack.systems.points import kept
from artifactpack.systems.reading import Unreadable, read_text
from artifactpack.systems.values import flatten, seed_of

if TYPE_CHECKING:
    from artifactpack.project import Project

ABOUT = About(
    title="Gin",
    reads="`operative_config*.gin` (as runs), other `*.gin` files (as configuration)",
    proves="Ps",
    limits="an operative configuration holds only parameters that were used; no metrics, code or versions",
)
_ASSIGNMENT = late(r"([A-Za-z_][\w./]*)\s*=\s*(.+)", re.DOTALL)


def detect(project: Project) -> bool:
    """Whether a Gin file is there."""
    return bool(files_of(project).ending(".gin"))


def read(project: Project) -> SystemReading:
    """Operative configurations become runs; the other files are read as declared configuration."""
    runs, configuration, warnings = [], {}, []
    paths = files_of(project).ending(".gin")
    for path in paths:
        try:
            parameters = parse(read_text(project.root / path))
        except Unreadable as error:
            warnings.append(f"{path}: {error}")
            continue
        if "operative" in path.rsplit("/", 1)[-1]:
            runs.append(_run(project, path, parameters))
        else:
            configuration.update({k: v for k, v in parameters.items() if isinstance(v, str | int | float | bool)})
    return SystemReading(
        system=ABOUT.title, sources=paths, runs=tuple(runs), configuration=configuration, warnings=tuple(warnings)
    )


def _run(project: Project, path: str, parameters: dict[str, Json]) -> TrackedRun:
    folder = path.rpartition("/")[0]
    metrics, series = metrics_beside(project, folder)
    return TrackedRun(
        system=ABOUT.title,
        id=path,
        name=folder.rsplit("/", 1)[-1],
        source=path,
        parameters=parameters,
        seed=seed_of(parameters),
        metrics=metrics,
        series=kept(path, series),
    )


def parse(text: str) -> dict[str, Json]:
    """Bindings of a Gin file; values are Python literals, references (``@fn``, ``%macro``) stay strings, macros
    that are defined in the file are filled in one level deep."""
    found: dict[str, Json] = {}
    for statement in _statements(text):
        match = _ASSIGNMENT.fullmatch(statement)
        if match:
            found[match[1]] = _value(match[2].strip())
    filled = {
        key: found.get(value[1:], value) if isinstance(value, str) and value.startswith("%") else value
        for key, value in found.items()
    }
    return flatten(filled)


def _statements(text: str) -> list[str]:
    """Join lines that end with a backslash or leave a bracket open; drop comments."""
    statements: list[str] = []
    pending = ""
    for line in text.splitlines():
        bare = _without_comment(line).rstrip()
        if not bare.strip() and not pending:
            continue
        pending += bare.removesuffix("\\") + "\n"
        if not bare.endswith("\\") and _balanced(pending):
            statements.append(pending.strip())
            pending = ""
    return [*statements, pending.strip()] if pending.strip() else statements


def _without_comment(line: str) -> str:
    quote = ""
    for position, character in enumerate(line):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character == "#":
            return line[:position]
    return line


def _balanced(text: str) -> bool:
    bare = re.sub(r"'[^'\n]*'|\"[^\"\n]*\"", "", text)
    return sum(bare.count(c) for c in "([{") <= sum(bare.count(c) for c in ")]}")


def _value(text: str) -> Json:
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
    return list(value) if isinstance(value, tuple | set) else value
