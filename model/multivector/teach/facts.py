"""What one path's run says: series for the page, and the facts that explain them, read from the run's own tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from multivector.lab.explain import PARTS

if TYPE_CHECKING:
    import pandas as pd

    from multivector.ensemble import Ensemble
    from multivector.scenario import Scenario

__all__ = ["ALWAYS", "facts_of", "series_names", "series_of", "tension_of", "time_steps"]

ALWAYS = ("autonomy", "approval", "elite_loyalty", "total_engagement", "protest", "hazard")
"""Measures that every lesson carries besides its aims."""


def series_names(scenario: Scenario, aims: Sequence[str]) -> list[str]:
    """Names of the series: a tie for every power, the measures, and `kept` (1 while the president is in office)."""
    ties = [f"tie.{power}" for power in scenario.powers]
    return [*ties, *dict.fromkeys([*(aim for aim in aims if not aim.startswith("tie.")), *ALWAYS]), "kept"]


def time_steps(months: int, every: int, wanted: Sequence[int] = ()) -> list[int]:
    """Month indices that the page draws: every few months, those of the rounds, and the last."""
    return sorted({*range(0, months, every), *(month for month in wanted if 0 <= month < months), months - 1})


def series_of(ensemble: Ensemble, names: Sequence[str], steps: Sequence[int]) -> NDArray[np.float64]:
    """The series as an array (series, worlds, steps). Ties are means over domains; hazards are per month."""
    worlds, ties = ensemble.tables["worlds"], ensemble.tables["ties"]
    count = len(ensemble.worlds)
    mean = ties.groupby(["world", "month", "power"], observed=True)["tie"].mean().unstack("power")
    found = np.empty((len(names), count, len(steps)))
    ordered = worlds.sort_values(["world", "month"])
    for index, name in enumerate(names):
        if name.startswith("tie."):
            column = mean[name.removeprefix("tie.")].to_numpy(dtype=np.float64)
        elif name == "kept":
            column = (ordered["president"].to_numpy() == 0).astype(np.float64)
        else:
            column = ordered[name].to_numpy(dtype=np.float64)
        found[index] = column.reshape(count, -1)[:, list(steps)]
    return found


def tension_of(ensemble: Ensemble) -> list[list[float | None]]:
    """Share of disagreements between two powers that end nearer to the row's power, (powers, powers)."""
    from multivector.show.tension import tensions
    from multivector.show.view import view_of

    share = tensions(view_of(ensemble)).share
    return [[None if not np.isfinite(value) else round(float(value), 2) for value in row] for row in share]


def facts_of(ensemble: Ensemble) -> dict[str, Any]:
    """Facts of a run, small enough to send between processes.

    Returns
    -------
    `dossiers`: name → {title, date, options, taken: option of each world (0 unsettled, -1 never arose), move: of each
    world, parts: option → mean cost parts of the plain course in the order of `PARTS`, pulls: constituency → mean
    (wish − middle) × weight × salience}; `events`: kind → number of worlds that saw it; `lost`: cause → worlds.
    """
    decisions = ensemble.tables["decisions"]
    worlds = list(ensemble.worlds)
    found: dict[str, Any] = {}
    if len(decisions):
        decisions = decisions.assign(date=decisions["date"].astype(str).str[:7])
        actions = _plain_actions(ensemble)
        wishes = ensemble.tables["wishes"]
        for dossier, group in decisions.groupby("dossier", sort=False, observed=True):
            found[str(dossier)] = _dossier(str(dossier), group, actions, wishes, worlds, ensemble)
    events, worlds_table = ensemble.tables["events"], ensemble.tables["worlds"]
    seen = events.groupby("kind", observed=True)["world"].nunique().to_dict() if len(events) else {}
    first_lost = worlds_table[worlds_table["lost"].astype(str) != ""].drop_duplicates("world")
    lost = Counter(first_lost["lost"].astype(str))
    return {
        "dossiers": found,
        "events": {str(kind): int(count) for kind, count in seen.items()},
        "lost": dict(lost),
    }


def _plain_actions(ensemble: Ensemble) -> pd.DataFrame:
    actions = ensemble.tables["actions"]
    found: pd.DataFrame = actions[(actions["move"].astype(str) == "settle") & np.isfinite(actions["cost"])]
    return found


def _dossier(
    name: str, group: pd.DataFrame, actions: pd.DataFrame, wishes: pd.DataFrame, worlds: list[int], ensemble: Ensemble
) -> dict[str, Any]:
    from multivector.lab.summary import option_names

    first = group.sort_values(["world", "month"])
    settled = first[first["option"] > 0].drop_duplicates("world").set_index("world")
    arose = set(first["world"])
    options, moved = settled["option"].to_dict(), settled["move"].astype(str).to_dict()
    taken = [int(options.get(w, 0 if w in arose else -1)) for w in worlds]
    moves = [moved.get(w, "") for w in worlds]
    keys = first.drop_duplicates("world")[["world", "decision"]]
    mine = actions.merge(keys, on=["world", "decision"])
    columns = [f"cost_{part}" for part in PARTS]
    means = mine.groupby("option", observed=True)[columns].mean()
    parts = {
        int(option): [round(float(value), 6) for value in row]
        for option, row in zip(means.index.to_numpy(), means.to_numpy(), strict=True)
    }
    heard = wishes.merge(keys, on=["world", "decision"])
    middle = (float(first["n_options"].iloc[0]) + 1) / 2
    heard = heard.assign(pull=(heard["wish"] - middle) * heard["weight"] * heard["salience"])
    pulls = heard.groupby("constituency", observed=True)["pull"].mean()
    return {
        "title": str(first["title"].iloc[0]),
        "kind": str(first["kind"].iloc[0]),
        "date": str(first["date"].min()),
        "options": option_names(ensemble, name, first),
        "taken": taken,
        "move": moves,
        "parts": parts,
        "pulls": {str(who): float(pull) for who, pull in pulls.items() if np.isfinite(pull)},
    }
