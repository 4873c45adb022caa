"""What one path's run says: series for the page, and the facts that explain them, read from the run's own tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from multivector.lab.explain import PARTS
from multivector.lab.summary import option_names

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
    """Every dossier that arose, by arrays and all at once: a live page waits for this."""
    decisions = ensemble.tables["decisions"]
    if not len(decisions):
        return {}
    log = _Log(decisions, np.array(worlds))
    parts = _parts(ensemble.tables["actions"], log)
    pulls = _pulls(ensemble.tables["wishes"], log)
    options: dict[Any, list[str]] = {}
    found = {}
    for index in dict.fromkeys(log.dossier.tolist()):
        name, rows = str(log.names[index]), log.rows_of[index]
        kinds, most = frozenset(log.kind[rows].tolist()), int(log.most[rows].max())
        # all routine questions of one kind and size have the same options, so one of them is asked for all
        alike = (kinds, most) if kinds <= {"routine", "domestic"} else name
        if alike not in options:
            options[alike] = option_names(ensemble, name, decisions.iloc[rows])
        found[name] = {
            "title": str(decisions["title"].iloc[rows[0]]),
            "kind": str(log.kind[rows[0]]),
            "date": str(decisions["date"].iloc[rows].min())[:7],
            "options": options[alike],
            **_settled(log, rows),
            "parts": parts.get(index, {}),
            "pulls": pulls.get(index, {}),
        }
    return found


class _Log:
    """Decisions as arrays: (rows of the table) unless said otherwise.

    `first` holds the row of each dossier's first decision in a world, by (world, label of the decision); -1 elsewhere.
    """

    def __init__(self, decisions: pd.DataFrame, worlds: NDArray[np.int64]) -> None:
        self.worlds = worlds
        self.world = np.searchsorted(worlds, decisions["world"].to_numpy())
        self.dossier, self.names = _coded(decisions["dossier"])
        label, self.labels = _coded(decisions["decision"])
        self.option = decisions["option"].to_numpy()
        self.most = decisions["n_options"].to_numpy()
        self.kind, self.move = (decisions[name].astype(object).to_numpy() for name in ("kind", "move"))
        order = np.lexsort((decisions["month"].to_numpy(), self.world))
        self.rows_of = {int(index): order[self.dossier[order] == index] for index in np.unique(self.dossier)}
        self.first = np.full((len(worlds), len(self.labels)), -1)
        for rows in self.rows_of.values():
            _, at = np.unique(self.world[rows], return_index=True)
            self.first[self.world[rows[at]], label[rows[at]]] = rows[at]

    def rows(self, table: pd.DataFrame) -> NDArray[np.int64]:
        """For every row of another table the row of its decision if that was its dossier's first there; -1 if not."""
        codes, labels = _coded(table["decision"])
        place = self.labels.get_indexer(labels)
        return np.asarray(self.first[np.searchsorted(self.worlds, table["world"].to_numpy()), place[codes]])


def _coded(column: pd.Series[Any]) -> tuple[NDArray[np.int64], pd.Index[Any]]:
    """Codes and names of a column of categories."""
    return np.asarray(column.cat.codes, dtype=np.int64), column.cat.categories


def _settled(log: _Log, rows: NDArray[np.int64]) -> dict[str, list[Any]]:
    """What each world settled on first, and by which move; 0 where nothing was settled, -1 where nothing arose."""
    taken = np.full(len(log.worlds), -1)
    taken[log.world[rows]] = 0
    move = [""] * len(log.worlds)
    settled = rows[log.option[rows] > 0]
    world, at = np.unique(log.world[settled], return_index=True)
    taken[world] = log.option[settled[at]]
    for index, row in zip(world, settled[at], strict=True):
        move[index] = str(log.move[row])
    return {"taken": taken.tolist(), "move": move}


def _parts(actions: pd.DataFrame, log: _Log) -> dict[int, dict[int, list[float]]]:
    """Dossier → option → mean parts of the cost of the plain course, in the order of `PARTS`."""
    row = log.rows(actions)
    plain = (row >= 0) & (actions["move"] == "settle").to_numpy() & np.isfinite(actions["cost"].to_numpy())
    dossier, option = log.dossier[row[plain]], actions["option"].to_numpy()[plain]
    wide = int(option.max(initial=0)) + 1
    cell = dossier * wide + option
    count = np.bincount(cell)
    sums = [np.bincount(cell, weights=actions[f"cost_{part}"].to_numpy()[plain]) for part in PARTS]
    found: dict[int, dict[int, list[float]]] = {}
    for at in np.flatnonzero(count):
        index, number = divmod(int(at), wide)
        found.setdefault(index, {})[number] = [round(float(one[at] / count[at]), 6) for one in sums]
    return found


def _pulls(wishes: pd.DataFrame, log: _Log) -> dict[int, dict[str, float]]:
    """Dossier → constituency → mean of (wish − middle) × weight × salience over the worlds in which it has a wish."""
    row = log.rows(wishes)
    who, names = _coded(wishes["constituency"])
    middle = (log.most[row] + 1) / 2
    pull = (wishes["wish"].to_numpy() - middle) * wishes["weight"].to_numpy() * wishes["salience"].to_numpy()
    known = (row >= 0) & np.isfinite(pull)
    cell = log.dossier[row[known]] * len(names) + who[known]
    count, total = np.bincount(cell), np.bincount(cell, weights=pull[known])
    found: dict[int, dict[str, float]] = {}
    for at in np.flatnonzero(count):
        index, place = divmod(int(at), len(names))
        found.setdefault(index, {})[str(names[place])] = float(total[at] / count[at])
    return found
