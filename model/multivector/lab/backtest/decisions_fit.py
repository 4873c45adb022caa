"""Fitting few coefficients to coded decisions, the same way for our rule and for every rival; and leave-one-out.

A coefficient lives in a range; on its way there it is a standard score: logistic(score) of the way from low to high,
or that share of the way in logs. The prior on scores is normal around the middle of the range. What is fitted is the
maximum of log-likelihood plus log prior. Without a case, the same again by two Newton steps from there: the first is
closed (the infinitesimal jackknife, Giordano et al. 2019), the second takes the slopes anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multivector.lab.backtest.scores import PROBABILITY_FLOOR

__all__ = ["PRIOR_SD", "Coefficient", "Fit", "fit_coefficients"]

Floats = NDArray[np.float64]
#: Probabilities of the options of each case.
Forecasts = list[Floats]

#: Spread of the prior on scores: 95 percent of it lies in 5..95 percent of the way through the range.
PRIOR_SD = 1.5
_STEP, _WIDE = 1e-3, 0.02
#: Searches from the middle of the prior and from draws of it: the rule has two ways to explain the same cases.
_STARTS = 3


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A coefficient that may be fitted: its range, whether the way through it is in logs, and what it means."""

    name: str
    low: float
    high: float
    logs: bool = False
    unit: str = ""
    meaning: str = ""

    def value(self, score: float) -> float:
        """The value at a standard score."""
        share = 1.0 / (1.0 + float(np.exp(-score)))
        if self.logs:
            return float(self.low * (self.high / self.low) ** share)
        return float(self.low + share * (self.high - self.low))


@dataclass(frozen=True)
class Fit:
    """Coefficients fitted to all cases, and to all but one by that one's fingerprint."""

    whole: tuple[float, ...]
    without: Mapping[str, tuple[float, ...]]

    def of(self, fingerprint: str) -> tuple[float, ...]:
        """The coefficients that a case may be forecast with: never those that its own outcome had a part in."""
        return self.without.get(fingerprint, self.whole)


def fit_coefficients(
    coefficients: Sequence[Coefficient],
    forecast: Callable[[tuple[float, ...]], Forecasts],
    outcome: Sequence[int],
    fingerprints: Sequence[str],
    *,
    leave_one_out: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> Fit:
    """Fit to all cases, then without each.

    The best of a few searches is kept: what is looked for has more than one valley.
    `forecast` gives the probabilities of every case under coefficients; `outcome` are indices from 0. `progress` is
    called with cases left out and cases to leave out.
    """
    from scipy.optimize import minimize

    count = len(coefficients)

    def values(scores: Floats) -> tuple[float, ...]:
        return tuple(c.value(float(s)) for c, s in zip(coefficients, scores, strict=True))

    def likelihood(scores: Floats) -> Floats:
        """Log-likelihood of each case, (n,)."""
        found = forecast(values(scores))
        return np.log([max(p[y], PROBABILITY_FLOOR) for p, y in zip(found, outcome, strict=True)])

    def loss(scores: Floats) -> float:
        return float(scores @ scores) / (2.0 * PRIOR_SD**2) - float(likelihood(scores).sum())

    options = {"maxiter": 60, "ftol": 1e-6, "eps": _STEP}
    drawn = np.random.default_rng(0).normal(0.0, PRIOR_SD, (_STARTS - 1, count))
    found = [minimize(loss, start, method="L-BFGS-B", options=options) for start in (np.zeros(count), *drawn)]
    best = min(found, key=lambda one: float(one.fun)).x
    without: dict[str, tuple[float, ...]] = {}
    if leave_one_out:
        around = _Around(best, *_derivatives(best, likelihood), likelihood)
        for i, fingerprint in enumerate(fingerprints):
            without[fingerprint] = values(around.without(i))
            if progress is not None:
                progress(i + 1, len(fingerprints))
    return Fit(values(best), without)


def _derivatives(best: Floats, likelihood: Callable[[Floats], Floats]) -> tuple[Floats, Floats]:
    """Slopes (n, k) and second derivatives (n, k, k) of each case's log-likelihood, by differences."""
    steps = _WIDE * np.eye(best.size)
    here = likelihood(best)
    up, down = ([likelihood(best + sign * step) for step in steps] for sign in (1.0, -1.0))
    slopes = np.stack([(u - d) / (2.0 * _WIDE) for u, d in zip(up, down, strict=True)], axis=1)
    second = np.empty((here.size, best.size, best.size))
    for a in range(best.size):
        second[:, a, a] = (up[a] - 2.0 * here + down[a]) / _WIDE**2
        for b in range(a):
            both = likelihood(best + steps[a] + steps[b])
            second[:, a, b] = second[:, b, a] = (both - up[a] - up[b] + here) / _WIDE**2
    return slopes, second


@dataclass(frozen=True)
class _Around:
    """What is known around the best scores (k,): each case's slopes (n, k) and curvature (n, k, k) there."""

    best: Floats
    slopes: Floats
    curvature: Floats
    likelihood: Callable[[Floats], Floats]

    def without(self, i: int) -> Floats:
        """The best scores (coefficients,) without case i: two Newton steps, each halved until it helps."""
        keep = np.arange(len(self.slopes)) != i
        precision = 1.0 / PRIOR_SD**2
        hessian = precision * np.eye(self.best.size) - self.curvature[keep].sum(axis=0)
        low, vectors = np.linalg.eigh(hessian)
        hessian = (vectors * np.maximum(low, precision / 2.0)) @ vectors.T

        def loss(scores: Floats) -> float:
            return float(precision * scores @ scores / 2.0 - self.likelihood(scores)[keep].sum())

        scores, lowest = self.best, loss(self.best)
        slope = self.slopes[keep].sum(axis=0)
        for last in (False, True):
            step = np.linalg.solve(hessian, precision * scores - slope)
            for share in (1.0, 0.5, 0.25):
                there = loss(scores - share * step)
                if there < lowest:
                    scores, lowest = scores - share * step, there
                    break
            if not last:
                here = self.likelihood(scores)[keep].sum()
                steps = _STEP * np.eye(scores.size)
                slope = np.array([(self.likelihood(scores + s)[keep].sum() - here) / _STEP for s in steps])
        return scores
