"""What a value in the code comes down to: a constant, an option, something that differs from run to run."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

MISSING: Any = ...


class Value(NamedTuple):
    """``constant`` where one is known (an option's default too); ``options`` names what the user can set;
    ``unstable`` says why it differs from run to run; ``drawn`` names libraries it was drawn from; ``unset``
    a configuration key that nothing sets."""

    constant: Any = MISSING
    options: frozenset[str] = frozenset()
    unstable: str = ""
    drawn: frozenset[str] = frozenset()
    unset: str = ""
    guessed: bool = False

    @property
    def missing(self) -> bool:
        """Whether no seed reaches the generator: the value is None and nobody can set it."""
        return self.constant is None and not self.options


def combined(values: list[Value]) -> Value:
    """The value computed from several."""
    if len(values) == 1:
        return values[0]
    return Value(
        constant=MISSING,
        options=frozenset().union(*(v.options for v in values)),
        unstable=next((v.unstable for v in values if v.unstable), ""),
        drawn=frozenset().union(*(v.drawn for v in values)),
        unset=next((v.unset for v in values if v.unset), ""),
        guessed=any(v.guessed for v in values),
    )


def either(old: Value, new: Value) -> Value:
    """*new* where some condition holds, else *old*: what the user can set in either, the fault of the new one."""
    return Value(
        constant=new.constant if new.constant is not None else old.constant,
        options=old.options | new.options,
        unstable=new.unstable,
        drawn=new.drawn,
        unset=new.unset and old.unset,
        guessed=old.guessed or new.guessed,
    )


def constant_of(atom: str) -> Any:
    """The constant in a ``=`` atom."""
    try:
        return json.loads(atom[1:])
    except ValueError:
        return atom[1:]


def compare(operator: str, left: Any, right: Any) -> bool | None:
    """The outcome of a comparison of two known constants; None where they cannot be compared."""
    try:
        match operator:
            case "Is":
                return left is right or (left == right and type(left) is type(right))
            case "IsNot":
                return not (left is right or (left == right and type(left) is type(right)))
            case "Eq":
                return bool(left == right)
            case "NotEq":
                return bool(left != right)
            case "Gt":
                return bool(left > right)
            case "GtE":
                return bool(left >= right)
            case "Lt":
                return bool(left < right)
            case "LtE":
                return bool(left <= right)
    except TypeError:
        return None
    return None
