"""Placeholders of a command table, filled in for one run."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterable, Iterator

from artifactpack.models.config import Config, Scalar
from artifactpack.patterns import late

PLACEHOLDER = late(r"\{\{|\}\}|\{([A-Za-z_][\w-]*(?:\.[A-Za-z_]\w*)?)\}")


def word(value: Scalar) -> str:
    """A grid value as it stands on a command line."""
    return str(value).lower() if isinstance(value, bool) else str(value)


class Filler:
    """Fills placeholders of one command; unknown ones are collected as faults that name the nearest known one."""

    def __init__(self, config: Config, name: str, values: dict[str, tuple[str, ...]], faults: list[str]) -> None:
        self.config, self.name, self.values, self.faults = config, name, values, faults

    def argv(self, words: Iterable[str]) -> Iterator[str]:
        """Each word filled; one that is a single placeholder of several values becomes several words."""
        for word in words:
            alone = PLACEHOLDER.fullmatch(word)
            if alone and alone[1] and len(self.values.get(alone[1], ())) > 1:
                yield from self.values[alone[1]]
            else:
                yield self.text(word, "run")

    def text(self, template: str, key: str) -> str:
        """*template* with every placeholder filled; *key* is the table's, for the fault's sentence."""
        return PLACEHOLDER.sub(lambda m: self._one(m, key), template)

    def paths(self, templates: Iterable[str], key: str, cwd: str) -> tuple[str, ...]:
        """Files relative to the project: ``{out}`` already is, anything else is relative to the command's folder."""
        return tuple(
            self.text(t, key) if t.startswith("{") else posixpath.normpath(posixpath.join(cwd, self.text(t, key)))
            for t in templates
        )

    def _one(self, match: re.Match[str], key: str) -> str:
        name = match[1]
        if name is None:
            return match[0][0]
        values = self.values.get(name)
        if values is None:
            self.faults.append(f"commands.{self.name}.{key}: unknown placeholder {match[0]}{self._hint(name)}")
            return match[0]
        if len(values) != 1:
            many = "is empty" if not values else f"stands for {len(values)} files; give it a word of its own"
            self.faults.append(f"commands.{self.name}.{key}: {match[0]} {many}")
            return match[0]
        return values[0]

    def _hint(self, name: str) -> str:
        owner, dot, _ = name.partition(".")
        if dot and owner in self.config.commands:
            return f"; add {owner!r} to commands.{self.name}.needs, then use {{{owner}.weights}} or {{{owner}.out}}"
        from difflib import get_close_matches

        near = get_close_matches(name, self.values, 1, 0.5)
        if near:
            return f"; did you mean {{{near[0]}}}?"
        return f"; known: {', '.join('{' + key + '}' for key in self.values)}"


def is_path(name: str) -> bool:
    """Whether a placeholder stands for files, which a command in another folder sees under another name."""
    return name == "out" or name.endswith((".out", ".weights"))


def kept_at(path: str, folder: str) -> str:
    """Where a declared output lies after the run: in the run's own *folder*, copied there if written elsewhere."""
    return path if path.startswith(f"{folder}/") else f"{folder}/outputs/{path}"


def in_folder(path: str, cwd: str) -> str:
    """*path* (relative to the project) as seen from *cwd* (relative to the project)."""
    return path if cwd in (".", "") or path.startswith("/") else os.path.relpath(path, cwd)
