"""Visits: low-cost signals that sustain political ties (K6).

A president has few journeys. Where they lead is a quantal response over what a neglected tie would cost: how much
we depend on a power, how hard it presses, and how long nobody has been there. A new president travels every month
for half a year; an elder, where there is one, takes a second journey, so that two vectors are tended at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multivector.agents.cast import POLITICS, Cast
from multivector.numerics import Floats, clip01, memory, total
from multivector.politics.decision import choose
from multivector.politics.hazards import dependence_shares, mean_pressure
from multivector.politics.state import State

__all__ = ["due", "travel"]


def travel(
    state: State,
    cast: Cast,
    interest: Floats,
    month: int,
    envoy: bool,
    draw: Floats,
    p: Any,
    on: Callable[[str], bool],
) -> list[tuple[NDArray[np.intp], int]]:
    """This month's journeys. interest (P,) now; draw (W, 2) uniform. Returns (worlds, power) of each destination."""
    travels = due(state, month, p)
    seen: list[tuple[NDArray[np.intp], int]] = []
    taken = np.zeros(state.since_visit.shape, dtype=bool)
    for journey in range(2):
        goes = travels & state.elder_veto if journey else travels
        if journey and not (envoy and on("envoy")):
            break
        rows = goes.nonzero()[0]
        if not rows.size:
            continue
        to = choose(_destinations(state, cast, taken, p), draw[:, journey])[rows]
        taken[rows, to] = True
        _receive(state, rows, to, interest[to], p)
        hosted = ((power, rows[to == power]) for power in range(len(cast.powers)))
        seen += [(hosts, power) for power, hosts in hosted if hosts.size]
    return seen


def due(state: State, month: int, p: Any) -> NDArray[np.bool_]:
    """Where a journey is due this month, (W,): regularly, and every month while the president is new."""
    regular = month % int(p.visits.every) == int(p.visits.every) - 1
    return np.asarray((state.tenure < int(p.visits.first_months)) | regular)


def _destinations(state: State, cast: Cast, taken: NDArray[np.bool_], p: Any) -> Floats:
    """Probability of each destination, (W, P)."""
    neglect = 1.0 - memory(p.visits.half_life) ** state.since_visit
    stake = dependence_shares(state.tie, cast, p) * (1.0 + mean_pressure(state, p))
    weight = np.where(taken, 0.0, np.exp(p.visits.choice * stake * neglect))
    whole = total(weight)[:, None]
    return np.where(whole > 0, weight / np.where(whole > 0, whole, 1.0), 1.0 / weight.shape[1])


def _receive(state: State, rows: NDArray[np.intp], power: NDArray[np.int64], interest: Floats, p: Any) -> None:
    """A visit warms the political tie as far as the host cares, and soothes what it holds against us.

    rows, power and the host's interest are of the same length: one host a world.
    """
    state.tie[rows, power, POLITICS] = clip01(state.tie[rows, power, POLITICS] + p.visits.warmth * interest)
    state.divergence[rows, power] = clip01(state.divergence[rows, power] - p.visits.soothing * interest)
    state.since_visit[rows, power] = 0.0
