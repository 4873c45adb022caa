"""Outcomes of a run per world: at its end, at its start, and over all its months."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from multivector.ensemble import Ensemble

__all__ = [
    "BAND",
    "CAUSE_WORDS",
    "MEASURED",
    "OUTCOMES",
    "at_end",
    "at_start",
    "kind_of",
    "name_of",
    "outcome_words",
    "over_run",
    "quantiles",
    "tie_at",
    "weighted_quantiles",
]

OUTCOMES: dict[str, str] = {
    "total_engagement": "total engagement",
    "openness": "openness (effective number of vectors)",
    "openness_simpson": "openness, inverse Simpson",
    "openness_politics": "openness in politics",
    "openness_economy": "openness in the economy",
    "openness_security": "openness in security",
    "dependence": "largest dependence",
    "dependence_gap": "gap to the second dependence",
    "autonomy": "autonomy",
    "approval": "approval",
    "grievance": "private grievance",
    "shown_grievance": "shown grievance",
    "speaking": "share that speaks out",
    "protest": "protest (share of citizens, peak week)",
    "repression": "repression",
    "reform": "reform",
    "competitiveness": "political competition",
    "doubt": "doubt about statehood and succession",
    "income": "income (2019 = 1)",
    "elite_loyalty": "loyalty of elites",
    "congruence_public": "congruence with the public's wishes",
    "congruence_informal": "congruence with informal elites' wishes",
    "congruence_formal": "congruence with formal actors' wishes",
    "hazard_elite": "hazard of an elite split (a month)",
    "hazard_mass": "hazard of mass unrest (a month)",
    "hazard_outside": "hazard of pressure from outside (a month)",
    "hazard": "hazard of losing office (a month)",
    "hazard_annual": "hazard of losing office (a year)",
}
"""Outcome column → its name for people. Hazards are monthly probabilities unless the name says annual."""

MEASURED: tuple[str, ...] = (*OUTCOMES, "office_lost", *(f"{name}_mean" for name in OUTCOMES))
"""What a world is judged by: every outcome at the end or (`_mean`) over the months, and `office_lost`, 1 or 0."""

CAUSE_WORDS = {"elite": "an elite split", "mass": "mass unrest", "outside": "pressure from outside"}

BAND = {"p5": 0.05, "p25": 0.25, "median": 0.5, "p75": 0.75, "p95": 0.95}


def outcome_words(outcome: str) -> str:
    """A name of MEASURED for people."""
    if outcome == "office_lost":
        return "share of worlds that lose office"
    name = outcome.removesuffix("_mean")
    label = OUTCOMES.get(name, name.replace("_", " "))
    return f"{label}, mean over the months" if outcome.endswith("_mean") else label


def quantiles(values: NDArray[np.float64] | pd.Series[float]) -> dict[str, float | None]:
    """p5, p25, median, p75 and p95 over worlds, NaN left out; None where no world has a value."""
    array = np.asarray(values, dtype=np.float64)
    array = array[np.isfinite(array)]
    if not array.size:
        return dict.fromkeys(BAND)
    return dict(zip(BAND, np.quantile(array, list(BAND.values())).tolist(), strict=True))


def _annual(monthly: pd.Series[float]) -> pd.Series[float]:
    return 1.0 - (1.0 - monthly) ** 12


def _measured(table: pd.DataFrame) -> pd.DataFrame:
    table = table.assign(hazard_annual=_annual(table["hazard"]))
    return table[[name for name in OUTCOMES if name in table.columns]].astype("float64")


def at_end(ensemble: Ensemble) -> pd.DataFrame:
    """Every outcome in the last month: index world, one float column per outcome."""
    table = ensemble.tables["worlds"]
    return _measured(table[table["month"] == table["month"].max()].set_index("world").sort_index())


def at_start(ensemble: Ensemble) -> pd.DataFrame:
    """Every outcome in the first month: index world, one float column per outcome."""
    table = ensemble.tables["worlds"]
    return _measured(table[table["month"] == table["month"].min()].set_index("world").sort_index())


def over_run(ensemble: Ensemble) -> pd.DataFrame:
    """Every outcome's mean over the months of the run: index world, one float column per outcome."""
    table = ensemble.tables["worlds"]
    measured = _measured(table).assign(world=table["world"])
    return measured.groupby("world", sort=True).mean()


def tie_at(ensemble: Ensemble, which: str = "end") -> dict[tuple[str, str], pd.Series[float]]:
    """Ties in the first or last month: (power, domain) → one value per world, index world."""
    table = ensemble.tables["ties"]
    month = table["month"].max() if which == "end" else table["month"].min()
    rows = table.loc[table["month"] == month, ["world", "power", "domain", "tie"]].set_index("world")
    groups = rows.groupby(["power", "domain"], sort=False, observed=True)["tie"]
    return {(str(power), str(domain)): values.sort_index() for (power, domain), values in groups}


def name_of(ensemble: Ensemble, who: str) -> str:
    """Display name of a power, an actor or a constituency; the id itself where there is none."""
    scenario = ensemble.scenario
    for group in ("powers", "formal", "informal", "advisers"):
        members = getattr(scenario, group, None) or {}
        if who in members:
            return str(members[who].name)
    return {"public": "the public", "elder": "the elder"}.get(who, who.replace("_", " "))


def kind_of(ensemble: Ensemble, who: str) -> str:
    """The kind of a constituency: power, formal, informal, public or elder; "" for an unknown one."""
    scenario = ensemble.scenario
    for group, kind in (("powers", "power"), ("formal", "formal"), ("informal", "informal")):
        if who in (getattr(scenario, group, None) or {}):
            return kind
    return who if who in ("public", "elder") else ""


def weighted_quantiles(
    values: NDArray[np.float64], weights: NDArray[np.float64], shares: Sequence[float]
) -> NDArray[np.float64]:
    """Quantiles of values that do not count alike, shape (len(shares),); NaN is left out.

    With equal weights they are numpy's (straight lines between the sorted values).
    """
    found = np.isfinite(values) & (weights > 0)
    if not found.any():
        return np.full(len(shares), np.nan)
    kept, weight = values[found], weights[found]
    if np.all(weight == weight[0]):
        return np.asarray(np.quantile(kept, shares))
    order = np.argsort(kept, kind="stable")
    kept, weight = kept[order], weight[order]
    places = np.cumsum(weight) - weight / 2
    span = places[-1] - places[0]
    if span <= 0:
        return np.full(len(shares), kept[0])
    return np.asarray(np.interp(np.asarray(shares), (places - places[0]) / span, kept))
