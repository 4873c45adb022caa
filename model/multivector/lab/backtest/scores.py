"""Proper scores of forecast distributions, and paired bootstrap intervals.

A score is lower-is-better but for the log score, which is the log of the probability given to what came. Averages are
left to the caller: every function answers with one number a case, so that differences between models can be paired.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "FEWEST",
    "PROBABILITY_FLOOR",
    "Interval",
    "absolute_error",
    "crps_ensemble",
    "crps_grid",
    "gap_words",
    "grid_median",
    "grid_mode",
    "interval_hit",
    "log_score",
    "paired_bootstrap",
    "ranked_probability_score",
]

Floats = NDArray[np.float64]

#: Least probability that a log score counts with: a forecast of zero would cost infinitely much.
PROBABILITY_FLOOR = 1e-6
#: Cases (or groups of them) below which a bootstrap draws the same few over and over: no interval, no verdict.
FEWEST = 8
_RESAMPLES = 4000


def crps_grid(probability: Floats, grid: Floats, outcome: Floats) -> Floats:
    """Continuous ranked probability score of discrete distributions on a rising grid, in the grid's unit, (n,).

    `probability` (n, G) sums to one along its rows, `grid` (G,), `outcome` (n,) anywhere on the grid's span. The
    integral of (F(x) - 1{x >= y})^2, exact for the step function F (Gneiting & Raftery 2007, J. Am. Stat. Assoc. 102).
    """
    below = np.cumsum(probability, axis=1)[:, :-1]
    width = np.diff(grid)
    left, right = grid[:-1], grid[1:]
    # the share of each step that lies at or above the outcome
    above = np.clip((right[None, :] - outcome[:, None]) / width[None, :], 0.0, 1.0)
    outside = np.maximum(left[0] - outcome, 0.0) + np.maximum(outcome - right[-1], 0.0)
    return np.asarray(((below**2 * (1.0 - above) + (1.0 - below) ** 2 * above) * width[None, :]).sum(axis=1) + outside)


def crps_ensemble(sample: Floats, outcome: Floats, weight: Floats | None = None) -> Floats:
    """Continuous ranked probability score of weighted samples, in their unit, (n,).

    `sample` (n, m), `outcome` (n,), `weight` (m,) or (n, m), not negative (default: all alike). The score of the
    empirical distribution: E|X - y| - E|X - X'| / 2.
    """
    sample = np.asarray(sample, dtype=float)
    mass = np.ones_like(sample) if weight is None else np.broadcast_to(np.asarray(weight, dtype=float), sample.shape)
    mass = mass / mass.sum(axis=1, keepdims=True)
    order = np.argsort(sample, axis=1, kind="stable")
    x, mass = np.take_along_axis(sample, order, axis=1), np.take_along_axis(mass, order, axis=1)
    below = np.cumsum(mass, axis=1)
    # E|X - X'| / 2 of a step function is the integral of F (1 - F)
    half_gap = (below[:, :-1] * (1.0 - below[:, :-1]) * np.diff(x, axis=1)).sum(axis=1)
    return np.asarray((mass * np.abs(x - outcome[:, None])).sum(axis=1) - half_gap)


def ranked_probability_score(probability: Floats, outcome: NDArray[np.int64]) -> Floats:
    """Ranked probability score of ordered categories over K - 1, so that it lies in 0..1, (n,) (Epstein 1969).

    `probability` (n, K), `outcome` (n,) the index of what came.
    """
    categories = probability.shape[1]
    came = np.arange(categories)[None, :] >= outcome[:, None]
    gap = (np.cumsum(probability, axis=1) - came)[:, :-1]
    return np.asarray((gap**2).sum(axis=1) / max(categories - 1, 1))


def log_score(probability: Floats, outcome: NDArray[np.int64]) -> Floats:
    """Log of the probability given to what came, nats, (n,); not below log PROBABILITY_FLOOR. Higher is better.

    `probability` (n, K), `outcome` (n,) the index of what came.
    """
    given = probability[np.arange(len(outcome)), outcome]
    return np.log(np.maximum(given, PROBABILITY_FLOOR))


def grid_median(probability: Floats, grid: Floats) -> Floats:
    """Median of distributions on a grid, (n,): where the distribution reaches one half.

    Where it is exactly one half between two points, their middle, so that mirrored forecasts have mirrored medians.
    """
    below = np.cumsum(probability, axis=1)
    low = (below < 0.5 - 1e-9).sum(axis=1)
    high = (below <= 0.5 + 1e-9).sum(axis=1)
    last = len(grid) - 1
    return np.asarray((grid[np.minimum(low, last)] + grid[np.minimum(high, last)]) / 2.0)


def grid_mode(probability: Floats, grid: Floats) -> Floats:
    """Most probable point, (n,); of several, the one nearest to the median, and of two as near their middle."""
    top = probability >= probability.max(axis=1, keepdims=True) * (1.0 - 1e-9)
    gap = np.where(top, np.abs(grid[None, :] - grid_median(probability, grid)[:, None]), np.inf)
    nearest = gap <= gap.min(axis=1, keepdims=True) + 1e-9
    return np.asarray((nearest * grid[None, :]).sum(axis=1) / nearest.sum(axis=1))


def absolute_error(forecast: Floats, outcome: Floats) -> Floats:
    """|forecast - outcome|, (n,)."""
    return np.asarray(np.abs(np.asarray(forecast, dtype=float) - outcome))


def interval_hit(sample: Floats, outcome: Floats, level: float) -> NDArray[np.bool_]:
    """Whether each outcome lies in the central interval of its samples (n, m) at this level, ends included, (n,)."""
    low, high = np.quantile(sample, [(1.0 - level) / 2.0, (1.0 + level) / 2.0], axis=1)
    return np.asarray((low <= outcome) & (outcome <= high))


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean, its bootstrap interval (None: too few cases for one), and whether that leaves zero out."""

    mean: float
    low: float | None
    high: float | None

    @property
    def clear(self) -> bool:
        """Whether there is an interval, and it does not contain zero."""
        return self.low is not None and self.high is not None and (self.low > 0.0 or self.high < 0.0)

    def plain(self) -> dict[str, float | bool | None]:
        """The JSON form: mean, low, high, clear."""
        return {"mean": self.mean, "low": self.low, "high": self.high, "clear": self.clear}


def paired_bootstrap(
    difference: Floats,
    groups: NDArray[np.generic] | None = None,
    *,
    level: float = 0.95,
    resamples: int = _RESAMPLES,
    seed: int = 7,
) -> Interval:
    """Percentile bootstrap of the mean of paired differences (n,), resampling whole groups (n,) (default: cases).

    Issues of one proposal, or decisions of one kind, share what moved them: resampling them one by one would make
    the interval too narrow. With fewer than FEWEST groups there is no interval. Raises ValueError when there are no
    cases.
    """
    difference = np.asarray(difference, dtype=float)
    if difference.size == 0:
        raise ValueError("no cases to resample")
    labels = np.arange(difference.size) if groups is None else np.asarray(groups)
    _, member = np.unique(labels, return_inverse=True)
    sums, counts = np.bincount(member, weights=difference), np.bincount(member)
    if len(sums) < FEWEST:
        return Interval(float(difference.mean()), None, None)
    generator = np.random.Generator(np.random.Philox(seed))
    drawn = generator.multinomial(len(sums), np.full(len(sums), 1.0 / len(sums)), size=resamples)
    means = drawn @ sums / (drawn @ counts)
    low, high = np.quantile(means, [(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    return Interval(float(difference.mean()), float(low), float(high))


def gap_words(gap: Mapping[str, Any], digits: int) -> str:
    """The JSON form of an interval for people: `+0.12 [-0.03, +0.27]`, the mean alone where there is no interval."""
    mean, low, high = (None if gap[name] is None else f"{gap[name]:+.{digits}f}" for name in ("mean", "low", "high"))
    return f"{mean}" if low is None else f"{mean} [{low}, {high}]"
