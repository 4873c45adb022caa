"""Measures of robustness: regret, satisficing, non-dominance. Pure functions of (futures, doctrines) arrays.

Sources: Savage 1951 (minimax regret); Starr 1963 and Lempert and Collins 2007 (satisficing, the domain criterion);
McPhail et al. 2018 (robustness metrics side by side).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["best_share", "nondominated", "regret", "scaled", "share_interval"]


def regret(value: NDArray[np.float64], better: str) -> NDArray[np.float64]:
    """What each doctrine misses of the best one in the same future, 0 or more, in units of the value.

    Parameters
    ----------
    value : (futures, doctrines).
    better : "more" or "less".
    """
    if better == "less":
        return np.asarray(value - value.min(axis=1, keepdims=True))
    return np.asarray(value.max(axis=1, keepdims=True) - value)


def scaled(missed: NDArray[np.float64], value: NDArray[np.float64]) -> NDArray[np.float64]:
    """Regret as a share 0..1 of the whole span of the value; both (futures, doctrines), as is the answer."""
    span = float(value.max() - value.min())
    return missed / span if span > 0 else np.zeros_like(missed)


def nondominated(values: NDArray[np.float64], tolerance: float = 0.0) -> NDArray[np.bool_]:
    """Which rows no other row beats: no row is as good everywhere and better by more than the tolerance somewhere.

    Parameters
    ----------
    values : (doctrines, objectives), more is better.
    tolerance : in units of the values; within it two rows are as good.

    Returns
    -------
    Mask (doctrines,).
    """
    found = np.ones(len(values), dtype=bool)
    for row in range(len(values)):
        gap = values - values[row]
        found[row] = not np.any((gap >= 0).all(axis=1) & (gap > tolerance).any(axis=1))
    return found


def best_share(value: NDArray[np.float64], better: str) -> NDArray[np.float64]:
    """Share of futures in which each doctrine is best, (doctrines,); ties count. value (futures, doctrines)."""
    best = value.min(axis=1, keepdims=True) if better == "less" else value.max(axis=1, keepdims=True)
    return np.asarray((np.abs(value - best) <= 1e-12).mean(axis=0))


def share_interval(holds: NDArray[np.bool_], resamples: int = 1000) -> tuple[float, float]:
    """90 % interval of a share of futures, by resampling futures; always the same draws. `holds` (futures,)."""
    draws = np.random.default_rng(0).integers(0, len(holds), size=(resamples, len(holds)))
    low, high = np.quantile(holds[draws].mean(axis=1), [0.05, 0.95])
    return float(low), float(high)
