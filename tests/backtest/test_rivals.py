"""Rival models: known answers, and what none of them may depend on."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from coded import EVIDENCE, issue, random_issues
from hypothesis import given, settings
from hypothesis import strategies as st

from multivector.lab.backtest import rivals
from multivector.lab.backtest.challenge import EMISSION_STANDARDS, play, reproduces_textbook
from multivector.lab.backtest.exchange import exchange
from multivector.lab.backtest.issues import Issue
from multivector.lab.backtest.rivals import RIVALS


def test_means_and_medians_by_hand() -> None:
    one = issue([0, 40, 100], salience=[0.5, 1.0, 1.0], power=[4, 1, 1])
    assert rivals.weighted_mean(one) == pytest.approx((2 * 0 + 40 + 100) / 4)
    assert rivals.unweighted_mean(one) == pytest.approx(140 / 3)
    assert rivals.weighted_median(one) == pytest.approx(20)  # exactly half of the force is at 0
    assert rivals.weighted_median(issue([0, 40, 100])) == 40


def test_nash_lies_between_and_hears_the_stronger() -> None:
    assert rivals.nash_bargaining(issue([0, 100])) == 50
    strong = rivals.nash_bargaining(issue([0, 100], power=[3, 1]))
    # d/dx of 3 log(1 - x^2) + log(1 - (1 - x)^2) is zero
    x = np.linspace(0.001, 0.999, 99_901)
    best = x[np.argmax(3 * np.log(1 - x**2) + np.log(1 - (1 - x) ** 2))]
    assert strong == pytest.approx(100 * best, abs=0.5)


def test_condorcet_of_two_options_by_hand() -> None:
    # all force weighs by how much nearer an option is: both differ by 100, so 3 : 1
    held, chance = rivals.condorcet_distribution(issue([0, 100], power=[3, 1]))
    assert held.tolist() == [0, 100] and chance == pytest.approx([0.75, 0.25])
    assert rivals.probabilistic_condorcet(issue([70, 70])) == 70


def test_condorcet_limit_is_stationary() -> None:
    for one in random_issues(5):
        held, chance = rivals.condorcet_distribution(one)
        gap = np.abs(one.position[:, None] - held)
        support = (one.force[:, None, None] * np.maximum(gap[:, None, :] - gap[:, :, None], 0)).sum(axis=0)
        wins = np.divide(support, support + support.T, out=np.full(support.shape, 0.5), where=support + support.T > 0)
        # what flows into an option from all others is what flows out
        np.fill_diagonal(wins, 0.0)
        assert wins @ chance == pytest.approx(wins.sum(axis=0) * chance)


def test_trades_by_hand() -> None:
    """Two actors, opposed twice, each keen on another issue: both give way where they care less."""
    one = issue([0, 100], salience=[0.9, 0.1], name="x", outcome=0.0)
    two = issue([0, 100], salience=[0.1, 0.9], name="y", outcome=0.0)
    before = [rivals.weighted_mean(one), rivals.weighted_mean(two)]
    after = exchange([one, two])
    assert after == pytest.approx([0.0, 100.0])
    assert before == pytest.approx([10.0, 90.0])
    alone = exchange([one, issue([0, 100], salience=[0.1, 0.9], name="y", proposal="other")])
    assert alone == pytest.approx(before)


def test_nobody_trades_at_a_loss() -> None:
    for number in range(0, 20, 2):
        pair = random_issues(20, seed=9)[number : number + 2]
        moved = exchange(pair)
        assert all(0.0 <= value <= 100.0 for value in moved)


def test_the_challenge_model_reproduces_its_textbook_case() -> None:
    capability, position, salience = (np.array(c) for c in zip(*EMISSION_STANDARDS.values(), strict=True))
    rounds = play(position, capability, salience)
    assert rounds.medians[0] == 7.0
    assert round(rounds.medians[1], 1) == 8.4
    assert 9.5 <= round(rounds.forecast, 1) <= 9.9
    assert reproduces_textbook()


def test_the_textbook_case_is_as_published() -> None:
    path = EVIDENCE / "bdm_emission_standards.csv"
    if not path.is_file():
        pytest.skip(f"needs {path.name}")
    with path.open(encoding="utf-8", newline="") as stream:
        rows = {row["Actor"]: row for row in csv.DictReader(stream)}
    assert {
        name: tuple(float(row[key]) for key in ("Capability", "Position", "Salience")) for name, row in rows.items()
    } == EMISSION_STANDARDS


def test_agreement_and_one_actor_are_no_trouble() -> None:
    for one in (issue([30, 30, 30]), issue([30]), issue([0, 100], salience=[1.0, 0.0])):
        for name, rule in RIVALS.items():
            if name != "always_50" and (name != "unweighted_mean" or len(set(one.position)) == 1):
                assert rule([one])[0] == pytest.approx(one.position[0], abs=1.0 if name == "nash_bargaining" else 1e-6)


def mirrored(one: Issue) -> Issue:
    return Issue(**{**vars(one), "position": 100.0 - one.position, "reference": 100.0 - one.reference})


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_mirrors_order_and_units_do_not_count(seed: int) -> None:
    issues = random_issues(4, seed)
    rng = np.random.default_rng(seed)
    shuffled, scaled = [], []
    for one in issues:
        order = rng.permutation(len(one.actors))
        parts = {name: getattr(one, name)[order] for name in ("position", "salience", "power")}
        shuffled.append(Issue(**{**vars(one), **parts, "actors": tuple(one.actors[k] for k in order)}))
        scaled.append(Issue(**{**vars(one), "power": 17.0 * one.power}))
    for name, rule in RIVALS.items():
        plain = rule(issues)
        assert rule([mirrored(one) for one in issues]) == pytest.approx(100.0 - plain, abs=1e-6), name
        assert rule(shuffled) == pytest.approx(plain, abs=1e-6), name
        assert rule(scaled) == pytest.approx(plain, abs=1e-6), name
