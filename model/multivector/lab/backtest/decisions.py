"""Backtest of decisions: the president's rule on coded cases, beside every rival, with proper scores.

Forecasts see inputs only (`CodedCase`); outcomes enter here, after all forecasts are made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multivector.lab.backtest.decisions_data import BODIES, CodedCase, CodedDecisions
from multivector.lab.backtest.decisions_fit import Forecasts
from multivector.lab.backtest.decisions_fits import Fits, shipped_fits
from multivector.lab.backtest.decisions_history import History
from multivector.lab.backtest.decisions_models import CONSTANT, OURS, VIEWS, ForecastModel, forecast_models, seen_in
from multivector.lab.backtest.scores import log_score, paired_bootstrap, ranked_probability_score

__all__ = ["HISTORY", "SUBSETS", "forecasts_of", "named_cases", "named_in", "score_decisions"]

Floats = NDArray[np.float64]
#: The packaged scenario that gives the state of the world at a date.
HISTORY = "history-1992"
SUBSETS = {
    "all": "all cases",
    "named": "cases that a pattern of `validate` names",
    "out_of_sample": "cases that none names",
    "common": "cases in which every body at home and {first_power} spoke",
}
_METRICS = ("log_score", "rps", "mae", "exact")


def named_cases() -> dict[str, list[str]]:
    """Ids of the patterns that name a case, by case."""
    from ruamel.yaml import YAML

    text = (resources.files("multivector.lab.backtest") / "decisions_named.yaml").read_text(encoding="utf-8")
    found: dict[str, list[str]] = YAML(typ="safe", pure=True).load(text)
    return found


def named_in(cases: Sequence[CodedCase]) -> dict[str, list[str]]:
    """Ids of the patterns that name one of these cases, by case: only a case as the fit that ships has met it.

    An id says little: a file of one's own may use it for another case.
    """
    listed, met = named_cases(), shipped_fits().modal_without
    return {case.id: listed[case.id] for case in cases if case.id in listed and case.fingerprint in met}


def forecasts_of(
    model: ForecastModel, view: str, cases: Sequence[CodedCase], marks: Sequence[str], fits: Fits
) -> Forecasts:
    """A model's forecasts of cases as a view shows them, each under the coefficients that it may be forecast with."""
    fit = fits.of(view, model.name)
    groups: dict[tuple[float, ...], list[int]] = {}
    for i, mark in enumerate(marks):
        groups.setdefault(fit.of(mark), []).append(i)
    found: Forecasts = [np.zeros(0)] * len(cases)
    for coefficients, members in groups.items():
        bound = model.bind([cases[i] for i in members], [marks[i] for i in members])
        for i, probability in zip(members, bound(coefficients), strict=True):
            found[i] = probability
    return found


def score_decisions(
    data: CodedDecisions,
    history: History,
    fits: Fits,
    *,
    refitted: bool = False,
    fitted_until: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Forecast and score every model under every view; the JSON document of the command.

    `fitted_until` (YYYY-MM) is the last date of the data that the history's parameters were fitted to: states before
    it are in sample and are labelled so. None: they were fitted to no data.
    """
    models = forecast_models(history, fits.modal)
    first_power = history.cast.powers[0]
    marks = [case.fingerprint for case in data.cases]
    named = named_in(data.cases)
    views: dict[str, Any] = {}
    first: dict[str, Forecasts] = {}
    steps = len(VIEWS) * len(models)
    for step, view in enumerate(VIEWS):
        cases = [seen_in(view, case) for case in data.cases]
        forecasts, points = {}, {}
        for i, model in enumerate(models):
            if view == "without_formal" and model.name == "formal":
                continue  # nothing is left of it
            if progress is not None:
                progress(step * len(models) + i, steps)
            forecasts[model.name] = forecasts_of(model, view, cases, marks, fits)
            points[model.name] = model.points(cases, marks) if model.points else None
        first = first or forecasts
        scores = {name: _scores(found, points[name], data.outcome) for name, found in forecasts.items()}
        views[view] = {
            subset: _table(scores, np.flatnonzero(mask))
            for subset, mask in _subsets(cases, named, first_power, view).items()
        }
    if progress is not None:
        progress(steps, steps)
    return {
        "schema": 1,
        "backtest": "decisions",
        "models": views["all"]["all"]["models"],
        "n": len(data.cases),
        "data_sha256": data.sha256,
        "history": {
            "scenario": history.scenario.id,
            "hash": history.scenario.hash,
            "worlds": history.worlds,
            "parameters_fitted_until": fitted_until,
        },
        "coefficients": {
            **fits.about,
            "source": "fitted to this file, each case left out in turn" if refitted else "as shipped",
            OURS: _coefficients(models, fits),
        },
        "titles": {model.name: model.title for model in models},
        "views": views,
        "view_titles": VIEWS,
        "subset_titles": {
            name: title.format(first_power=history.scenario.powers[first_power].name) for name, title in SUBSETS.items()
        },
        "cases": [
            {
                "case": case.id,
                "date": case.date,
                "state": _state(case.date, history),
                "state_in_sample": fitted_until is not None and case.date <= fitted_until,
                "named_by": named.get(case.id, []),
                "left_out_of_fit": mark in fits.of("all", OURS).without,
                "probability": [round(float(value), 6) for value in first[OURS][i]],
                "constant_weights": [round(float(value), 6) for value in first[CONSTANT][i]],
                "outcome": data.outcome[i] + 1,
            }
            for i, (case, mark) in enumerate(zip(data.cases, marks, strict=True))
        ],
        "notes": [
            *data.notes,
            *_reused(data.cases, named),
            *_outside(data.cases, history),
            *_staleness(history, fits),
        ],
    }


def _state(date: str, history: History) -> str:
    """Which state a case of this date is forecast with, in words."""
    if date in history.early:
        return "end of the first month"
    return f"end of the history, {history.scenario.end}" if date in history.late else "end of the month before"


def _outside(cases: Sequence[CodedCase], history: History) -> list[str]:
    """Notes on cases for whose date the history has no state."""
    start, end = history.scenario.start, history.scenario.end
    kinds = (
        (history.early, f"in or before the history's first month, {start}: the state is that of its end"),
        (history.late, f"after the history, which ends {end}: the state is that of its end"),
    )
    named = [(", ".join(f"{c.id} ({c.date})" for c in cases if c.date in dates), said) for dates, said in kinds]
    return [f"{ids}: {said}" for ids, said in named if ids]


def _reused(cases: Sequence[CodedCase], named: dict[str, list[str]]) -> list[str]:
    """A note on cases that have the id of a named one and other content."""
    reused = named_cases().keys() - named.keys()
    ids = [case.id for case in cases if case.id in reused]
    said = "the id of a case that a pattern names, coded otherwise than that one: taken as another case"
    return [f"{', '.join(ids)}: {said}"] if ids else []


def _staleness(history: History, fits: Fits) -> list[str]:
    """A note where the coefficients were fitted on another history than the one at hand."""
    fitted = fits.about.get("history_hash", history.scenario.hash)
    if fitted == history.scenario.hash and fits.about.get("worlds", history.worlds) == history.worlds:
        return []
    return [
        "the coefficients were fitted on another history (its scenario, parameters, citizens or worlds have changed "
        "since); --refit fits them again"
    ]


def _coefficients(models: Sequence[ForecastModel], fits: Fits) -> dict[str, dict[str, float]]:
    ours = next(model for model in models if model.name == OURS)
    return {
        view: {
            one.name: round(value, 4) for one, value in zip(ours.coefficients, fits.of(view, OURS).whole, strict=True)
        }
        for view in VIEWS
    }


def _scores(found: Forecasts, points: Sequence[float] | None, outcome: Sequence[int]) -> dict[str, Floats]:
    """Metrics of each case, (n,) each: log score and ranked probability score, error on 0-100, and whether exact.

    The error is that of the point a model names (which need not be an option), else of its modal option; exact is the
    point rounded to an option, ties down, or the modal option, the lower of two.
    """
    rows = []
    for i, (probability, came) in enumerate(zip(found, outcome, strict=True)):
        last = len(probability) - 1
        point = float(np.argmax(probability)) if points is None else points[i] - 1.0
        option = int(np.ceil(point - 0.5 - 1e-9))
        one, index = probability[None, :], np.array([came])
        rows.append(
            (
                float(log_score(one, index)[0]),
                float(ranked_probability_score(one, index)[0]),
                100.0 * abs(point - came) / last,
                float(option == came),
            )
        )
    return {name: np.array([row[k] for row in rows]) for k, name in enumerate(_METRICS)}


def _subsets(
    cases: Sequence[CodedCase], named: dict[str, list[str]], first_power: str, view: str
) -> dict[str, NDArray[np.bool_]]:
    """Masks of the cases in every subset; `common` looks at what the view shows."""
    needed = [actor for actor in (*BODIES, first_power) if not (view == "without_formal" and actor == "formal")]
    is_named = np.array([case.id in named for case in cases])
    common = np.array([all(actor in case.positions for actor in needed) for case in cases])
    return {"all": np.ones(len(cases), dtype=bool), "named": is_named, "out_of_sample": ~is_named, "common": common}


def _table(scores: dict[str, dict[str, Floats]], chosen: NDArray[np.intp]) -> dict[str, Any]:
    """Means of every model over chosen cases, and by how much ours is better than each, with bootstrap intervals."""

    def gap(difference: Floats) -> dict[str, float | bool | None]:
        return paired_bootstrap(difference[chosen]).plain()

    if chosen.size == 0:
        return {"n": 0, "models": {}, "ours_better_by": {}}
    ours = scores[OURS]
    return {
        "n": int(chosen.size),
        "models": {
            name: {metric: float(values[metric][chosen].mean()) for metric in _METRICS}
            for name, values in scores.items()
        },
        "ours_better_by": {
            name: {
                "log_score": gap(ours["log_score"] - values["log_score"]),
                "rps": gap(values["rps"] - ours["rps"]),
            }
            for name, values in scores.items()
            if name != OURS
        },
    }
