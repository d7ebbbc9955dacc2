"""`artifactpack explain` through the real program."""

import pytest

from artifactpack.cli.app import run

pytestmark = pytest.mark.usefixtures("kept_cache")


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("neurips-2026:7", ("a 'yes' is contradicted when", "variance.runs is at most 1", "fix:")),
        ("A2", ("arr:A2", "only the authors can answer it")),
        ("variance.runs", ("neurips-2026:7",)),
        ("seeds", ("facts:", "seeds.set:")),
        ("4.10", ("aaai-2027:4.10", "counts only if item 4.1 is answered yes")),
    ],
)
def test_explains_items_facts_and_probes(name, parts, capsys):
    assert run(["explain", name]) == 0
    out = capsys.readouterr().out
    assert all(part in out for part in parts), out


def test_names_the_nearest(capsys):
    assert run(["explain", "seed.set"]) == 2
    assert "did you mean 'seeds.set'" in capsys.readouterr().err
