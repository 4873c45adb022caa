"""Settlement among actors: known answers, invariances, one implementation."""

from __future__ import annotations

import numpy as np
import pytest
from coded import random_issues
from hypothesis import given, settings
from hypothesis import strategies as st

from multivector.lab.backtest.issue_fit import fit_coefficients, shipped_fit
from multivector.lab.backtest.issues import Bundle, bundle
from multivector.lab.backtest.scores import grid_median
from multivector.parameters import Parameters
from multivector.politics.settlement import (
    AXIS,
    Coefficients,
    coefficients_of,
    settle,
    settled_positions,
    stand_of,
)

HOW = Coefficients(0.6, 3.0, 4.0)
NOWHERE = np.array([np.nan])


def one_row(*position: float) -> tuple[np.ndarray, np.ndarray]:
    return np.array([position]), np.ones((1, len(position)))


def test_two_poles_by_hand() -> None:
    """No pull: half of the table share on either pole, the rest even over the axis."""
    chance = settle(*one_row(0.0, 1.0), NOWHERE, Coefficients(0.6, 0.0, 0.0))[0]
    assert chance[[0, 100]] == pytest.approx(0.3 + 0.4 / 101)
    assert chance[1:100] == pytest.approx(0.4 / 101)


def test_the_pull_by_hand() -> None:
    position, force = np.array([[0.0, 1.0]]), np.array([[3.0, 1.0]])
    chance = settle(position, force, NOWHERE, Coefficients(1.0, 2.0, 1.0))[0]
    assert chance[0] / chance[100] == pytest.approx(np.exp(2.0 * (0.75 - 0.25)))
    assert chance.sum() == pytest.approx(1.0)


def test_the_status_quo_is_on_the_table_and_the_powerless_are_not() -> None:
    position, force = np.array([[0.2, 0.9]]), np.array([[1.0, 0.0]])
    chance = settle(position, force, np.array([0.5]), Coefficients(1.0, 1.0, 1.0))[0]
    assert np.flatnonzero(chance).tolist() == [20, 50]


def test_who_stands_where_another_stands_adds_force_but_no_place() -> None:
    apart = settle(np.array([[0.2, 0.8]]), np.array([[2.0, 1.0]]), NOWHERE, HOW)
    together = settle(np.array([[0.2, 0.2, 0.8]]), np.ones((1, 3)), NOWHERE, HOW)
    assert together == pytest.approx(apart)


def test_without_force_the_status_quo_stays() -> None:
    nobody = np.zeros((2, 3))
    chance = settle(nobody, nobody, np.array([0.4, np.nan]), HOW)
    assert chance[0, 40] == 1.0 and chance[1] == pytest.approx(1 / 101)
    assert settled_positions(nobody, nobody, np.array([0.4, np.nan]), HOW).tolist() == pytest.approx(
        [0.4, np.nan], nan_ok=True
    )


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 1), st.floats(0, 9), st.floats(0, 9), st.booleans())
def test_a_distribution_that_mirrors(seed: int, share: float, pull: float, other: float, quo: bool) -> None:
    rng = np.random.default_rng(seed)
    position, force = rng.random((3, 5)), rng.random((3, 5))
    reference = rng.random(3) if quo else np.full(3, np.nan)
    how = Coefficients(share, pull, other)
    chance = settle(position, force, reference, how)
    assert (chance >= 0).all() and chance.sum(axis=1) == pytest.approx(1.0)
    back = settle(1.0 - position, force, 1.0 - reference, how)
    assert back[:, ::-1] == pytest.approx(chance, abs=1e-9)
    order = rng.permutation(5)
    assert settle(position[:, order], 9.0 * force[:, order], reference, how) == pytest.approx(chance, abs=1e-9)


def test_the_bodies_of_the_model_stand_at_its_median() -> None:
    data = bundle(random_issues(12))
    p = Parameters()
    median = grid_median(settle(data.position, data.force, data.reference, coefficients_of(p)), AXIS)
    assert stand_of(data.position, data.force, data.reference, p, lambda name: True) == pytest.approx(median)
    mean = (data.force * data.position).sum(axis=1)
    assert stand_of(data.position, data.force, data.reference, p, lambda name: False) == pytest.approx(mean)


def test_rows_do_not_know_each_other() -> None:
    data = bundle(random_issues(12))
    whole = settle(data.position, data.force, data.reference, HOW)
    for row in range(12):
        cut = slice(row, row + 1)
        assert (settle(data.position[cut], data.force[cut], data.reference[cut], HOW)[0] == whole[row]).all()


def test_the_fit_finds_what_made_the_outcomes() -> None:
    truth = Coefficients(0.7, 6.0, 3.0)
    issues = random_issues(400, seed=2, how=truth)
    found = fit_coefficients(bundle(issues), np.array([one.outcome for one in issues]))
    assert found.table_share == pytest.approx(truth.table_share, abs=0.08)
    assert found.table_pull == pytest.approx(truth.table_pull, rel=0.3)
    assert found.compromise_pull == pytest.approx(truth.compromise_pull, rel=0.4)


def test_few_issues_do_not_run_away() -> None:
    issues = random_issues(1)
    data = bundle(issues)
    found = fit_coefficients(Bundle(data.position, data.force, data.reference), np.array([issues[0].outcome]))
    assert 0.05 < found.table_share < 0.95 and 0.1 < found.table_pull < 30


def test_the_records_hold_the_shipped_fit() -> None:
    assert coefficients_of(Parameters()) == pytest.approx(shipped_fit().coefficients)
