"""Paired comparison and the split into a direct and a decided part."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from multivector.cli.view import LEVELS_SHOWN
from multivector.ensemble import Ensemble
from multivector.lab.compare import COLUMNS, compare, mismatches, noise_removed, paired_interval
from multivector.lab.decompose import PARTS, decompose, split
from multivector.lab.errors import CompareError
from multivector.lab.run import execute
from multivector.lab.words import compared_lines
from multivector.scenario import Scenario


def test_noise_that_pairing_removed_on_known_numbers() -> None:
    base = np.array([1.0, 2.0, 3.0, 4.0])
    assert noise_removed(base, base + 5.0) == 1.0
    assert noise_removed(base, base[::-1].copy()) == pytest.approx(-1.0)
    assert noise_removed(np.array([1.0, 2.0, 1.0, 2.0]), np.array([1.0, 1.0, 2.0, 2.0])) == pytest.approx(0.0)
    assert np.isnan(noise_removed(np.ones(4), np.ones(4)))
    assert np.isnan(noise_removed(np.ones(1), np.zeros(1)))


def test_the_interval_repeats_and_covers() -> None:
    rng = np.random.default_rng(1)
    difference = rng.normal(0.3, 1.0, 400)
    low, high = paired_interval(difference, key="x", seed=7)
    assert (low, high) == paired_interval(difference, key="x", seed=7)
    assert (low, high) != paired_interval(difference, key="y", seed=7)
    exact = 1.645 / np.sqrt(400)
    assert low == pytest.approx(difference.mean() - exact, abs=0.02)
    assert high == pytest.approx(difference.mean() + exact, abs=0.02)
    assert all(np.isnan(paired_interval(np.array([1.0]), key="x")))
    hits = 0
    for _ in range(200):
        low, high = paired_interval(rng.normal(0.0, 1.0, 50), key="cover")
        hits += low <= 0.0 <= high
    assert 165 <= hits <= 195


def test_a_run_does_not_differ_from_itself(ensemble: Ensemble) -> None:
    table = compare(ensemble, ensemble)
    assert list(table.columns) == list(COLUMNS)
    assert set(table["when"]) == {"end", "run"}
    assert (table["difference"].dropna() == 0).all() and (table["share_up"].dropna() == 0).all()


def test_pressure_moves_the_fan_and_pairing_removes_noise(ensemble: Ensemble, pressed: Ensemble) -> None:
    table = compare(ensemble, pressed)
    end = table[table["when"] == "end"].set_index("outcome")
    for outcome in ("hazard_outside", "tie.russia.politics", "autonomy"):
        row = end.loc[outcome]
        assert row["low"] <= row["difference"] <= row["high"]
        assert row["p5"] <= row["median"] <= row["p95"]
        assert row["difference"] == pytest.approx(row["changed"] - row["base"])
        assert row["worlds"] == 20
    assert end.loc["autonomy", "high"] < 0
    assert end["noise_removed"].median() > 0


def test_unpaired_runs_are_refused(scenario: Scenario, ensemble: Ensemble) -> None:
    other = execute(scenario, 2, 8).ensemble
    with pytest.raises(CompareError, match=r"these runs are not paired: seed 7 .* against seed 8") as caught:
        compare(ensemble, other)
    assert caught.value.suggestion == "run both with the same --seed"
    late = execute(scenario, [40, 41], 7).ensemble
    with pytest.raises(CompareError, match=r"no world in common .*worlds 0 to 19.*worlds 40 to 41"):
        compare(ensemble, late)


def test_what_differs_besides_the_content_is_said(scenario: Scenario, ensemble: Ensemble) -> None:
    small = scenario.model_copy(update={"citizens": 30, "end": "2022-07", "timeline": ()})
    other = execute(small, 5, 7).ensemble
    notes = " / ".join(mismatches(ensemble, other))
    assert "calendars differ" in notes and "citizens differ: 40 and 30" in notes and "only the 5 worlds" in notes
    assert mismatches(ensemble, ensemble) == []


def test_all_that_the_table_shows_is_told_and_nothing_as_sure() -> None:
    def told(*rows: tuple[str, float, float, float]) -> list[str]:
        return compared_lines(pd.DataFrame(rows, columns=["outcome", "difference", "low", "high"]))

    (line,) = told(*((name, 0.02, 0.01, 0.03) for name in LEVELS_SHOWN))
    assert line.startswith("Different (the 90 % interval leaves zero out): total engagement +0.020, openness")
    assert line.count("+0.020") == len(LEVELS_SHOWN) - 3 and line.count("+2.00") == 3  # hazards and protest in points
    assert "congruence with informal elites' wishes" in line and "the monthly hazard" in line
    (line,) = told(*((name, 0.0, -0.01, 0.01) for name in LEVELS_SHOWN))
    assert line.startswith("Not to be told from luck") and line.count(",") == len(LEVELS_SHOWN) - 2
    assert told(("income", np.nan, np.nan, np.nan)) == []  # no value, no word


def test_a_difference_that_rounds_to_nothing_is_told_as_nothing() -> None:
    rows = [
        ("autonomy", 0.0004, 0.0001, 0.0008),
        ("hazard", -4e-6, -6e-6, -1e-6),
        ("tie.russia.politics", 0.0004, 0.0001, 0.0008),
    ]
    assert compared_lines(pd.DataFrame(rows, columns=["outcome", "difference", "low", "high"])) == [
        "Different, but by next to nothing: autonomy (by less than 0.0005) and the monthly hazard of losing office "
        "(by less than 0.0005 percentage points)."
    ]


def test_direct_and_decided_make_the_total(scenario: Scenario, ensemble: Ensemble, pressed: Ensemble) -> None:
    changed, replayed, table = split(ensemble, pressed.scenario, changed=pressed)
    decisions = replayed.tables["decisions"]
    assert changed is pressed and decisions.loc[decisions["kind"] == "scripted", "replayed"].all()
    # what arose only under the new pressure has nothing to repeat: the status quo is kept, plainly
    new = decisions[~decisions["replayed"]]
    assert len(new) < 0.1 * len(decisions) and (new["move"] == "settle").all()
    wide = table.pivot_table(index="outcome", columns="part", values="mean")
    assert set(wide.columns) == set(PARTS)
    assert np.allclose(wide["direct"] + wide["decided"], wide["total"], atol=1e-12)
    paired = compare(ensemble, pressed)
    end = paired[paired["when"] == "end"].set_index("outcome")["difference"]
    assert np.allclose(wide["total"], end.reindex(wide.index), atol=1e-12)


def test_replaying_a_scenario_into_itself_changes_nothing(ensemble: Ensemble) -> None:
    _, replayed, table = split(ensemble, ensemble.scenario, changed=ensemble)
    assert (table["mean"] == 0).all()
    for name in ("world", "dossier", "month", "option", "move"):
        ours, theirs = replayed.tables["decisions"][name], ensemble.tables["decisions"][name]
        assert list(ours.astype(str)) == list(theirs.astype(str))
    assert set(decompose(ensemble, ensemble, ensemble)["part"]) == set(PARTS)
