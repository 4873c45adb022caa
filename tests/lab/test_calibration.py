"""Calibration: the study's checks, the distance, a posterior of a known toy, going on, and the set that comes out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from multivector.cli.app import run_command_line
from multivector.lab.backtest.series_history import History
from multivector.lab.calibration.result import weighted_quantiles
from multivector.lab.calibration.statistics import energy_distance
from multivector.lab.errors import LabError
from multivector.lab.parameter_sets import draws_from, find_set, list_sets, set_expressions, write_set
from multivector.lab.study import StudyErrors, load_study
from multivector.scenario import load_scenario

STUDY = """schema: 1
kind: calibrate
title: A toy
scenarios: history-1992
worlds: 4
citizens: 20
population: 24
generations: 3
simulations: 400
name: toy
fit:
  ties.rate_economy: range
  powers.jealousy: range
statistics:
  russia: {observable: trade.russia, from: 1992, to: [1993, 1994], before: 0.5, after: 0.6, error: 0.05, source: me}
"""


def study(folder: Path, text: str = STUDY) -> Path:
    path = folder / "toy.yaml"
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


@pytest.mark.parametrize(
    ("old", "new", "key", "hint"),
    [
        ("ties.rate_economy", "ties.rate_econmy", "fit.ties.rate_econmy", "ties.rate_economy"),
        ("trade.russia,", "trades.russia,", "statistics.russia.observable", "trade.russia"),
        ("trade.russia,", "trade.rusia,", "statistics.russia.observable", "trade.russia"),
        ("to: [1993, 1994]", "to: [1994, 1993]", "statistics.russia.to", "[1993, 1994]"),
        ("to: [1993, 1994]", "to: [1993, 2194]", "statistics.russia.to", ""),
        ("", "", "", ""),
        ("after: 0.6", "after: 60", "statistics.russia.after", ""),
        ("jealousy: range", "jealousy: {low: 0.3, high: 0.2}", "fit.powers.jealousy", ""),
        ("jealousy: range", "jealousy: {low: 0.0, high: 5.0}", "fit.powers.jealousy", ""),
        ("scenarios: history-1992", "scenarios: [history-1992, ukraine-war-2022]", "scenarios", ""),
    ],
)
def test_what_is_wrong_is_said_at_its_line(tmp_path: Path, old: str, new: str, key: str, hint: str) -> None:
    if not key:
        old, new, key, hint = "population: 24", "populaton: 24", "populaton", "population"
    with pytest.raises(StudyErrors) as caught:
        load_study(study(tmp_path, STUDY.replace(old, new)))
    (found,) = [one for one in caught.value.problems if one.key.removeprefix("parameters.") == key] or [None]
    assert found is not None, [str(one) for one in caught.value.problems]
    assert found.line and (found.suggestion or "") == hint


def test_the_distance_minds_the_middle_and_the_spread() -> None:
    rng = np.random.default_rng(0)
    record, error = np.zeros(3), np.full(3, 0.5)
    near, far = rng.normal(0, 0.5, (400, 3)), rng.normal(2, 0.5, (400, 3))
    wide = rng.normal(0, 5.0, (400, 3))
    assert energy_distance(near, record, error) < energy_distance(far, record, error)
    assert energy_distance(near, record, error) < energy_distance(wide, record, error)
    assert energy_distance(np.zeros((4, 3)), record, error) == 0.0


def test_weighted_quantiles_follow_the_weight() -> None:
    values = np.arange(101.0)
    assert weighted_quantiles(values, np.ones(101), [0.5])[0] == pytest.approx(50.0)
    assert weighted_quantiles(values, np.where(values > 79, 1.0, 1e-9), [0.5])[0] == pytest.approx(90.0, abs=1)


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A model whose trade with Russia moves by 20 times the speed of economic ties, and by nothing else."""
    calls: list[float] = []

    def quick(scenario, draws, worlds, seed, tick=None) -> History:
        (draw,) = draws
        calls.append(draw["ties.rate_economy"])
        years = np.arange(1992, int(scenario.end[:4]) + 1)
        noise = np.random.default_rng(seed).normal(0, 0.02, (worlds, len(years)))
        return History(years, {("trade", "russia"): 20 * draw["ties.rate_economy"] * (years > 1992) + noise})

    monkeypatch.setattr("multivector.lab.calibration.abc.simulate", quick)
    return calls


@pytest.mark.slow
def test_the_posterior_finds_what_the_record_says_and_no_more(
    tmp_path: Path, toy: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("pyabc")
    out = tmp_path / "out"
    command = ["calibrate", str(study(tmp_path)), "--out", str(out), "--json"]
    assert run_command_line(command) == 0
    whole = json.loads(capsys.readouterr().out)
    speed, jealousy = whole["parameters"]["ties.rate_economy"], whole["parameters"]["powers.jealousy"]
    # logit 0.6 - logit 0.5 = 0.405, so that the speed is 0.0203
    assert speed["informed"] and speed["low"] < 0.0203 < speed["high"]
    assert speed["width_ratio"] < jealousy["width_ratio"]
    assert whole["statistics"]["russia"]["reproduced"]
    assert {"identifiability.png", "predictive.png", "abc.db", "posterior.csv", "toy.yaml"} <= {
        path.name for path in out.iterdir()
    }

    fallen = [one["epsilon"] for one in whole["generations"]]
    assert fallen == sorted(fallen, reverse=True) and fallen[-1] < fallen[0]
    done = len(toy)
    assert run_command_line(command) == 0  # finished: nothing is simulated again
    again = json.loads(capsys.readouterr().out)
    assert len(toy) == done and again["parameters"] == whole["parameters"]

    changed = study(tmp_path, STUDY.replace("error: 0.05", "error: 0.06"))
    assert run_command_line(["calibrate", str(changed), "--out", str(out), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["errors"][0]["key"] == "--out"

    named = find_set(str(out / "toy.yaml"))
    assert len(named.draws) == 100 and named.provenance["method"].startswith("ABC-SMC")
    resolved = load_scenario("ukraine-war-2022", sets=set_expressions(str(out / "toy.yaml")))
    assert resolved.parameter_values["ties.rate_economy"] == pytest.approx(speed["median"], rel=1e-4)


@pytest.mark.slow
def test_a_stopped_calibration_comes_to_the_same(
    tmp_path: Path, toy: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("pyabc")

    def run(generations: int, out: str) -> dict:
        path = study(tmp_path, STUDY.replace("generations: 3", f"generations: {generations}"))
        assert run_command_line(["calibrate", str(path), "--out", str(tmp_path / out), "--json", "--no-plots"]) == 0
        return json.loads(capsys.readouterr().out)

    whole = run(2, "whole")
    assert len(run(1, "cut")["generations"]) == 1
    assert run(2, "cut")["parameters"] == whole["parameters"]


def test_sets_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    write_set(path, "Mine", {"ties.rate_economy": 0.03}, {"ties.rate_economy": [0.02, 0.04]}, {"from": "me"})
    found = find_set(str(path))
    assert found.name == "mine" and found.values == {"ties.rate_economy": 0.03}
    assert {row["ties.rate_economy"] for row in draws_from(found, 2, 1)} == {0.02, 0.04}
    assert set_expressions(str(path)) == ["parameters.ties.rate_economy=0.03"]
    for text, said in (
        ("values: {ties.rate_econmy: 1}", "no parameter"),
        ("values: {ties.rate_economy: fast}", "must be a number"),
        ("valus: {}", "is a mapping with"),
        ("values: {ties.rate_economy: 0.02}\ncolour: 1", "unknown key"),
        ("values: [", "not YAML"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(LabError, match=said):
            find_set(str(path))
    with pytest.raises(LabError, match="there is no parameter set"):
        find_set("nowhere")


@pytest.mark.parametrize("name", list_sets())
def test_shipped_sets_lie_in_the_ranges_of_the_records(name: str) -> None:
    from multivector.parameters import load_records

    records, found = load_records(), find_set(name)
    assert found.draws and found.provenance
    for values in (found.values, *found.draws):
        assert all(records[path].low <= value <= records[path].high for path, value in values.items())


def test_a_study_takes_a_set_and_set_comes_on_top(tmp_path: Path) -> None:
    write_set(tmp_path / "mine.yaml", "Mine", {"ties.rate_economy": 0.03, "powers.jealousy": 0.5}, {}, {})
    text = (
        "schema: 1\nkind: batch\ntitle: T\nscenarios: ukraine-war-2022\nparameters: ./mine.yaml\n"
        "set: [parameters.powers.jealousy=0.2]\n"
    )
    (scenario,) = load_study(study(tmp_path, text)).scenarios.values()
    assert scenario.parameter_values["ties.rate_economy"] == 0.03
    assert scenario.parameter_values["powers.jealousy"] == 0.2
    with pytest.raises(StudyErrors) as caught:
        load_study(study(tmp_path, text.replace("./mine.yaml", "./min.yaml")))
    assert [one.line for one in caught.value.problems] == [5]
