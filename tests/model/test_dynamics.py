"""Invariants, and directions that the equations promise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivector.ensemble import TABLES, Ensemble
from multivector.model import MultivectorModel, simulate_block
from multivector.outcomes import WORLD_MEASURES, effective_number
from multivector.scenario import list_scenarios, load_scenario
from tests.model.runs import ensemble, scenario

SHIPPED = [info.name for info in list_scenarios() if not info.abstract]


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_scenario_runs_within_bounds(name: str) -> None:
    with np.errstate(all="raise", under="ignore"):
        run = simulate_block(scenario(name, months=None, citizens=60), worlds=range(4), seed=11)
    worlds = run["worlds"]
    assert len(worlds) == 4 * run.scenario.months
    for measure in WORLD_MEASURES:
        values = worlds[measure].to_numpy()
        assert measure.startswith("congruence") or not np.isnan(values).any(), measure
    unit = ["autonomy", "approval", "grievance", "protest", "speaking", "repression", "reform", "dependence", "hazard"]
    assert ((worlds[unit] >= 0) & (worlds[unit] <= 1)).all().all()
    powers = len(run.scenario.powers)
    assert worlds["openness"].between(1 - 1e-9, powers + 1e-9).all()
    ties = run["ties"][["tie", "engagement", "pressure"]]
    assert ((ties >= 0) & (ties <= 1)).all().all()
    assert run["attitudes"]["attitude"].between(-1, 1).all()
    opened = {e.dossier for e in run.scenario.timeline if hasattr(e, "dossier")}
    scripted = run["decisions"].query("kind == 'scripted'")
    assert opened <= set(scripted["dossier"].astype("str"))
    left = scripted[scripted["option"] > 0].groupby("world")["dossier"].nunique()
    assert (left >= len(opened) - 2).all()  # the last may still be open at the end


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=12).filter(lambda v: sum(v) > 0))
@settings(max_examples=60)
def test_effective_number_lies_between_one_and_the_count(mass: list[float]) -> None:
    share = np.array([mass]) / np.sum(mass)
    assert 1 - 1e-9 <= effective_number(share)[0] <= len(mass) + 1e-9


def final(run: Ensemble, power: str, domain: str) -> float:
    ties = run["ties"]
    last = ties[(ties["month"] == run.months - 1) & (ties["power"] == power) & (ties["domain"] == domain)]
    return float(last["tie"].mean())


def test_it_takes_two() -> None:
    """Without the power's answer, the president's effort barely moves a tie; with it, it does (S2)."""
    lift = {}
    for reciprocity in (True, False):
        model = MultivectorModel(
            scenario("baseline-2019", f"mechanisms.reciprocity={str(reciprocity).lower()}"), worlds=4, rng=1
        )
        plain = MultivectorModel(model.setting, worlds=4, rng=1)
        for _ in range(12):
            model.state.outreach[:, 2] = 1.5
            model.step()
            plain.step()
        lift[reciprocity] = float((model.state.tie[:, 2, 0] - plain.state.tie[:, 2, 0]).mean())
    assert lift[True] > 2 * lift[False] > 0


def test_withdrawal_lowers_total_engagement_and_autonomy_is_read_with_it() -> None:
    stay = ensemble("baseline-2019", months=36)
    leave = ensemble("baseline-2019", "powers.us.interest*=0.3", "powers.eu.interest*=0.3", months=36)
    assert leave.quantiles("total_engagement")["median"] < stay.quantiles("total_engagement")["median"] - 0.05
    assert leave.quantiles("dependence")["median"] > stay.quantiles("dependence")["median"] + 0.02
    assert leave.quantiles("autonomy")["median"] < stay.quantiles("autonomy")["median"] - 0.005


def test_political_ties_move_before_economic_ones() -> None:
    run = ensemble("ukraine-war-2022")
    ties = run["ties"]
    start = ties[(ties["month"] == 0) & (ties["power"] == "russia")].groupby("domain", observed=True)["tie"].mean()
    fall = {d: start[d] - final(run, "russia", d) for d in ("politics", "economy")}
    assert fall["politics"] > 3 * abs(fall["economy"])


def test_cutting_transit_hurts_and_another_route_helps() -> None:
    cut = ensemble("pipeline-cutoff")
    safe = ensemble("pipeline-cutoff", "mechanisms.transit=false")
    assert cut.quantiles("income")["median"] < safe.quantiles("income")["median"] - 0.01


def test_threats_backfire_on_the_public() -> None:
    on = ensemble("ukraine-war-2022")["attitudes"].query("power == 'russia' and month == 23")["attitude"].mean()
    off = ensemble("ukraine-war-2022", "mechanisms.reactance=false")["attitudes"]
    assert on < off.query("power == 'russia' and month == 23")["attitude"].mean() - 0.02


def test_measures_separate_what_they_should() -> None:
    """Halving all ties leaves openness and lowers total engagement; closing one vector lowers both."""
    model = MultivectorModel(scenario("baseline-2019"), worlds=1)
    model.step()
    from multivector.outcomes import fan_measures

    base = fan_measures(model.state, model.cast, model.p)
    model.state.tie *= 0.5
    half = fan_measures(model.state, model.cast, model.p)
    assert half["openness"][0] == pytest.approx(base["openness"][0])
    assert half["total_engagement"][0] == pytest.approx(base["total_engagement"][0] / 2)
    model.state.tie[:, 2] = 0.0
    closed = fan_measures(model.state, model.cast, model.p)
    assert closed["openness"][0] < half["openness"][0] - 0.3


def test_save_and_load_give_the_same_tables(tmp_path) -> None:  # type: ignore[no-untyped-def]
    run = ensemble("ukraine-war-2022", months=6, worlds=4)
    run.save(tmp_path / "run")
    again = Ensemble.load(tmp_path / "run")
    assert again.scenario.hash == run.scenario.hash and again.worlds == run.worlds and again.seed == run.seed
    for name in TABLES:
        assert again[name].astype("str").equals(run[name].astype("str").reset_index(drop=True)), name


def test_one_power_and_twelve_powers() -> None:
    base = load_scenario("baseline-2019", months=6, citizens=40)
    keep = {"russia": base.powers["russia"]}
    one = base.model_copy(update={"powers": keep})
    run = simulate_block(one, worlds=range(2), seed=3)
    assert (run["worlds"]["openness"] == 1).all() and (run["worlds"]["dependence"] == 1).all()
    many = {f"power_{i}": base.powers["eu"].model_copy(update={"name": f"Power {i}"}) for i in range(12)}
    run = simulate_block(base.model_copy(update={"powers": many}), worlds=range(2), seed=3)
    assert run["worlds"]["openness"].gt(11).all()
