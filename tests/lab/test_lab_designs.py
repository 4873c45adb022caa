"""Designs: sizes, stratification and balance, whatever the factors."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivector.lab.designs import Factor, factorial, latin_hypercube, one_at_a_time, resample, sobol
from multivector.lab.factors import base_point, expressions
from multivector.lab.measures import weighted_quantiles
from multivector.scenario.tree import parse

levels = st.lists(st.integers(-5, 5), min_size=1, max_size=4, unique=True)
numbers = st.floats(allow_nan=False, allow_infinity=False)
words = st.text(st.characters(categories=["L", "N", "P", "S"]))
few = settings(max_examples=25, deadline=None)


def ranges(count: int, log: bool = False) -> list[Factor]:
    return [Factor(f"f{n}", (f"f{n}",), (), 0.5, 8.0, log) for n in range(count)]


@few
@given(st.lists(levels, min_size=1, max_size=4))
def test_a_factorial_has_every_combination_once(columns: list[list[int]]) -> None:
    factors = [Factor(f"f{n}", (f"f{n}",), tuple(column)) for n, column in enumerate(columns)]
    points = factorial(factors)
    assert len(points) == math.prod(len(column) for column in columns) == len({tuple(p.items()) for p in points})
    assert len(one_at_a_time(factors)) == sum(len(column) for column in columns)


@few
@given(st.integers(1, 6), st.integers(1, 40), st.integers(0, 2**32), st.booleans())
def test_a_latin_hypercube_has_one_point_in_each_slice(count: int, points: int, seed: int, log: bool) -> None:
    factors = ranges(count, log)
    found = latin_hypercube(factors, points, seed)
    assert found == latin_hypercube(factors, points, seed)
    for factor in factors:
        values = np.array([point[factor.name] for point in found], dtype=float)
        share = np.log(values / 0.5) / np.log(16) if log else (values - 0.5) / 7.5
        assert sorted(np.minimum(share * points + 1e-9, points - 1).astype(int)) == list(range(points))


@few
@given(st.integers(1, 6), st.integers(0, 6), st.integers(0, 2**32))
def test_sobol_points_are_balanced_in_powers_of_two(count: int, power: int, seed: int) -> None:
    points = 2**power
    found = sobol(ranges(count), points, seed)
    for n in range(count):
        share = (np.array([point[f"f{n}"] for point in found], dtype=float) - 0.5) / 7.5
        assert sorted(np.minimum(share * points, points - 1).astype(int)) == list(range(points))


def test_levels_and_whole_numbers_get_equal_shares() -> None:
    flag = Factor("flag", ("flag",), (True, False))
    whole = Factor("whole", ("whole",), (), 1, 4, integer=True)
    points = latin_hypercube([flag, whole], 400, 3)
    assert sum(point["flag"] is True for point in points) == 200
    assert [sum(point["whole"] == value for point in points) for value in (1, 2, 3, 4)] == [100] * 4


@given(st.floats(1e-3, 1.0), st.floats(1e-3, 1.0), st.floats(0, 1), st.booleans())
@few
def test_no_share_leaves_the_range(low: float, width: float, share: float, log: bool) -> None:
    factor = Factor("f", ("f",), (), low, low + width, log)
    for at in (0.0, share, 1.0):
        assert low <= factor.at(at) <= low + width


def test_the_ends_of_a_range_survive_rounding() -> None:
    assert Factor("f", ("f",), (), 0.03, 0.3).at(1.0) == 0.3


@few
@given(st.lists(st.floats(0.01, 10), min_size=1, max_size=20), st.integers(1, 200), st.integers(0, 99))
def test_resampling_keeps_to_the_weights(weights: list[float], points: int, seed: int) -> None:
    rows = resample(weights, points, seed)
    assert len(rows) == points and rows == sorted(rows)
    for row, weight in enumerate(weights):
        due = points * weight / sum(weights)
        assert math.floor(due - 1e-9) <= rows.count(row) <= math.ceil(due + 1e-9)


@given(st.one_of(st.booleans(), st.integers(-(10**9), 10**9), numbers, words))
def test_values_come_through_the_yaml_of_a_set_expression(value: bool | int | float | str) -> None:
    (expression,) = expressions([Factor("a", ("p.q",), (value,))], {"a": value})
    tree, problems = parse(expression.removeprefix("p.q="), "--set")
    assert not problems and tree is not None
    assert tree.value == value and type(tree.value) is type(value)


def test_paths_together_and_transforms() -> None:
    west = Factor("west", ("powers.eu.engagement*", "powers.us.engagement+"), (0.5,))
    assert expressions([west], {"west": 0.5}) == ("powers.eu.engagement*=0.5", "powers.us.engagement+=0.5")
    assert expressions([west], {}) == ()
    assert base_point({"west": 0.5, "other": 1}, {"west": 1.0, "absent": 3}) == {"west": 1.0, "other": 1}


def test_weighted_quantiles() -> None:
    values = np.arange(11.0)
    assert weighted_quantiles(values, np.ones(11), (0.05, 0.5)).tolist() == np.quantile(values, (0.05, 0.5)).tolist()
    heavy = np.where(values > 7, 100.0, 1.0)
    assert weighted_quantiles(values, heavy, (0.5,))[0] == pytest.approx(9, abs=0.5)
    assert np.isnan(weighted_quantiles(values, np.zeros(11), (0.5,))).all()
