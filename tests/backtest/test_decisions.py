"""Coded decisions: what forecasts may see, the state they are fed with, and that scores are fair."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path as FilePath
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel

from multivector.cli.backtest_decisions import sentences
from multivector.lab.backtest.decisions import forecasts_of, named_cases, named_in, score_decisions
from multivector.lab.backtest.decisions_data import CodedDecisions, CodedPosition, date_of, read_decisions
from multivector.lab.backtest.decisions_fit import Coefficient, Fit, fit_coefficients
from multivector.lab.backtest.decisions_fits import Fits, fit_all, shipped_fits
from multivector.lab.backtest.decisions_history import History, as_known, simulate_history
from multivector.lab.backtest.decisions_models import OURS, VIEWS, forecast_models, seen_in
from multivector.lab.backtest.decisions_page import tables
from multivector.lab.backtest.decisions_rivals import SPREAD, modal_options, point_rivals, spread_forecast
from multivector.lab.backtest.decisions_rule import RULE, DecisionRule
from multivector.lab.backtest.reading import DataErrors
from multivector.parameters import load_records
from multivector.scenario import DomainPaths, Path, Scenario, load_scenario

EVIDENCE = FilePath(__file__).parents[3] / "shared" / "evidence" / "kazakhstan_decisions.csv"
POWERS = ["russia", "china", "eu", "us", "turkiye"]
HEADER = (
    "case,date,domain,n_options,actor,position_low,position_high,confidence,outcome,outcome_confidence,public_mattered"
)
needs_evidence = pytest.mark.skipif(not EVIDENCE.is_file(), reason=f"the coded decisions are not at {EVIDENCE}")


def written(folder: FilePath, rows: list[str]) -> FilePath:
    path = folder / "cases.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8", newline="\n")
    return path


def synthetic_rows(seed: int = 3, cases: int = 16) -> list[str]:
    """Made-up cases of 1992 to 1994: the outcome is the formal actors' option in most."""
    draw = random.Random(seed)
    rows = []
    for k in range(cases):
        options = 3 + k % 2
        date = f"{1992 + k % 3}-{1 + (5 * k) % 12:02d}"
        formal = draw.randint(1, options)
        outcome = formal if draw.random() < 0.85 else draw.randint(1, options)
        actors = {"formal": formal, "informal": draw.randint(1, options), "public": draw.randint(1, options)}
        actors |= {power: draw.randint(1, options) for power in draw.sample(POWERS, 2)}
        for actor, position in actors.items():
            confidence = draw.choice(["high", "medium", "low"])
            domain = ["politics", "economy", "security", "protest"][k % 4]
            rows.append(
                f"S{k:02d},{date},{domain},{options},{actor},{position},{position},{confidence},{outcome},high,no"
            )
    return rows


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> CodedDecisions:
    return read_decisions(written(tmp_path_factory.mktemp("coded"), synthetic_rows()), POWERS)


@pytest.fixture(scope="module")
def world() -> Scenario:
    return load_scenario("history-1992", citizens=40)


@pytest.fixture(scope="module")
def history(world: Scenario, data: CodedDecisions) -> History:
    return simulate_history(world, [case.date for case in data.cases], worlds=2, seed=7)


def plain_fits(history: History) -> Fits:
    """Every model at the middle of its coefficients' ranges."""
    fits = Fits({}, {3: 2.0, 4: 2.5}, {})
    for view in VIEWS:
        fits.fits[view] = {
            model.name: Fit(tuple(one.value(0.0) for one in model.coefficients), {})
            for model in forecast_models(history, fits.modal)
        }
    return fits


# --- reading ----------------------------------------------------------------------------------------------------------
def test_dates() -> None:
    assert date_of("2003-02 to 2007-11-30") == "2003-02"
    assert date_of("2017 to 2021 (key date 2019-03-28)") == "2019-03"
    assert date_of("2008, 2015-2017, 2022") == "2008-01"
    assert date_of("in spring") is None


def test_every_fault_is_named_by_line_and_column(tmp_path: FilePath) -> None:
    rows = [
        "A,2001-01,politics,3,formal,2,2,high,2,high,no",
        "A,2001-01,politics,3,rusia,1,1,high,2,high,no",
        "A,2001-01,politics,3,formal,1,9,sure,2,high,no",
        "B,soon,polics,3,public,3,2,low,4,high,no",
    ]
    with pytest.raises(DataErrors) as caught:
        read_decisions(written(tmp_path, rows), POWERS)
    found = {(fault.line, fault.key): fault for fault in caught.value.problems}
    assert found[3, "actor"].suggestion == "russia"
    assert {(4, "position_high"), (4, "confidence"), (4, "actor")} <= set(found)
    assert found[5, "domain"].suggestion == "politics"
    assert {(5, "date"), (5, "position_low"), (5, "outcome")} <= set(found)


def test_lines_of_a_case_must_agree(tmp_path: FilePath) -> None:
    rows = ["A,2001-01,politics,3,formal,2,2,high,2,high,no", "A,2001-01,politics,4,public,2,2,high,2,high,no"]
    with pytest.raises(DataErrors, match="n_options"):
        read_decisions(written(tmp_path, rows), POWERS)


def test_the_presidents_position_is_never_an_input(tmp_path: FilePath) -> None:
    rows = ["A,2001-01,politics,3,formal,2,2,high,3,high,no"]
    bare = read_decisions(written(tmp_path, rows), POWERS)
    told = read_decisions(written(tmp_path, [*rows, "A,2001-01,politics,3,president,3,3,high,3,high,no"]), POWERS)
    assert told.cases == bare.cases
    assert "president" in told.notes[0]


# --- the state --------------------------------------------------------------------------------------------------------
def without_later(value: Any, last: int) -> Any:
    """A scenario's value with every dated figure after month `last` deleted."""
    if isinstance(value, Path):
        kept = tuple(point for point in value.points if point[0] <= last)
        return Path(kept or value.points[:1], value.start)
    if isinstance(value, DomainPaths):
        return DomainPaths(tuple(without_later(path, last) for path in value.paths))
    if isinstance(value, BaseModel):
        return value.model_copy(
            update={name: without_later(getattr(value, name), last) for name in type(value).model_fields}
        )
    if isinstance(value, dict):
        return {key: without_later(inner, last) for key, inner in value.items()}
    return value


def test_no_figure_after_a_date_reaches_its_state(world: Scenario) -> None:
    date, last = "1993-09", 12 * 1993 + 7
    cut = without_later(world, last)
    cut = cut.model_copy(update={"timeline": tuple(one for one in world.timeline if one.date < date)})
    assert cut.hash != world.hash
    one, other = (simulate_history(s, [date], worlds=2, seed=7) for s in (world, cut))
    for name, stock in vars(one.state).items():
        np.testing.assert_array_equal(stock, getattr(other.state, name), err_msg=name)


def test_a_dated_value_holds_until_the_next(world: Scenario) -> None:
    path = world.powers["russia"].pressure.domain("politics")
    known = as_known(world).powers["russia"].pressure.domain("politics")
    (first, before), (second, after) = path.points[:2]
    assert second - first > 2
    assert known.values("1992-01", 500)[second - 1 - (12 * 1992)] == before
    assert known.values("1992-01", 500)[second - (12 * 1992)] == after


def test_the_state_of_a_date_does_not_depend_on_the_other_dates(world: Scenario, history: History) -> None:
    date = history.dates[3]
    alone = simulate_history(world, [date], worlds=2, seed=7)
    np.testing.assert_array_equal(alone.state.tie[alone.rows(date)], history.state.tie[history.rows(date)])


# --- forecasts --------------------------------------------------------------------------------------------------------
def test_reversed_options_mirror_every_forecast(history: History, data: CodedDecisions) -> None:
    fits = plain_fits(history)
    marks = [case.fingerprint for case in data.cases]
    for model in forecast_models(history, lambda mark, options: (options + 1) / 2.0):
        straight = forecasts_of(model, "all", data.cases, marks, fits)
        turned = forecasts_of(model, "all", [case.mirrored() for case in data.cases], marks, fits)
        for one, other in zip(straight, turned, strict=True):
            np.testing.assert_allclose(one, other[::-1], atol=1e-12, err_msg=model.name)
            assert one.sum() == pytest.approx(1.0) and (one >= 0).all()


def test_outcomes_only_score(history: History, data: CodedDecisions) -> None:
    fits = plain_fits(history)
    shuffled = replace(data, outcome=tuple(reversed([min(o, 2) for o in data.outcome])))
    one, other = (score_decisions(d, history, fits) for d in (data, shuffled))
    assert [row["probability"] for row in one["cases"]] == [row["probability"] for row in other["cases"]]
    assert one["schema"] == 1 and one["models"] != other["models"]
    assert one["n"] == 16 and set(one["models"]) == set(one["titles"])


def test_progress_ends_at_its_end(history: History, data: CodedDecisions) -> None:
    seen: list[tuple[int, int]] = []
    score_decisions(data, history, plain_fits(history), progress=lambda *news: seen.append(news))
    assert seen[0][0] == 0 and seen[-1][0] == seen[-1][1] == max(total for _, total in seen)


def test_an_id_alone_names_no_case(history: History, data: CodedDecisions) -> None:
    mine = replace(data, cases=(replace(data.cases[0], id="D01"), *data.cases[1:]))
    assert "D01" in named_cases() and not named_in(mine.cases)
    found = score_decisions(mine, history, plain_fits(history))
    assert found["cases"][0]["named_by"] == [] and found["views"]["all"]["out_of_sample"]["n"] == 16
    assert any(note.startswith("D01: the id of a case that a pattern names") for note in found["notes"])


def test_few_cases_give_no_verdict(history: History, data: CodedDecisions) -> None:
    few = replace(data, cases=data.cases[:3], outcome=data.outcome[:3])
    whole = score_decisions(few, history, plain_fits(history))
    for part in (part for view in whole["views"].values() for part in view.values()):
        for gap in (gap for scores in part["ours_better_by"].values() for gap in scores.values()):
            assert gap["low"] is None and gap["high"] is None and not gap["clear"]
    assert sentences(whole) == ["All cases (3): fewer than 8, too few for an interval or a verdict."]
    assert "[+" not in tables(whole)
    whole = score_decisions(data, history, plain_fits(history))
    assert any("rivals" in line for line in sentences(whole))


def test_a_date_outside_the_history_is_said(world: Scenario, data: CodedDecisions) -> None:
    short = world.model_copy(update={"end": "1992-06"})
    dates = ["1985-01", "1992-03", "1992-07", "2035-01"]
    cases = tuple(replace(case, date=date) for case, date in zip(data.cases, dates, strict=False))
    history = simulate_history(short, dates, worlds=2, seed=7)
    found = score_decisions(replace(data, cases=cases, outcome=data.outcome[:4]), history, plain_fits(history))
    before = "end of the month before"
    states = ["end of the first month", before, before, "end of the history, 1992-06"]
    assert [case["state"] for case in found["cases"]] == states
    early, late = (next(note for note in found["notes"] if case.id in note) for case in (cases[0], cases[3]))
    assert "(1985-01)" in early and "first month, 1992-01" in early
    assert "(2035-01)" in late and "ends 1992-06" in late
    assert not any(cases[1].id in note or cases[2].id in note for note in found["notes"])


def test_a_forecast_does_not_depend_on_the_cases_beside_it(history: History, data: CodedDecisions) -> None:
    middle = tuple(one.value(0.0) for one in RULE)
    together = DecisionRule(history, data.cases).forecast(middle)
    for case, probability in zip(data.cases[:4], together, strict=False):
        np.testing.assert_allclose(DecisionRule(history, [case]).forecast(middle)[0], probability, rtol=1e-12)


def test_what_actors_want_moves_the_forecast(history: History, data: CodedDecisions) -> None:
    case = next(case for case in data.cases if case.options == 3)
    coefficients = tuple(one.value(0.0) for one in RULE)

    def first_option(actor: str, option: float) -> float:
        moved = replace(case, positions={**case.positions, actor: CodedPosition(option, option, "high")})
        return float(DecisionRule(history, [moved]).forecast(coefficients)[0][0])

    for actor in ("formal", "informal", "russia"):
        assert first_option(actor, 1) > first_option(actor, 3), actor


def test_constant_weights_are_those_of_no_date(history: History, data: CodedDecisions) -> None:
    constant = history.with_constant_weights()
    first, last = constant.rows(constant.dates[0]), constant.rows(constant.dates[-1])
    np.testing.assert_array_equal(constant.state.pressure[first], constant.state.pressure[last])
    assert (history.state.pressure[first] != history.state.pressure[last]).any()
    np.testing.assert_array_equal(constant.state.attitude, history.state.attitude)


def test_views_take_from_all_models_alike(data: CodedDecisions) -> None:
    case = data.cases[0]
    assert "formal" not in seen_in("without_formal", case).positions
    assert all(one.confidence != "low" for c in data.cases for one in seen_in("confident", c).positions.values())
    assert seen_in("all", case) is case


# --- rivals and fits --------------------------------------------------------------------------------------------------
def test_silent_actors_fall_back_to_the_unweighted_mean(data: CodedDecisions) -> None:
    case = data.cases[0].keeping(lambda actor, position: actor != "formal")
    points = {rival.name: rival.point(case) for rival in point_rivals(POWERS)}
    mean = np.mean([one.middle for one in case.positions.values()])
    assert points["formal"] == pytest.approx(mean)
    assert points["unweighted_mean"] == pytest.approx(mean)
    assert points["middle"] == (case.options + 1) / 2


def test_the_modal_option_of_two_is_their_middle(data: CodedDecisions) -> None:
    three = [case for case in data.cases if case.options == 3][:2]
    assert modal_options(three, [0, 1]) == {3: 1.5}


def test_a_fit_finds_what_was_planted() -> None:
    draw = np.random.default_rng(4)
    options = [3 + k % 3 for k in range(400)]
    points = [float(draw.integers(1, n + 1)) for n in options]
    outcome = [
        int(draw.choice(n, p=p)) for n, p in zip(options, spread_forecast(points, options, (0.6, 0.1)), strict=True)
    ]
    fit = fit_coefficients(SPREAD, lambda c: spread_forecast(points, options, c), outcome, [], leave_one_out=False)
    assert fit.whole[0] == pytest.approx(0.6, rel=0.25)
    assert fit.whole[1] == pytest.approx(0.1, abs=0.07)


def test_a_case_left_out_has_no_say() -> None:
    """Leaving one out gives what a fit to the others gives, whatever the outcome of that one."""
    draw = np.random.default_rng(5)
    points = [float(draw.integers(1, 4)) for _ in range(30)]
    outcome = [int(p) - 1 if k % 6 else int(draw.integers(0, 3)) for k, p in enumerate(points)]
    marks = [str(k) for k in range(30)]

    def fitted(members: list[int], came: list[int], leave: bool) -> Fit:
        def forecast(c: tuple[float, ...]) -> list[Any]:
            return spread_forecast([points[k] for k in members], [3] * len(members), c)

        return fit_coefficients(
            SPREAD, forecast, [came[k] for k in members], [marks[k] for k in members], leave_one_out=leave
        )

    others = fitted([k for k in range(30) if k != 6], outcome, False).whole
    for came in range(3):
        changed = [came if k == 6 else o for k, o in enumerate(outcome)]
        np.testing.assert_allclose(fitted(list(range(30)), changed, True).of("6"), others, rtol=0.03)


@pytest.mark.slow
def test_shuffled_outcomes_give_no_skill(history: History, data: CodedDecisions) -> None:
    def skill(outcome: tuple[int, ...]) -> float:
        """Log score left out, less that of saying nothing."""
        shown = replace(data, outcome=outcome)
        fits = fit_all(shown, history, only=[OURS], views=["all"])
        marks = [case.fingerprint for case in data.cases]
        model = forecast_models(history, fits.modal)[0]
        found = forecasts_of(model, "all", data.cases, marks, fits)
        gained = [np.log(p[y]) + np.log(len(p)) for p, y in zip(found, outcome, strict=True)]
        return float(np.mean(gained))

    assert skill(data.outcome) > 0.2
    draw = random.Random(1)
    shuffled = list(data.outcome)
    for options in (3, 4):  # among cases with as many options
        members = [i for i, case in enumerate(data.cases) if case.options == options]
        came = [data.outcome[i] for i in members]
        draw.shuffle(came)
        for i, outcome in zip(members, came, strict=True):
            shuffled[i] = outcome
    assert skill(tuple(shuffled)) < 0.1


def test_the_slope_of_outside_coercion_is_fitted_in_its_records_range() -> None:
    record, slope = load_records()["outside.slope"], next(one for one in RULE if one.name == "outside_slope")
    assert (slope.low, slope.high) == (record.low, record.high)


def test_coefficients_stay_in_their_ranges() -> None:
    for one in (*RULE, *SPREAD, Coefficient("x", 1.0, 3.0)):
        assert one.value(-50.0) == pytest.approx(one.low) and one.value(50.0) == pytest.approx(one.high)


def test_what_ships_is_whole(world: Scenario) -> None:
    fits = shipped_fits()
    assert set(fits.fits) == set(VIEWS)
    for by_model in fits.fits.values():
        values = by_model[OURS].whole
        assert all(one.low <= value <= one.high for one, value in zip(RULE, values, strict=True))
        assert {rival.name for rival in point_rivals(list(world.powers))} <= set(by_model)
        assert len(by_model[OURS].without) == fits.about["cases"] == 40
    assert len(fits.about["fitted_on_sha256"]) == 64


@needs_evidence
def test_the_published_figures_of_simple_rivals_come_out() -> None:
    data = read_decisions(EVIDENCE, POWERS)
    fits = shipped_fits()
    assert data.sha256 == fits.about["fitted_on_sha256"]
    assert all(case.fingerprint in fits.fits["all"][OURS].without for case in data.cases)
    named = named_in(data.cases)
    assert named == named_cases() and len(data.cases) - len(named) == 18
    for name, expected in {
        "middle": 15.0,
        "formal": 12.0,
        "unweighted_mean": 16.7,
        "informal": 17.6,
        "russia": 32.1,
    }.items():
        rival = next(one for one in point_rivals(POWERS) if one.name == name)
        gaps = [
            100 * abs(rival.point(c) - 1 - o) / (c.options - 1) for c, o in zip(data.cases, data.outcome, strict=True)
        ]
        assert np.mean(gaps) == pytest.approx(expected, abs=0.06)
