"""Sensitivity: known indices through our wrapper, noise kept apart from effects, and what a study may say."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from multivector.lab.plan import plan_of
from multivector.lab.sensitivity.indices import elementary_effects, independent_rows, indices, variance_shares
from multivector.lab.sensitivity.space import Space, design_of
from multivector.lab.study import StudyErrors, load_study

HEAD = "schema: 1\nkind: sensitivity\ntitle: T\nscenarios: [baseline-2019]\nworlds: 2\nmonths: 2\ncitizens: 20\n"


def method(kind: str, **sizes: Any) -> Any:
    usual = {"trajectories": 20, "levels": 4, "points": 1024, "second_order": False, "seed": 1}
    return SimpleNamespace(method=kind, **{**usual, **sizes})


def ishigami(shares: Any) -> Any:
    x = -np.pi + 2 * np.pi * shares
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


@pytest.mark.parametrize("second_order", [False, True])
def test_sobol_gives_ishigamis_known_indices(second_order: bool) -> None:
    # Ishigami and Homma 1990 with a = 7, b = 0.1: first 0.3139, 0.4424, 0; total 0.5576, 0.4424, 0.2437
    how, space = method("sobol", second_order=second_order), Space(("x1", "x2", "x3"))
    rows = design_of(space, how)
    table = indices(space, how, rows, ishigami(rows)[:, None].repeat(4, axis=1)).set_index("factor")
    assert table["first"].loc[["x1", "x2", "x3"]].tolist() == pytest.approx([0.3139, 0.4424, 0.0], abs=0.04)
    assert table["effect"].loc[["x1", "x2", "x3"]].tolist() == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.03)
    assert (table["noise"] == 0).all() and table["clear"].all()
    assert (table["low"] <= table["effect"]).all() and (table["effect"] <= table["high"]).all()


def test_groups_share_one_index_and_worlds_noise_is_taken_off() -> None:
    how, space = method("sobol", points=512), Space(("x1", "x2", "x3"), ("odd", "even", "odd"))
    rows = design_of(space, how)
    draw = np.random.default_rng(3)
    clean = ishigami(rows)[:, None]
    noisy = clean + draw.normal(0, 2, (1, 24)) + draw.normal(0, 6, (len(rows), 24))
    table = indices(space, how, rows, noisy).set_index("factor")
    # x1 and x3 together make all but x2's share; noise swells both, `cleared` takes it off again
    assert set(table.index) == {"odd", "even"}
    assert table.loc["odd", "noise"] > 0.03
    for name, known in (("odd", 0.5576), ("even", 0.4424)):
        assert table.loc[name, "cleared"] == pytest.approx(known, abs=0.06)
        assert abs(table.loc[name, "cleared"] - known) < abs(table.loc[name, "effect"] - known) + 0.02


def test_variance_is_split_into_factors_chance_and_both() -> None:
    how, space = method("sobol", points=512), Space(("a", "b"))
    rows = design_of(space, how)
    draw = np.random.default_rng(4)
    luck = draw.normal(0, 1, (1, 40))
    y = np.sqrt(12) * rows[:, :1] + luck + 0.5 * draw.normal(0, 1, (len(rows), 40))  # 1, 1 and 0.25 of variance
    shares = variance_shares(independent_rows(space, how, y))
    assert shares.factors == pytest.approx(1 / 2.25, abs=0.08)
    assert shares.both == pytest.approx(0.25 / 2.25, abs=0.03)
    assert shares.factors + shares.chance + shares.both == pytest.approx(1)


def test_morris_finds_what_moves_and_its_sign_and_not_what_chance_moves() -> None:
    how, space = method("morris"), Space(("up", "down", "nothing", "switch"))
    rows = design_of(space, how)
    draw = np.random.default_rng(5)
    y = (2 * rows[:, 0] - rows[:, 1] + (rows[:, 3] > 0.5))[:, None] + draw.normal(0, 0.4, (len(rows), 32))
    table = indices(space, how, rows, y).set_index("factor")
    assert table.loc["up", "signed"] == pytest.approx(2, abs=0.1)
    assert table.loc["down", "signed"] == pytest.approx(-1, abs=0.1)
    assert table["clear"].to_dict() == {"up": True, "down": True, "nothing": False, "switch": True}
    assert table.loc["nothing", "effect"] == pytest.approx(table.loc["nothing", "noise"], rel=0.5)
    assert table.loc["nothing", "cleared"] < table.loc["nothing", "noise"]


@pytest.mark.parametrize("groups", [None, ("a", "b", "a")])
def test_our_elementary_effects_are_salibs(groups: tuple[str, ...] | None) -> None:
    how, space = method("morris", trajectories=6), Space(("x1", "x2", "x3"), groups)
    rows = design_of(space, how)
    y = ishigami(rows)[:, None]
    effects = np.abs(elementary_effects(space, rows, y)).mean(axis=(0, 2))
    table = indices(space, how, rows, y).set_index("factor")
    assert effects.tolist() == pytest.approx(table.loc[list(space.called), "effect"].tolist())


def test_an_outcome_that_never_moves_has_no_indices() -> None:
    how, space = method("sobol", points=8), Space(("a", "b"))
    rows = design_of(space, how)
    table = indices(space, how, rows, np.ones((len(rows), 3)))
    assert (table["effect"] == 0).all() and not table["clear"].any()


def study(folder: Path, text: str) -> Any:
    path = folder / "s.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    return load_study(path)


def test_a_study_becomes_runs_with_switches_and_patterns(tmp_path: Path) -> None:
    text = "vary: [mass.*, decision.horizon]\nswitches: [trial_balloon]\ntrajectories: 2\n"
    plan = plan_of(study(tmp_path, text))
    names = [factor.name for factor in plan.factors]
    assert names[-1] == "mechanisms.trial_balloon" and "parameters.decision.horizon" in names
    assert len(plan.runs) == 2 * (len(names) + 1)
    assert {run.values["mechanisms.trial_balloon"] for run in plan.runs} == {True, False}


def test_what_a_study_gets_wrong_is_said_at_its_line(tmp_path: Path) -> None:
    text = (
        "method: sobol\nvary: [mas.*, all]\nswitches: [trial_baloon]\npoints: 100\ntrajectories: 3\n"
        "groups: {street: [mass.*], nobody: [nothing.*]}\noutcomes: [autonomi]\n"
    )
    with pytest.raises(StudyErrors) as caught:
        study(tmp_path, text)
    found = {(one.line, one.key): (one.message, one.suggestion) for one in caught.value.problems}
    assert found[9, "vary[1]"] == ("`mas.*` names no parameter", "mass.*")
    assert found[10, "switches[1]"][1] == "trial_balloon"
    assert found[11, "points"][1] == "64"
    assert "belongs to the method morris" in found[12, "trajectories"][0]
    assert "names nothing that varies" in found[13, "groups.nobody"][0]
    assert "at most 12" in found[13, "groups"][0]
    assert any(key.startswith("outcomes") and hint == "autonomy" for (_, key), (_, hint) in found.items())
