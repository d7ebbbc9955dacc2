"""Mean, spread and Student t, against SciPy's values and against what must hold for any numbers."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifactpack.core.statistics import (
    difference_interval,
    mean_of,
    median_of,
    prediction_interval,
    spread,
    t_cdf,
    t_quantile,
)

# scipy.stats.t.ppf(p, df), SciPy 1.17
QUANTILES = [
    (0.975, 1, 12.706204736174694),
    (0.975, 2, 4.302652729749462),
    (0.975, 4, 2.7764451051977934),
    (0.975, 9, 2.262157162798205),
    (0.9, 3, 1.637744353696209),
    (0.995, 7.3, 3.451031655622185),
    (0.9999, 30, 4.23398595727206),
    (0.6, 200, 0.25368437919014747),
]


@pytest.mark.parametrize(("p", "freedom", "expected"), QUANTILES)
def test_t_quantile_is_scipys(p, freedom, expected):
    assert t_quantile(p, freedom) == pytest.approx(expected, rel=1e-9)


@given(st.floats(0.001, 0.999), st.integers(1, 300))
def test_quantile_and_distribution_are_inverse(p, freedom):
    assert t_cdf(t_quantile(p, freedom), freedom) == pytest.approx(p, abs=1e-9)


@pytest.mark.parametrize(("p", "freedom"), [(0, 3), (1, 3), (0.5, 0)])
def test_no_quantile_outside_its_domain(p, freedom):
    with pytest.raises(ValueError, match="no t quantile"):
        t_quantile(p, freedom)


def test_spread_names_every_number():
    found = spread([0.97, 0.972, 0.969, 0.975, 0.974])
    assert (found.n, found.minimum, found.maximum, found.median) == (5, 0.969, 0.975, 0.972)
    assert found.sd == pytest.approx(0.0025495, rel=1e-4)
    assert found.se == pytest.approx(found.sd / math.sqrt(5))
    assert (found.ci_low, found.ci_high) == pytest.approx((0.96883, 0.97517), abs=1e-5)


def test_one_value_has_no_spread():
    found = spread([0.5])
    assert (found.n, found.mean, found.sd, found.ci_low) == (1, 0.5, None, None)


def test_nothing_is_nothing():
    assert spread([]).mean is None


def test_a_nan_is_a_result_and_is_not_dropped():
    found = spread([0.9, math.nan, 0.8])
    assert found.n == 3
    assert math.isnan(found.mean) and math.isnan(found.sd)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30))
def test_mean_and_median_lie_within(values):
    found = spread(values)
    slack = 1e-9 * max(1, *(abs(v) for v in values))
    for middle in (found.mean, found.median):
        assert found.minimum - slack <= middle <= found.maximum + slack
    assert found.sd >= 0


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(2, 12))
def test_equal_values_have_exactly_no_spread(value, count):
    assert mean_of([value] * count) == value
    assert spread([value] * count).sd == 0


def test_median_of_an_even_number():
    assert median_of([1, 4, 2, 3]) == 2.5


def test_prediction_interval_is_wider_for_one_run_than_for_many():
    values = [0.1, 0.2, 0.15, 0.18]
    one, many = prediction_interval(values, 1), prediction_interval(values, 5)
    assert one[0] < many[0] < mean_of(values) < many[1] < one[1]


def test_welch_interval_is_scipys():
    # scipy.stats.ttest_ind(b, a, equal_var=False).confidence_interval()
    a, b = [1.0, 2.0, 3.0, 4.0, 5.0], [2.0, 4.0, 9.0]
    assert difference_interval(a, b) == pytest.approx((-5.923547846715767, 9.923547846715767), rel=1e-9)


def test_no_interval_of_one_value():
    assert difference_interval([1.0], [1.0, 2.0]) is None


@pytest.mark.parametrize("values", [[1e200, 2e200, 4e200], [1.7e308, 1.6e308, -1.7e308]])
def test_numbers_of_a_run_that_diverged_are_results(values):
    """The same statistics as those of the numbers scaled down."""
    told, scaled = spread(values), spread([v / 1e200 for v in values])
    assert told.mean == pytest.approx(scaled.mean * 1e200, rel=1e-12)
    assert told.sd == pytest.approx(scaled.sd * 1e200, rel=1e-12)
    assert difference_interval(values, values[::-1]) == (-math.inf, math.inf)
