"""What each domestic actor wants in a case, and how much.

A wish is a position on the dossier's axis: the weighted mean of what serves the actor's interests (stakes in
powers, the status quo, sovereignty, sector rents, the hold on office). The same rule serves every dossier.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from multivector.agents.cast import DOMESTIC, Cast
from multivector.numerics import Floats, clip01, total, weighted_mean
from multivector.politics.cases import Case
from multivector.politics.hazards import elite_shares
from multivector.politics.state import State

__all__ = ["Positions", "pressure_in_domain", "settlement", "take_positions"]


@dataclass(frozen=True)
class Positions:
    """Wishes (B, A) on the axis 0..1, saliences (B, A) 0..1 after lobbying, and lobbying effort (B, A) 0..1."""

    wish: Floats
    salience: Floats
    effort: Floats


def pressure_in_domain(case: Case, state: State) -> Floats:
    """Each power's pressure on this case, (B, P): that of its domain, the political one for domestic cases."""
    domain = np.where(case.domain == DOMESTIC, 0, case.domain)
    return np.ascontiguousarray(state.pressure[case.rows, :, domain])


def settlement(wish: Floats, power: Floats, empty: float | Floats = np.nan) -> Floats:
    """Where a group of actors converges without a president: the power-weighted mean of wishes, over the last axis.

    `power` is capability x salience. The compromise model (Van den Bos 1991; Achen 2006, in Thomson et al., "The
    European Union Decides"), which no published rival clearly beats.
    """
    return weighted_mean(wish, power, empty)


def _own_wish(case: Case, cast: Cast, state: State, p: Any, on: Callable[[str], bool]) -> tuple[Floats, Floats]:
    """Wish from interests alone and the weight of interests behind it, both (B, A)."""
    cares = (case.power_salience > 0).astype(np.float64)  # (B, P)
    stake = np.broadcast_to(cast.stake, (len(case.rows), *cast.stake.shape))
    if on("reactance"):
        stake = stake - p.outside.elite_reactance * state.threat[case.rows][:, None, :]
    towards = np.maximum(stake, 0.0) * cares[:, None, :]
    against = np.maximum(-stake, 0.0) * cares[:, None, :]
    wish = case.power_wish[:, None, :]
    moment = total(towards * wish + against * (1.0 - wish))
    weight = total(towards + against)

    x = case.x
    quo = cast.inertia[None, :] * np.ones_like(weight)
    moment = moment + quo * case.reference[:, None]
    weight = weight + quo
    for cost, taste in (
        (case.sovereignty, cast.sovereignty),
        (case.opening, p.elite.opening_aversion * (~cast.formal)),
    ):
        spread = float(cost.max() - cost.min())
        if spread > 0:
            pull = taste * spread
            moment = moment + pull * float(x[cost == cost.min()].mean())
            weight = weight + pull
    in_sector = cast.sector >= 0
    if case.rents.size and in_sector.any():
        gain = np.zeros((len(cast.actors), case.options))
        gain[in_sector] = case.rents[cast.sector[in_sector]]
        pull = gain.max(axis=1) - gain.min(axis=1)
        best = gain == gain.max(axis=1, keepdims=True)
        moment = moment + pull * ((best * x).sum(axis=1) / best.sum(axis=1))
        weight = weight + pull
    return np.where(weight > 0, moment / np.where(weight > 0, weight, 1.0), case.reference[:, None]), weight


def take_positions(case: Case, cast: Cast, state: State, p: Any, on: Callable[[str], bool]) -> Positions:
    """Wishes and saliences of all domestic actors in a case."""
    own, weight = _own_wish(case, cast, state, p, on)
    stated = ~np.isnan(case.stated_wish)
    spread = np.where(case.stated_exactly, 0.0, p.dossiers.body_spread)
    given = np.where(stated, case.stated_wish, 0.0)
    wish = np.where(stated, (1.0 - spread) * given + spread * own, own)
    salience = np.where(
        np.isnan(case.stated_salience),
        weight / (weight + p.dossiers.interest_half),
        case.stated_salience,
    )
    if on("foreign_links"):
        force = p.links.strength * cast.link * (pressure_in_domain(case, state) * (case.power_salience > 0))[:, None, :]
        wish = (wish + total(force * case.power_wish[:, None, :])) / (1.0 + total(force))
        salience = clip01(salience * (1.0 + total(force)))
    held = cast.holder >= 0
    if on("overlap") and held.any():
        holder_wish = wish[:, np.where(held, cast.holder, 0)]
        pull = p.links.overlap * held
        wish = (1.0 - pull) * wish + pull * holder_wish
    effort = np.zeros_like(wish)
    if on("lobbying"):
        # effort e* of benefit salience x distance from where the group settles, against a quadratic cost
        middle = settlement(wish, elite_shares(state.clout[case.rows]) * salience, case.reference)
        effort = clip01(salience * np.abs(wish - middle[:, None]) / p.lobbying.cost) * cast.informal
        salience = clip01(salience * (1.0 + p.lobbying.gain * effort))
    return Positions(wish=wish, salience=salience, effort=effort)
