"""JSON files that a bundle brings, read within bounds: a short text can stand for gigabytes of empty lists."""

from __future__ import annotations

import json

from artifactpack.archive.limits import MAX_VALUES
from artifactpack.archive.zipdir import refuse
from artifactpack.models.records import Json


def parsed(data: bytes, path: str, most: int = MAX_VALUES) -> Json:
    """The value that the member *path* holds; RefusedError unless it is JSON (RFC 8259) of at most *most* values."""
    if sum(map(data.count, (b",", b"[", b"{"))) > most:
        raise refuse(f"{path} holds over {most:,} values")
    try:
        return json.loads(data.decode(), parse_constant=_constant, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise refuse(f"{path} is not JSON ({str(error)[:200]})") from error


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("it gives one key twice")  # programs differ in which of the two they take
    return found


def _constant(word: str) -> float:
    raise ValueError(f"{word} is not JSON")
