"""Frozen records: declared once as dataclasses, validated by pydantic where they come from outside.

Importing a record costs no pydantic. ``load`` validates what comes from a file (strict about unknown keys, collects
every fault); ``restore`` rebuilds what our own cache wrote without validating; ``dump`` is the inverse of both.
"""

from __future__ import annotations

import dataclasses
import json
import math
import types
import typing
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar, dataclass_transform

from artifactpack.models.making import made_record

T = TypeVar("T")
Json = Any  # bool | int | float | str | None | list[Json] | dict[str, Json]

SPECIAL_FLOATS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def hyphenated(name: str) -> str:
    """``checklist_tex`` → ``checklist-tex``; ``from_`` → ``from``: how a field is spelt in a file people write."""
    return name.rstrip("_").replace("_", "-")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def record(cls: type[T]) -> type[T]:
    """Make *cls* a frozen, keyword-only record whose JSON keys are its field names."""
    cls.__pydantic_config__ = {"extra": "forbid"}  # type: ignore[attr-defined]
    return made_record(cls)


@dataclass_transform(frozen_default=True, kw_only_default=True)
def file_record(cls: type[T]) -> type[T]:
    """Like :func:`record`, for files people write: keys are hyphenated (``config-version``)."""
    cls.__pydantic_config__ = {  # type: ignore[attr-defined]
        "extra": "forbid",
        "alias_generator": hyphenated,
        "populate_by_name": True,
    }
    return made_record(cls)


def _key(cls: type, name: str) -> str:
    aliased: bool = "alias_generator" in getattr(cls, "__pydantic_config__", {})
    return hyphenated(name) if aliased else name


def dump(value: Any) -> Json:
    """Turn records into JSON values: tuples become lists, NaN and infinities become strings."""
    if isinstance(value, float):
        return value if math.isfinite(value) else _special(value)
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, Mapping):
        return {str(k): dump(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [dump(v) for v in value]
    if isinstance(value, (set, frozenset)):
        return sorted(dump(v) for v in value)
    cls: Any = type(value)
    return {_key(cls, f): dump(getattr(value, f)) for f in _fields(cls)}


def _special(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def to_json(value: Any, *, indent: int | None = 1) -> str:
    """Serialise deterministically (sorted by declaration, no clock, ``\\n`` at the end).

    Halves of characters, as in names that are not UTF-8, are written as JSON's escapes, so that UTF-8 can hold it.
    """
    text = json.dumps(dump(value), indent=indent, ensure_ascii=False, allow_nan=False) + "\n"
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


@cache
def _fields(cls: Any) -> tuple[str, ...]:
    return tuple(f.name for f in dataclasses.fields(cls))


class Invalid(ValueError):
    """Validation failed; ``faults`` holds (path, message) pairs, every one found."""

    def __init__(self, faults: list[tuple[tuple[str | int, ...], str]]) -> None:
        super().__init__("; ".join(f"{'.'.join(map(str, p)) or '(top)'}: {m}" for p, m in faults))
        self.faults = faults


def load(cls: type[T], data: Json) -> T:
    """Validate *data* as a *cls*; raises :class:`Invalid` with every fault found."""
    from pydantic import ValidationError

    try:
        return typing.cast(T, _adapter(typing.cast(Any, cls)).validate_python(data))
    except ValidationError as error:
        raise Invalid([(tuple(e["loc"]), e["msg"]) for e in error.errors(include_url=False)]) from error


def json_schema(cls: type, kind: str) -> dict[str, Json]:
    """The JSON Schema of *cls*, as shipped in ``schemas/<kind>.schema.json``."""
    schema: dict[str, Json] = _adapter(typing.cast(Any, cls)).json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"https://artifactpack.org/schemas/{kind}.schema.json",
        **_with_special_floats(schema),
    }


def _with_special_floats(schema: Json) -> Json:
    """Allow the strings that :func:`dump` writes for NaN and infinities wherever a number is."""
    if isinstance(schema, list):
        return [_with_special_floats(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") == "number":
        rest = {key: value for key, value in schema.items() if key != "type"}
        return {**rest, "anyOf": [{"type": "number"}, {"enum": list(SPECIAL_FLOATS)}]}
    return {key: _with_special_floats(value) for key, value in schema.items()}


@cache
def _adapter(cls: Any) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(cls)


def restore(cls: type[T], data: Json) -> T:
    """Rebuild a record from what :func:`dump` wrote, without validating: only for our own cache."""
    return typing.cast(T, _builder(typing.cast(Any, cls))(data))


@cache
def _builder(hint: Any) -> Callable[[Any], Any]:
    if dataclasses.is_dataclass(hint):
        return _record_builder(typing.cast(type, hint))
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple:
        return _tuple_builder(args)
    if origin in (list, set, frozenset):
        item = _builder(args[0])
        return origin if item is _same else lambda v: origin(map(item, v))
    if origin is dict:
        value = _builder(args[1])
        return dict if value is _same else lambda v: {k: value(x) for k, x in v.items()}
    if origin in (typing.Union, types.UnionType):
        return _union_builder(args)
    return _float if hint is float else _same


def _same(value: Any) -> Any:
    return value


def _float(value: Any) -> Any:
    return SPECIAL_FLOATS[value] if isinstance(value, str) else value


def _record_builder(cls: type) -> Callable[[Any], Any]:
    """What the fields are built by is looked up once, at the first record: a class may hold its own kind."""

    @cache
    def parts() -> tuple[list[tuple[str, str]], list[tuple[str, str, Callable[[Any], Any]]]]:
        hints = typing.get_type_hints(cls)
        made = [(name, _key(cls, name), _builder(hints[name])) for name in _fields(cls)]
        return [one[:2] for one in made if one[2] is _same], [one for one in made if one[2] is not _same]

    def build(data: Any) -> Any:
        plain, rich = parts()
        given = {name: data[key] for name, key in plain if key in data}
        given.update((name, made(data[key])) for name, key, made in rich if key in data)
        return cls(**given)

    return build


def _tuple_builder(args: tuple[Any, ...]) -> Callable[[Any], Any]:
    if len(args) == 2 and args[1] is ...:
        item = _builder(args[0])
        return tuple if item is _same else lambda v: tuple(map(item, v))
    parts = [_builder(a) for a in args]
    return lambda v: tuple(p(x) for p, x in zip(parts, v, strict=True))


def _union_builder(args: tuple[Any, ...]) -> Callable[[Any], Any]:
    rich = [a for a in args if dataclasses.is_dataclass(a) or typing.get_origin(a) in (tuple, list, dict)]
    special = _float if float in args and str not in args else _same
    if not rich:
        return special
    inner = _builder(rich[0])
    wanted: tuple[type, ...] = (dict, list)
    return lambda v: inner(v) if isinstance(v, wanted) else special(v)
