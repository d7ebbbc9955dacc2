"""Patterns that are compiled when they are first used: a check uses two thirds of ours, and compiling is slow."""

from __future__ import annotations

import re
from typing import Any, AnyStr, cast

_OFFERED = (
    "search",
    "match",
    "fullmatch",
    "finditer",
    "findall",
    "sub",
    "subn",
    "split",
    "flags",
    "groups",
    "groupindex",
)


class Late:
    """Stands for a pattern; once one of its methods was asked for, they are its own and cost nothing more."""

    def __init__(self, text: str | bytes, flags: int) -> None:
        self.pattern, self._flags = text, flags

    def __getattr__(self, name: str) -> Any:
        if name not in _OFFERED:
            raise AttributeError(name)
        made: re.Pattern[Any] = re.compile(self.pattern, self._flags)
        self.__dict__.update((offered, getattr(made, offered)) for offered in _OFFERED)
        return self.__dict__[name]


def late(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """What ``re.compile`` gives, compiled later; a faulty pattern raises ``re.error`` at its first use."""
    return cast("re.Pattern[AnyStr]", Late(text, flags))
