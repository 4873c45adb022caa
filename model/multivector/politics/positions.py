"""What each domestic actor wants in a case, and how much.

A wish is a position on the dossier's axis: the weighted mean of what serves the actor's interests (stakes in
powers, the status quo, sovereignty, sector rents, the hold on office). The same rule serves every dossier.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from multivector.agents.cast import DOMESTIC, POLITICS, Cast
from multivector.numerics import Floats
from multivector.politics.cases import Case
from multivector.politics.compiled import loop, within
from multivector.politics.rules import kept, record_of, switches_of
from multivector.politics.scalars import clip01
from multivector.politics.settlement import STEPS, Coefficients, settled_position
from multivector.politics.state import State

__all__ = ["Positions", "take_positions"]


@dataclass(frozen=True)
class Positions:
    """Wishes (B, A) on the axis 0..1, saliences (B, A) 0..1 after lobbying, and lobbying effort (B, A) 0..1."""

    wish: Floats
    salience: Floats
    effort: Floats


class _Actors(NamedTuple):
    """Who takes positions, see `Cast`."""

    stake: Floats  # (A, P)
    link: Floats  # (A, P)
    inertia: Floats  # (A,)
    sovereignty: Floats  # (A,)
    sector: NDArray[np.int64]  # (A,)
    holder: NDArray[np.int64]  # (A,)
    formal: NDArray[np.bool_]  # (A,)
    informal: NDArray[np.bool_]  # (A,)


class _Question(NamedTuple):
    """What a case asks of them, see `Case`; and what the world brings to bear, (W, ...)."""

    rows: NDArray[np.intp]
    domain: NDArray[np.int64]
    x: Floats
    reference: Floats
    power_wish: Floats
    power_salience: Floats
    sovereignty: Floats
    opening: Floats
    rents: Floats
    stated_wish: Floats
    stated_exactly: NDArray[np.bool_]
    stated_salience: Floats
    pressure: Floats  # (W, P, D)
    threat: Floats  # (W, P)
    clout: Floats  # (W, A)


@within
def _cheapest(cost, x):  # type: ignore[no-untyped-def]
    """Mean position of the options with the lowest cost, and how far costs spread, both scalars."""
    low, high = cost[0], cost[0]
    for o in range(cost.size):
        low, high = min(low, cost[o]), max(high, cost[o])
    where, count = 0.0, 0
    for o in range(cost.size):
        if cost[o] == low:
            where += x[o]
            count += 1
    return where / count, high - low


@within
def _own_wish(stake, wish, care, threat, inertia, quo, centre, pull, reactance):  # type: ignore[no-untyped-def]
    """Wish of one actor from interests alone, and the weight of interests behind it.

    The mean of where each interest points, weighted by its strength: stakes in powers that care (P,), against a
    power whose stake is negative, the more so when it threatens; the status quo; then `centre` by `pull`, (3,): least
    sovereignty handed away, least opening, most rents.
    """
    moment, weight = 0.0, 0.0
    for q in range(stake.size):
        if care[q] > 0.0:
            interest = stake[q] - reactance * threat[q]
            towards, against = max(interest, 0.0), max(-interest, 0.0)
            moment += towards * wish[q] + against * (1.0 - wish[q])
            weight += towards + against
    moment += inertia * quo
    weight += inertia
    for k in range(pull.size):
        moment += pull[k] * centre[k]
        weight += pull[k]
    return (moment / weight if weight > 0.0 else quo), weight


@loop
def _take(rules, switches, who, ask, wish, salience, effort):  # type: ignore[no-untyped-def]
    """Fill `wish`, `salience` and `effort` (B, A), row by row; see `take_positions`."""
    stake, sovereignty, formal, sector = who.stake, who.sovereignty, who.formal, who.sector
    inertia, link, holder, informals = who.inertia, who.link, who.holder, who.informal
    sovereigntys, x, openings, rents = ask.sovereignty, ask.x, ask.opening, ask.rents
    rows, power_wish, power_salience, threat = ask.rows, ask.power_wish, ask.power_salience, ask.threat
    reference, stated_wish, stated_exactly, stated_salience = (
        ask.reference,
        ask.stated_wish,
        ask.stated_exactly,
        ask.stated_salience,
    )
    pressure, clouts = ask.pressure, ask.clout
    p, on = rules[0], switches[0]
    how = Coefficients(p.settlement.table_share, p.settlement.table_pull, p.settlement.compromise_pull)
    actors, powers = stake.shape
    reactance = p.outside.elite_reactance if on.reactance else 0.0
    centre, pull = np.empty((actors, 3)), np.empty((actors, 3))
    hefts, table, settled = np.empty(actors), np.empty(STEPS + 1), np.empty(STEPS + 1)
    least, spread = _cheapest(sovereigntys, x)
    loose, opening = _cheapest(openings, x)
    for a in range(actors):
        centre[a, 0], pull[a, 0] = least, sovereignty[a] * spread
        centre[a, 1], pull[a, 1] = loose, 0.0 if formal[a] else p.elite.opening_aversion * opening
        centre[a, 2], pull[a, 2] = 0.0, 0.0
        if sector[a] >= 0:
            centre[a, 2], pull[a, 2] = _cheapest(-rents[sector[a]], x)
    for b in range(rows.size):
        domain = POLITICS if ask.domain[b] == DOMESTIC else ask.domain[b]
        for a in range(actors):
            own, weight = _own_wish(
                stake[a], power_wish[b], power_salience[b], threat[rows[b]], inertia[a],
                reference[b], centre[a], pull[a], reactance,
            )  # fmt: skip
            if np.isnan(stated_wish[a]):
                wish[b, a] = own
            else:
                leeway = 0.0 if stated_exactly[a] else p.dossiers.body_spread
                wish[b, a] = (1.0 - leeway) * stated_wish[a] + leeway * own
            stated = stated_salience[a]
            salience[b, a] = weight / (weight + p.dossiers.interest_half) if np.isnan(stated) else stated
            if on.foreign_links:
                force, towards = 0.0, 0.0
                for q in range(powers):
                    if power_salience[b, q] > 0.0:
                        pressed = p.links.strength * link[a, q] * pressure[rows[b], q, domain]
                        force += pressed
                        towards += pressed * power_wish[b, q]
                wish[b, a] = (wish[b, a] + towards) / (1.0 + force)
                salience[b, a] = clip01(salience[b, a] * (1.0 + force))
        if on.overlap:
            for a in range(actors):
                if holder[a] >= 0:  # holders are informal and hold no post through another
                    wish[b, a] = (1.0 - p.links.overlap) * wish[b, a] + p.links.overlap * wish[b, holder[a]]
        if on.lobbying:
            w = rows[b]
            clout, force, moment = 0.0, 0.0, 0.0
            for a in range(actors):
                clout += clouts[w, a]
            for a in range(actors):
                heft = clouts[w, a] / clout * salience[b, a] if clout > 0.0 else 0.0
                hefts[a] = heft
                force += heft
                moment += wish[b, a] * heft
            if on.settlement:
                middle = settled_position(wish[b], hefts, reference[b], how, table, settled)
            else:
                middle = moment / force if force > 0.0 else reference[b]
            for a in range(actors):
                if informals[a]:
                    effort[b, a] = clip01(salience[b, a] * abs(wish[b, a] - middle) / p.lobbying.cost)
                salience[b, a] = clip01(salience[b, a] * (1.0 + p.lobbying.gain * effort[b, a]))


def take_positions(case: Case, cast: Cast, state: State, p: Any, on: Callable[[str], bool]) -> Positions:
    """Wishes and saliences of all domestic actors in a case.

    What interests ask for, bent by what is stated, by powers through the informal elites linked to them, and in posts
    by who holds them. Then informal actors lobby: effort salience x distance from where the group
    settles (`politics.settlement`), against a quadratic cost, raises salience.
    """
    ask = _Question(
        case.rows, case.domain, case.x, case.reference, case.power_wish, case.power_salience, case.sovereignty,
        case.opening, case.rents, case.stated_wish, case.stated_exactly, case.stated_salience, state.pressure,
        state.threat, state.clout,
    )  # fmt: skip
    shape = (len(case.rows), len(cast.actors))
    positions = Positions(wish=np.empty(shape), salience=np.empty(shape), effort=np.zeros(shape))
    who = kept(p, "_actors", (cast,), lambda: _Actors(*(getattr(cast, name) for name in _Actors._fields)))
    _take(record_of(p), switches_of(p, on), who, ask, positions.wish, positions.salience, positions.effort)
    return positions
