"""Files of strangers: bombs are refused before anything recursive looks at them."""

from __future__ import annotations

import pytest

from artifactpack.systems.reading import Unreadable, parse_yaml

ALIASES = "a: &x 1\nb: [" + "*x," * 200 + "]"


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "- " * 100_000, "{a: " * 50_000, ALIASES], ids=["lists", "items", "maps", "aliases"]
)
def test_bombs_are_refused(text):
    with pytest.raises(Unreadable):
        parse_yaml(text)


def test_unknown_tags_become_plain_data():
    assert parse_yaml("- !a {b: 1}\n- !c [1]\n- !d e\n---\n2") == [[{"b": 1}, [1], "e"], 2]
