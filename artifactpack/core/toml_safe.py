"""TOML from strangers: `tomllib` takes time and memory by the square of the parts that a dotted key has."""

from __future__ import annotations

from typing import Any

from artifactpack.patterns import late

DEEPEST = 64
_DEEP = late(rf"""(?<![\w"'.-])(?>[\w"'-]++[ \t]*+\.[ \t]*+){{{DEEPEST}}}""")


def parse_toml(text: str) -> dict[str, Any]:
    """Parse *text*; raises ``tomllib.TOMLDecodeError`` (a ValueError), or RecursionError for nested brackets."""
    import tomllib

    if _DEEP.search(text):
        raise tomllib.TOMLDecodeError(f"a key has over {DEEPEST} parts")
    return tomllib.loads(text)
