"""Explanations add up; the summary says what the tables hold."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest

from multivector.ensemble import Ensemble
from multivector.lab.errors import ExplainError
from multivector.lab.explain import PARTS, TOLERANCE, _quoted, action_label, explain_decision, list_decisions
from multivector.lab.measures import OUTCOMES
from multivector.lab.summary import summarise
from multivector.lab.words import _split_line, disappointment, join, plain_lines, signed

DECISION = "un-votes-on-the-war"


def changed_table(ensemble: Ensemble, name: str, column: str, factor: float) -> Ensemble:
    other = copy.copy(ensemble)
    other.tables = {
        **ensemble.tables,
        name: ensemble.tables[name].assign(**{column: ensemble.tables[name][column] * factor}),
    }
    return other


def test_every_decision_of_every_world_adds_up(ensemble: Ensemble) -> None:
    for row in list_decisions(ensemble):
        found = explain_decision(ensemble, row["id"])
        assert found["check"]["cost"] <= TOLERANCE and found["check"]["probability"] <= TOLERANCE


@pytest.mark.parametrize("world", [None, 5])
def test_an_explanation_reproduces_costs_and_probabilities(ensemble: Ensemble, world: int | None) -> None:
    found = explain_decision(ensemble, DECISION, world=world)
    for action in found["actions"]:
        assert sum(action["parts"][part] for part in PARTS) == pytest.approx(action["cost"], abs=1e-9)
    assert sum(action["probability"] for action in found["actions"]) == pytest.approx(1.0, abs=1e-9)
    assert sum(action["chosen"] for action in found["actions"]) == pytest.approx(1.0, abs=1e-9)
    if world is not None:
        cost = np.array([action["cost"] for action in found["actions"]])
        odds = np.exp(-found["rationality"] * (cost - cost.min()))
        assert odds / odds.sum() == pytest.approx([a["probability"] for a in found["actions"]], abs=1e-9)
        assert found["worlds"] == 1 and found["steps"][0]["dossier"] == DECISION
    else:
        assert found["worlds"] == 20
    ranked = [action["probability"] for action in found["actions"]]
    assert ranked == sorted(ranked, reverse=True)


def test_figures_that_were_changed_are_refused(ensemble: Ensemble) -> None:
    for table, column in (("actions", "cost_outside"), ("actions", "probability")):
        with pytest.raises(ExplainError, match="do not add up") as caught:
            explain_decision(changed_table(ensemble, table, column, 1.01), DECISION)
        assert caught.value.code == 1


def test_everyone_is_named_with_wish_and_weight(ensemble: Ensemble) -> None:
    found = explain_decision(ensemble, DECISION)
    kinds = {person["kind"] for person in found["constituencies"]}
    assert {"formal", "informal", "public", "power"} <= kinds
    names = {person["id"]: person["name"] for person in found["constituencies"]}
    assert names["russia"] == "Russia" and names["public"] == "the public"
    for person in found["constituencies"]:
        assert person["wish"] is None or person["wish_name"] in found["options"]
    total = found["hazards"]["before"]
    alive = (1 - total["elite"]) * (1 - total["mass"]) * (1 - total["outside"])
    assert total["total"] == pytest.approx(1 - alive, abs=1e-4)


def test_the_sentence_names_the_first_and_the_second(ensemble: Ensemble) -> None:
    found = explain_decision(ensemble, DECISION, world=5)
    first, second = (action["label"] for action in found["actions"][:2])
    assert found["why"].startswith(f"{_quoted(first)} was the likeliest course")
    assert f"ahead of {_quoted(second)}" in found["why"] and "costs" in found["why"]
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_one_month_of_a_decision_can_be_named(ensemble: Ensemble) -> None:
    row = ensemble.tables["decisions"].query("dossier == @DECISION").iloc[0]
    found = explain_decision(ensemble, str(row["decision"]), world=int(row["world"]))
    assert found["months"] == [str(row["date"])[:7]]


def test_what_is_not_there_gets_the_nearest(ensemble: Ensemble) -> None:
    with pytest.raises(ExplainError, match="no decision 'un-votes-war' arose") as caught:
        explain_decision(ensemble, "un-votes-war")
    assert caught.value.suggestion == DECISION
    with pytest.raises(ExplainError, match="world 99 is not in this run") as caught:
        explain_decision(ensemble, DECISION, world=99)
    assert caught.value.suggestion == "worlds run from 0 to 19"
    with pytest.raises(ExplainError, match="no decision") as caught:
        explain_decision(ensemble, f"{DECISION}@2031-01")
    assert str(caught.value.suggestion).startswith(f"{DECISION}@2022-")
    with pytest.raises(ExplainError, match="world 99"):
        list_decisions(ensemble, world=99)


def test_a_decision_that_did_not_arise_in_a_world_is_said_so(ensemble: Ensemble) -> None:
    decisions = ensemble.tables["decisions"]
    rare = next(d for d, rows in decisions.groupby("dossier", observed=True) if rows["world"].nunique() < 20)
    absent = next(
        world for world in range(20) if world not in set(decisions.loc[decisions["dossier"] == rare, "world"])
    )
    with pytest.raises(ExplainError, match=f"did not arise in world {absent}"):
        explain_decision(ensemble, str(rare), world=absent)


def test_quotes_inside_quotes_are_single() -> None:
    assert _quoted("trial balloon for “abstain”") == "“trial balloon for ‘abstain’”"


def test_routine_options_are_named_by_their_kind(ensemble: Ensemble) -> None:
    table = ensemble.tables["decisions"].copy()
    routine = table[(table["kind"] == "routine") & (table["option"] > 0)]
    seen = {int(option): str(name) for option, name in zip(routine["option"], routine["option_name"], strict=True)}
    for row in list_decisions(ensemble):
        if row["kind"] == "routine":
            assert [row["options"][option - 1] for option in sorted(seen)] == [seen[option] for option in sorted(seen)]


def test_labels_of_actions() -> None:
    names = ["yield", "refuse"]
    assert action_label({"move": "settle", "option": 2, "announced": 0}, names) == "refuse"
    assert action_label({"move": "side_payment", "option": 1, "announced": 0}, names) == "yield, with a side payment"
    assert action_label({"move": "delay", "option": 0, "announced": 0}, names) == "delay"
    assert action_label({"move": "trial_balloon", "option": 0, "announced": 2}, names) == "trial balloon for “refuse”"


def test_the_summary_has_what_the_issue_asks(ensemble: Ensemble) -> None:
    found = summarise(ensemble)
    for key in ("schema", "scenario", "worlds", "months", "seed", "version", "failures", "interrupted"):
        assert key in found
    for name in (
        "total_engagement",
        "openness",
        "dependence",
        "autonomy",
        "approval",
        "hazard_annual",
        "protest",
    ):
        assert set(found["outcomes"][name]) == {"p5", "p25", "median", "p75", "p95"}
    assert set(found["outcomes"]) == set(OUTCOMES)
    for group in ("public", "informal", "formal"):
        assert f"congruence_{group}" in found["outcomes"]
    assert list(found["ties"]) == list(ensemble.scenario.powers)
    assert set(found["ties"]["turkiye"]) == {"politics", "economy", "security"}
    assert found["names"]["turkiye"] == "Türkiye"
    assert sum(found["dependence_power"].values()) == pytest.approx(1.0)
    office = found["president"]
    assert sum(office["by_cause"].values()) == pytest.approx(office["total"])
    for row in found["decisions"]:
        assert 0 < row["arose"] <= 1
        assert sum(row["choices"].values()) + row["unsettled"] == pytest.approx(1.0)
        assert all(0 < share <= 1 for share in row["moves"].values())
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found == summarise(ensemble)


def test_hazards_are_monthly_unless_they_say_annual(ensemble: Ensemble) -> None:
    table = ensemble.tables["worlds"]
    last = table[table["month"] == 7]
    found = summarise(ensemble)["outcomes"]
    assert found["hazard"]["median"] == pytest.approx(last["hazard"].median())
    assert found["hazard_annual"]["p95"] == pytest.approx((1 - (1 - last["hazard"]) ** 12).quantile(0.95))


def test_nan_becomes_null(ensemble: Ensemble) -> None:
    other = changed_table(ensemble, "worlds", "approval", float("nan"))
    assert summarise(other)["outcomes"]["approval"]["median"] is None


def test_office_lost_counts_the_first_loss_of_each_world(ensemble: Ensemble) -> None:
    table = ensemble.tables["worlds"].copy()
    table["lost"] = ""
    table.loc[(table["world"] == 3) & (table["month"] == 2), "lost"] = "mass"
    table.loc[(table["world"] == 3) & (table["month"] == 5), "lost"] = "elite"
    table.loc[(table["world"] == 4) & (table["month"] == 4), "lost"] = "outside"
    other = copy.copy(ensemble)
    other.tables = {**ensemble.tables, "worlds": table}
    office = summarise(other)["president"]
    assert office["total"] == pytest.approx(0.1)
    assert office["by_cause"] == pytest.approx({"elite": 0.0, "mass": 0.05, "outside": 0.05})
    assert (
        "Office was lost in 2 of 20 worlds: 1 to mass unrest and 1 to pressure from outside" in plain_lines(other)[-1]
    )


def test_disappointment_is_the_distance_from_wish_to_outcome(ensemble: Ensemble) -> None:
    table = disappointment(ensemble)
    assert table["distance"].between(0, 1).all()
    assert {"power", "formal", "informal", "public"} <= set(table["kind"].astype(str))


def test_words() -> None:
    assert join([]) == "" and join(["a"]) == "a" and join(["a", "b", "c"]) == "a, b and c"
    assert "added to it" in _split_line("openness", 0.1, 0.1, 0.2)
    assert "worked against it" in _split_line("openness", 0.1, -0.1, 0.0)
    assert _split_line("openness", 0.1, 0.0, 0.1) == "Openness moved by +0.100, and would have with the old decisions."
    assert "would not have moved" in _split_line("openness", 0.0, 0.1, 0.1)
    assert signed(0.123) == "+0.12" and signed(-0.123) == "−0.12" and signed(-0.001) == "+0.00"
