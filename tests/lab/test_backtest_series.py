"""The backtest of series: what is read, what is known at an origin, the link, the rivals, the scores."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML

from multivector.cli.app import run_command_line
from multivector.lab.backtest import series_rivals as rivals
from multivector.lab.backtest.reading import DataErrors
from multivector.lab.backtest.scores import crps_ensemble, interval_hit
from multivector.lab.backtest.series import Origin, document, forecast, origins_of, table
from multivector.lab.backtest.series_facts import FAMILIES, Series, from_logit, read_series, to_logit
from multivector.lab.backtest.series_history import DRAWN, PRIORS, History, draws_of, known_at, simulate
from multivector.lab.backtest.series_link import fit
from multivector.lab.backtest.series_run import Options, backtest_series
from multivector.parameters import load_records
from multivector.scenario import Scenario, load_scenario

TRADE, VOTES = FAMILIES[0], FAMILIES[1]
STUDY = Path(__file__).parents[2] / "experiments" / "calibration" / "study.yaml"
YEARS = np.arange(1992, 2022)
HEAD = "id,series,partner,domain,date,value,unit,definition,source,source_url_or_ref,confidence\n"


@pytest.fixture(scope="module")
def history() -> Scenario:
    return load_scenario("history-1992", citizens=30)


def made(name: str, logits: np.ndarray, family=TRADE, power: str = "russia", first: int = 1992) -> Series:
    years = np.arange(first, first + len(logits), dtype=np.int64)
    return Series(name, family, power, years, from_logit(logits) * family.whole)


def facts(path: Path, rows: list[str]) -> Path:
    path.write_text(HEAD + "".join(row + "\n" for row in rows), encoding="utf-8", newline="\n")
    return path


def row(series: str, date: str, value: float, partner="russia", definition="", confidence="high") -> str:
    return f"F1,{series},{partner},economy,{date},{value},percent,{definition},somebody,somewhere,{confidence}"


# -- facts ----------------------------------------------------------------------------------------------------


def test_whole_years_of_what_the_model_stands_for_are_read(tmp_path: Path) -> None:
    rows = [row("trade_share_turnover_cow", str(year), 20 + year - 2000) for year in range(2000, 2005)]
    rows += [
        row("trade_share_turnover_cow", "2005-09", 99),  # nine months
        row("trade_share_turnover_cow", "2006", 99, definition="[period 2006-01 to 2006-09] nine months"),
        row("trade_share_turnover_cow", "2007", 99, confidence="low"),
        row("trade_share_turnover_cow", "2008", 99, partner="elsewhere"),
        row("leader_visit", "2009", 1),
    ]
    series, sheet = read_series(facts(tmp_path / "facts.csv", rows), ["russia"])
    assert [one.name for one in series] == ["trade_share_turnover_cow:russia"]
    assert series[0].years.tolist() == [2000, 2001, 2002, 2003, 2004]
    assert series[0].values.tolist() == [20, 21, 22, 23, 24]
    assert len(sheet.sha256) == 64


def test_arms_are_shares_of_five_years(tmp_path: Path) -> None:
    rows = [row("arms_imports_tiv", str(year), 100.0, partner="none") for year in range(2000, 2010)]
    rows += [row("arms_imports_tiv", str(year), 50.0) for year in range(2005, 2010)]
    series, _ = read_series(facts(tmp_path / "facts.csv", rows), ["russia"])
    assert series[0].name == "arms_import_share_5y:russia"
    assert series[0].values.tolist() == [0, 10, 20, 30, 40, 50]


@pytest.mark.parametrize(
    ("rows", "key", "said"),
    [
        ([row("unga_vote_agreement", "2001", 3.0)], "value", "0 to 1 is needed"),
        ([row("unga_vote_agreement", "2001/02", 0.5)], "date", "is no date"),
        ([row("leader_visit", "2001", 1)], "series", "stands for anything"),
    ],
)
def test_a_fault_is_named(tmp_path: Path, rows: list[str], key: str, said: str) -> None:
    with pytest.raises(DataErrors) as caught:
        read_series(facts(tmp_path / "facts.csv", rows), ["russia"])
    assert caught.value.problems[0].key == key and said in caught.value.problems[0].message


def test_logits_come_back_and_nothing_is_nothing() -> None:
    share = np.array([0.01, 0.3, 0.99])
    assert np.allclose(from_logit(to_logit(share)), share)
    assert from_logit(to_logit(np.array([0.0, 1.0]))).tolist() == [0.0, 1.0]


# -- what is known --------------------------------------------------------------------------------------------


def test_nothing_after_the_origin_is_known(history: Scenario) -> None:
    other = history.with_sets(
        [
            "powers.russia.pressure.politics={1992-01: 0.25, 1993-11: 0.4, 1995-01: 0.3, 1997-12: 0.25, 2003-02: 0.9}",
            "powers.us.interest={1992-01: 0.6, 1994-02: 0.65, 1997-12: 0.6, 2001-09: 0.1}",
            "timeline.war.severity=0.1",
        ]
    )
    assert known_at(other, 2000, 2005).hash == known_at(history, 2000, 2005).hash
    assert known_at(other, 2004, 2009).hash != known_at(history, 2004, 2009).hash


def test_what_began_stays_as_it_was(history: Scenario) -> None:
    known = known_at(history, 2020, 2024)
    assert known.end == "2024-12"
    assert known.offices.elder is not None and known.offices.elder.until is None
    assert known_at(history, 2010, 2014).offices.elder is None
    assert all(entry.date <= "2020-12" for entry in known.timeline)
    gdp = known.powers["china"].engagement.domain("economy")
    assert gdp.at("2020-12") == gdp.at("2024-12")


def test_a_history_has_a_mean_for_every_year_and_world(history: Scenario) -> None:
    draws = draws_of(2, 7)
    run = simulate(known_at(history, 1992, 1993), draws, 2, 7)
    assert run.years.tolist() == [1992, 1993]
    assert run.of("trade", "russia").shape == (4, 2)
    assert run.of("votes", "us").mean() < run.of("votes", "russia").mean()
    assert all(np.isfinite(values).all() for values in run.values.values())
    ends = {path: PRIORS.get(path, (record.low, record.high)) for path, record in load_records().items()}
    assert all(ends[path][0] <= draw[path] <= ends[path][1] for draw in draws for path in DRAWN)


def test_no_forecast_knows_the_record_through_a_range() -> None:
    """A range that a calibration on the record found is not drawn from, and its study has the same priors."""
    records = load_records()
    fitted = {path for path in DRAWN if "posterior" in str(records[path].range_source)}
    assert fitted and fitted <= PRIORS.keys()
    study = YAML(typ="safe").load(STUDY.read_text(encoding="utf-8"))
    for path, (low, high) in PRIORS.items():
        assert study["fit"][path] == {"low": low, "high": high}, path


# -- the link -------------------------------------------------------------------------------------------------


def walks(count: int, seed: int = 3, move: float = 0.15, error: float = 0.1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    level = rng.normal(0, 0.5, (count, 1)) + np.cumsum(rng.normal(0, move, (count, len(YEARS))), axis=1)
    return level + rng.normal(0, error, level.shape)


def test_the_link_knows_how_uncertain_it_is() -> None:
    flat = np.zeros((1, len(YEARS)))
    hits = []
    for place, logits in enumerate(walks(40)):
        one = made(f"s{place}", logits)
        whole = fit([one], [flat], 1992, 2012)
        draws = from_logit(whole.sample(whole.linked[0], 2017, 400, place)) * 100
        hits.append(interval_hit(draws[None, :], np.array([one.at(2017)]), 0.9)[0])
    assert 0.78 <= np.mean(hits) <= 1.0


def test_a_model_that_moves_with_the_record_helps_and_its_world_weighs_more() -> None:
    signal = np.sin(np.arange(len(YEARS)) / 4.0)
    rng = np.random.default_rng(1)
    series = [made(f"s{k}", signal + rng.normal(0, 0.08, len(YEARS)), power="russia") for k in range(3)]
    worlds = np.stack([signal, -signal, 0.0 * signal])
    origin = 2012
    whole = fit(series, [worlds] * 3, 1992, origin)
    alone = fit(series, [worlds[:1] * 0.0] * 3, 1992, origin, (0.0, 0.0))
    assert whole.worlds.argmax() == 0 and whole.worlds.sum() == pytest.approx(1.0)
    assert 1.0 <= whole.effective_worlds <= 3.0

    def crps(found, linked) -> float:
        outcome = np.array([series[0].at(2017)])
        return float(crps_ensemble(from_logit(found.sample(linked, 2017, 400, 1))[None, :] * 100, outcome)[0])

    assert crps(whole, whole.linked[0]) < crps(alone, alone.linked[0])


def test_later_figures_do_not_change_a_fit() -> None:
    logits = walks(1)[0]
    worlds = walks(4, seed=9)
    changed = logits.copy()
    changed[21:] += 3.0
    one, two = made("s", logits), made("s", changed)
    first, second = (fit([s], [worlds], 1992, 2012) for s in (one, two))
    assert np.array_equal(first.worlds, second.worlds)
    assert np.array_equal(first.sample(first.linked[0], 2017, 50, 1), second.sample(second.linked[0], 2017, 50, 1))


# -- rivals ---------------------------------------------------------------------------------------------------


def test_persistence_stays_and_spreads_as_in_the_past() -> None:
    values = np.array([10.0, 12, 11, 13, 12, 14, 13, 15])
    one = Series("s", TRADE, "russia", np.arange(2000, 2008, dtype=np.int64), values)
    draws = rivals.persistence(one, [one], 2007, 2008, 401)
    assert np.median(draws) == pytest.approx(15.0)
    assert draws.min() == pytest.approx(13.0) and draws.max() == pytest.approx(17.0)
    later = rivals.persistence(one, [one], 2005, 2006, 401)
    assert np.median(later) == 14.0


def test_a_trend_goes_on_and_a_regression_follows_the_offer() -> None:
    line = np.linspace(-2.0, 0.0, 21)
    one = made("s", line)
    ahead = np.median(rivals.trend(one, 2012, 2017, 201))
    assert ahead == pytest.approx(100 * from_logit(np.array([0.5]))[0], abs=4)
    supply = np.concatenate([line, line[-1] + 0.1 * np.arange(1, 10)])
    draws = rivals.regression(one, supply, np.arange(1992, 2022), 2012, 2017, 201)
    assert np.median(draws) == pytest.approx(100 * from_logit(np.array([0.5]))[0], abs=1)
    flat = rivals.regression(one, 0.0 * supply, np.arange(1992, 2022), 2012, 2017, 201)
    assert np.median(flat) == pytest.approx(100 * from_logit(np.array([-1.0]))[0], abs=1)


# -- the whole ------------------------------------------------------------------------------------------------


def scored(history: Scenario, shuffled: bool) -> dict:
    """Series that follow a signal which the worlds know, or the same figures in another order."""
    rng = np.random.default_rng(5)
    series, values = [], {}
    for power in ("russia", "china", "eu", "us"):
        signal = np.cumsum(rng.normal(0, 0.2, len(YEARS)))
        seen = signal + rng.normal(0, 0.05, len(YEARS)) - 1.0
        if shuffled:
            seen = rng.permutation(seen)
        series.append(made(f"trade_share_turnover_x:{power}", seen, power=power))
        values["trade", power] = signal[None, :] + rng.normal(0, 0.05, (8, len(YEARS)))
    whole = History(YEARS, values)
    items = []
    for year in origins_of(series, 5)[::2]:
        origin = Origin(year, whole, whole, None, known_at(history, year, 2021))
        items += forecast(origin, series, 5, 7)
    return document(table(items), {})


@pytest.mark.slow
def test_what_the_worlds_know_is_skill_and_shuffled_outcomes_give_none(history: Scenario) -> None:
    good, placebo = (scored(history, shuffled)["families"]["trade"] for shuffled in (False, True))
    assert good["differences"]["persistence"]["high"] < 0 and good["differences"]["discrepancy_alone"]["high"] < 0
    assert not placebo["differences"]["discrepancy_alone"]["high"] < 0
    assert set(good["models"]) >= {"multivector", "persistence", "trend", "regression", "discrepancy_alone"}
    assert {"coverage50", "coverage90", "crps", "crps_persistence", "n"} <= set(good)
    assert 0.75 <= good["coverage90"] <= 1.0


def test_a_stopped_backtest_goes_on(tmp_path: Path, history: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [row("trade_share_turnover_cow", str(year), 20 + year % 3) for year in range(1992, 1997)]
    file = facts(tmp_path / "facts.csv", rows)
    calls = []

    def short(scenario, draws, worlds, seed, tick=None) -> History:
        calls.append(scenario.end)
        if len(calls) == 3:
            raise KeyboardInterrupt
        years = np.arange(1992, int(scenario.end[:4]) + 1)
        return History(years, {("trade", "russia"): np.zeros((2, len(years)))})

    monkeypatch.setattr("multivector.lab.backtest.series_run.simulate", short)
    options = Options(worlds=2, horizons=2, constant=False)
    seen: list[tuple[int, int]] = []
    with pytest.raises(KeyboardInterrupt):
        backtest_series(file, history, [{}], tmp_path / "out", options, lambda *news: seen.append(news))
    first = len(calls)
    result = backtest_series(file, history, [{}], tmp_path / "out", options, lambda *news: seen.append(news))
    assert len(calls) - first < seen[-1][1] == seen[-1][0]
    assert result.document["data_sha256"] and result.document["figures"]
    again = backtest_series(file, history, [{}], tmp_path / "out", options, lambda *news: None)
    assert again.document == result.document


def test_the_command_refuses_with_a_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = facts(tmp_path / "facts.csv", [row("trade_share_turnover_cow", "200", 4)])
    assert run_command_line(["backtest", "series", str(file), "--json"]) == 2
    found = json.loads(capsys.readouterr().out)["errors"][0]
    assert found["line"] == 2 and found["key"] == "date"
    assert run_command_line(["backtest", "series", str(file), "--draws", "9", "--worlds", "4", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["errors"][0]["key"] == "--draws"
    assert run_command_line(["backtest", "series", str(file), "--parameters", "calibrated-histori", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["errors"][0]["key"] == "--parameters"
