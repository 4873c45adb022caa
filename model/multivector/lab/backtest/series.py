"""The backtest of series: yearly origins, forecasts of what was observed later, scored beside every rival."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from multivector.lab.backtest import series_rivals as rivals
from multivector.lab.backtest.scores import crps_ensemble, interval_hit, paired_bootstrap
from multivector.lab.backtest.series_facts import FAMILIES, Series, from_logit
from multivector.lab.backtest.series_history import History, known_at, supply
from multivector.lab.backtest.series_link import SCALE, Fit, fit

if TYPE_CHECKING:
    import pandas as pd

    from multivector.scenario import Scenario

__all__ = [
    "FEWEST",
    "JUDGED",
    "MODELS",
    "Forecast",
    "Origin",
    "document",
    "forecast",
    "histories",
    "origins_of",
    "table",
]

Floats = NDArray[np.float64]

JUDGED: Final = 5
"""Horizon of the headline figures, years."""
FEWEST: Final = 3
"""Figures that a series must have up to an origin to be forecast from it."""
DRAWS: Final = 400
MODELS: Final = {
    "multivector": "the model, paths held as known at the origin (ex ante): judged",
    "multivector_ex_post": "the model with the paths on record",
    "constant_weights": "the model with constant weights: the salience-weighted mean wish, no hazards compared",
    "discrepancy_alone": "the same link without the model: a level that wanders, seen with error",
    "persistence": "the last figure, with the empirical spread of past changes",
    "trend": "a local linear trend",
    "regression": "a regression of the series on what the power offered",
}


@dataclass(frozen=True)
class Origin:
    """One origin: its year, and the model's histories as known then and ex post (movement up to the last year)."""

    year: int
    ex_ante: History
    ex_post: History
    constant: History | None
    known: Scenario


@dataclass
class Forecast:
    """One forecast of one figure: draws by model in the series' unit, sorted."""

    series: Series
    origin: int
    year: int
    outcome: float
    draws: dict[str, Floats] = field(default_factory=dict)

    @property
    def horizon(self) -> int:
        """Years ahead."""
        return self.year - self.origin


def origins_of(series: Sequence[Series], horizons: int) -> list[int]:
    """Years from which at least one figure within `horizons` years can be forecast."""
    found = set()
    for one in series:
        for place, year in enumerate(one.years.tolist()):
            if place + 1 >= FEWEST and any(year < later <= year + horizons for later in one.years.tolist()):
                found.add(year)
    return sorted(found)


def forecast(origin: Origin, series: Sequence[Series], horizons: int, seed: int) -> list[Forecast]:
    """All forecasts from one origin."""
    ready = [one for one in series if int(one.known(origin.year).sum()) >= FEWEST]
    fits = {
        "multivector": (origin.ex_ante, SCALE),
        "multivector_ex_post": (origin.ex_post, SCALE),
        "constant_weights": (origin.constant, SCALE),
        "discrepancy_alone": (origin.ex_ante, (0.0, 0.0)),
    }
    made: dict[str, Fit] = {}
    for name, (history, scale) in fits.items():
        if history is not None:
            movement = [history.of(one.family.name, one.power) for one in ready]
            if name == "discrepancy_alone":
                movement = [values[:1] * 0.0 for values in movement]
            made[name] = fit(ready, movement, int(history.years[0]), origin.year, scale)
    found = []
    last = int(origin.ex_ante.years[-1])
    for place, one in enumerate(ready):
        for year in range(origin.year + 1, min(origin.year + horizons, last) + 1):
            outcome = one.at(year)
            if outcome is None:
                continue
            item = Forecast(one, origin.year, year, outcome)
            for name, whole in made.items():
                draws = whole.sample(whole.linked[place], year, DRAWS, seed)
                item.draws[name] = from_logit(draws) * one.family.whole
            _rivals(item, ready, origin)
            found.append(item)
    return found


def _rivals(item: Forecast, ready: Sequence[Series], origin: Origin) -> None:
    one = item.series
    family = [other for other in ready if other.family == one.family]
    item.draws["persistence"] = rivals.persistence(one, family, item.origin, item.year, DRAWS)
    item.draws["trend"] = rivals.trend(one, item.origin, item.year, DRAWS)
    years = origin.ex_ante.years
    offered = supply(origin.known, one.family.name, one.power, years)
    item.draws["regression"] = rivals.regression(one, offered, years, item.origin, item.year, DRAWS)


# -- scores ---------------------------------------------------------------------------------------------------


def table(forecasts: Sequence[Forecast]) -> pd.DataFrame:
    """One row a forecast and model: series, family, power, origin, horizon, model, crps, hit50, hit90, median."""
    import pandas as pd

    rows = []
    for item in forecasts:
        outcome = np.array([item.outcome])
        for model, draws in item.draws.items():
            sample = draws[None, :]
            rows.append(
                {
                    "series": item.series.name,
                    "family": item.series.family.name,
                    "power": item.series.power,
                    "origin": item.origin,
                    "year": item.year,
                    "horizon": item.horizon,
                    "model": model,
                    "outcome": item.outcome,
                    "median": float(np.median(draws)),
                    "crps": float(crps_ensemble(sample, outcome)[0]),
                    "hit50": bool(interval_hit(sample, outcome, 0.5)[0]),
                    "hit90": bool(interval_hit(sample, outcome, 0.9)[0]),
                }
            )
    return pd.DataFrame(rows)


def document(scored: pd.DataFrame, about: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON document: headline figures at JUDGED years, then all horizons, rivals and differences."""
    judged = scored[scored["horizon"] == JUDGED]
    families = {one.name: one for one in FAMILIES}
    return {
        "schema": 1,
        "series": {str(name): _headline(rows) for name, rows in judged.groupby("series", sort=False)},
        "horizon": JUDGED,
        "families": {
            str(name): {
                "words": families[str(name)].words,
                "unit": families[str(name)].unit,
                **_headline(rows),
                "models": _by_model(rows),
                "differences": _differences(rows),
                "horizons": {
                    str(horizon): {**_headline(some), "models": _by_model(some)}
                    for horizon, some in scored[scored["family"] == name].groupby("horizon")
                },
            }
            for name, rows in judged.groupby("family", sort=False)
        },
        "models": MODELS,
        "order_of_agreement": _order(scored),
        "n": len(judged[judged["model"] == "multivector"]),
        **about,
    }


def _headline(rows: pd.DataFrame) -> dict[str, Any]:
    ours, last = rows[rows["model"] == "multivector"], rows[rows["model"] == "persistence"]
    return {
        "coverage50": float(ours["hit50"].mean()),
        "coverage90": float(ours["hit90"].mean()),
        "crps": float(ours["crps"].mean()),
        "crps_persistence": float(last["crps"].mean()),
        "n": len(ours),
    }


def _by_model(rows: pd.DataFrame) -> dict[str, dict[str, float]]:
    return {
        name: {
            "crps": float(some["crps"].mean()),
            "coverage50": float(some["hit50"].mean()),
            "coverage90": float(some["hit90"].mean()),
            "mae": float((some["median"] - some["outcome"]).abs().mean()),
        }
        for name in MODELS
        if len(some := rows[rows["model"] == name])
    }


def _differences(rows: pd.DataFrame) -> dict[str, Any]:
    """Our CRPS less each rival's, with a bootstrap interval over origins: below zero is better."""
    wide = rows.pivot_table(index=["series", "origin"], columns="model", values="crps")
    groups = wide.index.get_level_values("origin").to_numpy()
    return {
        name: paired_bootstrap((wide["multivector"] - wide[name]).to_numpy(), groups).plain()
        for name in MODELS
        if name != "multivector" and name in wide
    }


AFTER: Final = 2008


def _order(scored: pd.DataFrame) -> dict[str, Any]:
    """Powers by mean agreement in votes after AFTER: as forecast JUDGED years before, and as it came."""
    rows = scored[
        (scored["family"] == "votes")
        & (scored["horizon"] == JUDGED)
        & (scored["model"] == "multivector")
        & (scored["year"] > AFTER)
    ]
    means = rows.groupby("power")[["median", "outcome"]].mean()
    ranked = {
        "forecast": [str(power) for power in means["median"].sort_values(ascending=False).index],
        "observed": [str(power) for power in means["outcome"].sort_values(ascending=False).index],
    }
    return {"after": AFTER, **ranked, "same": ranked["forecast"] == ranked["observed"], "n": len(rows)}


def histories(
    scenario: Scenario,
    origins: Sequence[int],
    last: int,
    horizons: int,
    simulated: Callable[[Scenario, str], History],
    *,
    constant: bool = True,
) -> list[Origin]:
    """The model's histories at every origin; `simulated(scenario, name)` runs or recalls one."""
    whole = known_at(scenario, 9999, last)
    ex_post = simulated(whole, "ex-post")
    found = []
    for year in origins:
        known = known_at(scenario, year, min(year + horizons, last))
        frozen = known.model_copy(update={"mechanisms": {**known.mechanisms, "survival_rule": False}})
        found.append(
            Origin(
                year,
                simulated(known, f"{year}"),
                ex_post,
                simulated(frozen, f"{year}-constant") if constant else None,
                known,
            )
        )
    return found
