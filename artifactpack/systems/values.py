"""Values as other tools write them: numbers in strings, nested parameters, seeds under many names."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from artifactpack.core.parameter_names import is_seed
from artifactpack.core.parameter_values import FLOAT
from artifactpack.core.parameter_values import coerce as coerce
from artifactpack.models.records import Json
from artifactpack.models.run import Metric

_SPECIAL = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf, "infinity": math.inf, "-infinity": -math.inf}


def number(value: Any) -> float | None:
    """A metric's value as a float (NaN and infinities too), or None where it is no number."""
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, int | float):
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
    if isinstance(value, str):
        text = value.strip().lower()
        if text in _SPECIAL:
            return _SPECIAL[text]
        return float(text) if FLOAT.fullmatch(text) else None
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
