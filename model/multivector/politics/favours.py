"""What an option does for each power and promises at home: the compiled terms that others build on.

Favour and offence of every option to every power, with what softens them: a multilateral forum (L9), a step taken
in return for a step promised (S8), good offices between two sides (L5). And what the public may hope for: trade
that a favour in the economy brings, worth more when income is short (N13), and the standing of a mediator.
"""

from __future__ import annotations

import numba

from multivector.agents.cast import ECONOMY, POLITICS
from multivector.politics.scalars import clip01

__all__ = ["favour_terms"]


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _good_offices(b, o, w, p, world, before):  # type: ignore[no-untyped-def]
    """How credible the good offices of an option are: offered x the weaker of the two political ties, 0..1."""
    if o >= before.x.size or before.between.size < 2:
        return 0.0
    one, other = before.between[0], before.between[1]
    return before.mediation[o] * min(world.tie[w, one, POLITICS], world.tie[w, other, POLITICS])


@numba.njit(cache=True, nogil=True, error_model="numpy")
def favour_terms(first, last, rules, switches, const, who, world, before, out):  # type: ignore[no-untyped-def]
    """Fill `gain`, `offence`, `step` and `relief` of every option, the status quo last.

    gain = care x ((wish - status quo)^2 - (wish - x)^2), and a mediator's favour to both sides
    delivered = step promised x credibility x share of the way to the wish that the option goes
    offence = tact x (1 - cover x forum) x care x (wish - x)^2 - max(gain, 0) - warmth x delivered
    step = gain + return x delivered: what the tie in the case's domain is expected to follow
    relief = trade that the steps bring x (1 + need gain x income lost) + standing x offered x (tie - threshold)
    """
    p, on = rules[0], switches[0]
    powers, domains = who.capability.shape
    options = before.x.size
    hope = p.economy.trade_gain * p.public.income_grievance if on.economic_need else 0.0
    for b in range(first, last):
        w = before.rows[b]
        need = max(const.income - world.income[w], 0.0)
        worth = hope * (1.0 + p.economy.need_gain * need)
        for o in range(options + 1):
            at = before.x[o] if o < options else before.reference[b]
            cover = p.outside.forum_cover * before.forum[o] if o < options and on.forums else 0.0
            offices = _good_offices(b, o, w, p, world, before) if on.mediation else 0.0
            promised = 0.0
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
            relief = worth * promised
            if offices > 0.0:
                relief += p.mediation.standing * (offices - p.mediation.threshold * before.mediation[o])
            out.relief[b, o] = relief
