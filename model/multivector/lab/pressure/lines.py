"""Tipping lines: where a smooth surface of the share of worlds crosses a level, with an interval over worlds.

The surface is a logistic regression of "the world shows it" on the two conditions, their squares and their product
(McCullagh and Nelder 1989), with a small ridge so that worlds that all tip at one place give a steep line and not an
endless one. The interval resamples worlds, whole: a world keeps its luck over the grid. Lines are drawn by contourpy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FINE", "TippingLine", "tipping_line"]

FINE = 81
"""Points along each side of the fine grid that lines are read from."""
_RIDGE = 1e-2
_RESAMPLES = 200
_ROUNDS = 40


@dataclass(frozen=True)
class TippingLine:
    """Where a condition tips.

    Attributes
    ----------
    x, y : the fine grid, (FINE,) each, in shares 0..1 of the axes.
    share : fitted share of worlds on it, (FINE along y, FINE along x).
    lines : the line's pieces, each (points, 2) of x and y in shares; empty where the level is not crossed.
    at : for each fine y, the share of x where the level is crossed first; NaN where it is not.
    low, high : 90 % interval of `at`, where at least half of the resamples cross; NaN elsewhere.
    crossing : share of resamples whose surface crosses the level at all.
    width : how far along x the fitted share needs from a quarter to three quarters of the worlds, median over y; NaN
        where it does not span them. Small = a tip, large = a slope.
    observed : share of worlds at the grid's points, (levels of x, levels of y).
    misfit : root mean square of fitted less observed share.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    share: NDArray[np.float64]
    lines: tuple[NDArray[np.float64], ...]
    at: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    crossing: float
    width: float
    observed: NDArray[np.float64]
    misfit: float


def tipping_line(shows: NDArray[np.bool_], level: float = 0.5, resamples: int = _RESAMPLES) -> TippingLine:
    """Fit the surface and find the line.

    Parameters
    ----------
    shows : which worlds show it, (levels of x, levels of y, worlds), levels evenly spaced.
    level : share of worlds at the line.
    """
    nx, ny, worlds = shows.shape
    x, y = np.meshgrid(np.linspace(0, 1, nx), np.linspace(0, 1, ny), indexing="ij")
    terms = _terms(x.ravel(), y.ravel())
    fine = np.linspace(0, 1, FINE)
    gx, gy = np.meshgrid(fine, fine)  # (y, x)
    fine_terms = _terms(gx.ravel(), gy.ravel())
    observed = shows.mean(axis=2)
    weights = _fitted(terms, observed.ravel(), worlds)
    share = _logistic(fine_terms @ weights).reshape(FINE, FINE)
    draws = np.random.default_rng(0).integers(0, worlds, size=(resamples, worlds))
    found = np.full((resamples, FINE), np.nan)
    crossed = 0
    for place, draw in enumerate(draws):
        again = _fitted(terms, shows[:, :, draw].mean(axis=2).ravel(), worlds, start=weights)
        surface = _logistic(fine_terms @ again).reshape(FINE, FINE)
        crossed += bool(surface.min() < level < surface.max())
        found[place] = _first_crossing(surface, fine, level)
    there = np.isfinite(found).mean(axis=0) >= 0.5
    low, high = np.full(FINE, np.nan), np.full(FINE, np.nan)
    if there.any():
        low[there], high[there] = np.nanquantile(found[:, there], [0.05, 0.95], axis=0)
    fit = _logistic(terms @ weights)
    return TippingLine(
        fine, fine, share, _contour(fine, share, level), _first_crossing(share, fine, level), low, high,
        crossed / resamples, _width(share, fine), observed, float(np.sqrt(np.mean((fit - observed.ravel()) ** 2))),
    )  # fmt: skip


def _terms(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    x, y = 2 * x - 1, 2 * y - 1
    return np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], axis=1)


def _logistic(z: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(z, -40, 40))))


def _fitted(
    terms: NDArray[np.float64], share: NDArray[np.float64], worlds: int, start: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Ridge logistic regression by Newton's method; `share` of `worlds` at each row."""
    weights = np.zeros(terms.shape[1]) if start is None else start.copy()
    penalty = np.full(terms.shape[1], _RIDGE)
    penalty[0] = 1e-6
    for _ in range(_ROUNDS):
        p = _logistic(terms @ weights)
        slope = terms.T @ (worlds * (share - p)) - penalty * weights
        bend = (terms * (worlds * np.maximum(p * (1 - p), 1e-9))[:, None]).T @ terms + np.diag(penalty)
        step = np.linalg.solve(bend, slope)
        longest = float(np.abs(step).max())
        weights = weights + step * min(1.0, 4.0 / max(longest, 1e-12))
        if longest < 1e-8:
            break
    return weights


def _first_crossing(share: NDArray[np.float64], fine: NDArray[np.float64], level: float) -> NDArray[np.float64]:
    """For each row (y), the x where the surface first crosses the level, on a straight line between grid points."""
    above = share > level
    turns = above[:, 1:] != above[:, :-1]
    first = np.argmax(turns, axis=1)
    rows = np.arange(len(share))
    a, b = share[rows, first], share[rows, first + 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        at = fine[first] + (level - a) / (b - a) * (fine[1] - fine[0])
    return np.where(turns.any(axis=1), at, np.nan)


def _width(share: NDArray[np.float64], fine: NDArray[np.float64]) -> float:
    quarter, most = (_first_crossing(share, fine, level) for level in (0.25, 0.75))
    width = np.abs(most - quarter)
    return float(np.nanmedian(width)) if np.isfinite(width).any() else float("nan")


def _contour(fine: NDArray[np.float64], share: NDArray[np.float64], level: float) -> tuple[NDArray[np.float64], ...]:
    from contourpy import contour_generator

    lines: Any = contour_generator(x=fine, y=fine, z=share).lines(level)
    return tuple(np.asarray(line, dtype=np.float64) for line in lines)
