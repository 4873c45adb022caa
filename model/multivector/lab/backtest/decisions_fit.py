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
_STEP = 1e-3


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

    def slopes(scores: Floats) -> Floats:
        """Its gradient by central differences, (n, coefficients)."""
        steps = _STEP * np.eye(count)
        return np.stack([(likelihood(scores + s) - likelihood(scores - s)) / (2.0 * _STEP) for s in steps], axis=1)

    def loss(scores: Floats) -> tuple[float, Floats]:
        prior = float(scores @ scores) / (2.0 * PRIOR_SD**2)
        return prior - float(likelihood(scores).sum()), scores / PRIOR_SD**2 - slopes(scores).sum(axis=0)

    best = minimize(loss, np.zeros(count), jac=True, method="L-BFGS-B", options={"maxiter": 60, "ftol": 1e-7}).x
    without: dict[str, tuple[float, ...]] = {}
    if leave_one_out:
        around = _Around(best, slopes(best), _curvature(best, slopes), likelihood)
        for i, fingerprint in enumerate(fingerprints):
            without[fingerprint] = values(around.without(i))
            if progress is not None:
                progress(i + 1, len(fingerprints))
    return Fit(values(best), without)


def _curvature(best: Floats, slopes: Callable[[Floats], Floats]) -> Floats:
    """Second derivatives of each case's log-likelihood at the best scores, (n, k, k)."""
    wide = 20.0 * _STEP
    steps = wide * np.eye(best.size)
    whole = np.stack([(slopes(best + step) - slopes(best - step)) / (2.0 * wide) for step in steps], axis=2)
    return np.asarray((whole + whole.transpose(0, 2, 1)) / 2.0)


@dataclass(frozen=True)
class _Around:
    """What is known around the best scores (k,): each case's slopes (n, k) and curvature (n, k, k) there."""

    best: Floats
    slopes: Floats
    curvature: Floats
    likelihood: Callable[[Floats], Floats]

    def without(self, i: int) -> Floats:
        """The best scores without case i: two Newton steps, each halved until it helps."""
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
