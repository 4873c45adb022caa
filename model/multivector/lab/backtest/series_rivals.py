"""What any model of a series must beat: persistence, a local linear trend, a regression on what the power offered.

Each answers with draws of the figure of a later year from the figures up to the origin, (size,), in the series' unit.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp
from scipy.stats import norm, t

from multivector.lab.backtest.series_facts import Series, from_logit
from multivector.lab.backtest.series_link import ERROR_SD

__all__ = ["RIVALS", "persistence", "regression", "trend"]

Floats = NDArray[np.float64]

RIVALS = ("persistence", "trend", "regression")
FEWEST_CHANGES = 5
"""Fewer past changes than this over the same years are joined by those of the family's other series."""
TREND_SD = (0.0, 0.01, 0.03, 0.07)
"""sd of the slope's step in a year, logits."""
LEVEL_STEP_SD = (0.03, 0.1, 0.2, 0.35)


def persistence(one: Series, family: Sequence[Series], origin: int, year: int, size: int) -> Floats:
    """The last figure, with the empirical spread of past changes over as many years, in both directions: draws (size,).

    Where fewer than FEWEST_CHANGES are known, the changes of the family's other series over as many years join in (as
    ratios of this one's level); where there are none at all, changes over one year times the root of the years.
    """
    known = one.known(origin)
    last, years = float(one.values[known][-1]), year - int(one.years[known][-1])
    changes = _changes(one, origin, years)
    if len(changes) < FEWEST_CHANGES:
        others = [
            _changes(other, origin, years) / max(_mean(other, origin), 1e-9) for other in family if other is not one
        ]
        changes = np.concatenate([changes, *(mine * _mean(one, origin) for mine in others)])
    if not len(changes):
        steps = [_changes(other, origin, 1) / max(_mean(other, origin), 1e-9) for other in family]
        changes = np.concatenate([[0.0], *steps]) * _mean(one, origin) * np.sqrt(years)
    both = np.sort(np.concatenate([changes, -changes]))
    return np.asarray(np.clip(last + np.quantile(both, (np.arange(size) + 0.5) / size), 0.0, one.family.whole))


def _mean(one: Series, origin: int) -> float:
    known = one.known(origin)
    return float(one.values[known].mean()) if known.any() else 0.0


def _changes(one: Series, origin: int, years: int) -> Floats:
    """Changes over `years` years among the figures up to the origin."""
    known = {int(year): float(value) for year, value in zip(one.years, one.values, strict=True) if year <= origin}
    return np.array([known[year + years] - value for year, value in known.items() if year + years in known])


def trend(one: Series, origin: int, year: int, size: int) -> Floats:
    """A local linear trend on the logit scale (Harvey 1989): a level and a slope that both wander.

    The sizes of their steps and of the error of observation lie on a grid, weighted by the likelihood.
    """
    known = one.known(origin)
    years, values = one.years[known], one.scaled[known]
    sizes = np.array([(a, b, c) for a in LEVEL_STEP_SD for b in TREND_SD for c in ERROR_SD]) ** 2
    level_step, slope_step, error = sizes.T
    level, slope = np.full(len(sizes), values[0]), np.zeros(len(sizes))
    aa, bb, ab = error.copy(), np.full(len(sizes), 0.1**2), np.zeros(len(sizes))
    loglik = np.zeros(len(sizes))
    now = int(years[0])

    def ahead(to: int) -> None:
        nonlocal level, aa, bb, ab, now
        for _ in range(to - now):
            level = level + slope
            aa, ab, bb = aa + 2.0 * ab + bb + level_step, ab + bb, bb + slope_step
        now = to

    for when, value in zip(years[1:].tolist(), values[1:].tolist(), strict=True):
        ahead(when)
        spread = aa + error
        surprise = value - level
        loglik -= 0.5 * (np.log(2.0 * np.pi * spread) + surprise**2 / spread)
        gain, pull = aa / spread, ab / spread
        level, slope = level + gain * surprise, slope + pull * surprise
        aa, ab, bb = aa - gain * aa, ab - gain * ab, bb - pull * ab
    ahead(year)
    weight = np.exp(loglik - logsumexp(loglik))
    return _mixture(level, aa + error, weight, size) * one.family.whole


def regression(
    one: Series, supply: Floats, supply_years: NDArray[np.int64], origin: int, year: int, size: int
) -> Floats:
    """Least squares of the series on what the power offered (logits), its predictive t distribution.

    supply (Y,) of `supply_years`: held at the origin ex ante. A path that never moved leaves a mean.
    """
    known = one.known(origin)
    place = {int(when): index for index, when in enumerate(supply_years)}
    x = np.array([supply[place[int(when)]] for when in one.years[known]])
    y = one.scaled[known]
    new = supply[place[year]]
    columns = [np.ones(len(y))] if float(np.ptp(x)) < 1e-9 or len(y) < 4 else [np.ones(len(y)), x]
    design = np.stack(columns, axis=1)
    row = np.array([1.0, new])[: design.shape[1]]
    inverse = np.linalg.pinv(design.T @ design)
    coefficients = inverse @ design.T @ y
    freedom = max(len(y) - design.shape[1], 1)
    residual = y - design @ coefficients
    spread = np.sqrt(float(residual @ residual) / freedom * (1.0 + float(row @ inverse @ row)) + 1e-6)
    draws = float(row @ coefficients) + spread * t.ppf((np.arange(size) + 0.5) / size, freedom)
    return from_logit(draws) * one.family.whole


def _mixture(mean: Floats, var: Floats, weight: Floats, size: int) -> Floats:
    """Quantiles of a mixture of normals on the logit scale, as shares, (size,)."""
    grid = np.linspace(-7.0, 7.0, 1401)
    below = norm.cdf((grid[:, None] - mean) / np.sqrt(var)) @ weight
    return from_logit(np.interp((np.arange(size) + 0.5) / size, below, grid))
