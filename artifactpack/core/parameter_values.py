"""Parameters as they are written on command lines and in files: numbers in strings, options with values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from artifactpack.models.records import Json
from artifactpack.patterns import late

FLOAT = late(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_INTEGER = late(r"[+-]?\d{1,18}")
_WORDS = {"true": True, "false": False, "none": None, "null": None}
_OPTION = late(r"--?([A-Za-z_][\w.:/-]*)(?:=(.*))?", re.DOTALL)
_OVERRIDE = late(r"\+{0,2}([A-Za-z_][\w.@/-]*)=(.*)", re.DOTALL)
_PROGRAM = late(r".*\.(?:py|ipynb|sh|R|jl)")


def coerce(value: Any) -> Json:
    """Turn ``"0.1"`` into 0.1, ``"true"`` into True, ``42.0`` into 42; leave every other string as it is."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if not isinstance(value, str):
        return value
    text = value.strip()
    lowered = text.lower()
    if lowered in _WORDS:
        return _WORDS[lowered]
    if _INTEGER.fullmatch(text):
        return int(text)
    if FLOAT.fullmatch(text):
        return coerce(float(text))
    return value


def on_argv(argv: Sequence[str]) -> dict[str, Json]:
    """Options of a program: ``--lr 0.1``, ``--lr=0.1``, ``-b 32``, ``--layers 64 32``, hydra's ``key=value``; a flag
    alone is true. What stands before the program (an interpreter, a launcher) is none of its parameters."""
    return dict(_options(list(argv[_program(argv) :])))


def _program(argv: Sequence[str]) -> int:
    """Where the program's own words begin."""
    for position, word in enumerate(argv):
        if _PROGRAM.fullmatch(word):
            return position + 1
        if word == "-m" and position + 1 < len(argv) and argv[0].rpartition("/")[2].startswith(("python", "torchrun")):
            return position + 2
    return 1


def _options(words: list[str]) -> Iterator[tuple[str, Json]]:
    while words:
        word = words.pop(0)
        if word == "--":
            return
        option, override = _OPTION.fullmatch(word), _OVERRIDE.fullmatch(word)
        if option:
            yield option[1], coerce(option[2]) if option[2] is not None else _values(words)
        elif override:
            yield override[1], coerce(override[2])


def _values(words: list[str]) -> Json:
    """What an option without ``=`` is given: nothing (a flag), one word, or a row of numbers."""
    if not words or _OPTION.fullmatch(words[0]) or _OVERRIDE.fullmatch(words[0]):
        return True
    values: list[Json] = [coerce(words.pop(0))]
    while _number(values[-1]) and words and _number(coerce(words[0])):
        values.append(coerce(words.pop(0)))
    return values[0] if len(values) == 1 else values


def _number(value: Json) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
