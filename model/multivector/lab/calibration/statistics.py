"""Summary statistics of the record and of runs, all on the logit scale of shares.

A movement is the change of a mean between two periods: an index of ties and a percent have no common zero, what they
can share is how far and which way they move. A level is a mean itself, for observables that have the record's own
scale (votes). A volatility is the logarithm of the standard deviation of changes over some years.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from multivector.lab.backtest.series_facts import to_logit

if TYPE_CHECKING:
    from multivector.lab.backtest.series_history import History
    from multivector.lab.calibration.study import Statistic

__all__ = ["error_covariance", "recorded", "simulated"]

Floats = NDArray[np.float64]
SMALLEST_SPREAD = 1e-3
"""Spreads are read as at least this (logits): no spread has no logarithm."""


def recorded(statistics: Sequence[Statistic]) -> Floats:
    """The statistics on record, (S,)."""
    return np.array([_recorded(one) for one in statistics])


def _recorded(one: Statistic) -> float:
    if one.measure == "volatility":
        assert one.spread is not None
        return float(np.log(one.spread))
    if one.measure == "level":
        return float(to_logit(np.array([one.share]))[0])
    return float(np.diff(to_logit(np.array([one.before, one.after])))[0])


def simulated(history: History, statistics: Sequence[Statistic]) -> Floats:
    """The same of every world, (W, S)."""
    return np.stack([_simulated(history, one) for one in statistics], axis=1)


def _simulated(history: History, one: Statistic) -> Floats:
    values = history.of(*one.observable.split("."))  # (W, Y)
    years = history.years

    def within(period: tuple[int, int]) -> Floats:
        return np.asarray(values[:, (years >= period[0]) & (years <= period[1])])

    if one.measure == "movement":
        assert one.period_before is not None and one.period_after is not None
        return np.asarray(within(one.period_after).mean(axis=1) - within(one.period_before).mean(axis=1))
    assert one.period is not None
    inside = within(one.period)
    if one.measure == "level":
        return np.asarray(inside.mean(axis=1))
    changes = inside[:, one.lag :] - inside[:, : -one.lag]
    return np.asarray(np.log(np.maximum(changes.std(axis=1), SMALLEST_SPREAD)))


def error_covariance(statistics: Sequence[Statistic]) -> Floats:
    """Covariance of the record's errors, (S, S).

    A movement's error comes in equal parts from its two ends, so that two movements that share a period share its
    error: with the same sign from one start, with the opposite where the one begins as the other ends.
    """
    whole = np.diag([one.error**2 for one in statistics])
    for i, first in enumerate(statistics):
        for j, other in enumerate(statistics[:i]):
            if first.measure == other.measure == "movement" and first.observable == other.observable:
                shared = sum(
                    sign * other_sign
                    for period, sign in first.ends
                    for other_period, other_sign in other.ends
                    if period == other_period
                )
                whole[i, j] = whole[j, i] = 0.5 * shared * first.error * other.error
    return whole
