"""What a doctrine can lean on: powers, and hazards; at its neutral values nothing changes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from multivector.lab.run import execute
from multivector.lab.tasks import outcome_rows
from multivector.scenario import load_scenario

BASE = load_scenario("baseline-2019", months=30, citizens=60)


def rows(*sets: str) -> pd.DataFrame:
    return outcome_rows(execute(BASE.with_sets(sets), 32, 8).ensemble)


def test_a_lean_draws_its_power_closer_and_neutral_values_change_nothing() -> None:
    base = rows()
    neutral = rows("doctrine.lean.russia=0", "doctrine.attention.elite=1")
    pd.testing.assert_frame_equal(base, neutral)
    for power in ("russia", "eu"):
        leaning = rows(f"doctrine.lean.{power}=1.5", "doctrine.balance=2")
        gain = leaning[f"tie.{power}.politics"] - base[f"tie.{power}.politics"]
        assert gain.mean() > 2 * gain.std() / np.sqrt(len(gain)), power


def test_attention_to_the_street_serves_the_public_and_to_the_salons_the_elites() -> None:
    street = rows("doctrine.attention.mass=3", "doctrine.attention.elite=0.2")
    salons = rows("doctrine.attention.mass=0.2", "doctrine.attention.elite=3")
    for outcome, sign in (("congruence_public_mean", 1), ("elite_loyalty_mean", -1)):
        gap = sign * (street[outcome] - salons[outcome])
        assert gap.mean() > 2 * gap.std() / np.sqrt(len(gap)), outcome


def test_a_lean_acts_only_through_the_taste_for_balance() -> None:
    off = ("mechanisms.balance_taste=false",)
    pd.testing.assert_frame_equal(rows(*off), rows(*off, "doctrine.lean.russia=2"))
