"""The backtest of issues: skill where there is some, none where there is none, and the shape of its answer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from coded import EVIDENCE, issue, random_issues, write

from multivector.lab.backtest.issue_fit import folds_of, shipped_fit, write_fit
from multivector.lab.backtest.issue_report import Backtest, backtest_issues
from multivector.lab.backtest.issues import Issue, Issues, read_issues
from multivector.lab.backtest.reading import DataErrors
from multivector.lab.backtest.rivals import RIVALS
from multivector.lab.errors import LabError

MADE = Issues(random_issues(40), "made")
DEU = EVIDENCE / "deu_coded_issues.csv"


@pytest.fixture(scope="module")
def refitted() -> Backtest:
    return backtest_issues(MADE, refit=True)


def test_every_model_is_scored_on_the_same_issues() -> None:
    document = backtest_issues(MADE).document
    assert list(document["models"]) == ["ours", *RIVALS]
    assert document["n"] == 40 and document["proposals"] == 20 and document["data_sha256"] == "made"
    assert document["fit"] == "shipped" and document["fitted_on_sha256"] == shipped_fit().sha256
    for one in document["models"].values():
        assert {"mae", "median_error", "within10", "crps", "log_score"} <= set(one)
        assert 0 <= one["crps"] <= one["mae"] + 5 and 0 <= one["within10"] <= 1
    zero = document["models"]["weighted_mean"]["difference_from_weighted_mean"]
    assert all(gap["mean"] == gap["low"] == gap["high"] == 0.0 for gap in zero.values())


def test_the_generating_model_wins_when_fitted_anew(refitted: Backtest) -> None:
    document = refitted.document
    assert document["fit"] == "cross-validated"
    models = document["models"]
    assert all(models["ours"]["crps"] < one["crps"] for name, one in models.items() if name != "ours")


def test_shuffled_outcomes_give_no_skill(refitted: Backtest) -> None:
    """Placebo: with outcomes dealt out anew, nothing beats the middle by more than chance."""
    rng = np.random.default_rng(4)
    outcome = rng.permutation(MADE.outcome)
    dealt = [Issue(**{**vars(one), "outcome": float(y)}) for one, y in zip(MADE.issues, outcome, strict=True)]
    models = backtest_issues(Issues(dealt, "dealt"), refit=True).document["models"]
    real = refitted.document["models"]
    assert real["ours"]["crps"] < 0.85 * real["always_50"]["crps"]
    assert models["ours"]["crps"] > 0.97 * models["always_50"]["crps"]


def test_no_issue_is_fitted_on_its_own_proposal(refitted: Backtest) -> None:
    """Whatever is done to one proposal's outcomes leaves its own forecasts as they were."""
    changed = [
        Issue(**{**vars(one), "outcome": 100.0 - one.outcome}) if one.proposal == "p3" else one for one in MADE.issues
    ]
    mine = MADE.proposal == "p3"
    before = refitted.forecasts
    after = backtest_issues(Issues(changed, "changed"), refit=True).forecasts
    for name in before:
        assert (before[name].probability[mine] == after[name].probability[mine]).all(), name


def test_folds_keep_proposals_whole() -> None:
    folds = folds_of(MADE.proposal)
    assert set(folds.tolist()) == set(range(10))
    for name in set(MADE.proposal.tolist()):
        assert len(set(folds[name == MADE.proposal].tolist())) == 1


def test_issues_that_the_fit_has_seen_are_cross_validated() -> None:
    seen = next(iter(shipped_fit().issues))
    issues = [Issue(**{**vars(one), "name": seen if k == 0 else one.name}) for k, one in enumerate(MADE.issues)]
    document = backtest_issues(Issues(issues, "x")).document
    assert document["fit"] == "cross-validated" and document["issues_in_shipped_fit"] == 1


def test_one_proposal_is_scored_but_not_cross_validated() -> None:
    few = Issues([issue([0, 100], name="only", outcome=0.0)], "few")
    assert backtest_issues(few).document["n"] == 1
    with pytest.raises(LabError, match="two proposals"):
        backtest_issues(few, refit=True)


@pytest.mark.parametrize(("refit", "lend"), [(False, False), (False, True), (True, True)])
def test_progress_ends_where_it_said_it_would(refit: bool, lend: bool) -> None:
    told: list[tuple[int, int]] = []
    few = Issues(MADE.issues[:8], "few")
    backtest_issues(few, refit=refit, lend=lend, progress=lambda done, total, said: told.append((done, total)))
    assert [done for done, _ in told] == list(range(1, told[-1][1] + 1))


def test_a_file_comes_back_as_written(tmp_path: Path) -> None:
    data = read_issues(write(tmp_path / "made.csv", MADE.issues))
    for mine, theirs in zip(MADE.issues, data.issues, strict=True):
        assert mine.force == pytest.approx(theirs.force, rel=1e-5)
        assert (mine.position == theirs.position).all() and mine.outcome == theirs.outcome


HEADER = "issue,proposal,actor,position,salience,power,outcome\n"


def test_gaps_are_filled_or_noted(tmp_path: Path) -> None:
    path = tmp_path / "gaps.csv"
    path.write_text(HEADER + "a,p,x,10,,1,5\na,p,y,,50,1,5\nb,p,x,10,20,1,\n", encoding="utf-8")
    data = read_issues(path)
    assert [one.name for one in data.issues] == ["a"]
    assert data.issues[0].salience.tolist() == [0.5] and data.issues[0].actors == ("x",)
    assert len(data.notes) == 2


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("issue,proposal,actor,positon,salience,power,outcome\na,p,x,1,1,1,1\n", 1, "position", "missing"),
        (HEADER + "a,p,x,1e,50,1,5\n", 2, "position", "not a number"),
        (HEADER + "a,p,x,101,50,1,5\n", 2, "position", "0 to 100"),
        (HEADER + "a,p,x,nan,50,1,5\n", 2, "position", "0 to 100"),
        (HEADER + "a,p,x,10,50,-1,5\n", 2, "power", "0 or more"),
        (HEADER + "a,p,x,10,50,,5\n", 2, "power", "empty"),
        (HEADER + "a,p,x,10,50,1,5\na,p,x,20,50,1,5\n", 3, "actor", "already"),
        (HEADER + "a,p,x,10,50,1,5\na,p,y,20,50,1,6\n", 3, "outcome", "same issue"),
        (HEADER + "a,p,x,10,0,1,5\n", 2, "power", "both power and salience"),
        (HEADER + "a,p,x,,50,1,5\n", 2, "position", "no actor"),
        (HEADER + "a,p,x,10,50,1,5,9\n", 2, "", "8 cells"),
        (HEADER, None, "", "no rows"),
        (HEADER + "a,p,x,10,50,1,\n", None, "outcome", "no issue"),
        ("", None, "", "is empty"),
        ("\ufeff\n \n", None, "", "is empty"),
        (HEADER.replace(",", ";") + "a;p;x;10;50;1;5\n", 1, "", "looks like a semicolon"),
        ('"' + HEADER.strip().replace(",", '";"') + '"\n', 1, "", "looks like a semicolon"),
        (HEADER.replace(",", "\t"), 1, "", "looks like a tab"),
    ],
)
def test_faults_are_named(tmp_path: Path, text: str, line: int | None, column: str, said: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataErrors) as caught:
        read_issues(path)
    first = caught.value.problems[0]
    assert (first.line, first.key) == (line, column) and said in first.message
    assert len(caught.value.problems) == 1


def test_what_is_no_text_is_said(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(HEADER.encode() + b"a,p,\xff,1,1,1,1\n")
    with pytest.raises(DataErrors, match="UTF-8"):
        read_issues(path)
    with pytest.raises(LabError, match="folder"):
        read_issues(tmp_path)
    with pytest.raises(LabError, match="no file"):
        read_issues(tmp_path / "absent.csv")


def test_a_fit_is_written_as_it_ships(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refitted: Backtest) -> None:
    run = refitted
    write_fit(tmp_path / "fit.yaml", run.fit, MADE.issues)
    from multivector.lab.backtest import issue_fit

    monkeypatch.setattr(issue_fit.resources, "files", lambda name: tmp_path)
    monkeypatch.setattr(issue_fit, "_FILE", "fit.yaml")
    back = shipped_fit()
    assert back.sha256 == "made" and back.spreads == run.fit.spreads and len(back.issues) == 40
    assert back.coefficients == pytest.approx(run.fit.coefficients, rel=1e-3)


@pytest.mark.slow
def test_the_bars_on_the_coded_issues() -> None:
    """Cross-validated by proposal on 245 EU issues."""
    if not DEU.is_file():
        pytest.skip(f"needs {DEU.name}")
    data = read_issues(DEU)
    models = backtest_issues(data).document["models"]
    ours = models["ours"]
    assert data.sha256 == shipped_fit().sha256
    assert models["weighted_mean"]["mae"] == pytest.approx(23.69, abs=0.005)
    assert models["probabilistic_condorcet"]["mae"] == pytest.approx(23.60, abs=0.005)
    assert ours["mae"] <= 23.4 and ours["within10"] >= 0.42
    assert all(ours["crps"] < one["crps"] for name, one in models.items() if name != "ours")
