"""Runs that several tests look at: each is made once, and nobody changes it."""

from __future__ import annotations

from functools import cache

from multivector.ensemble import Ensemble
from multivector.model import simulate_block
from multivector.scenario import Scenario, load_scenario

__all__ = ["ensemble", "scenario"]


@cache
def scenario(name: str, *sets: str, months: int | None = 24, citizens: int = 200) -> Scenario:
    return load_scenario(name, sets=sets, months=months, citizens=citizens)


@cache
def ensemble(name: str, *sets: str, months: int | None = 24, worlds: int = 32, seed: int = 7) -> Ensemble:
    return simulate_block(scenario(name, *sets, months=months), worlds=range(worlds), seed=seed)
