"""The rival models of settlement, each from its published definition: a point on the axis 0..100 for every issue.

All get what ours gets: positions, saliences and power (force = power x salience). Ties are broken so that a mirrored
axis gives a mirrored forecast and the order of actors does not count.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from multivector.lab.backtest.challenge import challenge
from multivector.lab.backtest.exchange import exchange
from multivector.lab.backtest.issues import Issue

__all__ = [
    "RIVALS",
    "always_50",
    "condorcet_distribution",
    "nash_bargaining",
    "probabilistic_condorcet",
    "unweighted_mean",
    "weighted_mean",
    "weighted_median",
]

Floats = NDArray[np.float64]
_GRID = np.arange(101.0)


def weighted_mean(issue: Issue) -> float:
    """The compromise model: the mean position weighted by power x salience (Van den Bos 1991; Achen 2006)."""
    return float(issue.force @ issue.position)


def unweighted_mean(issue: Issue) -> float:
    """The mean position, all actors alike."""
    return float(issue.position.mean())


def weighted_median(issue: Issue) -> float:
    """The position of the median voter, votes weighted by power x salience (Black 1958).

    Where exactly half of the force lies on either side, the middle between the two positions.
    """
    order = np.argsort(issue.position, kind="stable")
    place, below = issue.position[order], np.cumsum(issue.force[order])
    low = place[np.searchsorted(below, 0.5 - 1e-9)]
    high = place[min(int(np.searchsorted(below, 0.5 + 1e-9)), len(place) - 1)]
    return float((low + high) / 2.0)


def nash_bargaining(issue: Issue) -> float:
    """The asymmetric Nash bargaining solution: the point with the highest product of gains, by power x salience.

    Nash 1950 (Econometrica 18); tested on EU issues by Schneider, Finke & Bailer 2010 (Political Studies 58).
    Utilities are quadratic, 1 - (distance / 100)^2, and disagreement is as bad as the worst agreement (Achen 2006),
    for the status quo is not coded in every issue. On whole points of the axis; of equal maxima their middle.
    """
    gain = 1.0 - (np.abs(_GRID[:, None] - issue.position[None, :]) / 100.0) ** 2
    with np.errstate(divide="ignore"):
        logs = np.log(np.maximum(gain, 0.0))
    # a point that leaves someone with force nothing is out, one that leaves someone without force nothing is not
    value = np.where(issue.force > 0.0, logs * np.where(issue.force > 0.0, issue.force, 1.0), 0.0).sum(axis=1)
    return float(_GRID[value >= value.max() - 1e-12].mean())


def condorcet_distribution(issue: Issue) -> tuple[Floats, Floats]:
    """The probabilistic Condorcet election: the positions held (K,), and the chance that each is chosen (K,).

    KTAB (Wise, Lester & Efird 2015, "An Introduction to the KAPSARC Toolkit for Behavioral Analysis"): of two options,
    each draws the force of those who prefer it times how much nearer it is; the chance to win is the share of that
    support; a Markov chain in which a random challenger meets the standing option has the chances as its limit.
    """
    held = np.unique(issue.position)
    distance = np.abs(issue.position[:, None] - held[None, :])
    nearer = np.maximum(distance[:, None, :] - distance[:, :, None], 0.0)
    support = (issue.force[:, None, None] * nearer).sum(axis=0)
    both = support + support.T
    wins = np.where(both > 0.0, support / np.where(both > 0.0, both, 1.0), 0.5)
    step = wins / len(held)
    np.fill_diagonal(step, 0.0)
    np.fill_diagonal(step, 1.0 - step.sum(axis=0))
    # the limit solves (step - 1) v = 0 with sum v = 1
    system = np.vstack([step - np.eye(len(held)), np.ones(len(held))])
    limit = np.linalg.lstsq(system, np.append(np.zeros(len(held)), 1.0), rcond=None)[0]
    limit = np.maximum(limit, 0.0)
    return held, limit / limit.sum()


def probabilistic_condorcet(issue: Issue) -> float:
    """The mean of `condorcet_distribution`."""
    held, chance = condorcet_distribution(issue)
    return float(held @ chance)


def always_50(issue: Issue) -> float:
    """The middle of the axis."""
    return 50.0


def _each(rule: Callable[[Issue], float]) -> Callable[[Sequence[Issue]], Floats]:
    return lambda issues: np.array([rule(one) for one in issues])


#: Name → a function from issues to points (n,). The exchange model needs the issues of a proposal together.
RIVALS: dict[str, Callable[[Sequence[Issue]], Floats]] = {
    "weighted_mean": _each(weighted_mean),
    "unweighted_mean": _each(unweighted_mean),
    "weighted_median": _each(weighted_median),
    "nash_bargaining": _each(nash_bargaining),
    "probabilistic_condorcet": _each(probabilistic_condorcet),
    "exchange": exchange,
    "challenge": _each(challenge),
    "always_50": _each(always_50),
}
