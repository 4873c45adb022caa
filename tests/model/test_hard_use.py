"""Any valid scenario runs: no warning of numpy, no NaN where a number belongs, nothing out of bounds."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from multivector.ensemble import Ensemble
from multivector.model import simulate_block
from multivector.parameters import load_records
from multivector.scenario import Scenario, ScenarioErrors, list_scenarios, load_scenario, scenario_from_dict
from multivector.scenario.mechanisms import MECHANISMS

RECORDS = load_records()
RUNNABLE = sorted(one.name for one in list_scenarios() if not one.abstract)
FIVE = ("russia", "china", "eu", "us", "turkiye")
STOCKS = ("income", "grievance", "repression", "reform", "competitiveness", "doubt")
UNIT = [
    "dependence", "dependence_gap", "autonomy", "hazard_elite", "hazard_mass", "hazard_outside", "hazard", "grievance",
    "shown_grievance", "speaking", "protest", "repression", "reform", "competitiveness", "doubt", "elite_loyalty",
]  # fmt: skip
#: Nobody wished, nothing settled yet, trade of a row that is not about the economy.
MAY_BE_EMPTY = {"congruence_public", "congruence_informal", "congruence_formal", "wish", "position", "trade"}

number = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0.0, 1.0).map(lambda x: round(x, 3)))


@st.composite
def parameter_set(draw: st.DrawFn) -> str:
    record = RECORDS[draw(st.sampled_from(sorted(RECORDS)))]
    at = draw(number)
    value = record.low + at * (record.high - record.low)
    return f"parameters.{record.path}={round(value) if record.integer else value!r}"


@st.composite
def outside_set(draw: st.DrawFn) -> str:
    field = draw(
        st.sampled_from(["pressure", "engagement", "interest", "credibility", "values", "lock_in", "capability"])
    )
    return f"powers.{draw(st.sampled_from(FIVE))}.{field}={draw(number)!r}"


CHANGES = st.lists(
    parameter_set()
    | outside_set()
    | st.builds(lambda name, x: f"stocks.{name}={x!r}", st.sampled_from(STOCKS), number)
    | st.builds(lambda name: f"mechanisms.{name}=false", st.sampled_from(sorted(MECHANISMS))),
    max_size=12,
)


def check(run: Ensemble) -> None:
    """Every number is a number, and shares are shares."""
    for name, table in run.tables.items():
        for column in table.select_dtypes("number"):
            values = table[column].to_numpy(dtype=np.float64)
            assert not np.isinf(values[~np.isnan(values)]).any() or column == "cost", f"{name}.{column} is infinite"
            if column not in MAY_BE_EMPTY:
                assert not np.isnan(values).any(), f"{name}.{column} has NaN"
    worlds: pd.DataFrame = run["worlds"]
    for column in UNIT:
        assert worlds[column].between(0.0, 1.0 + 1e-12).all(), column
    assert (worlds["openness"] >= 1.0 - 1e-9).all() and (worlds["income"] >= 0).all()
    for column in ("tie", "engagement", "pressure", "trade"):
        assert run["ties"][column].dropna().between(0.0, 1.0 + 1e-9).all(), column
    assert run["attitudes"]["attitude"].between(-1.0, 1.0).all()
    assert run["actions"]["probability"].between(0.0, 1.0).all()


def run_quietly(scenario: Scenario, worlds: int, seed: int = 7) -> Ensemble:
    with warnings.catch_warnings(), np.errstate(divide="raise", invalid="raise", over="raise"):
        warnings.simplefilter("error")
        return simulate_block(scenario, worlds=range(worlds), seed=seed)


def try_one(name: str, changes: list[str], citizens: int, months: int, worlds: int, seed: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            scenario = load_scenario(name, sets=list(dict.fromkeys(changes)), months=months, citizens=citizens)
        except ScenarioErrors as refused:
            assert refused.problems  # such as the same path set twice
            return
    check(run_quietly(scenario, worlds, seed))


ANY = given(
    st.sampled_from(RUNNABLE), CHANGES, st.integers(1, 40), st.integers(1, 14), st.integers(1, 3), st.integers(0, 2**40)
)
#: A run is too dear to be made small again and again: the first failure is shown as it was found.
USUAL = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow], "phases": [Phase.explicit, Phase.generate]}


@settings(max_examples=30, **USUAL)
@ANY
def test_any_valid_scenario_runs(
    name: str, changes: list[str], citizens: int, months: int, worlds: int, seed: int
) -> None:
    try_one(name, changes, citizens, months, worlds, seed)


@pytest.mark.slow
@settings(max_examples=1000, **USUAL)
@ANY
def test_a_thousand_valid_scenarios_run(
    name: str, changes: list[str], citizens: int, months: int, worlds: int, seed: int
) -> None:
    try_one(name, changes, citizens, months, worlds, seed)


def with_powers(count: int) -> Scenario:
    """The reference world with the first of its powers only, or with others like the last added."""
    gone = dict.fromkeys(FIVE[count:])
    like = {"capability": 0.3, "engagement": 0.4, "ties": 0.3, "pressure": 0.2, "rivalry": {"russia": 0.3}}
    more = {f"power{n}": {"name": f"Power {n}", **like} for n in range(count - len(FIVE))}
    tree = {"schema": 1, "title": "Powers", "extends": "baseline-2019", "powers": {**gone, **more}, "citizens": 50}
    return scenario_from_dict({**tree, "end": "2019-10"})


@pytest.mark.parametrize("count", [1, 2, 12])
def test_few_and_many_powers(count: int) -> None:
    run = run_quietly(with_powers(count), 2)
    check(run)
    assert run["ties"]["power"].nunique() == count


def test_a_world_without_powers_is_refused() -> None:
    with pytest.raises(ScenarioErrors, match="powers: needs at least one entry"):
        with_powers(0)


@pytest.mark.parametrize("size", [{"citizens": 1}, {"months": 1}, {"citizens": 1, "months": 1}])
def test_smallest_sizes(size: dict[str, int]) -> None:
    check(run_quietly(load_scenario("ukraine-war-2022", **{"citizens": 60, "months": 6, **size}), 2))


@pytest.mark.slow
@pytest.mark.parametrize("size", [{"citizens": 1_000_000, "months": 3}, {"citizens": 50, "months": 600}])
def test_largest_sizes(size: dict[str, int]) -> None:
    check(run_quietly(load_scenario("baseline-2019", sets=["end=2080-01"], **size), 1))


def test_a_mean_of_nothings_is_not_below_nothing() -> None:
    """Found by the thousand: the mean grievance of three content citizens came out as -1.6e-10."""
    sets = [
        "powers.russia.capability=0", "mechanisms.repression=false",
        "powers.turkiye.values=0.361", "stocks.doubt=0", "powers.eu.pressure=0.566", "stocks.income=1",
        "stocks.grievance=0", "powers.turkiye.pressure=0", "powers.russia.engagement=1", "stocks.reform=0.114",
        "parameters.ties.outreach_decay=0.015",
    ]  # fmt: skip
    setting = load_scenario("succession-2019", sets=sets, citizens=3, months=8)
    setting = setting.model_copy(
        update={"parameter_values": {**setting.parameter_values, "unrest.threshold_sd": 0.06}}  # outside its range
    )
    run = simulate_block(setting, worlds=range(3), seed=27585)
    assert (run["worlds"]["grievance"] >= 0).all()
