"""Residual spreads: how a rival's point becomes a distribution, so that it can be scored as ours is.

Every rival gets the spread that suits it best: the shape and the scale with the lowest mean CRPS on the issues it is
fitted on. That is generous: CRPS is what the models are then compared by.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from multivector.lab.backtest.scores import crps_grid

__all__ = ["GRID", "SHAPES", "Atoms", "Spread", "best_spread", "candidates", "dress", "scores_of"]

Floats = NDArray[np.float64]
GRID: Floats = np.arange(101.0)
#: laplace: exp(-distance / scale), cut off at the ends of the axis; normal: what would lie beyond an end is on it.
SHAPES = ("laplace", "normal")
_SCALES = tuple(float(f"{scale:.3g}") for scale in np.geomspace(3.0, 400.0, 36))

#: What a rival says about one issue: points (K,) and their chances (K,).
Atoms = tuple[Floats, Floats]


class Spread(NamedTuple):
    """A shape and a scale, in points of the axis 0..100."""

    shape: str
    scale: float


def candidates() -> list[Spread]:
    """Every spread that is tried."""
    return [Spread(shape, scale) for shape in SHAPES for scale in _SCALES]


def dress(atoms: Sequence[Atoms], spread: Spread) -> Floats:
    """Distributions (n, 101) over GRID: each point widened by the spread, weighted by its chance."""
    out = np.empty((len(atoms), len(GRID)))
    edges = np.concatenate([[-np.inf], GRID[:-1] + 0.5, [np.inf]])
    for row, (point, chance) in enumerate(atoms):
        if spread.shape == "normal":
            mass = np.diff(ndtr((edges[None, :] - point[:, None]) / spread.scale), axis=1)
        else:
            mass = np.exp(-np.abs(GRID[None, :] - point[:, None]) / spread.scale)
            mass /= mass.sum(axis=1, keepdims=True)
        out[row] = chance @ mass
    return out


def scores_of(atoms: Sequence[Atoms], outcome: Floats) -> Floats:
    """CRPS of every candidate spread, (n, candidates)."""
    return np.stack([crps_grid(dress(atoms, spread), GRID, outcome) for spread in candidates()], axis=1)


def best_spread(scores: Floats, rows: NDArray[np.bool_]) -> tuple[Spread, float]:
    """The candidate with the lowest mean CRPS over some rows of `scores_of`, and that mean."""
    mean = scores[rows].mean(axis=0)
    best = int(mean.argmin())
    return candidates()[best], float(mean[best])
