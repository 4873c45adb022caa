"""From what the model stands at to what was observed: a link with a discrepancy of its own.

On the logit scale a figure y of year t is, in world w,

    y[t] = a[t] + b (m_w[t] - m_w[first]) + e[t],   a[t] = a[t-1] + u[t],   e ~ N(0, r^2), u ~ N(0, q^2),

after Kennedy & O'Hagan (2001, Journal of the Royal Statistical Society B 63): a scale b of the model's movement, a
discrepancy a that wanders where the model is wrong, and an error of observation e. The level of a series is never the
model's: indices of ties and percents have no common zero. Given q and r the state (a, b) has a closed form, the Kalman
filter; q and r lie on a grid and are weighted by how well they foretold the figures up to the origin, one weight for
all series of a family. Worlds are weighted by the same likelihood over all families: importance weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from multivector.lab.backtest.series_facts import Series

__all__ = ["ERROR_SD", "SCALE", "WANDER_SD", "Fit", "Linked", "fit"]

Floats = NDArray[np.float64]

#: sd of the error of observation, logits (assumption: 0.05 is a rounded percent, 0.2 two counts of the same trade that
#: differ by a fifth, as COW and WITS do for China, 0.35 a share of 60 roll calls with its sampling error).
ERROR_SD: Final = (0.05, 0.12, 0.2, 0.35)
#: sd of the discrepancy's step in a year, logits (assumption: from hardly any to a third).
WANDER_SD: Final = (0.03, 0.07, 0.13, 0.2, 0.32)
#: mean and sd of the scale b before any figure (assumption: the model's movement as it is, give or take a half).
SCALE: Final = (1.0, 0.5)
LEVEL_SD: Final = 3.0
"""sd of the discrepancy's level before any figure, logits: anything goes."""
_GRID = [(wander, error) for wander in WANDER_SD for error in ERROR_SD]


@dataclass(frozen=True)
class Linked:
    """The filtered state of one series at the origin, every array (W, G): G points of the grid of q and r."""

    series: Series
    origin: int
    level: Floats
    scale: Floats
    var_level: Floats
    var_scale: Floats
    cov: Floats
    loglik: Floats
    model: Floats  # (W, Y) movement since the first figure
    first_year: int

    def moments(self, year: int) -> tuple[Floats, Floats]:
        """Mean and variance of the figure of a later year, (W, G) each, on the logit scale."""
        move = self.model[:, year - self.first_year][:, None]
        wander, error = (np.array(column)[None, :] ** 2 for column in zip(*_GRID, strict=True))
        mean = self.level + self.scale * move
        var = self.var_level + 2.0 * move * self.cov + move**2 * self.var_scale
        return mean, var + wander * (year - self.origin) + error


@dataclass(frozen=True)
class Fit:
    """All series at one origin: their states, and the weights of worlds and of grid points.

    `weight` by family: (W, G), sums to one. `worlds` (W,): the weights of the worlds over all families.
    """

    linked: list[Linked]
    weight: dict[str, Floats]
    worlds: Floats

    @property
    def effective_worlds(self) -> float:
        """Effective number of worlds, 1 / sum of squared weights."""
        return float(1.0 / np.sum(self.worlds**2))

    def sample(self, linked: Linked, year: int, size: int, seed: int) -> Floats:
        """Draws of the figure of a year on the logit scale, sorted, (size,)."""
        mean, var = linked.moments(year)
        weight = self.weight[linked.series.family.name].ravel()
        generator = np.random.Generator(np.random.Philox(key=[seed, 1000 * linked.origin + year]))
        edges = np.cumsum(weight)
        place = np.searchsorted(edges / edges[-1], (np.arange(size) + generator.random()) / size)
        place = np.minimum(place, len(weight) - 1)
        noise = generator.standard_normal(size)
        return np.sort(mean.ravel()[place] + np.sqrt(var.ravel()[place]) * noise)


def fit(
    series: Sequence[Series],
    movement: Sequence[Floats],
    first_year: int,
    origin: int,
    scale: tuple[float, float] = SCALE,
) -> Fit:
    """Fit the link on the figures up to `origin`.

    Parameters
    ----------
    series : those with a figure up to the origin.
    movement : for each series, the model on the logit scale, (W, Y) from `first_year` on.
    scale : mean and sd of b before any figure; (0, 0) leaves the discrepancy alone.
    """
    linked = [_filtered(one, model, first_year, origin, scale) for one, model in zip(series, movement, strict=True)]
    families: dict[str, Floats] = {}
    for one in linked:
        name = one.series.family.name
        families[name] = families[name] + one.loglik if name in families else one.loglik
    by_world = {name: logsumexp(value, axis=1) for name, value in families.items()}
    whole = np.sum(list(by_world.values()), axis=0)
    weight = {}
    for name, value in families.items():
        log = value + (whole - by_world[name])[:, None]
        weight[name] = np.exp(log - logsumexp(log))
    return Fit(linked, weight, np.exp(whole - logsumexp(whole)))


def _filtered(one: Series, model: Floats, first_year: int, origin: int, scale: tuple[float, float]) -> Linked:
    known = one.known(origin)
    years, values = one.years[known], one.scaled[known]
    movement = model - model[:, [int(years[0]) - first_year]]
    wander, error = (np.array(column)[None, :] ** 2 for column in zip(*_GRID, strict=True))
    shape = (len(model), len(_GRID))
    level, b = np.zeros(shape), np.full(shape, scale[0])
    aa, bb, ab = np.full(shape, LEVEL_SD**2), np.full(shape, scale[1] ** 2), np.zeros(shape)
    loglik = np.zeros(shape)
    before = int(years[0])
    for index, (year, value) in enumerate(zip(years.tolist(), values.tolist(), strict=True)):
        aa = aa + wander * (year - before)
        before = year
        move = movement[:, year - first_year][:, None]
        surprise = value - level - b * move
        spread = aa + 2.0 * move * ab + move**2 * bb + error
        if index:  # the first figure sets the level and says nothing about a world
            loglik -= 0.5 * (np.log(2.0 * np.pi * spread) + surprise**2 / spread)
        gain_a, gain_b = (aa + move * ab) / spread, (ab + move * bb) / spread
        level, b = level + gain_a * surprise, b + gain_b * surprise
        aa, ab, bb = (
            aa - gain_a * gain_a * spread,
            ab - gain_a * gain_b * spread,
            bb - gain_b * gain_b * spread,
        )
    aa = aa + wander * (origin - before)
    return Linked(one, origin, level, b, np.maximum(aa, 0.0), np.maximum(bb, 0.0), ab, loglik, movement, first_year)
