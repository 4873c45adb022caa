"""Outcomes by which a parameter can show, one number per world: a measure, a tie, an attitude, a move's favour."""

from __future__ import annotations

import numpy as np
import pandas as pd

from multivector.ensemble import Ensemble
from multivector.outcomes import WORLD_MEASURES
from multivector.politics.cases import MOVES


def names(run: Ensemble) -> list[str]:
    """All readings that a run offers."""
    ties = [f"tie.{p}.{d}" for p in run.scenario.powers for d in ("politics", "economy", "security")]
    views = [f"{kind}.{p}" for p in run.scenario.powers for kind in ("attitude", "spread")]
    return [
        *WORLD_MEASURES,
        *ties,
        *views,
        *(f"agreement.{p}" for p, power in run.scenario.powers.items() if power.assembly is not None),
        *(f"move.{m}" for m in MOVES),
        "salience.public",
        "months_open",
        "position",
        "reopened",
        "challengers",
        "upset",
    ]


def reading(run: Ensemble, name: str) -> np.ndarray:
    """One number per world, in order of world.

    Means over months (measures, ties), means over cases (`move.*`: probability mass on a move; `position`: expected
    position taken; `salience.public`: how much a case moves the public; `months_open` of settled dossiers), or a
    count (`reopened`).
    """
    if name.startswith("tie."):
        _, power, domain = name.split(".")
        ties = run["ties"]
        chosen = ties[(ties["power"] == power) & (ties["domain"] == domain)]
        return chosen.groupby("world")["tie"].mean().to_numpy()
    if name.startswith(("attitude.", "spread.")):
        kind, power = name.split(".")
        views = run["attitudes"]
        return views[views["power"] == power].groupby("world")[kind].mean().to_numpy()
    if name.startswith("agreement."):
        votes = run["assembly"]
        return votes[votes["power"] == name.partition(".")[2]].groupby("world")["agreement"].mean().to_numpy()
    if name in WORLD_MEASURES:
        return run["worlds"].groupby("world")[name].mean().to_numpy()
    worlds = pd.Index(run.worlds, name="world")
    actions, decisions = run["actions"], run["decisions"]
    if name.startswith("move."):
        cases = decisions.groupby("world").size()
        mass = actions[actions["move"] == name.removeprefix("move.")].groupby("world")["probability"].sum()
        return (mass.reindex(worlds, fill_value=0.0) / cases.reindex(worlds)).to_numpy()
    if name == "salience.public":
        wishes = run["wishes"]
        return wishes[wishes["kind"] == "public"].groupby("world")["salience"].mean().reindex(worlds).to_numpy()
    if name == "months_open":
        settled = decisions[decisions["option"] > 0]
        return settled.groupby("world")["months_open"].mean().reindex(worlds).to_numpy()
    if name == "position":
        return decisions.groupby("world")["position"].mean().reindex(worlds).to_numpy()
    if name == "reopened":
        events = run["events"]
        count = events[events["kind"] == "reopened"].groupby("world").size()
        return count.reindex(worlds, fill_value=0).to_numpy(dtype=np.float64)
    if name in ("challengers", "upset"):
        # counted votes that did not go to the largest; and how far from the mean over worlds they are
        counted = run["elections"].groupby(["world", "election"], observed=True)["counted"].max()
        share = (1.0 - counted.groupby("world").mean()).reindex(worlds).to_numpy(dtype=np.float64)
        return share if name == "challengers" else np.abs(share - np.nanmean(share)) if len(counted) else share
    raise KeyError(name)


def strength(low: np.ndarray, high: np.ndarray) -> float:
    """Paired mean difference in standard errors; 0 where there is none."""
    difference = (high - low)[~np.isnan(high - low)]
    if difference.size < 2 or abs(difference.mean()) < 1e-9:
        return 0.0
    error = difference.std(ddof=1) / np.sqrt(difference.size)
    return float(abs(difference.mean()) / error) if error > 0 else float("inf")
