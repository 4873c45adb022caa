"""Small numeric helpers that keep worlds independent of each other.

World k must give the same bits alone and in a batch. Elementwise functions do; a reduction does only when it runs
along a contiguous last axis of its own. So every sum in the political layer goes through `total`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

__all__ = ["Floats", "clip01", "logistic", "logit", "memory", "total", "weighted_mean"]


def total(x: Floats, axis: int = -1) -> Floats:
    """Sum over one axis (n, ..., m) -> (n, ...): made last and contiguous first, the same bits whatever the worlds."""
    if axis != -1:
        x = np.moveaxis(x, axis, -1)
    if not x.flags.c_contiguous:
        x = np.ascontiguousarray(x)
    result: Floats = np.add.reduce(x, axis=-1)
    return result


def weighted_mean(x: Floats, weight: Floats, empty: float | Floats = 0.0) -> Floats:
    """Mean of x (..., n) over its last axis with weights of that shape, (...); `empty` where all weights are zero."""
    mass = total(weight)
    return np.where(mass > 0, total(x * weight) / np.where(mass > 0, mass, 1.0), empty)


def clip01(x: Floats) -> Floats:
    """Cut to the unit interval; any shape."""
    result: Floats = np.minimum(np.maximum(x, 0.0), 1.0)
    return result


def logistic(z: Floats) -> Floats:
    """1 / (1 + exp(-z)) of any shape, without overflow."""
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, e) / (1.0 + e)


def logit(p: float) -> float:
    """Inverse of the logistic for one probability in (0, 1)."""
    return float(np.log(p) - np.log1p(-p))


def memory(half_life: float) -> float:
    """Share that is left after one month of a stock with this half-life (months)."""
    return float(0.5 ** (1.0 / half_life))
