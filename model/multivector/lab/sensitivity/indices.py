"""Sensitivity indices through SALib, with the ensemble's own noise kept apart.

Y is (points, worlds): the outcome of every world at every point of the design. World k has the same luck at every
point, so that what chance does to a difference shows in how the difference varies over worlds.

Sources: Morris 1991 (Technometrics 33), Campolongo, Cariboni and Saltelli 2007 (mu*); Saltelli et al. 2010 and
Jansen 1999 (Sobol' indices); Sarrazin, Pianosi and Wagener 2016 (Environmental Modelling & Software 79: when indices,
rankings and screenings have converged); two-way random effects, Searle, Casella and McCulloch 1992.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from multivector.lab.sensitivity.space import Method, Space, salib

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["Shares", "elementary_effects", "indices", "part_of", "variance_shares"]

CONFIDENCE = 0.95
_RESAMPLES = 400
_CHANCE = float(np.sqrt(2 / np.pi))
"""E|z| of a standard normal z."""


@dataclass(frozen=True)
class Shares:
    """Where an outcome's variance over points and worlds comes from; the three sum to 1.

    Attributes
    ----------
    factors : the factors alone.
    chance : the world's luck alone, the same at every point.
    both : luck that works differently at different points.
    """

    factors: float
    chance: float
    both: float


def indices(space: Space, method: Method, rows: NDArray[np.float64], y: NDArray[np.float64]) -> pd.DataFrame:
    """The indices of one outcome.

    Parameters
    ----------
    rows : the design in shares, shape (points, factors).
    y : the outcome, shape (points, worlds).

    Returns
    -------
    One row per factor or group, strongest first: `factor`, `effect` with `low` and `high` (95 %, over the sample),
    `first` with `first_low` and `first_high` (Sobol'), `signed` and `spread` (Morris, where factors stand alone),
    `noise` (what chance alone would give as `effect`), `cleared` (the effect without the noise) and `clear` (whether
    the interval lies above the noise). `effect` is Morris' mu*, in units of the outcome over a factor's whole range,
    or Sobol's total index, a share of the variance of the outcome's mean over worlds.
    """
    table = _morris(space, method, rows, y) if method.method == "morris" else _sobol(space, method, y)
    return table.sort_values("effect", ascending=False, kind="stable", ignore_index=True)


def elementary_effects(space: Space, rows: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Morris' elementary effects in every world, shape (trajectories, called, worlds).

    Each is the change of the outcome over a step, divided by the step as a share of the range, with the sign of the
    step where one factor moves alone.
    """
    count = len(space.called)
    steps = len(rows) // (count + 1)
    found = np.zeros((steps, count, y.shape[1]))
    for trajectory in range(steps):
        for step in range(count):
            row = trajectory * (count + 1) + step
            moved = rows[row + 1] - rows[row]
            factor = int(np.argmax(np.abs(moved)))
            signed = moved[factor] if space.groups is None else abs(moved[factor])
            found[trajectory, space.group_of(factor)] = (y[row + 1] - y[row]) / signed
    return found


def _morris(space: Space, method: Method, rows: NDArray[np.float64], y: NDArray[np.float64]) -> pd.DataFrame:
    import pandas as pd

    mean = np.nanmean(y, axis=1)
    told = salib("analyze.morris").analyze(
        space.problem, rows, mean, num_levels=method.levels, num_resamples=_RESAMPLES, conf_level=CONFIDENCE,
        seed=method.seed,
    )  # fmt: skip
    effect, width = _numbers(told["mu_star"]), _numbers(told["mu_star_conf"])
    effects = elementary_effects(space, rows, y)
    error = _standard_error(effects)  # (trajectories, called)
    noise = _CHANCE * error.mean(axis=0)
    square = np.nanmean(effects, axis=2) ** 2 - error**2
    alone = space.groups is None
    low = np.maximum(effect - width, 0.0)
    return pd.DataFrame(
        {
            "factor": list(space.called),
            "effect": effect,
            "low": low,
            "high": effect + width,
            "signed": np.asarray(told["mu"], dtype=float) if alone else np.nan,
            "spread": np.asarray(told["sigma"], dtype=float) if alone else np.nan,
            "noise": noise,
            # as if all effects were of one size: the root of the mean square without its noise
            "cleared": np.minimum(np.sqrt(np.maximum(square.mean(axis=0), 0.0)), effect),
            "clear": low > noise,
        }
    )


def _numbers(values: Any) -> NDArray[np.float64]:
    """What SALib gives as a masked array, with zeros where nothing is known."""
    masked: Any = np.ma.asarray(values, dtype=np.float64)
    return np.nan_to_num(np.asarray(masked.filled(0.0), dtype=np.float64))


def _standard_error(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of the mean over the last axis (worlds); 0 with one world, where nothing is known of it."""
    worlds = values.shape[-1]
    if worlds < 2:
        return np.zeros(values.shape[:-1])
    return np.asarray(np.nanstd(values, axis=-1, ddof=1) / np.sqrt(worlds))


def _sobol(space: Space, method: Method, y: NDArray[np.float64]) -> pd.DataFrame:
    import pandas as pd

    mean = np.nanmean(y, axis=1)
    count = len(space.called)
    if float(np.ptp(mean)) <= 1e-12 * max(1.0, float(np.abs(mean).max())):  # nothing moves: no shares of nothing
        nothing = np.zeros(count)
        columns = ("effect", "low", "high", "first", "first_low", "first_high", "noise", "cleared")
        return pd.DataFrame({"factor": list(space.called), **dict.fromkeys(columns, nothing), "clear": False})
    told = salib("analyze.sobol").analyze(
        space.problem, mean, calc_second_order=method.second_order, num_resamples=_RESAMPLES, conf_level=CONFIDENCE,
        seed=method.seed,
    )  # fmt: skip
    total, first = np.asarray(told["ST"], dtype=float), np.asarray(told["S1"], dtype=float)
    total_width, first_width = np.asarray(told["ST_conf"], dtype=float), np.asarray(told["S1_conf"], dtype=float)
    noise = np.array([_jansen_noise(y, place, count, method) for place in range(count)])
    residual = _mean_squares(_base_rows(y, count, method))[2] / y.shape[1]
    variance = float(np.var(mean[_base_places(len(y), count, method)]))
    kept = max(variance - residual, 1e-12 * variance)
    low = np.maximum(total - total_width, 0.0)
    return pd.DataFrame(
        {
            "factor": list(space.called),
            "effect": total,
            "low": low,
            "high": total + total_width,
            "first": first,
            "first_low": first - first_width,
            "first_high": first + first_width,
            "noise": noise / variance,
            "cleared": np.clip((total * variance - noise) / kept, 0.0, None),
            "clear": low > noise / variance,
        }
    )


def _width(count: int, method: Method) -> int:
    """Rows of a base point in SALib's order: A, one AB for each factor, (one BA for each,) B."""
    return (2 * count if method.second_order else count) + 2


def _base_places(rows: int, count: int, method: Method) -> NDArray[np.int64]:
    """The rows that are independent points: A and B."""
    width = _width(count, method)
    first = np.arange(0, rows, width)
    return np.concatenate([first, first + width - 1])


def _base_rows(y: NDArray[np.float64], count: int, method: Method) -> NDArray[np.float64]:
    return np.asarray(y[_base_places(len(y), count, method)])


def _jansen_noise(y: NDArray[np.float64], place: int, count: int, method: Method) -> float:
    """What chance adds to the numerator of a total index: half the mean squared error of f(A) - f(AB)."""
    width = _width(count, method)
    first = np.arange(0, len(y), width)
    return float(0.5 * np.mean(_standard_error(y[first] - y[first + 1 + place]) ** 2))


def _mean_squares(y: NDArray[np.float64]) -> tuple[float, float, float]:
    """Mean squares of a two-way table without repetition: points, worlds, residual."""
    points, worlds = y.shape
    by_point, by_world, whole = np.nanmean(y, axis=1), np.nanmean(y, axis=0), float(np.nanmean(y))
    if points < 2 or worlds < 2:
        return worlds * float(np.var(by_point, ddof=1)) if points > 1 else 0.0, 0.0, 0.0
    residual = y - by_point[:, None] - by_world[None, :] + whole
    return (
        worlds * float(((by_point - whole) ** 2).sum()) / (points - 1),
        points * float(((by_world - whole) ** 2).sum()) / (worlds - 1),
        float(np.nansum(residual**2)) / ((points - 1) * (worlds - 1)),
    )


def variance_shares(y: NDArray[np.float64]) -> Shares:
    """Shares of the variance over points and worlds, shape (points, worlds), as components of two random effects."""
    points, worlds = y.shape
    of_points, of_worlds, residual = _mean_squares(y)
    parts = (max((of_points - residual) / worlds, 0.0), max((of_worlds - residual) / points, 0.0), residual)
    whole = sum(parts)
    return Shares(*(part / whole for part in parts)) if whole > 0 else Shares(0.0, 0.0, 0.0)


def independent_rows(space: Space, method: Method, y: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rows of y (points, worlds) that sample the space evenly: all of Morris' grid, A and B of Sobol's."""
    return y if method.method == "morris" else _base_rows(y, len(space.called), method)


def part_of(space: Space, method: Method, rows: NDArray[np.float64], y: NDArray[np.float64], share: float) -> Any:
    """The first `share` of a design and its outcomes: whole trajectories, or whole base points."""
    count = len(space.called)
    width = count + 1 if method.method == "morris" else _width(count, method)
    blocks = len(rows) // width
    kept = max(2, int(blocks * share)) * width
    return rows[:kept], y[:kept]
