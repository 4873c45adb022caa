"""Calibration: the study's checks, statistics, a posterior of a known toy, going on, and the set that comes out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from multivector.cli.app import run_command_line
from multivector.lab.backtest.series_history import History
from multivector.lab.calibration.emulator import fit_emulator
from multivector.lab.calibration.posterior import coverage, infer, weighted_quantiles
from multivector.lab.calibration.simulations import design_points
from multivector.lab.calibration.statistics import error_covariance, recorded, simulated
from multivector.lab.calibration.study import CalibrateStudy, Statistic
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
simulations: 32
checks: 4
name: toy
fit:
  ties.rate_economy: {low: 0.008, high: 0.04}
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
        ("worlds: 4", "worlds: 2", "worlds", "4"),
        ("before: 0.5, ", "", "statistics.russia", ""),
        ("before: 0.5, ", "before: 0.5, share: 0.4, ", "statistics.russia", ""),
        (
            "from: 1992, to: [1993, 1994], before: 0.5, after: 0.6",
            "in: [1990, 1994], share: 0.5",
            "statistics.russia.in",
            "",
        ),
        ("source: me", "source: me, left_out: no reason", "statistics", ""),
        ("scenarios: history-1992", "scenarios: [history-1992, ukraine-war-2022]", "scenarios", ""),
    ],
)
def test_what_is_wrong_is_said_at_its_line(tmp_path: Path, old: str, new: str, key: str, hint: str) -> None:
    if not key:
        old, new, key, hint = "checks: 4", "cheks: 4", "cheks", "checks"
    with pytest.raises(StudyErrors) as caught:
        load_study(study(tmp_path, STUDY.replace(old, new)))
    (found,) = [one for one in caught.value.problems if one.key.removeprefix("parameters.") == key] or [None]
    assert found is not None, [str(one) for one in caught.value.problems]
    assert found.line and (found.suggestion or "") == hint


def statistic(**fields: object) -> Statistic:
    return Statistic.model_validate({"observable": "trade.russia", "error": 0.2, "source": "me", **fields})


def test_movements_levels_and_swings_are_read_alike_from_record_and_worlds() -> None:
    years = np.arange(1992, 2000)
    shares = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8])
    logits = np.log(shares / (1 - shares))
    history = History(years, {("trade", "russia"): np.stack([logits, logits[::-1]])})
    movement = statistic(**{"from": 1992, "to": 1999, "before": 0.1, "after": 0.8})
    level = statistic(**{"in": 1995, "share": 0.4})
    changes = logits[2:] - logits[:-2]
    swings = statistic(**{"in": [1992, 1999], "lag": 2, "spread": float(changes.std())})
    assert [one.measure for one in (movement, level, swings)] == ["movement", "level", "volatility"]
    found = simulated(history, [movement, level, swings])
    assert found.shape == (2, 3)
    assert found[0] == pytest.approx(recorded([movement, level, swings]))
    assert found[1, 0] == pytest.approx(-found[0, 0]) and found[1, 2] == pytest.approx(found[0, 2])


def test_movements_that_share_a_period_share_its_error() -> None:
    first = statistic(**{"from": 1992, "to": 1995, "before": 0.1, "after": 0.2})
    from_there_on = statistic(**{"from": 1995, "to": 1999, "before": 0.2, "after": 0.3})
    whole = statistic(**{"from": 1992, "to": 1999, "before": 0.1, "after": 0.3})
    level = statistic(**{"in": [1992, 1999], "share": 0.2})
    found = error_covariance([first, from_there_on, whole, level])
    assert found == pytest.approx(
        0.04 * np.array([[1, -0.5, 0.5, 0], [-0.5, 1, 0.5, 0], [0.5, 0.5, 1, 0], [0, 0, 0, 1]])
    )
    # the two parts sum to the whole: no more error than the whole has
    assert np.array([1, 1, 0, 0]) @ found @ np.array([1, 1, 0, 0]) == pytest.approx(found[2, 2])


def linear(points: np.ndarray, seed: int, worlds: int = 8) -> np.ndarray:
    """Two statistics of two parameters, of which only the first shows; worlds scatter by 0.1. (N, W, 2)."""
    noise = np.random.default_rng(seed).normal(0, 0.1, (len(points), worlds, 2))
    means = np.stack([points[:, 0], 0.5 * points[:, 0] ** 2], axis=1)
    return means[:, None, :] + noise


LOW, HIGH = np.array([0.0, 0.0]), np.array([2.0, 1.0])


def test_the_posterior_is_that_of_the_normal_theory() -> None:
    points = design_points(LOW, HIGH, 64, 1)
    emulator = fit_emulator(points, linear(points, 2), LOW, HIGH)
    assert (emulator.explained > 0.95).all()
    error = np.diag([0.2**2, 100.0])  # the second figure says nothing
    posterior = infer(emulator, np.array([1.0, 0.0]), error, 3, 2**12)
    (low, middle, high), unseen = posterior.quantiles()
    assert middle == pytest.approx(1.0, abs=0.05)
    assert high - low == pytest.approx(2 * 1.645 * np.hypot(0.2, 0.1), rel=0.1)
    assert unseen == pytest.approx([0.05, 0.5, 0.95], abs=0.03)
    assert posterior.widened == 1.0


def test_a_model_that_cannot_meet_the_record_is_less_sure() -> None:
    points = design_points(LOW, HIGH, 64, 1)
    emulator = fit_emulator(points, linear(points, 2), LOW, HIGH)
    error = np.diag([0.1**2, 0.1**2])
    met = infer(emulator, np.array([1.0, 0.5]), error, 3, 2**12)
    missed = infer(emulator, np.array([1.0, 1.5]), error, 3, 2**12)  # no value gives both
    assert met.widened < 1.6 < missed.widened and missed.misfit > 10 * met.misfit
    width = [float(np.diff(one.quantiles()[0])[[0, 1]].sum()) for one in (met, missed)]
    assert width[1] > 1.5 * width[0]


def test_nine_in_ten_intervals_hold_a_known_truth() -> None:
    points = design_points(LOW, HIGH, 64, 1)
    worlds = linear(points, 2)
    emulator = fit_emulator(points, worlds, LOW, HIGH)
    found = coverage(emulator, points, worlds, np.diag([0.2**2, 0.2**2]), 4)
    assert ((found > 0.82) & (found < 0.97)).all()


def test_weighted_quantiles_follow_the_weight() -> None:
    values = np.arange(101.0)
    assert weighted_quantiles(values, np.ones(101), (0.5,))[0] == pytest.approx(50.0)
    assert weighted_quantiles(values, np.where(values > 79, 1.0, 1e-9), (0.5,))[0] == pytest.approx(90.0, abs=1)


def test_more_points_go_on_in_the_same_sequence() -> None:
    few, many = design_points(LOW, HIGH, 16, 7), design_points(LOW, HIGH, 32, 7)
    assert np.array_equal(few, many[:16]) and len(np.unique(many, axis=0)) == 32
    assert (many >= LOW).all() and (many <= HIGH).all()


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

    monkeypatch.setattr("multivector.lab.calibration.simulations.simulate", quick)
    return calls


def test_the_posterior_finds_what_the_record_says_and_no_more(
    tmp_path: Path, toy: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    command = ["calibrate", str(study(tmp_path)), "--out", str(out), "--json"]
    assert run_command_line(command) == 0
    whole = json.loads(capsys.readouterr().out)
    speed, jealousy = whole["parameters"]["ties.rate_economy"], whole["parameters"]["powers.jealousy"]
    # logit 0.6 - logit 0.5 = 0.405, so that the speed is 0.0203
    assert whole["informed"] == ["ties.rate_economy"] and speed["low"] < 0.0203 < speed["high"]
    assert speed["width_ratio"] < 0.5 and jealousy["width_ratio"] == pytest.approx(1.0, abs=0.05)
    assert whole["statistics"]["russia"]["reproduced"] and whole["coverage90"] == pytest.approx(0.9, abs=0.08)
    assert {"identifiability.png", "predictive.png", "calibration.db", "posterior.csv", "toy.yaml"} <= {
        path.name for path in out.iterdir()
    }

    done = len(toy)
    assert done == 36
    assert run_command_line(command) == 0  # finished: nothing is simulated again
    assert json.loads(capsys.readouterr().out)["parameters"] == whole["parameters"] and len(toy) == done

    named = find_set(str(out / "toy.yaml"))
    assert len(named.draws) == 100 and named.provenance["informed"] == ["ties.rate_economy"]
    resolved = load_scenario("ukraine-war-2022", sets=set_expressions(str(out / "toy.yaml")))
    assert resolved.parameter_values["ties.rate_economy"] == pytest.approx(speed["median"], rel=1e-4)


def test_a_doubted_figure_needs_no_new_run_but_other_ranges_do(
    tmp_path: Path, toy: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    def run(text: str) -> tuple[int, dict]:
        code = run_command_line(
            ["calibrate", str(study(tmp_path, text)), "--out", str(tmp_path / "out"), "--json", "--no-plots"]
        )
        return code, json.loads(capsys.readouterr().out)

    _, sure = run(STUDY)
    done = len(toy)
    second = '  loose: {observable: trade.russia, in: 1994, share: 0.9, error: 0.1, source: me, left_out: "too high"}\n'
    code, doubted = run(STUDY.replace("error: 0.05", "error: 0.2") + second)
    assert code == 0 and len(toy) - done <= 4  # only the points of the new posterior are run
    widths = [one["parameters"]["ties.rate_economy"]["width_ratio"] for one in (sure, doubted)]
    assert widths[1] > 2 * widths[0]
    left = doubted["statistics"]["loose"]
    assert left["left_out"] == "too high" and not left["reproduced"] and left["reach"] > 3 and doubted["fitted"] == 1

    code, refused = run(STUDY.replace("jealousy: range", "jealousy: {low: 0.2, high: 0.4}"))
    assert code == 2 and refused["errors"][0]["key"] == "--out"


def test_a_stopped_calibration_comes_to_the_same(
    tmp_path: Path, toy: list[float], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from multivector.lab.calibration import simulations

    def run(out: str) -> dict:
        command = ["calibrate", str(study(tmp_path)), "--out", str(tmp_path / out), "--json", "--no-plots"]
        assert run_command_line(command) == 0
        return json.loads(capsys.readouterr().out)

    whole = run("whole")
    quick, left = simulations.simulate, iter(range(10))

    def dying(*given, **more) -> History:
        if next(left, None) is None:
            raise LabError("the power is gone", key="calibrate")
        return quick(*given, **more)

    monkeypatch.setattr(simulations, "simulate", dying)
    command = ["calibrate", str(study(tmp_path)), "--out", str(tmp_path / "cut"), "--json", "--no-plots"]
    assert run_command_line(command) == 2
    capsys.readouterr()
    monkeypatch.setattr(simulations, "simulate", quick)
    done = len(toy)
    assert run("cut")["parameters"] == whole["parameters"] and len(toy) - done == 26


def test_a_broken_database_is_said(tmp_path: Path, toy: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "calibration.db").write_text("this is no database" * 100, encoding="utf-8")
    assert run_command_line(["calibrate", str(study(tmp_path)), "--out", str(tmp_path / "out"), "--json"]) == 2
    assert "cannot be read" in json.loads(capsys.readouterr().out)["errors"][0]["message"]
    assert not toy


def test_the_shipped_study_reads_and_says_why_figures_are_left_out() -> None:
    document = load_study(Path(__file__).parents[2] / "experiments" / "calibration" / "study.yaml").document
    assert isinstance(document, CalibrateStudy)
    assert 4 <= len(document.fit) <= 8 < len(document.fitted) < len(document.statistics)
    assert all(one.source in document.sources for one in document.statistics.values())
    assert max(one.last for one in document.statistics.values()) <= 2014  # later figures are for tests


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
def test_shipped_sets_lie_where_the_records_allow(name: str) -> None:
    from multivector.parameters import load_records

    records, found = load_records(), find_set(name)
    assert found.draws and found.provenance
    assert all(records[path].low <= value <= records[path].high for path, value in found.values.items())
    for values in found.draws:  # a record's range may be nine tenths of them
        assert all(records[path].allowed[0] <= value <= records[path].allowed[1] for path, value in values.items())


def test_defaults_from_a_set_are_known_to_be_fitted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from multivector.lab import parameter_sets
    from multivector.parameters import load_records

    write_set(tmp_path / "mine.yaml", "Mine", {"ties.effort": 0.2}, {"ties.effort": [0.2]}, {"fitted_until": "2014-12"})
    monkeypatch.setattr(parameter_sets, "_folder", lambda: tmp_path)
    records = dict(load_records())
    monkeypatch.setattr(parameter_sets, "load_records", lambda: records)
    for path, record in records.items():
        records[path] = replace(record, source=None)
    assert parameter_sets.defaults_fitted_until() is None
    records["ties.effort"] = replace(records["ties.effort"], source="median of the set mine")
    assert parameter_sets.defaults_fitted_until() == "2014-12"


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
