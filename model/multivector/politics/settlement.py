"""Where a group of actors settles: a distribution over the axis, from positions, force and the status quo.

Force is power x salience. The *compromise* is the force-weighted mean position (Van den Bos 1991; Achen 2006, in
Thomson et al., "The European Union Decides"). A group settles in one of two ways:

- *on the table* (chance `table_share`): on a position that stands on the table, that is one that some actor with force
  holds, or the status quo; P is proportional to exp(-table_pull x distance from the compromise);
- *in between*: anywhere on the axis, P proportional to exp(-compromise_pull x distance from the compromise).

So the compromise draws, as in the models that average, but a group gives way to a position that is there already (it is
named, costed and defended: Schelling 1960 on focal points) far more often than it invents a new one. Both parts are
quantal responses, like the president's. The same compiled code serves the bodies of the model and the backtest.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from multivector.numerics import Floats, total, weighted_mean
from multivector.politics.compiled import loop, within
from multivector.politics.scalars import row_total

__all__ = [
    "AXIS",
    "STEPS",
    "Coefficients",
    "coefficients_of",
    "settle",
    "settled_position",
    "settled_positions",
    "spread_of",
    "stand_of",
    "stands_of",
]

#: Steps of the axis 0..1 on which a settlement is written down: whole percents, as issues are coded.
STEPS = 100
AXIS: Floats = np.arange(STEPS + 1) / STEPS


class Coefficients(NamedTuple):
    """See the records of the group `settlement`."""

    table_share: float
    table_pull: float
    compromise_pull: float


def coefficients_of(p: Any) -> Coefficients:
    """The records' values."""
    return Coefficients(p.settlement.table_share, p.settlement.table_pull, p.settlement.compromise_pull)


@within
def _put(table, x):  # type: ignore[no-untyped-def]
    """Mark a position on the table (101,); between two steps it stands on both, by its nearness to each.

    Whoever stands where another stands adds nothing: a position is on the table once.
    """
    place = min(max(x, 0.0), 1.0) * STEPS
    low = int(place)
    part = place - low
    table[low] = max(table[low], 1.0 - part)
    if part > 0.0:
        table[low + 1] = max(table[low + 1], part)


@within
def _spread(position, force, reference, centre, how, table, probability):  # type: ignore[no-untyped-def]
    """Fill `probability` (101,) around a centre; `table` (101,) is scratch. On an empty table, all is in between."""
    for g in range(STEPS + 1):
        table[g] = 0.0
    for a in range(position.size):
        if force[a] > 0.0:
            _put(table, position[a])
    if not math.isnan(reference):
        _put(table, reference)
    on_table, between = 0.0, 0.0
    for g in range(STEPS + 1):
        distance = abs(g / STEPS - centre)
        probability[g] = math.exp(-how.compromise_pull * distance)
        between += probability[g]
        if table[g] > 0.0:
            table[g] *= math.exp(-how.table_pull * distance)
            on_table += table[g]
    share = how.table_share if on_table > 0.0 else 0.0
    for g in range(STEPS + 1):
        probability[g] *= (1.0 - share) / between
        if table[g] > 0.0:
            probability[g] += share * table[g] / on_table


@within
def _median(probability):  # type: ignore[no-untyped-def]
    """Where the distribution (101,) reaches one half; halfway when it stands at one half between two steps."""
    below, low = 0.0, -1
    for g in range(STEPS + 1):
        below += probability[g]
        if low < 0 and below >= 0.5 - 1e-9:
            low = g
        if below > 0.5 + 1e-9:
            return (low + g) / (2.0 * STEPS)
    return 1.0


@within
def settled_position(position, force, reference, how, table, probability):  # type: ignore[no-untyped-def]
    """The median settlement of one group, for compiled loops; `table` and `probability` (101,) are scratch.

    Without force, the status quo.
    """
    mass, moment = 0.0, 0.0
    for a in range(position.size):
        mass += force[a]
        moment += force[a] * position[a]
    if not mass > 0.0:
        return reference
    _spread(position, force, reference, moment / mass, how, table, probability)
    return _median(probability)


@loop
def _spread_rows(position, force, reference, centre, how, probability):  # type: ignore[no-untyped-def]
    table = np.empty(STEPS + 1)
    for b in range(centre.size):
        _spread(position[b], force[b], reference[b], centre[b], how, table, probability[b])


@loop
def _settled_rows(position, force, reference, how, settled):  # type: ignore[no-untyped-def]
    table, probability = np.empty(STEPS + 1), np.empty(STEPS + 1)
    for b in range(settled.size):
        settled[b] = settled_position(position[b], force[b], reference[b], how, table, probability)


@loop
def _stands(members, wish, salience, clout, rows, reference, how, settles, stand):  # type: ignore[no-untyped-def]
    """Fill `stand` (B, K), see `stands_of`; without `settles` with the compromise."""
    actors = wish.shape[1]
    force, moment, table, probability = np.empty(actors), np.empty(actors), np.empty(STEPS + 1), np.empty(STEPS + 1)
    for b in range(rows.size):
        whole = row_total(clout[rows[b]])
        for k in range(members.shape[0]):
            for a in range(actors):
                share = clout[rows[b], a] / whole if whole > 0.0 else 0.0
                force[a] = share * salience[b, a] if members[k, a] else 0.0
                moment[a] = wish[b, a] * force[a]
            mass = row_total(force)
            if not mass > 0.0:
                stand[b, k] = np.nan
            elif settles:
                stand[b, k] = settled_position(wish[b], force, reference[b], how, table, probability)
            else:
                stand[b, k] = row_total(moment) / mass


def spread_of(position: Floats, force: Floats, reference: Floats, centre: Floats, how: Coefficients) -> Floats:
    """The distribution (B, 101) over AXIS around given centres (B,); the other arguments as in `settle`."""
    probability = np.empty((len(centre), STEPS + 1))
    _spread_rows(position, force, reference, centre, how, probability)
    return probability


def settle(position: Floats, force: Floats, reference: Floats, how: Coefficients) -> Floats:
    """Where groups settle: probabilities (B, 101) over AXIS.

    `position` (B, A) on 0..1 and `force` (B, A) = power x salience, not negative; an actor without force is not there.
    `reference` (B,): the status quo, NaN where there is none. A group without any force stays at the status quo, and
    without one anything is as likely.
    """
    mass = total(force)
    there = mass > 0.0
    centre = np.where(there, total(force * position) / np.where(there, mass, 1.0), np.nan)
    probability = spread_of(position, force, reference, np.where(there, centre, AXIS[STEPS // 2]), how)
    if not there.all():
        quo = np.where(np.isnan(reference), 0.0, np.abs(AXIS[:, None] - reference)).argmin(axis=0)
        stays = (np.arange(STEPS + 1) == quo[:, None]) | np.isnan(reference)[:, None]
        probability = np.where(there[:, None], probability, stays / stays.sum(axis=1, keepdims=True))
    return probability


def settled_positions(position: Floats, force: Floats, reference: Floats, how: Coefficients) -> Floats:
    """The median of `settle`, (B,): where the model's bodies stand; NaN without force and status quo."""
    settled = np.empty(len(position))
    _settled_rows(np.ascontiguousarray(position), np.ascontiguousarray(force), reference, how, settled)
    return settled


def stand_of(wish: Floats, force: Floats, reference: Floats, p: Any, on: Callable[[str], bool]) -> Floats:
    """Where a body of the model stands, (B,): the median settlement; without the mechanism, the compromise.

    `wish` and `force` (B, A), `reference` (B,). NaN where nobody in the body has force.
    """
    if not on("settlement"):
        return weighted_mean(wish, force, np.nan)
    return np.where(total(force) > 0.0, settled_positions(wish, force, reference, coefficients_of(p)), np.nan)


def stands_of(
    members: NDArray[np.bool_],
    wish: Floats,
    salience: Floats,
    clout: Floats,
    rows: NDArray[np.intp],
    reference: Floats,
    p: Any,
    on: Callable[[str], bool],
) -> Floats:
    """As `stand_of`, for K bodies of `members` (K, A) at once, (B, K): an actor's force is share of clout x salience.

    `wish` and `salience` (B, A) and `reference` (B,) in the worlds `rows` (B,), `clout` (W, A) in all.
    """
    stand = np.empty((len(rows), len(members)))
    _stands(members, wish, salience, clout, rows, reference, coefficients_of(p), on("settlement"), stand)
    return stand
