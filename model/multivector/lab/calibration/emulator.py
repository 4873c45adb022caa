"""Each statistic as a polynomial of the parameters, with its own error (an emulator; Sacks et al. 1989).

Means over worlds are smooth in the parameters, so that a few hundred runs tell them everywhere in the ranges. Of
degrees 1 to 3 each statistic takes the one with the least leave-one-out error; coefficients are shrunk by ridge
regression, whose leave-one-out errors have a closed form (Golub, Heath & Wahba 1979). That error is part of every
forecast.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multivector.lab.errors import LabError

__all__ = ["Emulator", "fit_emulator", "needed"]

Floats = NDArray[np.float64]
DEGREES = (1, 2, 3)
LEAST_ROWS = 2.5
"""Simulations that a coefficient needs for its degree to be tried (assumption)."""
_PENALTIES = np.logspace(-6, 4, 21)
_LEAST_VARIANCE = 1e-6
"""Variance of worlds (logits squared) under which scatter is nothing: its logarithm would rule the fit."""


def needed() -> Any:
    """scikit-learn's modules; LabError where it is not installed."""
    try:
        from sklearn import linear_model, preprocessing
    except ImportError:
        raise LabError(
            "calibration needs scikit-learn, which is not installed",
            key="calibrate",
            suggestion='pip install "multivector[lab]"',
        ) from None
    return linear_model, preprocessing


@dataclass(frozen=True)
class Polynomials:
    """Polynomials of parameters within ranges.

    Attributes
    ----------
    low, high : (P,) ranges, read as -1..1.
    features : the highest degree's monomials (scikit-learn); lower degrees come first.
    intercept, coefficients : (S,), (F, S), zero beyond a statistic's own degree.
    degree : (S,); error : (S,) mean square of the leave-one-out errors.
    """

    low: Floats
    high: Floats
    features: Any
    intercept: Floats
    coefficients: Floats
    degree: NDArray[np.int64]
    error: Floats

    def at(self, points: Floats) -> Floats:
        """Values (N, S) at points (N, P)."""
        shares = 2.0 * (points - self.low) / (self.high - self.low) - 1.0
        return np.asarray(self.intercept + self.features.transform(shares) @ self.coefficients)


@dataclass(frozen=True)
class Emulator:
    """What a run gives, without the run.

    Attributes
    ----------
    means : of each statistic's mean over worlds.
    spreads : of the logarithm of its variance between worlds, whose mean is `level` (S,) too low on the logarithm.
    correlation : (S, S) between the statistics of one world.
    explained : (S,) share of the variance of means that the polynomials foretell, left out (R squared).
    """

    means: Polynomials
    spreads: Polynomials
    level: Floats
    correlation: Floats
    explained: Floats

    def mean(self, points: Floats) -> Floats:
        """Means (N, S) at points (N, P)."""
        return self.means.at(points)

    def covariance(self, points: Floats) -> Floats:
        """Covariance (N, S, S) of one world's statistics around those means, the emulator's own error included."""
        scatter = np.exp(0.5 * (self.spreads.at(points) + self.level))
        whole = scatter[:, :, None] * self.correlation * scatter[:, None, :]
        return np.asarray(whole + np.diag(self.means.error))


def fit_emulator(points: Floats, worlds: Floats, low: Floats, high: Floats) -> Emulator:
    """Fit to runs: points (N, P), worlds (N, W, S). LabError where scikit-learn is not installed."""
    means, variances = worlds.mean(axis=1), np.maximum(worlds.var(axis=1, ddof=1), _LEAST_VARIANCE)
    of_means = _polynomials(points, means, low, high, DEGREES)
    of_spreads = _polynomials(points, np.log(variances), low, high, (1,))
    fitted = of_spreads.at(points)
    level = np.log((variances / np.exp(fitted)).mean(axis=0))
    residual = (worlds - means[:, None, :]) / np.exp(0.5 * (fitted + level))[:, None, :]
    flat = residual.reshape(-1, worlds.shape[2])
    product = flat.T @ flat
    size = np.sqrt(np.maximum(np.diag(product), 1e-12))
    correlation = product / np.outer(size, size)
    np.fill_diagonal(correlation, 1.0)
    explained = 1.0 - of_means.error / np.maximum(means.var(axis=0), 1e-12)
    return Emulator(of_means, of_spreads, level, correlation, explained)


def _polynomials(points: Floats, values: Floats, low: Floats, high: Floats, degrees: tuple[int, ...]) -> Polynomials:
    """Ridge regressions (N, P) → (N, S); of the degrees each column takes the one that foretells it best."""
    linear_model, preprocessing = needed()
    shares = 2.0 * (points - low) / (high - low) - 1.0
    # scale by scale: a penalty means the same for every statistic
    scale = np.maximum(values.std(axis=0), 1e-9)
    columns = values.shape[1]
    error, chosen = np.full(columns, np.inf), np.full(columns, min(degrees))
    intercept, coefficients = np.zeros(columns), np.zeros((0, columns))
    features: Any = None
    for degree in degrees:
        monomials = preprocessing.PolynomialFeatures(degree, include_bias=False)
        matrix = monomials.fit_transform(shares)
        if features is not None and len(points) < LEAST_ROWS * matrix.shape[1]:
            break
        features = monomials
        ridge = linear_model.RidgeCV(_PENALTIES, alpha_per_target=True, store_cv_results=True)
        ridge.fit(matrix, values / scale)
        missed = ridge.cv_results_.mean(axis=0).min(axis=-1).reshape(-1) * scale**2
        better = missed < error
        longer = np.zeros((matrix.shape[1], columns))
        longer[: len(coefficients)] = coefficients
        coefficients = np.where(better, np.atleast_2d(ridge.coef_).T * scale, longer)
        intercept = np.where(better, np.atleast_1d(ridge.intercept_) * scale, intercept)
        chosen, error = np.where(better, degree, chosen), np.minimum(missed, error)
    return Polynomials(low, high, features, intercept, coefficients, chosen, error)
