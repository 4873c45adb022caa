"""`multivector backtest issues`, as typed."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.backtest.coded import random_issues, write

if TYPE_CHECKING:
    from conftest import Cli

CASE = """case,date,domain,n_options,actor,position_low,position_high,confidence,outcome
A1,1992-05,politics,3,formal,2,2,high,2
A1,1992-05,politics,3,russia,1,1,high,2
"""


def test_a_table_for_people_and_a_document_for_programs(cli: Cli) -> None:
    write(Path("made.csv"), random_issues(12))
    said = cli("backtest", "issues", "made.csv", "--forecasts", "all.csv")
    assert said.code == 0 and "ours (settlement)" in said.out and "weighted mean" in said.out
    assert "made.csv" not in said.out and "12 issues" in said.err
    assert len(Path("all.csv").read_text(encoding="utf-8").splitlines()) == 13
    found = cli("backtest", "issues", "made.csv", "--json", "--refit", "--lend", "-q")
    assert found.code == 0 and found.err == ""
    assert {"models", "n", "data_sha256", "lent", "coefficients"} <= set(found.json)


def test_bad_input_is_said_in_words(cli: Cli) -> None:
    Path("bad.csv").write_text("issue,proposal,actor,positon,salience,power,outcome\n", encoding="utf-8")
    said = cli("backtest", "issues", "bad.csv")
    assert said.code == 2 and "bad.csv:1: position" in said.err and "positon" in said.err
    document = cli("backtest", "issues", "bad.csv", "--json")
    assert document.code == 2 and document.json["errors"][0]["line"] == 1
    assert cli("backtest", "issues", "absent.csv").code == 2
    assert cli("backtest", "isues", "bad.csv").code == 2


def test_few_proposals_give_no_interval(cli: Cli) -> None:
    write(Path("made.csv"), random_issues(6))
    said = cli("backtest", "issues", "made.csv")
    assert said.code == 0 and "fewer than 8 proposals" in said.err
    assert " [+" not in said.out and " [-" not in said.out
    gaps = cli("backtest", "issues", "made.csv", "--json").json["models"]["ours"]["difference_from_weighted_mean"]
    assert all(gap["low"] is None and gap["clear"] is False for gap in gaps.values())
    write(Path("made.csv"), random_issues(16))
    said = cli("backtest", "issues", "made.csv")
    assert "fewer than" not in said.err and " [+" in said.out


@pytest.mark.parametrize("option", ["--forecasts", "--write-fit"])
@pytest.mark.parametrize("place", ["nowhere/all.csv", "mine", "/proc/x.csv"])
def test_a_place_that_cannot_be_written_is_said_before_the_work(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, option: str, place: str
) -> None:
    write(Path("made.csv"), random_issues(6))
    Path("mine").mkdir()
    if not Path("/proc").is_dir() and place.startswith("/proc"):
        pytest.skip("a system without /proc")
    monkeypatch.setattr("multivector.lab.backtest.issue_report.backtest_issues", None)  # it is not asked
    said = cli("backtest", "issues", "made.csv", "--json", option, place)
    assert said.code != 0 and said.json["errors"][0]["key"] == option
    assert sorted(path.name for path in Path().iterdir()) == ["made.csv", "mine"]


def test_what_cannot_be_written_after_all_is_the_only_document(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, "no space")

    write(Path("made.csv"), random_issues(6))
    Path("page.md").write_text("<!-- decisions tables: begin --><!-- decisions tables: end -->", encoding="utf-8")
    Path("cases.csv").write_text(CASE, encoding="utf-8")
    monkeypatch.setattr(Path, "replace", full)
    said = cli("backtest", "issues", "made.csv", "--json", "--forecasts", "all.csv")
    assert said.code == 1 and "disk is full" in said.json["errors"][0]["message"]
    said = cli("backtest", "decisions", "cases.csv", "--json", "--docs", "page.md", "-w", "1", "--citizens", "20")
    assert said.code == 1 and said.json["errors"][0]["key"] == "--docs"
    assert sorted(path.name for path in Path().iterdir()) == ["cases.csv", "made.csv", "page.md"]


@pytest.mark.parametrize("arguments", [("--docs", "bare.md"), ("--docs", "mine"), ("--refit", "--save", "mine")])
def test_decisions_look_at_their_places_before_the_work(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    Path("cases.csv").write_text(CASE, encoding="utf-8")
    Path("bare.md").write_text("no marks", encoding="utf-8")
    Path("mine").mkdir()
    monkeypatch.setattr("multivector.lab.backtest.decisions_history.simulate_history", None)  # it is not asked
    said = cli("backtest", "decisions", "cases.csv", "--json", *arguments)
    assert said.code == 2 and said.json["errors"][0]["key"] == arguments[-2]


def test_decisions_explain_their_last_column(cli: Cli) -> None:
    Path("cases.csv").write_text(CASE, encoding="utf-8")
    said = cli("backtest", "decisions", "cases.csv", "-w", "1", "--citizens", "20")
    assert said.code == 0 and "common: log score on cases in which every body at home and Russia spoke" in said.out


def test_series_try_their_folder_before_the_work(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [f"trade_share_turnover_cow,{year},russia,{20 + year % 3},percent\n" for year in range(1992, 2000)]
    Path("facts.csv").write_text("series,date,partner,value,unit\n" + "".join(rows), encoding="utf-8")
    monkeypatch.setattr("multivector.lab.backtest.series_run.simulate", None)  # it is not asked
    Path("out/.series.json.part").mkdir(parents=True)
    said = cli("backtest", "series", "facts.csv", "--json", "--out", "out", "-w", "1", "--draws", "1")
    assert said.code == 1 and said.json["errors"][0]["key"] == "--out"
