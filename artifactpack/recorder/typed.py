"""Seeds, sizes and durations as people type them."""

from __future__ import annotations

from artifactpack.errors import ConfigError, InputError
from artifactpack.patterns import late

_MOST = 10_000  # seeds at once
_DIGITS = 12
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def parse_seeds(text: str) -> tuple[int, ...] | None:
    """``0-4``, ``1,5,9`` or both; None for "". InputError for anything else."""
    if not text.strip():
        return None
    seeds: list[int] = []
    for part in text.split(","):
        low, dash, high = (word.strip() for word in part.partition("-"))
        if not _is_whole(low) or (dash and not _is_whole(high)):
            raise InputError(f"--seeds {text[:60]}: write 0-4 or 1,5,9")
        numbers = range(int(low), int(high or low) + 1)
        if not numbers or len(numbers) > _MOST or len(seeds) > _MOST:
            raise InputError(f"--seeds {text[:60]}: {part.strip()} is no range of seeds")
        seeds += numbers
    return tuple(dict.fromkeys(seeds))


def _is_whole(word: str) -> bool:
    return word.isdecimal() and len(word) <= _DIGITS


def parse_size(text: str) -> int | None:
    """``500M`` or ``2G`` in bytes; None for "". InputError for anything else."""
    word = text.strip().upper().removesuffix("B").removesuffix("I")
    if not word:
        return None
    number, unit = (word[:-1], word[-1]) if word[-1].isalpha() else (word, "")
    try:
        size = int(float(number) * _UNITS[unit])
    except (ValueError, KeyError, OverflowError) as error:
        raise InputError(f"--quota {text}: write a size like 500M or 2G") from error
    if size < 0:
        raise InputError(f"--quota {text}: write a size like 500M or 2G")
    return size


_SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = late(r"\s*(\d+(?:\.\d+)?)\s*([a-z]*)")


def seconds(text: str, where: str) -> float | None:
    """``30m``, ``1h30m``, ``90`` in seconds; None for "". Raises ConfigError for anything else."""
    if not text.strip():
        return None
    total, position = 0.0, 0
    while position < len(text.rstrip()):
        match = _DURATION.match(text, position)
        if not match or match[2] not in _SECONDS:
            raise ConfigError(f"{where}: {text!r} is no duration; write 90s, 30m, 2h or 1h30m")
        total += float(match[1]) * _SECONDS[match[2]]
        position = match.end()
    return total
