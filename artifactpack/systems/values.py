"""Values as other tools write them: numbers in strings, nested parameters, seeds under many names."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from artifactpack.core.parameter_names import is_seed
from artifactpack.models.records import Json
from artifactpack.models.run import Metric

_INTEGER = re.compile(r"[+-]?\d{1,18}")
_FLOAT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_WORDS = {"true": True, "false": False, "none": None, "null": None}
_SPECIAL = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf, "infinity": math.inf, "-infinity": -math.inf}


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
    if _FLOAT.fullmatch(text):
        return coerce(float(text))
    return value


def number(value: Any) -> float | None:
    """A metric's value as a float (NaN and infinities too), or None where it is no number."""
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str):
        text = value.strip().lower()
        if text in _SPECIAL:
            return _SPECIAL[text]
        return float(text) if _FLOAT.fullmatch(text) else None
    return None


def flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Json]:
    """``{"a": {"b": 1}}`` → ``{"a.b": 1}``; lists stay lists; keys become strings."""
    flat: dict[str, Json] = {}
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            flat.update(flatten(value, f"{name}."))
        else:
            flat[name] = coerce(value)
    return flat


def seed_of(parameters: Mapping[str, Json]) -> int | None:
    """The seed among flattened *parameters*: the shortest such name that holds an integer."""
    for name in sorted(filter(is_seed, parameters), key=lambda key: (len(key), key)):
        value = coerce(parameters[name])
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    return None


def metric(name: str, points: Iterable[tuple[float, float]], source: str) -> Metric | None:
    """Summarise (step, value) points; the last value is the one of the greatest step; None without points."""
    ordered = sorted(points, key=lambda point: point[0])
    if not ordered:
        return None
    finite = [value for _, value in ordered if not math.isnan(value)] or [math.nan]
    step, last = ordered[-1]
    return Metric(
        name=name, last=last, minimum=min(finite), maximum=max(finite), count=len(ordered), step=step, source=source
    )
