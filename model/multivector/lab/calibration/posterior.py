"""What the record says of the parameters: a synthetic likelihood (Wood 2010) on the emulator.

The record is read as one world, seen with error: normal around the emulated mean, with the covariance of worlds, of the
emulator and of the record's error. Points of a Sobol' sequence over the ranges are weighted by it, so that no kernel,
no threshold and no proposal has to be chosen. Where even the best point misses the record by more than those errors
say, all are widened by one factor until it does not (Birge's ratio, Birge 1932): a model that is wrong somewhere must
not be sure.

Two checks come with it. The design is cut in halves, and each must say what the whole says. And worlds of the design
are taken for the record, with errors drawn: of their 90 % intervals nine in ten must hold the truth (Talts et al.
2018).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multivector.lab.calibration.emulator import Emulator, fit_emulator
from multivector.lab.calibration.simulations import design_points

__all__ = ["LEVELS", "Posterior", "coverage", "halves", "infer", "weighted_quantiles"]

Floats = NDArray[np.float64]
LEVELS = (0.05, 0.5, 0.95)
TRIED = 2**16
"""Points of the ranges that are weighted."""
TRUTHS, TRIED_FOR_TRUTHS = 200, 2**13
_CHUNK = 2**12


@dataclass(frozen=True)
class Posterior:
    """What came out.

    Attributes
    ----------
    points : (N, P) of the ranges, weight (N,) summing to one.
    widened : factor by which all errors were widened.
    misfit : chi square of the best point, before that; S is the number of fitted statistics.
    """

    points: Floats
    weight: Floats
    widened: float
    misfit: float

    @property
    def effective(self) -> float:
        """Points that carry the weight: 1 / sum of squares."""
        return float(1.0 / np.sum(self.weight**2))

    def quantiles(self) -> Floats:
        """LEVELS of every parameter, (P, 3)."""
        return np.array([weighted_quantiles(column, self.weight, LEVELS) for column in self.points.T])


def weighted_quantiles(values: Floats, weight: Floats, levels: tuple[float, ...]) -> list[float]:
    """Quantiles of weighted values (n,), by the middle of each value's weight."""
    order = np.argsort(values, kind="stable")
    middle = np.cumsum(weight[order]) - 0.5 * weight[order]
    return [float(np.interp(level, middle / weight.sum(), values[order])) for level in levels]


def infer(emulator: Emulator, record: Floats, error: Floats, seed: int, tried: int = TRIED) -> Posterior:
    """Weight points of the ranges. record (S,); error (S, S) covariance of the record's errors."""
    points = design_points(emulator.means.low, emulator.means.high, tried, seed)
    misfits, sizes = [], []
    for start in range(0, tried, _CHUNK):
        part = points[start : start + _CHUNK]
        root, spread = _root_of(emulator, part, error)
        apart = np.linalg.solve(root, (emulator.mean(part) - record)[:, :, None])[:, :, 0]
        misfits.append((apart**2).sum(axis=1))
        sizes.append(spread)
    misfit, size = np.concatenate(misfits), np.concatenate(sizes)
    # the best of many points takes up about a parameter's worth of misfit each
    free = max(len(record) - points.shape[1], 1)
    widened = float(np.sqrt(max(misfit.min() / free, 1.0)))
    return Posterior(points, _weights(-0.5 * (misfit / widened**2 + size)), widened, float(misfit.min()))


def _root_of(emulator: Emulator, points: Floats, error: Floats) -> tuple[Floats, Floats]:
    """Cholesky root (N, S, S) of the whole covariance at points, and the logarithm (N,) of its determinant."""
    root = np.asarray(np.linalg.cholesky(emulator.covariance(points) + error), dtype=np.float64)
    return root, np.asarray(2.0 * np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1))


def _weights(logarithm: Floats) -> Floats:
    weight = np.exp(logarithm - logarithm.max())
    return np.asarray(weight / weight.sum())


def coverage(emulator: Emulator, points: Floats, worlds: Floats, error: Floats, seed: int) -> Floats:
    """Share of known truths that lie in their 90 % intervals, (P,): TRUTHS worlds (N, W, S) of points (N, P)."""
    generator = np.random.default_rng(seed)
    tried = design_points(emulator.means.low, emulator.means.high, TRIED_FOR_TRUTHS, seed + 1)
    mean = emulator.mean(tried)
    root, size = _root_of(emulator, tried, error)
    inverse = np.linalg.inv(root)
    rows = generator.choice(len(points), size=TRUTHS, replace=len(points) < TRUTHS)
    noise = generator.multivariate_normal(np.zeros(len(error)), error, size=TRUTHS)
    held = np.zeros((TRUTHS, points.shape[1]))
    for place, row in enumerate(rows):
        record = worlds[row, generator.integers(worlds.shape[1])] + noise[place]
        apart = np.matmul(inverse, (mean - record)[:, :, None])[:, :, 0]
        weight = _weights(-0.5 * ((apart**2).sum(axis=1) + size))
        for column in range(points.shape[1]):
            first, _, last = weighted_quantiles(tried[:, column], weight, LEVELS)
            held[place, column] = first <= points[row, column] <= last
    return np.asarray(held.mean(axis=0))


def halves(points: Floats, worlds: Floats, emulator: Emulator, record: Floats, error: Floats, seed: int) -> Floats:
    """Posterior quantiles from each half of the design alone, (2, P, 3)."""
    low, high = emulator.means.low, emulator.means.high
    # one after the other: every second point of a Sobol' sequence is not spread evenly, each half of it is
    middle = len(points) // 2
    parts = slice(None, middle), slice(middle, None)
    found = [fit_emulator(points[part], worlds[part], low, high) for part in parts]
    return np.stack([infer(one, record, error, seed, TRIED // 4).quantiles() for one in found])
