"""The simulated table of docs/statistics.md: its own test is the product's, and it keeps its promises."""

import math
from pathlib import Path

import pytest

verdicts = pytest.importorskip("benchmarks.verdicts", reason="needs numpy")


def test_the_simulations_test_is_the_products():
    assert verdicts.agrees_with_the_product()


@pytest.mark.parametrize("name", list(verdicts.DISTRIBUTIONS))
def test_false_alarms_in_a_sample(name):
    assert verdicts.false_alarms(name, 5, 3, 5, 400) <= 0.05 + 3 * verdicts.error(400)


def test_power_in_a_sample():
    n, m, claims, drop, promised = verdicts.PROMISE
    assert verdicts.power(n, m, claims, drop, 600) >= promised - 3 * verdicts.error(600, promised)


def test_the_page_holds_the_table():
    page = Path(__file__).parents[2] / "docs" / "statistics.md"
    text = page.read_text(encoding="utf-8").partition("<!-- begin simulated -->")[2]
    for n, m in verdicts.SIZES:
        assert f"| {n}, {m} | 20 |" in text
        assert f"{(2 if n == m else 1) / math.comb(n + m, m):.3f}" in text


@pytest.mark.exhaustive
@pytest.mark.timeout(3600)
def test_every_cell_over_ten_thousand_draws():
    _, broken = verdicts.tables(10_000)
    assert not broken
