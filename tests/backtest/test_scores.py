"""Scores of distributions: known values, and that honest forecasts score best."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivector.lab.backtest import scores

GRID = np.arange(101.0)


def test_crps_of_a_point_is_the_absolute_error() -> None:
    point = np.zeros((2, 101))
    point[:, 30] = 1.0
    assert scores.crps_grid(point, GRID, np.array([30.0, 72.0])) == pytest.approx([0.0, 42.0])
    assert scores.crps_ensemble(np.array([[30.0]]), np.array([72.0])) == pytest.approx([42.0])


def test_crps_of_two_points_by_hand() -> None:
    # half at 0, half at 10, outcome 4: 4 x 0.25 + 6 x 0.25
    sample = np.array([[0.0, 10.0]])
    assert scores.crps_ensemble(sample, np.array([4.0])) == pytest.approx([2.5])
    grid = np.array([0.0, 10.0])
    assert scores.crps_grid(np.array([[0.5, 0.5]]), grid, np.array([4.0])) == pytest.approx([2.5])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, 100), min_size=1, max_size=12),
    st.floats(0, 100),
    st.integers(0, 2**31),
)
def test_grid_and_ensemble_agree(points: list[int], outcome: float, seed: int) -> None:
    weight = np.random.default_rng(seed).random(len(points)) + 0.01
    probability = np.zeros((1, 101))
    np.add.at(probability[0], points, weight / weight.sum())
    one = scores.crps_grid(probability, GRID, np.array([outcome]))
    other = scores.crps_ensemble(np.array([points], dtype=float), np.array([outcome]), weight)
    assert one == pytest.approx(other, abs=1e-9)


def test_the_true_distribution_scores_best() -> None:
    rng = np.random.default_rng(3)
    truth = rng.dirichlet(np.ones(5))
    came = rng.choice(5, size=20_000, p=truth)
    other = rng.dirichlet(np.ones(5))
    for score, sign in ((scores.ranked_probability_score, 1), (scores.log_score, -1)):
        honest, wrong = (score(np.tile(q, (len(came), 1)), came).mean() for q in (truth, other))
        assert sign * honest < sign * wrong


def test_ranked_probability_score_by_hand() -> None:
    found = scores.ranked_probability_score(np.array([[0.2, 0.5, 0.3], [1.0, 0.0, 0.0]]), np.array([1, 2]))
    assert found == pytest.approx([(0.04 + 0.09) / 2, 1.0])


def test_an_impossible_outcome_costs_much_but_not_everything() -> None:
    assert scores.log_score(np.array([[1.0, 0.0]]), np.array([1]))[0] == pytest.approx(np.log(1e-6))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31))
def test_median_and_mode_mirror(seed: int) -> None:
    probability = np.random.default_rng(seed).integers(0, 4, size=(3, 101)).astype(float) + 1e-3
    probability /= probability.sum(axis=1, keepdims=True)
    for read in (scores.grid_median, scores.grid_mode):
        assert read(probability[:, ::-1], GRID) == pytest.approx(100.0 - read(probability, GRID))


def test_bootstrap_resamples_groups_whole() -> None:
    rng = np.random.default_rng(1)
    groups = np.repeat(np.arange(20), 10)
    difference = rng.normal(size=20)[groups] + 0.1 * rng.normal(size=200)
    by_group, by_case = scores.paired_bootstrap(difference, groups), scores.paired_bootstrap(difference)
    assert by_group.high - by_group.low > 2 * (by_case.high - by_case.low)
    assert by_group.low < difference.mean() < by_group.high
    assert by_group == scores.paired_bootstrap(difference, groups)
    assert scores.paired_bootstrap(np.ones(8)).clear and not scores.paired_bootstrap(np.tile([-1.0, 1.0], 4)).clear
    with pytest.raises(ValueError, match="no cases"):
        scores.paired_bootstrap(np.array([]))


def test_too_few_groups_have_no_interval() -> None:
    few = scores.paired_bootstrap(np.ones(scores.FEWEST - 1)).plain()
    assert few == {"mean": 1.0, "low": None, "high": None, "clear": False}
    assert scores.gap_words(few, 2) == "+1.00"
    by_group = scores.paired_bootstrap(np.ones(40), np.repeat(np.arange(4), 10))
    assert by_group.low is None and not by_group.clear  # groups are drawn, not cases
    assert scores.gap_words(scores.paired_bootstrap(np.ones(scores.FEWEST)).plain(), 2) == "+1.00 [+1.00, +1.00]"


def test_interval_hits_count_their_ends() -> None:
    sample = np.tile(np.arange(101.0), (3, 1))
    assert scores.interval_hit(sample, np.array([25.0, 24.0, 75.0]), 0.5).tolist() == [True, False, True]
