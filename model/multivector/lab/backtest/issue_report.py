"""The backtest of issues: every model's forecasts of every issue, scored side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multivector.lab.backtest import scores
from multivector.lab.backtest.challenge import reproduces_textbook
from multivector.lab.backtest.dressing import GRID, Atoms, Spread, best_spread, dress, scores_of
from multivector.lab.backtest.issue_fit import Fit, fit_coefficients, folds_of, shipped_fit
from multivector.lab.backtest.issues import Bundle, Issue, Issues, bundle
from multivector.lab.backtest.rivals import RIVALS, condorcet_distribution
from multivector.lab.errors import LabError
from multivector.lab.store import replacing
from multivector.politics.settlement import Coefficients, settle, spread_of

__all__ = ["BASE", "OURS", "Backtest", "Forecast", "backtest_issues", "forecast_rows", "save_forecasts"]

Floats = NDArray[np.float64]
Progress = Callable[[int, int, str], None]
OURS, BASE = "ours", "weighted_mean"
_NEAR = 10.0


@dataclass(frozen=True)
class Forecast:
    """What one model says: distributions (n, 101) over 0..100, its point (n,) and its mode (n,)."""

    probability: Floats
    point: Floats
    mode: Floats


@dataclass(frozen=True)
class Backtest:
    """Forecasts by model, the fit that made those of new issues, and the JSON document."""

    forecasts: dict[str, Forecast]
    fit: Fit
    document: dict[str, Any]


def _quiet(done: int, total: int, said: str = "") -> None:
    pass


def backtest_issues(
    data: Issues, *, refit: bool = False, lend: bool = False, seed: int = 7, progress: Progress = _quiet
) -> Backtest:
    """Score every model on the issues of a file.

    Issues that the shipped fit has not seen are forecast with it. With `refit`, or when the fit has seen some of
    them, all that is fitted is fitted anew in ten folds of whole proposals, and each issue is forecast from the folds
    that it is not in. `lend` also gives every rival our way to spread around its point (fitted in the same folds).
    `document["models"][name]`: mae (of the median; rivals: of their point), median_error, within10 (of the mode),
    crps (all in points of 0..100), log_score (nats a whole point), and the paired 95 % bootstrap intervals, by
    proposal, of the differences from the weighted mean and from ours.
    Raises LabError when a single proposal would have to be cross-validated.
    """
    shipped = shipped_fit()
    seen = sum(one.name in shipped.issues for one in data.issues)
    crossed = refit or seen > 0
    names = [name for name in RIVALS if name != "challenge" or reproduces_textbook()]
    folds = folds_of(data.proposal, seed=seed)
    count = int(folds.max()) + 1
    if crossed and count < 2:
        why = "--refit" if refit else "the shipped fit has seen these issues: this"
        raise LabError(f"{why} needs issues of two proposals or more, to cross-validate", key="FILE")
    steps = len(names) * (2 if lend and count >= 2 else 1) + (count + 1 if crossed else 1)
    told = [0]

    def tick(said: str) -> None:
        told[0] += 1
        progress(told[0], steps, said)

    together = bundle(data.issues)
    forecasts: dict[str, Forecast] = {}
    ours, coefficients = _ours(together, data.outcome, folds if crossed else None, shipped.coefficients, tick)
    forecasts[OURS] = ours
    points: dict[str, Floats] = {}
    spreads: dict[str, Spread] = {}
    for name in names:
        points[name] = RIVALS[name](data.issues)
        forecasts[name], spreads[name] = _rival(
            name, points[name], data, folds if crossed else None, shipped.spreads.get(name)
        )
        tick(name)
    lent = {}
    for name in names if lend and count >= 2 else ():
        lent[name] = _lent(together, data.outcome, folds, points[name] / 100.0)
        tick(f"{name}, lent")
    fit = Fit(coefficients, spreads, data.sha256, frozenset(one.name for one in data.issues))
    document = _document(data, forecasts, lent, crossed, seen, fit if crossed else shipped, shipped, seed)
    return Backtest(forecasts, fit, document)


def _read(probability: Floats) -> Forecast:
    return Forecast(probability, scores.grid_median(probability, GRID), scores.grid_mode(probability, GRID))


def _part(data: Bundle, rows: NDArray[np.bool_]) -> Bundle:
    return Bundle(data.position[rows], data.force[rows], data.reference[rows])


def _ours(
    data: Bundle, outcome: Floats, folds: NDArray[np.int64] | None, shipped: Coefficients, tick: Callable[[str], None]
) -> tuple[Forecast, Coefficients]:
    if folds is None:
        tick("settlement")
        return _read(settle(data.position, data.force, data.reference, shipped)), shipped
    probability = np.empty((len(outcome), len(GRID)))
    for fold in range(int(folds.max()) + 1):
        out = folds == fold
        how = fit_coefficients(_part(data, ~out), outcome[~out])
        probability[out] = settle(data.position[out], data.force[out], data.reference[out], how)
        tick("settlement")
    whole = fit_coefficients(data, outcome)
    tick("settlement")
    return _read(probability), whole


def _variants(name: str, point: Floats, issues: list[Issue]) -> dict[str, list[Atoms]]:
    """What can be widened: the point, and for a rival that gives a distribution, that."""
    one = np.ones(1)
    found = {"": [(np.array([value]), one) for value in point]}
    if name == "probabilistic_condorcet":
        found["own "] = [condorcet_distribution(issue) for issue in issues]
    return found


def _rival(
    name: str, point: Floats, data: Issues, folds: NDArray[np.int64] | None, shipped: Spread | None
) -> tuple[Forecast, Spread]:
    """A rival's forecasts, and its best spread over the whole file (the shipped one where that made them)."""
    variants = _variants(name, point, data.issues)
    mode = point
    if "own " in variants:
        mode = np.array([_likeliest(held, chance) for held, chance in variants["own "]])
    if folds is None and shipped is not None:
        kind = "own " if shipped.shape.startswith("own ") else ""
        widened = dress(variants[kind], Spread(shipped.shape.removeprefix("own "), shipped.scale))
        return Forecast(widened, point, mode), shipped
    table = {kind: scores_of(atoms, data.outcome) for kind, atoms in variants.items()}

    def best(rows: NDArray[np.bool_]) -> tuple[str, Spread]:
        found = {kind: best_spread(values, rows) for kind, values in table.items()}
        kind = min(found, key=lambda one: found[one][1])
        return kind, found[kind][0]

    everything = np.ones(len(point), dtype=bool)
    kind, spread = best(everything)
    probability = dress(variants[kind], spread)
    for fold in range(int(folds.max()) + 1) if folds is not None else ():
        out = np.asarray(folds == fold)
        used, how = best(~out)
        atoms = [variants[used][row] for row in np.flatnonzero(out)]
        probability[out] = dress(atoms, how)
    return Forecast(probability, point, mode), Spread(kind + spread.shape, spread.scale)


def _likeliest(held: Floats, chance: Floats) -> float:
    """The likeliest position; of several the one nearest to the mean, of two as near their middle."""
    top = held[chance >= chance.max() - 1e-9]
    gap = np.abs(top - held @ chance)
    return float(top[gap <= gap.min() + 1e-9].mean())


def _lent(data: Bundle, outcome: Floats, folds: NDArray[np.int64], centre: Floats) -> Forecast:
    """A rival's point with our way to spread around it, cross-validated."""
    probability = np.empty((len(outcome), len(GRID)))
    for fold in range(int(folds.max()) + 1):
        out = folds == fold
        how = fit_coefficients(_part(data, ~out), outcome[~out], centre[~out])
        probability[out] = spread_of(data.position[out], data.force[out], data.reference[out], centre[out], how)
    return _read(probability)


def _scored(forecast: Forecast, outcome: Floats) -> dict[str, Floats]:
    """One number an issue for each measure."""
    return {
        "mae": scores.absolute_error(forecast.point, outcome),
        "within10": (scores.absolute_error(forecast.mode, outcome) <= _NEAR).astype(float),
        "crps": scores.crps_grid(forecast.probability, GRID, outcome),
        "log_score": scores.log_score(forecast.probability, np.rint(outcome).astype(np.int64)),
    }


def _metrics(forecast: Forecast, data: Issues, beside: dict[str, dict[str, Floats]], seed: int) -> dict[str, Any]:
    scored = _scored(forecast, data.outcome)
    found: dict[str, Any] = {name: float(values.mean()) for name, values in scored.items()}
    found["median_error"] = float(np.median(scored["mae"]))
    for other, theirs in beside.items():
        found[f"difference_from_{other}"] = {
            name: scores.paired_bootstrap(scored[name] - theirs[name], data.proposal, seed=seed).plain()
            for name in scored
        }
    return found


def _document(
    data: Issues,
    forecasts: dict[str, Forecast],
    lent: dict[str, Forecast],
    crossed: bool,
    seen: int,
    used: Fit,
    shipped: Fit,
    seed: int,
) -> dict[str, Any]:
    beside = {name: _scored(forecasts[name], data.outcome) for name in (BASE, OURS)}
    notes = list(data.notes)
    if "challenge" not in forecasts:
        notes.append("the challenge model does not reproduce its textbook case and is left out")
    found = {
        "schema": 1,
        "backtest": "issues",
        "models": {name: _metrics(one, data, beside, seed) for name, one in forecasts.items()},
        "n": len(data.issues),
        "proposals": len(set(data.proposal.tolist())),
        "data_sha256": data.sha256,
        "fit": "cross-validated" if crossed else "shipped",
        "fitted_on_sha256": data.sha256 if crossed else shipped.sha256,
        "issues_in_shipped_fit": seen,
        "coefficients": {name: round(value, 4) for name, value in used.coefficients._asdict().items()},
        "spreads": {name: {"shape": one.shape, "scale": one.scale} for name, one in used.spreads.items()},
        "seed": seed,
        "notes": notes,
    }
    if lent:
        found["lent"] = {name: _metrics(one, data, beside, seed) for name, one in lent.items()}
    return found


def forecast_rows(data: Issues, run: Backtest) -> list[dict[str, Any]]:
    """Every issue's outcome and each model's point and mode, for a table."""
    return [
        {
            "issue": one.name,
            "proposal": one.proposal,
            "outcome": one.outcome,
            **{name: float(forecast.point[row]) for name, forecast in run.forecasts.items()},
            "ours_mode": float(run.forecasts[OURS].mode[row]),
        }
        for row, one in enumerate(data.issues)
    ]


def save_forecasts(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write the forecasts as CSV, all at once."""
    import csv

    with replacing(path) as part, part.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
