"""The decision rule, compiled: what an action costs by each hazard, and the whole rule (`judge`).

Each `*_terms` fills its components of `out.parts` for the rows `first`..`last` - 1, one row (a world) at a time, so
that no row depends on another; sums run in the order of their index. Rules are read as `p.group.name`, switches as
`on.mechanism` (see `rules`), the rest from the records of `compiled`.
"""

from __future__ import annotations

import math

import numpy as np

from multivector.agents.cast import ECONOMY, POLITICS
from multivector.politics.choice import choice_terms, doctrine_terms
from multivector.politics.compiled import (
    CONCESSION,
    ELITE,
    MASS,
    MOVES,
    OUTSIDE,
    PAYMENT,
    REPRESSION,
    loop,
    share_ties,
    within,
)
from multivector.politics.mobilisation import CITIZENS, CITIZENS_WEIGHT, RESIDUAL, RESIDUAL_WEIGHT
from multivector.politics.scalars import beyond_quo, clip01, exp_of, felt, logistic_of, menacing, survival_loss

__all__ = ["judge"]

#: Step of the central difference that gives the public's weight.
_SLOPE_STEP = 1e-5


@within
def _sensitivity(p, on):  # type: ignore[no-untyped-def]
    """Share of a hazard's log-odds that the president feels, see `felt`."""
    return p.decision.odds_sensitivity if on.probability_weighting else 1.0


# --- favours and promises ---------------------------------------------------------------------------------------------
@within
def _good_offices(offered, between, tie):  # type: ignore[no-untyped-def]
    """How credible good offices are: offered x the weaker of the two political ties (P, D), 0..1."""
    if between.size < 2:
        return 0.0
    return offered * min(tie[between[0], POLITICS], tie[between[1], POLITICS])


@within
def favour_terms(first, last, rules, switches, const, who, world, before, out):  # type: ignore[no-untyped-def]
    """Fill `gain`, `offence`, `step`, `relief` and `treasury` of every option, the status quo last.

    gain = care x ((wish - status quo)^2 - (wish - x)^2), and a mediator's favour to both sides
    delivered = step promised x credibility x share of the way to the wish that the option goes
    offence = tact x (1 - cover x forum) x care x (wish - x)^2 - max(gain, 0) - warmth x delivered
    step = gain + return x delivered: what the tie in the case's domain is expected to follow
    relief = trade that the steps bring x (1 + need gain x income lost) + standing x offered x (tie - threshold)
    treasury = what trade and promised steps bring, in scarce revenue, x need gain x income lost (N13)
    """
    p, on = rules[0], switches[0]
    powers, options = who.values.size, before.x.size
    hope = p.economy.trade_gain * p.public.income_grievance if on.economic_need else 0.0
    for b in range(first, last):
        w = before.rows[b]
        need = max(const.income - world.income[w], 0.0)
        worth = hope * (1.0 + p.economy.need_gain * need)
        scarce = p.elite.treasury_gain * p.economy.trade_gain * p.economy.need_gain * need if on.economic_need else 0.0
        for o in range(options + 1):
            at = before.x[o] if o < options else before.reference[b]
            cover = p.outside.forum_cover * before.forum[o] if o < options and on.forums else 0.0
            offices = 0.0
            if on.mediation and o < options:
                offices = _good_offices(before.mediation[o], before.between, world.tie[w])
            promised, aid = 0.0, 0.0
            for q in range(powers):
                wish, care = before.power_wish[b, q], before.power_salience[b, q]
                gap, quo = wish - at, wish - before.reference[b]
                favour = care * (quo * quo - gap * gap)
                delivered = 0.0
                if on.reciprocal_steps and before.offers[q] > 0.0 and quo != 0.0:
                    delivered = before.offers[q] * clip01(1.0 - abs(gap) / abs(quo))
                if offices > 0.0 and (before.between[0] == q or before.between[1] == q):
                    favour += p.mediation.favour * offices
                softened = const.tact * (1.0 - cover) * care * gap * gap
                out.gain[b, o, q] = favour
                out.offence[b, o, q] = softened - max(favour, 0.0) - p.powers.offer_warmth * delivered
                out.step[b, o, q] = favour + p.powers.offer_return * delivered
                if before.domain[b] == ECONOMY:
                    tie = world.tie[w, q, ECONOMY]
                    closer = clip01(tie + p.ties.foresight * out.step[b, o, q]) - tie
                    promised += who.capability[q, ECONOMY] * closer
                else:  # a step promised in another field is paid in money too
                    aid += who.capability[q, ECONOMY] * p.ties.foresight * p.powers.offer_return * delivered
            out.treasury[b, o] = scarce * (promised + aid)
            relief = worth * promised
            if offices > 0.0:
                relief += p.mediation.standing * (offices - p.mediation.threshold * before.mediation[o])
            out.relief[b, o] = relief


# --- the elite --------------------------------------------------------------------------------------------------------
@within
def _settle_claims(o, at, quo, reach, p, priority, wish, salience, share, loss):  # type: ignore[no-untyped-def]
    """Fill `loss` (A, O + 1) of option o after side deals; returns the felt and lost sums over actors.

    Loss of an actor = salience x ((wish - x)^2 - (wish - status quo)^2). Advisers put a `reach` share of the
    winners' share-weighted gains on the table, and favours in other questions (`logrolling`, a share of the claims);
    losers are served in proportion to their priority, a part is lost on the way (`efficiency`). Losses are felt
    `loss_aversion` times as much as gains.
    """
    efficiency, aversion = p.advisers.efficiency, p.elite.loss_aversion
    actors = share.size
    pool, claims = 0.0, 0.0
    for a in range(actors):
        gap, stay = wish[a] - at, wish[a] - quo
        value = salience[a] * (gap * gap - stay * stay)
        loss[a, o] = value
        if value < 0.0:
            pool -= share[a] * value
        else:
            claims += share[a] * value * priority[a]
    pool = reach * (pool + p.advisers.logrolling * claims)
    paid = min(1.0, efficiency * pool / claims) if claims > 0.0 else 0.0
    used = reach * paid * claims / (efficiency * pool) if pool > 0.0 else 0.0
    hurt, lost = 0.0, 0.0
    for a in range(actors):
        value = loss[a, o]
        if value > 0.0:
            value -= paid * priority[a] * value
            lost += share[a] * value
            hurt += aversion * share[a] * value
        else:
            value -= used * value
            hurt += share[a] * value
        loss[a, o] = value
    return hurt, lost


@within
def elite_terms(first, last, rules, switches, const, who, world, before, out):  # type: ignore[no-untyped-def]
    """The elite's part: months x rise of -log(1 - h), h the felt hazard, logistic in clout-weighted disloyalty.

    Disloyalty rises by the felt losses and by fear of opening, and falls by revenue where it is scarce; a payment
    buys off a share of the losers, a concession pleases the inner circle, force strains services that are not loyal.
    """
    base, months = const.base, const.months
    informal, services, priority, dismissible = who.informal, who.services, who.priority, who.dismissible
    clout, loyalty, competitiveness, backed = world.clout, world.loyalty, world.competitiveness, world.backing
    x, rows, reference, wish = before.x, before.rows, before.reference, before.wish
    salience, opening = before.salience, before.opening
    logit_now, weight_actor, loss, payments = out.logit_now, out.weight_actor, out.loss, out.payment
    logit_after, parts, moved = out.logit_after, out.parts, before.public_salience
    p, on = rules[0], switches[0]
    sensitivity = _sensitivity(p, on)
    options, actors = x.size, informal.size
    menace, share = np.empty(actors), np.empty(actors)
    for b in range(first, last):
        w = rows[b]
        whole = 0.0
        for a in range(actors):
            menace[a] = menacing(clout[w, a], dismissible[a], competitiveness[w], backed[w, a], p, on)
            whole += menace[a]
        disloyal, inner, force, distrust = 0.0, 0.0, 0.0, 0.0
        for a in range(actors):
            share[a] = menace[a] / whole if whole > 0.0 else 0.0
            disloyal += share[a] * (1.0 - loyalty[w, a])
            if informal[a]:
                inner += share[a]
            if services[a]:
                force += menace[a]
                distrust += (1.0 - loyalty[w, a]) * menace[a]
        distrust = distrust / force if force > 0.0 else 0.0
        now = base[ELITE] + p.elite.slope * (disloyal - p.elite.reference)
        felt_now = felt(now, base[ELITE], sensitivity)
        loss_now = survival_loss(felt_now)
        logit_now[b, ELITE] = now
        slope = months[ELITE] * sensitivity * logistic_of(felt_now) * p.elite.slope * p.elite.loyalty_step
        for a in range(actors):
            weight_actor[b, a] = slope * share[a]
        for o in range(options + 1):
            at = x[o] if o < options else reference[b]
            hurt, lost = _settle_claims(
                o,
                at,
                reference[b],
                const.reach,
                p,
                priority,
                wish[b],
                salience[b],
                share,
                loss[b],
            )
            payment = p.moves.payment_share * lost
            payments[b, o] = payment
            fear = p.elite.opening_fear * beyond_quo(o, x, opening, reference[b])
            for move in range(MOVES if o < options else 1):
                rise = p.elite.loyalty_step * hurt + fear - out.treasury[b, o]
                if move == PAYMENT:
                    rise -= p.elite.loyalty_step * p.elite.loss_aversion * payment
                elif move == CONCESSION:
                    rise += p.elite.loyalty_step * p.moves.concession_rent * inner
                elif move == REPRESSION:
                    rise += p.moves.repression_strain * distrust * moved[b]
                after = now + p.elite.slope * rise
                logit_after[b, o * MOVES + move, ELITE] = after
                loss_after = survival_loss(felt(after, base[ELITE], sensitivity))
                parts[b, o * MOVES + move, ELITE] = months[ELITE] * (loss_after - loss_now)


# --- the public -------------------------------------------------------------------------------------------------------
@within
def _mass_logit(index, base, slope, more, p):  # type: ignore[no-untyped-def]
    """Logit of mass unrest: a line in the index that is steeper by `more` above the reference."""
    above = index - p.mass.reference
    return base + slope * above + more * max(above, 0.0)


@within
def _quiet(anger, drive, bars, scales, more, base, p, on):  # type: ignore[no-untyped-def]
    """Logit of mass unrest with no issue at stake: everyone is as angry as the mean."""
    anger = clip01(anger)
    drive += anger
    protest = logistic_of((drive - bars[0]) / scales[0])
    shown = logistic_of((drive - bars[1]) / scales[1]) if on.concealment else 1.0
    return _mass_logit(protest + p.mass.voice_weight * anger * shown, base, p.mass.slope, more, p)


@within
def _mobilise(anger0, salience, drive0, at, position, bars, scales, voice, hidden, out):  # type: ignore[no-untyped-def]
    """Fill `out` (Q,): share in the street plus voice x shown anger, of citizens at each position (Q,).

    Anger = anger0 + salience x squared distance of the outcome `at`; both shares are logistic in anger + drive0.
    """
    for q in range(position.size):
        gap = position[q] - at
        anger = anger0 + salience * gap * gap
        anger = 0.0 if anger < 0.0 else anger
        anger = 1.0 if anger > 1.0 else anger
        drive = drive0 + anger
        shown = 1.0 / (1.0 + hidden * exp_of((bars[1] - drive) / scales[1]))
        out[q] = 1.0 / (1.0 + exp_of((bars[0] - drive) / scales[0])) + voice * anger * shown


@within
def mass_terms(first, last, rules, switches, const, who, world, before, out):  # type: ignore[no-untyped-def]
    """The public's part: months x E[rise of -log(1 - h)], h logistic (bent) in the index of mobilisation.

    Citizens' positions are normal around a mean that is itself believed with an uncertainty. Their spread and the
    doubt are integrated apart: first the index over citizens, then -log(1 - h) over what stays unknown, for each
    signal that a balloon would bring where one may go up (else one empty signal). The mean over signals is the
    expectation under present doubt either way (law of total expectation).
    """
    signals, base, months, signal_weight = const.signal, const.base, const.months, const.signal_weight
    speaking, protests, repression, grievance = world.speaking, world.protest, world.repression, world.grievance
    competitiveness, grievance_variance = world.competitiveness, world.grievance_variance
    rows, uncertainty, means, spread = before.rows, before.uncertainty, before.mean, before.spread
    public_salience, xs, reference = before.public_salience, before.x, before.reference
    logit_now, weight_public, logit_after, angers = out.logit_now, out.weight_public, out.logit_after, out.anger
    parts = out.parts
    p, on = rules[0], switches[0]
    heard = 1.0 if on.public_voice else 0.0
    hidden = 1.0 if on.concealment else 0.0
    speak, sd = p.unrest.speak_fraction, p.unrest.threshold_sd
    sensitivity, calm = _sensitivity(p, on), base[MASS]
    unit = math.sqrt(3.0) / math.pi  # a logistic curve of scale s has the standard deviation s / unit
    bars, scales = np.empty(2), np.empty(2)
    bars[0], bars[1] = p.unrest.threshold_mean, speak * p.unrest.threshold_mean
    signal = signals
    known = p.balloon.accuracy if const.informed else 0.0
    residuals, citizens = RESIDUAL.size, CITIZENS.size
    position = np.empty((1 + signal.size * residuals) * citizens)  # the believed mean first, then signal x residual
    found = np.empty(position.size)
    for b in range(first, last):
        w = rows[b]
        # neighbours who speak push half as much as those who protest, as in the citizens' own rule
        example = (speaking[w] + protests[w]) / 2.0 if on.cascade else 0.0
        drive0 = heard * p.unrest.neighbour_weight * example
        drive0 -= const.fear * (repression[w] - const.repression)
        anger0 = heard * grievance[w]
        more = p.mass.slope * (p.mass.competition_gain * competitiveness[w] if on.competitiveness else 0.0)
        variance = grievance_variance[w]
        scales[0], scales[1] = unit * math.sqrt(variance + sd * sd), unit * math.sqrt(variance + (speak * sd) ** 2)

        quiet = _quiet(anger0, drive0, bars, scales, more, calm, p, on)
        quiet_loss = survival_loss(felt(quiet, calm, sensitivity))
        logit_now[b, MASS] = quiet
        step = _SLOPE_STEP * p.public.issue_gain
        up = _quiet(anger0 + step, drive0, bars, scales, more, calm, p, on)
        down = _quiet(anger0 - step, drive0, bars, scales, more, calm, p, on)
        rise = survival_loss(felt(up, calm, sensitivity)) - survival_loss(felt(down, calm, sensitivity))
        weight_public[b] = heard * months[MASS] * rise / (2.0 * _SLOPE_STEP)

        doubt, left = math.sqrt(known) * uncertainty[b], math.sqrt(1.0 - known) * uncertainty[b]
        for j in range(citizens):
            position[j] = clip01(means[b] + spread[b] * CITIZENS[j])
        for k in range(signal.size):
            for r in range(residuals):
                at = means[b] + doubt * signal[k] + left * RESIDUAL[r]
                for j in range(citizens):
                    point = (1 + k * residuals + r) * citizens + j
                    position[point] = clip01(at + spread[b] * CITIZENS[j])

        salience = heard * p.public.issue_gain * public_salience[b]
        for action in range(MOVES * xs.size + 1):
            o, move = action // MOVES, action % MOVES
            at = xs[o] if o < xs.size else reference[b]
            weight, anger, drive = salience, anger0 - heard * out.relief[b, o], drive0
            if move == PAYMENT:
                anger += heard * p.moves.payment_resentment
            elif move == CONCESSION:
                weight *= 1.0 - p.moves.concession_share
                anger -= heard * p.moves.concession_relief * public_salience[b]
            elif move == REPRESSION:
                anger += heard * p.moves.repression_backlash * public_salience[b]
                drive -= heard * const.fear * p.moves.repression_step * public_salience[b]
            _mobilise(anger, weight, drive, at, position, bars, scales, p.mass.voice_weight, hidden, found)
            index = 0.0
            for j in range(citizens):
                index += CITIZENS_WEIGHT[j] * found[j]
            logit_after[b, action, MASS] = _mass_logit(index, calm, p.mass.slope, more, p)
            mean = 0.0
            for k in range(signal.size):
                expected = 0.0
                for r in range(residuals):
                    index = 0.0
                    for j in range(citizens):
                        index += CITIZENS_WEIGHT[j] * found[(1 + k * residuals + r) * citizens + j]
                    logit = _mass_logit(index, calm, p.mass.slope, more, p)
                    expected += RESIDUAL_WEIGHT[r] * survival_loss(felt(logit, calm, sensitivity))
                angers[b, k, action] = months[MASS] * (expected - quiet_loss)
                mean += signal_weight[k] * expected
            parts[b, action, MASS] = months[MASS] * (mean - quiet_loss)


# --- the powers -------------------------------------------------------------------------------------------------------
@within
def outside_terms(first, last, rules, switches, const, who, world, before, out):  # type: ignore[no-untyped-def]
    """The powers' part: months x rise of -log(1 - h), h logistic in sum of (pressure + debt) x leverage x divergence.

    Leverage: share of dependence to the power `leverage_bend` (the same for all without the mechanism), times exit
    costs (`leaving`) and what is left where others stand by (`shelter`). Ties are expected to follow favours in the
    case's domain by `foresight`, and leverage with them. Force offends those who hold values dear.
    """
    bases, domain_weight, months = const.base, const.domain_weight, const.months
    capability, transit, values = who.capability, who.transit, who.values
    tie, pressures, obligation, divergence = world.tie, world.pressure, world.obligation, world.divergence
    x, rows, domain = before.x, before.rows, before.domain
    weight_power, logit_now, offence = out.weight_power, out.logit_now, out.offence
    logit_after, parts = out.logit_after, out.parts
    p, on = rules[0], switches[0]
    powers, domains = capability.shape
    options = x.size
    foresight = p.ties.foresight if on.compensation else 0.0
    step, bend, weigh = p.outside.divergence_step, p.outside.leverage_bend, p.measures.transit_dependence
    slope, base, reference = p.outside.slope, bases[OUTSIDE], p.outside.reference
    sensitivity = _sensitivity(p, on)
    expected, share, grip = np.empty((1, powers, domains)), np.empty((1, powers)), np.empty(powers)
    for b in range(first, last):
        w = rows[b]
        debt = p.outside.obligation_weight if on.obligations else 0.0
        index = 0.0
        share_ties(tie[w : w + 1], capability, domain_weight, transit, weigh, share)
        for q in range(powers):
            pressure = 0.0
            for d in range(domains):
                pressure += pressures[w, q, d]
            grip[q] = (pressure / domains + debt * obligation[w, q]) * who.leaving[q] * world.shelter[w, q]
            held = share[0, q] if on.leverage else 1.0 / powers
            weight_power[b, q] = grip[q] * held**bend
            index += weight_power[b, q] * divergence[w, q]
        now = base + slope * (index - reference)
        felt_now = felt(now, base, sensitivity)
        loss_now = survival_loss(felt_now)
        logit_now[b, OUTSIDE] = now
        for q in range(powers):
            weight_power[b, q] *= months[OUTSIDE] * sensitivity * logistic_of(felt_now) * slope * step * const.tact
        for o in range(options + 1):
            for q in range(powers):
                for d in range(domains):
                    expected[0, q, d] = tie[w, q, d]
                if domain[b] < domains and foresight > 0.0:
                    hoped = expected[0, q, domain[b]] + foresight * out.step[b, o, q]
                    expected[0, q, domain[b]] = clip01(hoped)
            share_ties(expected, capability, domain_weight, transit, weigh, share)
            plain, force = 0.0, 0.0
            for q in range(powers):
                held = share[0, q] if on.leverage else 1.0 / powers
                leverage = grip[q] * held**bend
                apart = clip01(divergence[w, q] + step * offence[b, o, q])
                plain += leverage * apart
                force += leverage * clip01(apart + p.moves.repression_offence * values[q] * before.public_salience[b])
            for move in range(MOVES if o < options else 1):
                after = base + slope * ((force if move == REPRESSION else plain) - reference)
                logit_after[b, o * MOVES + move, OUTSIDE] = after
                loss_after = survival_loss(felt(after, base, sensitivity))
                parts[b, o * MOVES + move, OUTSIDE] = months[OUTSIDE] * (loss_after - loss_now)


# --- all of it --------------------------------------------------------------------------------------------------------
@loop
def judge(first, last, rules, switches, const, who, world, before, out):  # type: ignore[no-untyped-def]
    """Fill `out` for the rows `first`..`last` - 1: every component of the cost in turn, then the choice."""
    favour_terms(first, last, rules, switches, const, who, world, before, out)
    elite_terms(first, last, rules, switches, const, who, world, before, out)
    mass_terms(first, last, rules, switches, const, who, world, before, out)
    outside_terms(first, last, rules, switches, const, who, world, before, out)
    doctrine_terms(first, last, rules, switches, const, who, world, before, out)
    choice_terms(first, last, rules, switches, const, who, world, before, out)
