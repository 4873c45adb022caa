"""The exchange model (Stokman & Van Oosten 1994): actors trade voting positions between issues of one proposal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from multivector.lab.backtest.issues import Issue

__all__ = ["exchange"]

Floats = NDArray[np.float64]


def exchange(issues: Sequence[Issue]) -> Floats:
    """The force-weighted mean of voting positions after all trades, 0..100, (n,).

    Stokman & Van Oosten 1994 (in Bueno de Mesquita & Stokman, "European Community Decision Making", ch. 5). Two actors
    on opposite sides of the expected outcome in two issues, who care differently about them, trade: each moves towards
    the other where it cares less, as far as one reaches the other's position, at the rate that gives both the same
    gain. Trades are made in the order of that gain; nobody moves twice in an issue. A proposal with one issue has
    nothing to trade, and the model is the weighted mean.
    """
    outcome = np.empty(len(issues))
    groups: dict[str, list[int]] = {}
    for row, one in enumerate(issues):
        groups.setdefault(one.proposal, []).append(row)
    for rows in groups.values():
        outcome[rows] = _trade([issues[row] for row in rows])
    return outcome


def _trade(issues: Sequence[Issue]) -> list[float]:
    names = sorted({actor for one in issues for actor in one.actors})
    column = {name: place for place, name in enumerate(names)}
    position = np.full((len(issues), len(names)), np.nan)
    salience, force = np.zeros(position.shape), np.zeros(position.shape)
    for row, one in enumerate(issues):
        at = [column[actor] for actor in one.actors]
        position[row, at], salience[row, at], force[row, at] = one.position, one.salience, one.force
    expected = np.nansum(force * position, axis=1)
    vote, bound = position.copy(), np.zeros(position.shape, dtype=bool)
    deals = []
    for p, q in combinations(range(len(issues)), 2):
        deals += _deals(position, salience, force, expected, p, q)
    # the best first; of equals, by names, so that the order of rows does not count
    for _, p, q, i, j, on_p, on_q in sorted(deals, key=lambda deal: (-deal[0], issues[deal[1]].name, *deal[1:5])):
        if not (bound[p, j] or bound[q, i]):
            vote[p, j] += on_p
            vote[q, i] += on_q
            bound[p, j] = bound[q, i] = True
    return [float(value) for value in np.nansum(force * vote, axis=1)]


def _deals(
    position: Floats, salience: Floats, force: Floats, expected: Floats, p: int, q: int
) -> list[tuple[float, int, int, int, int, float, float]]:
    """Gainful deals in which i gets its way in p from j, and j in q from i: (gain, p, q, i, j, j's move, i's move)."""
    side_p, side_q = np.sign(position[p] - expected[p]), np.sign(position[q] - expected[q])
    opposed = (side_p[:, None] * side_p[None, :] < 0) & (side_q[:, None] * side_q[None, :] < 0)
    keener = salience[p][:, None] * salience[q][None, :] > salience[p][None, :] * salience[q][:, None]
    found = []
    for i, j in np.argwhere(opposed & keener):
        # the most that j can move the outcome of p, and i that of q
        most_p = force[p, j] * abs(position[p, i] - position[p, j])
        most_q = force[q, i] * abs(position[q, i] - position[q, j])
        cares_p, cares_q = salience[p, i] + salience[p, j], salience[q, i] + salience[q, j]
        # the same gain: s_ip dp - s_iq dq = s_jq dq - s_jp dp
        shift_p = min(most_p, most_q * cares_q / cares_p) if cares_p > 0 else 0.0
        shift_q = shift_p * cares_p / cares_q if cares_q > 0 else 0.0
        gain = salience[p, i] * shift_p - salience[q, i] * shift_q
        if gain > 1e-12 and shift_p > 0.0 and shift_q > 0.0:
            on_p = np.sign(position[p, i] - position[p, j]) * shift_p / force[p, j]
            on_q = np.sign(position[q, j] - position[q, i]) * shift_q / force[q, i]
            found.append((float(gain), p, q, int(i), int(j), float(on_p), float(on_q)))
    return found
