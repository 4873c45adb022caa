"""Designs: which points of a factor space are run. Pure functions of factors, a number and a seed.

A factor has levels (a list of values) or a range (low..high, on a linear or a logarithmic scale). A point gives every
factor a value, or leaves it at the scenario's own value (one at a time). Samplers are scipy's.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "DESIGNS",
    "Factor",
    "Point",
    "factorial",
    "latin_hypercube",
    "one_at_a_time",
    "resample",
    "scale",
    "sobol",
]

DESIGNS: dict[str, str] = {
    "scenarios": "the scenarios as they are",
    "factorial": "every combination of the factors' levels",
    "one-at-a-time": "each level of each factor, the other factors at the scenario's own values",
    "latin-hypercube": "`points` points, one in each of `points` equal slices of every range",
    "sobol": "the first `points` points of a scrambled Sobol' sequence",
    "list": "the points under `points`, as they are",
    "draws": "the rows of a CSV or Parquet `file`, such as draws from a posterior",
}
"""Kind of design → what it is, in words."""

Value = bool | int | float | str | dict[str, Any] | list[Any]
Point = dict[str, Value]
"""Factor name → value; a factor that is not named keeps the scenario's own value."""


@dataclass(frozen=True)
class Factor:
    """What a design varies.

    Attributes
    ----------
    name : the column of the design table.
    paths : the scenario paths that are set together; a path that ends in `*` or `+` transforms what is there.
    levels : the values, or empty for a range.
    low, high : the range, where there are no levels.
    log : whether the range is sampled on a logarithmic scale.
    integer : whether sampled values are rounded to whole numbers.
    """

    name: str
    paths: tuple[str, ...]
    levels: tuple[Value, ...] = ()
    low: float = 0.0
    high: float = 1.0
    log: bool = False
    integer: bool = False

    @property
    def ends(self) -> tuple[Value, Value]:
        """Two values that span the factor: its first and last level, or its range."""
        return (self.levels[0], self.levels[-1]) if self.levels else (self._whole(self.low), self._whole(self.high))

    def at(self, share: float) -> Value:
        """The value at a share 0..1 of the range, or the level whose slice the share falls in."""
        if self.levels:
            return self.levels[min(int(share * len(self.levels)), len(self.levels) - 1)]
        if self.integer:  # every whole number gets an equal slice
            count = int(self.high) - int(self.low) + 1
            return int(self.low) + min(int(share * count), count - 1)
        if self.log:
            value = float(np.exp(np.log(self.low) + share * (np.log(self.high) - np.log(self.low))))
        else:
            value = float(self.low + share * (self.high - self.low))
        return min(max(value, float(self.low)), float(self.high))  # rounding must not leave the range

    def _whole(self, value: float) -> Value:
        return int(value) if self.integer else float(value)


def factorial(factors: Sequence[Factor]) -> list[Point]:
    """Every combination of levels, the last factor varying fastest."""
    names = [factor.name for factor in factors]
    return [
        dict(zip(names, values, strict=True)) for values in itertools.product(*(factor.levels for factor in factors))
    ]


def one_at_a_time(factors: Sequence[Factor]) -> list[Point]:
    """Each level of each factor, alone."""
    return [{factor.name: level} for factor in factors for level in factor.levels]


def latin_hypercube(factors: Sequence[Factor], points: int, seed: int) -> list[Point]:
    """`points` points that fall one into each of `points` equal slices of every factor."""
    from scipy.stats import qmc

    return scale(factors, qmc.LatinHypercube(d=len(factors), rng=np.random.default_rng(seed)).random(points))


def sobol(factors: Sequence[Factor], points: int, seed: int) -> list[Point]:
    """The first `points` points of a scrambled Sobol' sequence; balanced where `points` is a power of two."""
    import warnings

    from scipy.stats import qmc

    sampler = qmc.Sobol(d=len(factors), rng=np.random.default_rng(seed))
    with warnings.catch_warnings():
        # the study's own warning says the same in our words
        warnings.filterwarnings("ignore", message="The balance properties")
        return scale(factors, sampler.random(points))


def scale(factors: Sequence[Factor], shares: NDArray[np.float64]) -> list[Point]:
    """Points of the unit cube, shape (points, factors), as values of the factors."""
    return [
        {factor.name: factor.at(float(share)) for factor, share in zip(factors, row, strict=True)} for row in shares
    ]


def resample(weights: Sequence[float], points: int, seed: int) -> list[int]:
    """Numbers of `points` rows drawn in proportion to their weights (systematic resampling), in row order.

    A row with share w of the weight is drawn floor(w · points) or one time more.
    """
    shares = np.asarray(weights, dtype=np.float64)
    edges = np.cumsum(shares / shares.sum())
    places = (np.arange(points) + np.random.default_rng(seed).random()) / points
    return [int(row) for row in np.minimum(np.searchsorted(edges, places, side="right"), len(edges) - 1)]
