"""Votes in the assembly of states: an observation on ties, the powers' divergence and a habit of abstaining."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from multivector.parameters import Parameters
from multivector.politics.assembly import agreement, division, support
from tests.model.runs import ensemble

P = Parameters()
UNIT = st.floats(0.0, 1.0)
SLOW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
TIES, STAND = arrays(float, (3, 4), elements=UNIT), arrays(float, 4, elements=UNIT)


def cast(votes: list[bool]) -> SimpleNamespace:
    return SimpleNamespace(capability=np.full((4, 3), 0.7), votes=np.array(votes))


@SLOW
@given(tie=TIES, stand=STAND)
def test_shares_stay_shares(tie: np.ndarray, stand: np.ndarray) -> None:
    found = agreement(tie, stand, cast([True] * 4), P, lambda _: True)
    assert found.shape == (3, 4)
    assert ((found >= 0) & (found <= 1)).all()
    assert ((support(tie, stand, P) <= 1) & (division(tie, stand) >= 0) & (division(tie, stand) <= 1)).all()


@SLOW
@given(tie=TIES, stand=STAND)
def test_a_closer_power_pulls_our_votes_to_its_own(tie: np.ndarray, stand: np.ndarray) -> None:
    closer = tie.copy()
    closer[:, 0] = 1.0
    before, after = support(tie, stand, P), support(closer, stand, P)
    assert (np.abs(after - stand[0]) <= np.abs(before - stand[0]) + 1e-12).all()


def test_a_power_without_a_record_changes_nothing() -> None:
    stand, tie = np.array([0.7, 0.9, 0.2, 0.0]), np.full((2, 4), 0.5)
    three = agreement(tie, stand, cast([True, True, True, False]), P, lambda _: True)
    tie[:, 3] = 1.0
    assert np.array_equal(three, agreement(tie, stand, cast([True, True, True, False]), P, lambda _: True))
    assert (three[:, 3] == 0).all()


def test_we_abstain_only_where_powers_divide() -> None:
    tie = np.full((1, 4), 0.5)
    agreed, divided = np.full(4, 0.8), np.array([0.9, 0.9, 0.2, 0.2])
    on, off = (lambda _: True), (lambda _: False)
    everyone = cast([True] * 4)
    assert np.array_equal(agreement(tie, agreed, everyone, P, on), agreement(tie, agreed, everyone, P, off))
    with_habit = agreement(tie, divided, everyone, P, on)[0]
    assert with_habit[0] < agreement(tie, divided, everyone, P, off)[0, 0]


def test_votes_move_nothing() -> None:
    on, off = (ensemble("ukraine-war-2022", *sets) for sets in ((), ("mechanisms.abstention_habit=false",)))
    assert on["worlds"].equals(off["worlds"]) and on["ties"].equals(off["ties"])
    assert not on["assembly"]["agreement"].isna().any()
    assert set(on["assembly"]["power"].unique()) == set(on.scenario.powers)


def test_powers_without_a_record_have_no_rows() -> None:
    run = ensemble("new-asian-partners", months=3, worlds=2)
    assert set(run["assembly"]["power"].unique()) == {"russia", "china", "eu", "us", "turkiye"}
    assert set(run.scenario.powers) == {"russia", "china", "eu", "us", "turkiye", "india", "japan"}


@pytest.mark.parametrize("value", [-0.1, 1.1])
def test_a_share_of_yes_votes_is_a_share(value: float) -> None:
    from multivector.scenario import ScenarioErrors, load_scenario

    with pytest.raises(ScenarioErrors, match="outside the range"):
        load_scenario("ukraine-war-2022", sets=[f"powers.us.assembly={value}"])
