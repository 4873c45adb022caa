"""`multivector backtest issues`, as typed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.backtest.coded import random_issues, write

if TYPE_CHECKING:
    from conftest import Cli


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


def test_a_place_that_cannot_be_written_costs_no_table(cli: Cli) -> None:
    write(Path("made.csv"), random_issues(6))
    said = cli("backtest", "issues", "made.csv", "--forecasts", "nowhere/all.csv")
    assert said.code != 0 and "ours (settlement)" in said.out
