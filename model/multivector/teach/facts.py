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
    worlds = list(ensemble.worlds)
    found = _dossiers(ensemble, worlds)
    events, worlds_table = ensemble.tables["events"], ensemble.tables["worlds"]
    seen = events.groupby("kind", observed=True)["world"].nunique().to_dict() if len(events) else {}
    first_lost = worlds_table[worlds_table["lost"].astype(str) != ""].drop_duplicates("world")
    lost = Counter(first_lost["lost"].astype(str))
    return {
        "dossiers": found,
        "events": {str(kind): int(count) for kind, count in seen.items()},
        "lost": dict(lost),
    }


def _dossiers(ensemble: Ensemble, worlds: list[int]) -> dict[str, Any]:
    """Every dossier that arose. Tables are joined once for all of them: a live page waits for this."""
    decisions = ensemble.tables["decisions"]
    if not len(decisions):
        return {}
    named = decisions.assign(dossier=decisions["dossier"].astype(str))
    ordered = named.sort_values(["world", "month"], kind="stable")
    keys = ordered.drop_duplicates(["world", "dossier"])[["world", "decision", "dossier", "n_options"]]
    actions = ensemble.tables["actions"]
    plain = actions[(actions["move"] == "settle") & np.isfinite(actions["cost"])]
    columns = [f"cost_{part}" for part in PARTS]
    costs = plain[["world", "decision", "option", *columns]].merge(keys, on=["world", "decision"])
    parts: dict[str, dict[int, list[float]]] = {}
    means = costs.groupby(["dossier", "option"], observed=True)[columns].mean().reset_index()
    for name, option, row in zip(means["dossier"], means["option"], means[columns].to_numpy(), strict=True):
        parts.setdefault(str(name), {})[int(option)] = [round(float(value), 6) for value in row]
    heard = ensemble.tables["wishes"][["world", "decision", "constituency", "wish", "weight", "salience"]]
    heard = heard.merge(keys, on=["world", "decision"])
    heard["pull"] = (heard["wish"] - (heard["n_options"] + 1) / 2) * heard["weight"] * heard["salience"]
    pulls: dict[str, dict[str, float]] = {}
    weighed = heard.groupby(["dossier", "constituency"], observed=True)["pull"].mean().reset_index()
    for name, who, pull in zip(weighed["dossier"], weighed["constituency"], weighed["pull"], strict=True):
        if np.isfinite(pull):
            pulls.setdefault(str(name), {})[str(who)] = float(pull)
    groups = dict(list(ordered.groupby("dossier", sort=False)))
    return {
        name: {
            **_dossier(name, groups[name], worlds, ensemble),
            "parts": parts.get(name, {}),
            "pulls": pulls.get(name, {}),
        }
        for name in named["dossier"].unique()
    }


def _dossier(name: str, rows: pd.DataFrame, worlds: list[int], ensemble: Ensemble) -> dict[str, Any]:
    """What became of one dossier; `rows` are its decisions by world and month."""
    from multivector.lab.summary import option_names

    settled = rows[rows["option"] > 0].drop_duplicates("world").set_index("world")
    arose = set(rows["world"])
    options, moved = settled["option"].to_dict(), settled["move"].astype(str).to_dict()
    return {
        "title": str(rows["title"].iloc[0]),
        "kind": str(rows["kind"].iloc[0]),
        "date": str(rows["date"].astype(str).min())[:7],
        "options": option_names(ensemble, name, rows),
        "taken": [int(options.get(world, 0 if world in arose else -1)) for world in worlds],
        "move": [moved.get(world, "") for world in worlds],
    }
