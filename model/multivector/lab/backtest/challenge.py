"""The challenge (expected utility) model of Bueno de Mesquita, as unravelled by Scholz, Calbert & Smith (2011)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multivector.lab.backtest.issues import Issue

__all__ = ["EMISSION_STANDARDS", "Rounds", "challenge", "play", "reproduces_textbook"]

Floats = NDArray[np.float64]
_MOST_ROUNDS = 10
#: The bargain is done when a round moves the median by less than this share of the first positions' range.
_SETTLED = 0.1

#: The textbook case: years of delay in introducing emission standards for cars in the European Community, as
#: (capability, position, salience) of ten governments (Bueno de Mesquita 1994, in Bueno de Mesquita &
#: Stokman, "European Community Decision Making", Yale, ch. 4; as printed in Scholz et al. 2011). Outcome: 8.833 years.
EMISSION_STANDARDS = {
    "Netherlands": (0.08, 4.0, 0.8),
    "Belgium": (0.08, 7.0, 0.4),
    "Luxembourg": (0.03, 4.0, 0.2),
    "Germany": (0.16, 4.0, 0.8),
    "France": (0.16, 10.0, 0.6),
    "Italy": (0.16, 10.0, 0.6),
    "UK": (0.16, 10.0, 0.9),
    "Ireland": (0.05, 7.0, 0.1),
    "Denmark": (0.05, 4.0, 1.0),
    "Greece": (0.08, 7.0, 0.7),
}


@dataclass(frozen=True)
class Rounds:
    """The median after each round, the start first; `settled` is the index at which the bargain is done."""

    medians: list[float]
    settled: int

    @property
    def forecast(self) -> float:
        """The median on which the actors settle."""
        return self.medians[self.settled]


def play(position: Floats, capability: Floats, salience: Floats, most_rounds: int = _MOST_ROUNDS) -> Rounds:
    """Rounds of challenges and concessions; arrays (A,), `salience` 0..1.

    Each round, actor i's challenge to j succeeds with P(i, j): the votes for i's position over j's, as a share of all
    votes between all pairs. Utilities 2 - 4 (1/2 -+ d/2)^r of success and failure, 2 - 4 (1/2)^r of the status quo
    (Q = 1), d the distance over the range, r the actor's attitude to risk from how secure its position is. j resists
    with probability s_j. Seen by the receiver j, an offer of i is a confrontation that i wins, a compromise (j moves
    by the ratio of the two expected utilities) or a capitulation; each actor takes the one that moves it least.
    """
    x = np.array(position, dtype=float)
    width = float(np.ptp(x))
    medians = [_median(x, capability * salience)]
    if width <= 0.0:
        return Rounds(medians, 0)
    for _ in range(most_rounds):
        x = _concede(x, capability * salience, salience, width)
        medians.append(_median(x, capability * salience))
        if abs(medians[-1] - medians[-2]) < _SETTLED * width:
            break
    return Rounds(medians, len(medians) - 1)


def _median(x: Floats, force: Floats) -> float:
    """The Condorcet winner: the force-weighted median position, halfway when two tie."""
    order = np.argsort(x, kind="stable")
    below = np.cumsum(force[order]) / force.sum()
    low = np.searchsorted(below, 0.5 - 1e-9)
    high = min(int(np.searchsorted(below, 0.5 + 1e-9)), len(x) - 1)
    return float((x[order][low] + x[order][high]) / 2.0)


def _success(x: Floats, force: Floats, risk: Floats, width: float) -> Floats:
    """P(i, j), (A, A): with all pairs in the denominator, as in the replication."""
    utility = -((np.abs(x[:, None] - x[None, :]) / width) ** risk[:, None])  # (voter, position)
    votes = force[:, None, None] * (utility[:, :, None] - utility[:, None, :])
    cast = np.abs(votes).sum()
    return np.asarray(np.maximum(votes, 0.0).sum(axis=0) / cast) if cast > 0.0 else np.zeros((len(x), len(x)))


def _expected(distance: Floats, success: Floats, resists: Floats, risk: Floats) -> Floats:
    """Expected gain of challenges over the status quo; arrays that broadcast to (A, A)."""
    won = 2.0 - 4.0 * (0.5 - 0.5 * distance) ** risk
    lost = 2.0 - 4.0 * (0.5 + 0.5 * distance) ** risk
    kept = 2.0 - 4.0 * 0.5**risk
    return np.asarray(resists * (success * won + (1.0 - success) * lost) + (1.0 - resists) * won - kept)


def _concede(x: Floats, force: Floats, salience: Floats, width: float) -> Floats:
    """Everybody's position after one round."""
    # concessions can lead beyond nobody: distances stay within the first range
    distance = np.minimum(np.abs(x[:, None] - x[None, :]) / width, 1.0)
    neutral = np.ones(len(x))
    threat = _expected(distance, _success(x, force, neutral, width), salience[None, :], np.ones((1, 1)))
    np.fill_diagonal(threat, 0.0)
    danger = threat.sum(axis=0)
    spread = float(np.ptp(danger))
    taste = (2.0 * danger - danger.max() - danger.min()) / spread if spread > 1e-12 else np.zeros(len(x))
    risk = (1.0 - taste / 3.0) / (1.0 + taste / 3.0)
    success = _success(x, force, risk, width)
    # rows: the receiver j, whose attitude to risk colours both views; columns: the other, i
    mine = _expected(distance, success, salience[None, :], risk[:, None])
    theirs = _expected(distance, success.T, salience[:, None], risk[:, None])
    gap = x[None, :] - x[:, None]
    moved = np.full(gap.shape, np.nan)
    loses = (theirs > mine) & (mine > 0.0)
    gives_way = (theirs > 0.0) & (mine < 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(gives_way, np.minimum(np.abs(mine) / theirs, 1.0), np.where(loses, 1.0, np.nan))
    moved = np.where(gap != 0.0, share * gap, np.nan)
    new = x.copy()
    for j in range(len(x)):
        offers = moved[j][~np.isnan(moved[j])]
        if len(offers):
            least = np.abs(offers).min()
            near = offers[np.abs(offers) <= least + 1e-12]
            new[j] = x[j] + near.mean()  # of two offers as near on either side, neither
    return new


def challenge(issue: Issue) -> float:
    """The median on which challenges and concessions settle, 0..100."""
    return play(issue.position, issue.power / issue.power.sum(), issue.salience).forecast


def reproduces_textbook() -> bool:
    """Whether `play` gives the published medians of the textbook case: 8.4 after one round, 9.5 to 9.9 in the end."""
    capability, position, salience = (np.array(column) for column in zip(*EMISSION_STANDARDS.values(), strict=True))
    rounds = play(position, capability, salience)
    return round(rounds.medians[1], 1) == 8.4 and 9.5 <= round(rounds.forecast, 1) <= 9.9
