"""How powers act and how ties move: it takes two.

A power supplies engagement; the president supplies outreach. A tie moves to what both sustain, political ties
fast, economic ones slowly (claims S2, L4). Pressure is the cost a power threatens for divergence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from multivector.agents.cast import ECONOMY, POLITICS, Cast
from multivector.numerics import Floats, clip01, memory, total
from multivector.politics.compiled import loop
from multivector.politics.events import Exogenous
from multivector.politics.hazards import mean_pressure
from multivector.politics.rules import record_of, switches_of
from multivector.politics.scalars import row_total
from multivector.politics.state import State
from multivector.politics.succession import settle_bonds

__all__ = [
    "Paths",
    "Routes",
    "Start",
    "act_powers",
    "deepen",
    "hold_council",
    "misread",
    "move_income",
    "move_ties",
    "sector_rents",
    "stray",
    "trade_flow",
]


@dataclass(frozen=True)
class Paths:
    """The scenario's great-power paths by month: pressure and engagement (M, P, D); interest, credibility (M, P)."""

    pressure: Floats
    engagement: Floats
    interest: Floats
    credibility: Floats


@dataclass(frozen=True)
class Start:
    """Stocks at the start, against which changes are measured: scalars, and rents (S,), trade income a scalar."""

    income: float
    repression: float
    reform: float
    doubt: float
    grievance: float
    dependence: float
    rent: Floats
    trade: float


@dataclass(frozen=True)
class Routes:
    """What the ways to the powers let pass, by month, (M, P).

    capacity: share of trade with each power that can move, borders open and transit countries letting it pass;
    burden: share of it that goes through partners in trouble, by how ill they are.
    """

    capacity: Floats
    burden: Floats

    @classmethod
    def read(cls, cast: Cast, exo: Exogenous, on: Callable[[str], bool]) -> Routes:
        """From the scenario's events, once."""
        capacity = 1.0 - exo.closed if on("transport_capacity") else np.ones_like(exo.closed)
        burden = np.zeros_like(exo.closed)
        if on("transit"):
            stopped = np.minimum(total(cast.transit * exo.cut[:, :, None], axis=1), 1.0)
            capacity = capacity * (1.0 - stopped * (1.0 - exo.alternative))
            ill = 1.0 - exo.health
            burden = total(cast.transit * ill[:, :, None] * (1.0 - exo.alternative)[:, None, :], axis=1)
        return cls(capacity, burden)


def stray(state: State, draw: Floats, p: Any) -> None:
    """Powers stray from their paths: an autoregressive mood. draw (W, P, D) standard normal."""
    keep = memory(p.powers.mood_half_life)
    news = p.powers.mood_sd * np.sqrt(1.0 - keep * keep)
    state.mood = keep * state.mood + news * draw


def act_powers(
    state: State,
    cast: Cast,
    paths: Paths,
    exo: Exogenous,
    start: Start,
    month: int,
    p: Any,
    on: Callable[[str], bool],
) -> None:
    """Set this month's pressure and engagement (W, P, D) of every power, from paths and from what we did."""
    pressure = paths.pressure[month][None] + p.powers.threat_weight * state.threat[:, :, None]
    if on("succession_doubt"):
        pressure = pressure * (1.0 + p.powers.doubt_pressure * (state.doubt - start.doubt))[:, None, None]
    state.pressure = clip01(pressure)
    offered = paths.engagement
    if not on("domain_supply"):
        offered = np.broadcast_to(offered.mean(axis=2, keepdims=True), offered.shape)

    if not on("partner_engagement"):
        kept = offered[0] * paths.interest[0][:, None]
        state.engagement = clip01(np.broadcast_to(kept, state.engagement.shape))
        return
    interest = paths.interest[month] * (1.0 - exo.absence[month])
    supply = offered[month] * interest[:, None] * np.exp(state.mood)
    eager = cast.values * interest
    if on("reform_response"):
        warm = 1.0 + p.powers.reform_response * eager[None, :] * (state.reform - start.reform)[:, None]
        supply *= np.maximum(warm, 0.0)[:, :, None]
    if on("repression_response"):
        cool = (
            1.0 - p.powers.repression_response * cast.values[None, :] * (state.repression - start.repression)[:, None]
        )
        supply[:, :, POLITICS] *= np.maximum(cool, 0.0)
    if on("reciprocity"):
        supply *= state.outreach**p.powers.reciprocity
    if on("jealousy"):
        closer = np.maximum(state.tie - cast.tie0, 0.0)
        minded = np.zeros_like(
            closer
        )  # by power: how far others came closer than at the start, by its rivalry with them
        for other in range(len(cast.powers)):
            minded += cast.rivalry[None, :, other, None] * closer[:, None, other, :]
        supply *= np.maximum(1.0 - p.powers.jealousy * minded, 0.0)
    if on("coercion"):
        supply *= np.maximum(1.0 - p.powers.retaliation * state.pressure * state.divergence[:, :, None], 0.0)
    state.engagement = clip01(supply)


def hold_council(state: State, cast: Cast, start: Start, month_of_year: int, p: Any) -> None:
    """Once a year foreign investors and delegations carry partners' offers in (N4): economic outreach rises.

    More so when income is short (N13). The council's stakes say whose offers it carries.
    """
    council = cast.with_role("investors_council")
    if month_of_year != int(p.council.month) or not council.any():
        return
    voice = total((cast.clout0 * council)[:, None] * np.maximum(cast.stake, 0.0), axis=0)  # (P,)
    need = np.maximum(start.income - state.income, 0.0)
    lift = p.council.gain * voice[None, :] * (1.0 + p.council.need_gain * need)[:, None]
    state.outreach[:, :, ECONOMY] = state.outreach[:, :, ECONOMY] + lift


def misread(state: State, innocent: NDArray[np.bool_], draw: Floats, p: Any) -> NDArray[np.bool_]:
    """Powers that took an innocent move as a signal this month, (W, P); they threaten (claim L8).

    innocent (W, P): something was settled this month that did not concern the power; draw (W, P) uniform.
    """
    distrust = 1.0 - state.tie[:, :, POLITICS]
    pressure = mean_pressure(state, p)
    chance = p.powers.misreading * pressure * distrust * innocent
    seen = draw < chance
    state.threat = state.threat + p.powers.misread_threat * seen
    return np.asarray(seen)


def move_ties(
    state: State, believed: Floats, routes: Routes, exo: Exogenous, month: int, p: Any, on: Callable[[str], bool]
) -> None:
    """One month of ties and outreach. `believed` (P,) is the credibility of what powers supply."""
    credibility = believed**p.powers.credibility_weight
    target = state.engagement * credibility[:, None] * state.outreach**p.ties.effort
    target[:, :, ECONOMY] = target[:, :, ECONOMY] * routes.capacity[month]
    rate = np.array([p.ties.rate_politics, p.ties.rate_economy, p.ties.rate_security])
    if not on("domain_speeds"):
        rate = np.full_like(rate, rate.mean())
    state.tie = clip01(state.tie + rate * (clip01(target) - state.tie))
    state.tie[:, :, POLITICS] = clip01(state.tie[:, :, POLITICS] + exo.visit[month])
    state.outreach = state.outreach + p.ties.outreach_decay * (settle_bonds(state) - state.outreach)


def deepen(state: State, cast: Cast, p: Any) -> None:
    """Bloc obligations, a border and kin across it deepen ties by themselves (B9), under a sole ruler fully.

    While an elder must consent, two heads pull and nothing deepens.
    """
    alone = (~state.elder_veto).astype(np.float64)
    state.outreach = state.outreach + p.ties.lock_in * cast.lock_in[None, :, None] * alone[:, None, None]


def trade_flow(state: State, cast: Cast, routes: Routes, exo: Exogenous, month: int) -> Floats:
    """Trade with each power, (W, P): capability x economic tie x health x what the routes let pass."""
    passes = exo.health[month] * routes.capacity[month]
    return np.asarray(cast.capability[:, ECONOMY] * state.tie[:, :, ECONOMY] * passes)


def sector_rents(state: State, cast: Cast, routes: Routes, exo: Exogenous, month: int) -> Floats:
    """Rents of each sector, (W, S): partners' economic ties x health x open routes, plus rents handed out."""
    flow = state.tie[:, :, ECONOMY] * (exo.health[month] * routes.capacity[month])
    return total(cast.partner[None] * flow[:, None, :]) + state.rent


def move_income(
    state: State,
    cast: Cast,
    routes: Routes,
    exo: Exogenous,
    start: Start,
    month: int,
    p: Any,
    on: Callable[[str], bool],
) -> None:
    """One month of the income index: partners' health, open routes, trade, coercion and shocks."""
    now = _Month(
        exo.health[month], routes.capacity[month], routes.burden[month], start.income, start.trade,
        exo.income_shock[month],
    )  # fmt: skip
    state.income = state.income.copy()
    _earn(
        record_of(p), switches_of(p, on), now, cast.capability, state.tie, mean_pressure(state, p), state.divergence,
        state.income,
    )  # fmt: skip


class _Month(NamedTuple):
    """What holds in a month, (P,) by power, and the stocks at the start."""

    health: Floats
    capacity: Floats
    burden: Floats
    income: float
    trade: float
    shock: float


@loop
def _earn(rules, switches, now, capability, tie, pressed, divergence, income):  # type: ignore[no-untyped-def]
    """Move `income` (W,), see `move_income`; `pressed` (W, P) is the mean pressure over domains."""
    p, on = rules[0], switches[0]
    powers = capability.shape[0]
    economy, share, part = np.empty(powers), np.empty(powers), np.empty(powers)
    for w in range(income.size):
        for q in range(powers):
            economy[q] = capability[q, ECONOMY] * tie[w, q, ECONOMY]
        trade = row_total(economy)  # capability-weighted economic ties: what trade brings
        for q in range(powers):
            share[q] = economy[q] / trade if trade > 0.0 else 0.0
        direct, coerced = 0.0, 0.0
        if on.economic_coupling:
            for q in range(powers):
                part[q] = share[q] * (1.0 - now.health[q])
            direct = row_total(part)
        for q in range(powers):
            part[q] = share[q] * now.burden[q]
        passing = row_total(part)
        for q in range(powers):
            part[q] = share[q] * (1.0 - now.capacity[q])
        stopped = row_total(part)
        if on.coercion:
            for q in range(powers):
                part[q] = share[q] * pressed[w, q] * divergence[w, q]
            coerced = row_total(part)
        target = now.income + p.economy.trade_gain * (trade - now.trade) - p.economy.coupling * direct
        target = target - p.economy.transit_coupling * passing - p.economy.stoppage * stopped
        target = target - p.economy.coercion * coerced - now.shock
        income[w] = max(income[w] + p.economy.rate * (target - income[w]), 0.0)
