"""The compiled terms of a decision's cost: the elite's, the powers', the doctrine's and the moves' own price.

Each fills its components of `out.parts` for the rows `first`..`last` - 1, one row (a world) at a time, so that no row
depends on another; sums run in the order of their index. Rules are read as `p.group.name`, switches as
`on.mechanism` (see `rules`), the rest from the records of `compiled`.
"""

from __future__ import annotations

import numba
import numpy as np

from multivector.politics.compiled import (
    BALANCE, CONCESSION, ELITE, MASS, MOVE, MOVES, OUTSIDE, PAYMENT, REPRESSION, SOVEREIGNTY, share_ties,
)  # fmt: skip
from multivector.politics.scalars import beyond_quo, clip01, logistic_of, survival_loss

__all__ = ["doctrine_terms", "elite_terms", "outside_terms"]


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _settle_claims(b, o, at, reach, p, who, before, share, loss):  # type: ignore[no-untyped-def]
    """Fill `loss` (A, O + 1) of option o after side deals; returns the felt and lost sums over actors.

    Loss of an actor = salience x ((wish - x)^2 - (wish - status quo)^2). Advisers put a `reach` share of the
    winners' share-weighted gains on the table; losers are served in proportion to their priority, a part is lost on
    the way (`efficiency`). Losses are felt `loss_aversion` times as much as gains.
    """
    efficiency, aversion = p.advisers.efficiency, p.elite.loss_aversion
    actors = share.size
    pool, claims = 0.0, 0.0
    for a in range(actors):
        gap, quo = before.wish[b, a] - at, before.wish[b, a] - before.reference[b]
        value = before.salience[b, a] * (gap * gap - quo * quo)
        loss[a, o] = value
        if value < 0.0:
            pool -= share[a] * value
        else:
            claims += share[a] * value * who.priority[a]
    pool *= reach
    paid = min(1.0, efficiency * pool / claims) if claims > 0.0 else 0.0
    used = reach * paid * claims / (efficiency * pool) if pool > 0.0 else 0.0
    felt, lost = 0.0, 0.0
    for a in range(actors):
        value = loss[a, o]
        if value > 0.0:
            value -= paid * who.priority[a] * value
            lost += share[a] * value
            felt += aversion * share[a] * value
        else:
            value -= used * value
            felt += share[a] * value
        loss[a, o] = value
    return felt, lost


@numba.njit(cache=True, nogil=True, error_model="numpy")
def elite_terms(first, last, rules, switches, const, who, world, before, out):  # type: ignore[no-untyped-def]
    """The elite's part: months x rise of -log(1 - h), h logistic in clout-weighted disloyalty.

    Disloyalty rises by the felt losses and by fear of opening; a payment buys off a share of the losers, a
    concession pleases the inner circle, force strains services that are not loyal.
    """
    p = rules[0]
    options, actors = before.x.size, who.informal.size
    share = np.empty(actors)
    for b in range(first, last):
        w = before.rows[b]
        whole = 0.0
        for a in range(actors):
            whole += world.clout[w, a]
        disloyal, inner, force, distrust = 0.0, 0.0, 0.0, 0.0
        for a in range(actors):
            share[a] = world.clout[w, a] / whole if whole > 0.0 else 0.0
            disloyal += share[a] * (1.0 - world.loyalty[w, a])
            if who.informal[a]:
                inner += share[a]
            if who.services[a]:
                force += world.clout[w, a]
                distrust += (1.0 - world.loyalty[w, a]) * world.clout[w, a]
        distrust = distrust / force if force > 0.0 else 0.0
        now = const.base[ELITE] + p.elite.slope * (disloyal - p.elite.reference)
        loss_now = survival_loss(now)
        out.logit_now[b, ELITE] = now
        slope = const.months[ELITE] * logistic_of(now) * p.elite.slope * p.elite.loyalty_step
        for a in range(actors):
            out.weight_actor[b, a] = slope * share[a]
        for o in range(options + 1):
            at = before.x[o] if o < options else before.reference[b]
            felt, lost = _settle_claims(b, o, at, const.reach, p, who, before, share, out.loss[b])
            payment = p.moves.payment_share * lost
            out.payment[b, o] = payment
            fear = p.elite.opening_fear * beyond_quo(o, before.x, before.opening, before.reference[b])
            for move in range(MOVES if o < options else 1):
                rise = p.elite.loyalty_step * felt + fear
                if move == PAYMENT:
                    rise -= p.elite.loyalty_step * p.elite.loss_aversion * payment
                elif move == CONCESSION:
                    rise += p.elite.loyalty_step * p.moves.concession_rent * inner
                elif move == REPRESSION:
                    rise += p.moves.repression_strain * distrust
                after = now + p.elite.slope * rise
                out.logit_after[b, o * MOVES + move, ELITE] = after
                out.parts[b, o * MOVES + move, ELITE] = const.months[ELITE] * (survival_loss(after) - loss_now)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def outside_terms(first, last, rules, switches, const, who, world, before, out):  # type: ignore[no-untyped-def]
    """The powers' part: months x rise of -log(1 - h), h logistic in sum of (pressure + debt) x leverage x divergence.

    gain = care x ((wish - status quo)^2 - (wish - x)^2); offence = tact x care x (wish - x)^2 - max(gain, 0). Ties
    are expected to follow favours in the case's domain by `foresight`, and leverage with them: share to the power
    `leverage_bend`. Force offends those who hold values dear.
    """
    p, on = rules[0], switches[0]
    powers, domains = who.capability.shape
    options = before.x.size
    foresight = p.ties.foresight if on.compensation else 0.0
    step, bend, weigh = p.outside.divergence_step, p.outside.leverage_bend, p.measures.transit_dependence
    slope, base, reference = p.outside.slope, const.base[OUTSIDE], p.outside.reference
    expected, share, grip = np.empty((1, powers, domains)), np.empty((1, powers)), np.empty(powers)
    for b in range(first, last):
        w = before.rows[b]
        debt = p.outside.obligation_weight if on.obligations else 0.0
        index = 0.0
        share_ties(world.tie[w : w + 1], who.capability, const.domain_weight, who.transit, weigh, share)
        for q in range(powers):
            pressure = 0.0
            for d in range(domains):
                pressure += world.pressure[w, q, d]
            grip[q] = pressure / domains + debt * world.obligation[w, q]
            out.weight_power[b, q] = grip[q] * share[0, q] ** bend
            index += out.weight_power[b, q] * world.divergence[w, q]
        now = base + slope * (index - reference)
        loss_now = survival_loss(now)
        out.logit_now[b, OUTSIDE] = now
        for q in range(powers):
            out.weight_power[b, q] *= const.months[OUTSIDE] * logistic_of(now) * slope * step * const.tact
        for o in range(options + 1):
            at = before.x[o] if o < options else before.reference[b]
            for q in range(powers):
                wish, care = before.power_wish[b, q], before.power_salience[b, q]
                gap, quo = wish - at, wish - before.reference[b]
                favour = care * (quo * quo - gap * gap)
                out.gain[b, o, q] = favour
                out.offence[b, o, q] = const.tact * care * gap * gap - max(favour, 0.0)
                for d in range(domains):
                    expected[0, q, d] = world.tie[w, q, d]
                if before.domain[b] < domains and foresight > 0.0:
                    expected[0, q, before.domain[b]] = clip01(expected[0, q, before.domain[b]] + foresight * favour)
            share_ties(expected, who.capability, const.domain_weight, who.transit, weigh, share)
            plain, force = 0.0, 0.0
            for q in range(powers):
                leverage = grip[q] * share[0, q] ** bend
                apart = clip01(world.divergence[w, q] + step * out.offence[b, o, q])
                plain += leverage * apart
                force += leverage * clip01(apart + p.moves.repression_offence * who.values[q])
            for move in range(MOVES if o < options else 1):
                after = base + slope * ((force if move == REPRESSION else plain) - reference)
                out.logit_after[b, o * MOVES + move, OUTSIDE] = after
                out.parts[b, o * MOVES + move, OUTSIDE] = const.months[OUTSIDE] * (survival_loss(after) - loss_now)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _unevenness(tilt, gain):  # type: ignore[no-untyped-def]
    """Sum over powers of the squared distance of (tilt + gain) from its mean."""
    whole, result = 0.0, 0.0
    for q in range(tilt.size):
        whole += tilt[q] + gain[q]
    for q in range(tilt.size):
        even = tilt[q] + gain[q] - whole / tilt.size
        result += even * even
    return result


@numba.njit(cache=True, nogil=True, error_model="numpy")
def doctrine_terms(first, last, rules, switches, const, who, world, before, out):  # type: ignore[no-untyped-def]
    """The doctrine's losses and the price of each move: balance, sovereignty, move.

    Balance is the rise in unevenness of favours over powers, sovereignty the control handed away, each times a taste.
    An elder's likely veto has a price where the case could wait.
    """
    p, on = rules[0], switches[0]
    options = before.x.size
    nothing = np.zeros(who.values.size)
    for b in range(first, last):
        w = before.rows[b]
        even = _unevenness(world.tilt[w], nothing)
        veto = on.elder_veto and who.elder and world.elder_veto[w] and before.may_delay[b]
        for o in range(options + 1):
            at = before.x[o] if o < options else before.reference[b]
            tilted = _unevenness(world.tilt[w], out.gain[b, o]) - even
            handed = beyond_quo(o, before.x, before.sovereignty, before.reference[b])
            refusal = 0.0
            if veto:
                distance = abs(before.wish[b, who.informal.size - 1] - at)
                refusal = p.elder.veto_price * logistic_of(p.elder.firmness * (distance - p.elder.tolerance))
            for move in range(MOVES if o < options else 1):
                parts = out.parts[b, o * MOVES + move]
                parts[BALANCE] = p.decision.balance_taste * before.balance[b] * tilted
                parts[SOVEREIGNTY] = p.decision.sovereignty_taste * before.sovereign[b] * handed
                price = 0.0
                if move == PAYMENT:
                    price = p.moves.payment_price * out.payment[b, o] + p.moves.payment_fixed
                elif move == CONCESSION:
                    price = p.moves.concession_price
                elif move == REPRESSION:
                    price = p.moves.repression_price
                parts[MOVE] = price + refusal
        delay = out.parts[b, options * MOVES]  # what leaving the status quo costs, of which a share counts
        delay[MASS] *= p.moves.delay_share
        delay[OUTSIDE] *= p.moves.delay_share
        delay[MOVE] = p.moves.delay_price * (1.0 + before.months_open[b])
