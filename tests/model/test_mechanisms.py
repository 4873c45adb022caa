"""Every mechanism has a switch, and every switch changes an outcome in some shipped scenario."""

from __future__ import annotations

import numpy as np
import pytest

from multivector.scenario.mechanisms import MECHANISMS
from tests.model.runs import ensemble

#: Where each mechanism has something to do; the war next door unless said.
PLACE = {
    "elder_veto": "january-2022",
    "purge_recovery": "january-2022",
    "reopening": "january-2022",
    "competitiveness": "january-2022",
    "hazard_draws": "january-2022",
    "elections": "succession-2019",
    "envoy": "succession-2019",
    "exclusion": "succession-2019",
    "manipulation": "succession-2019",
    "expiry": "land-protests-2016",
    "transport_capacity": "khorgos-closure",
}


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_every_switch_changes_an_outcome(mechanism: str) -> None:
    place = PLACE.get(mechanism, "ukraine-war-2022")
    months = None if mechanism == "expiry" else 24  # what lapses takes years
    on, off = ensemble(place, months=months), ensemble(place, f"mechanisms.{mechanism}=false", months=months)
    # votes are observed and move nothing; every other mechanism shows in the ties
    table, column = ("assembly", "agreement") if mechanism == "abstention_habit" else ("ties", "tie")
    values = [run[table][column].to_numpy() for run in (on, off)]
    assert np.abs(values[0] - values[1]).max() > 1e-6


@pytest.mark.parametrize(
    ("mechanism", "move"),
    [
        ("delay", "delay"),
        ("trial_balloon", "trial_balloon"),
        ("side_payment", "side_payment"),
        ("concession", "concession"),
        ("repression", "repression"),
    ],
)
def test_a_move_that_is_off_is_never_on_the_table(mechanism: str, move: str) -> None:
    off = ensemble("ukraine-war-2022", f"mechanisms.{mechanism}=false")
    assert not (off["actions"]["move"] == move).any()
    taken = off["decisions"]
    assert not ((taken["move"] == move) & ~taken["vetoed"]).any()


def test_no_routine_dossiers_without_their_mechanisms() -> None:
    off = ensemble("ukraine-war-2022", "mechanisms.routine_dossiers=false", "mechanisms.domestic_dossiers=false")
    assert set(off["decisions"]["kind"]) <= {"scripted", "reopened"}


def test_a_veto_switched_off_takes_the_elder_out() -> None:
    weight = {}
    for on in ("true", "false"):
        wishes = ensemble("january-2022", f"mechanisms.elder_veto={on}", months=3)["wishes"]
        weight[on] = wishes.query("constituency == 'elder'")["weight"].max()
    assert weight["true"] > 0 and weight["false"] == 0


def test_an_unheard_public_weighs_nothing() -> None:
    off = ensemble("ukraine-war-2022", "mechanisms.public_voice=false")
    assert (off["actions"]["cost_mass"].abs() < 1e-12).all()
    assert (off["wishes"].query("constituency == 'public'")["weight"] == 0).all()
    assert (off["worlds"]["protest"] == 0).all()
