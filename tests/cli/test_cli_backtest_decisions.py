"""`multivector backtest decisions` as a user meets it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

HEADER = "case,date,domain,n_options,actor,position_low,position_high,confidence,outcome"
ROWS = [
    "A1,1992-05,politics,3,formal,2,2,high,2",
    "A1,1992-05,politics,3,russia,1,1,high,2",
    "A2,1992-09 to 1993-01,economy,4,public,2,3,medium,3",
    "A2,1992-09 to 1993-01,economy,4,us,4,4,low,3",
    "D09,1992-07,domestic,3,informal,1,1,high,1",
]


def written(*rows: str) -> str:
    Path("cases.csv").write_text("\n".join((HEADER, *rows)) + "\n", encoding="utf-8", newline="\n")
    return "cases.csv"


def test_json_document(cli: Any) -> None:
    said = cli("backtest", "decisions", written(*ROWS), "--json", "--worlds", "2", "--citizens", "30")
    assert said.code == 0
    found = said.json
    assert found["n"] == 3
    assert found["data_sha256"] == hashlib.sha256(Path("cases.csv").read_bytes()).hexdigest()
    assert {"log_score", "rps", "mae", "exact"} == set(found["models"]["multivector"])
    assert {"formal", "unweighted_mean", "middle", "modal_option", "constant_weights"} < set(found["models"])
    assert {view: part["out_of_sample"]["n"] for view, part in found["views"].items()} == {
        "all": 3, "without_formal": 3, "confident": 3,
    }  # fmt: skip
    assert [len(row["probability"]) for row in found["cases"]] == [3, 4, 3]
    assert found["coefficients"]["source"] == "as shipped"


def test_tables_and_sentences(cli: Any) -> None:
    page = Path("page.md")
    page.write_text("a\n<!-- decisions tables: begin -->\nold\n<!-- decisions tables: end -->\nb\n", encoding="utf-8")
    said = cli("backtest", "decisions", written(*ROWS), "--worlds", "2", "--citizens", "30", "--docs", "page.md")
    text = page.read_text(encoding="utf-8")
    assert text.startswith("a\n") and text.endswith("\nb\n") and "old" not in text and "| **multivector** |" in text
    assert said.code == 0
    assert "formal actors' position" in said.out and "log score" in said.out
    assert "Without positions of low confidence" in said.out
    assert "history of 3 cases" in said.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.csv"], "there is no file nowhere.csv"),
        (["cases.csv", "--save", "fits.json"], "needs --refit"),
        (["cases.csv", "--refit", "--save", "no/fits.json"], "cannot be written"),
        (["cases.csv", "--worlds", "0"], "--worlds must be"),
    ],
)
def test_what_is_refused(cli: Any, arguments: list[str], message: str) -> None:
    written(*ROWS)
    said = cli("backtest", "decisions", *arguments)
    assert said.code == 2
    assert message in said.err


def test_a_fault_names_line_and_column(cli: Any) -> None:
    said = cli("backtest", "decisions", written(*ROWS, "A3,1993-01,economy,3,formal,7,7,high,1"), "--json")
    assert said.code == 2
    problem = said.json["errors"][0]
    assert (problem["line"], problem["key"]) == (7, "position_low")


@pytest.mark.slow
def test_fits_are_kept_and_gone_on_from(cli: Any) -> None:
    rows = [
        f"K{k},1992-{2 + k:02d},politics,3,formal,{1 + k % 3},{1 + k % 3},high,{1 + (k % 3 if k else 1)}"
        for k in range(5)
    ]
    call = ("backtest", "decisions", written(*rows), "--refit", "--save", "fits.json", "--json", "-w", "1")
    first = cli(*call, "--citizens", "20")
    assert first.code == 0 and first.json["coefficients"]["source"].startswith("fitted to this file")
    kept = Path("fits.json").read_bytes()
    assert cli(*call, "--citizens", "20").json == first.json
    assert Path("fits.json").read_bytes() == kept
    other = cli(*call, "--citizens", "21")
    assert other.code == 2 and "another history" in other.out
