"""The last steps of the decision rule, compiled: doctrine and prices, the trial balloon, and the choice.

They follow `terms`, which fills what the three hazards cost; rows are worlds, none of which depends on another.
"""

from __future__ import annotations

import math

import numpy as np

from multivector.politics.compiled import (
    BALANCE,
    COMPONENTS,
    CONCESSION,
    ELITE,
    MASS,
    MOVE,
    MOVES,
    OUTSIDE,
    PAYMENT,
    REPRESSION,
    SOVEREIGNTY,
    loop,
    within,
)
from multivector.politics.scalars import beyond_quo, logistic_of

__all__ = ["choice_terms", "doctrine_terms", "draw_actions"]


# --- doctrine and prices ----------------------------------------------------------------------------------------------
@within
def _unevenness(tilt, gain):  # type: ignore[no-untyped-def]
    """Sum over powers of the squared distance of (tilt + gain) from its mean."""
    whole, result = 0.0, 0.0
    for q in range(tilt.size):
        whole += tilt[q] + gain[q]
    for q in range(tilt.size):
        even = tilt[q] + gain[q] - whole / tilt.size
        result += even * even
    return result


@within
def doctrine_terms(first, last, rules, switches, const, who, world, before, out):  # type: ignore[no-untyped-def]
    """The doctrine's losses and the price of each move: balance, sovereignty, move.

    Balance is the rise in unevenness of favours over powers, sovereignty the control handed away, each times a taste.
    An elder's likely veto has a price where the case could wait.
    """
    values, informal = who.values, who.informal
    tilt, elder_veto = world.tilt, world.elder_veto
    x, rows, may_delay, reference = before.x, before.rows, before.may_delay, before.reference
    sovereignty, wish, balance, sovereign = before.sovereignty, before.wish, before.balance, before.sovereign
    months_open = before.months_open
    gain, partss, payment = out.gain, out.parts, out.payment
    p, on = rules[0], switches[0]
    options = x.size
    nothing = np.empty(values.size)
    for q in range(values.size):
        nothing[q] = 0.0
    for b in range(first, last):
        w = rows[b]
        even = _unevenness(tilt[w], nothing)
        veto = on.elder_veto and who.elder and elder_veto[w] and may_delay[b]
        for o in range(options + 1):
            at = x[o] if o < options else reference[b]
            tilted = _unevenness(tilt[w], gain[b, o]) - even
            handed = beyond_quo(o, x, sovereignty, reference[b])
            refusal = 0.0
            if veto:
                distance = abs(wish[b, informal.size - 1] - at)
                refusal = p.elder.veto_price * logistic_of(p.elder.firmness * (distance - p.elder.tolerance))
            for move in range(MOVES if o < options else 1):
                parts = partss[b, o * MOVES + move]
                parts[BALANCE] = p.decision.balance_taste * balance[b] * tilted
                parts[SOVEREIGNTY] = p.decision.sovereignty_taste * sovereign[b] * handed
                price = 0.0
                if move == PAYMENT:
                    price = p.moves.payment_price * payment[b, o] + p.moves.payment_fixed
                elif move == CONCESSION:
                    price = p.moves.concession_price
                elif move == REPRESSION:
                    price = p.moves.repression_price
                parts[MOVE] = price + refusal
        delay = partss[b, options * MOVES]  # what leaving the status quo costs, of which a share counts
        delay[MASS] *= p.moves.delay_share
        delay[OUTSIDE] *= p.moves.delay_share
        delay[MOVE] = p.moves.delay_price * (1.0 + months_open[b])


# --- the choice -------------------------------------------------------------------------------------------------------
@within
def _balloon(parts, anger, signal_weight, allowed, listening, p):  # type: ignore[no-untyped-def]
    """Preposterior analysis (Raiffa & Schlaifer 1961): the expected cost of deciding after the public's answer.

    Fills the last row of `parts` (N, 6) and returns the option announced, the cheapest of today. For every signal the
    cheapest action's parts, averaged; plus the price of waiting and the stir that announcing it causes.
    """
    settling = parts.shape[0] - 2
    announced, lowest = 0, np.inf
    for action in range(0, settling, MOVES):
        cost = 0.0
        for part in range(len(COMPONENTS)):
            cost += parts[action, part]
        if cost < lowest:
            announced, lowest = action // MOVES, cost
    balloon = parts[settling + 1]
    balloon[:] = 0.0
    for k in range(signal_weight.size):
        best, lowest = 0, np.inf
        for action in range(settling):
            if allowed[action % MOVES]:
                cost = parts[action, ELITE] + parts[action, OUTSIDE]
                cost += parts[action, BALANCE]
                cost += parts[action, SOVEREIGNTY]
                cost += parts[action, MOVE]
                cost += anger[k, action]
                if cost < lowest:
                    best, lowest = action, cost
        for part in range(len(COMPONENTS)):
            value = anger[k, best] if part == MASS else parts[best, part]
            balloon[part] += signal_weight[k] * value
    balloon[MASS] += p.balloon.exposure * max(parts[announced * MOVES, MASS], 0.0)
    balloon[MOVE] += p.balloon.price * (1.0 - p.listening.cheaper_balloons * listening)
    return announced


@within
def _null_costs(x, middle, cost):  # type: ignore[no-untyped-def]
    """Costs (N,) of a president who only asks what everybody wants: squared distance from the mean wish `middle`.

    Only plain settling is open. Distances are scaled to the spread that the rule's own costs have over the
    options, so that the choice is as noisy.
    """
    options = x.size
    low, high, far = np.inf, -np.inf, 0.0
    for o in range(options):
        low, high = min(low, cost[o * MOVES]), max(high, cost[o * MOVES])
        far = max(far, (x[o] - middle) ** 2)
    for action in range(cost.size):
        cost[action] = np.inf
    for o in range(options):
        cost[o * MOVES] = (high - low) * (x[o] - middle) ** 2 / far


@within
def choice_terms(first, last, rules, switches, const, who, world, before, out):  # type: ignore[no-untyped-def]
    """The balloon's parts, then every action's cost (infinite where it is not to be had) and probability.

    Quantal response: P proportional to exp(-rationality x cost) over what is to be had; rationality 0 is uniform.
    Without the survival rule the costs are those of the null (`_null_costs`).
    """
    signal_weight = const.signal_weight
    may_delay, may_announce = before.may_delay, before.may_announce
    costs, announced, parts, anger = out.cost, out.announced, out.parts, out.anger
    probability = out.probability
    p, on = rules[0], switches[0]
    rationality = p.decision.rationality if on.deliberation else 0.0
    allowed = (True, on.side_payment, on.concession, on.repression)  # in the order of the settling moves
    actions = costs.shape[1]
    for b in range(first, last):
        announced[b] = _balloon(parts[b], anger[b], signal_weight, allowed, const.listening, p)
        lowest = np.inf
        for action in range(actions):
            if action == actions - 2:
                available = may_delay[b] and on.delay
            elif action == actions - 1:
                available = may_announce[b] and const.informed
            else:
                available = allowed[action % MOVES]
            cost = 0.0
            for part in range(len(COMPONENTS)):
                cost += parts[b, action, part]
            costs[b, action] = cost if available else np.inf
        if not on.survival_rule:
            _null_costs(before.x, before.middle[b], costs[b])
        for action in range(actions):
            lowest = min(lowest, costs[b, action])
        whole = 0.0
        for action in range(actions):
            cost = costs[b, action]
            weight = math.exp(-rationality * (cost - lowest)) if cost < np.inf else 0.0
            probability[b, action] = weight
            whole += weight
        for action in range(actions):
            probability[b, action] /= whole


@loop
def draw_actions(probability, draw, action):  # type: ignore[no-untyped-def]
    """Fill `action` (B,): where a uniform draw (B,) falls in each row's probabilities (B, N)."""
    actions = probability.shape[1]
    for b in range(draw.size):
        whole, edge, passed = 0.0, 0.0, 0
        for n in range(actions):
            whole += probability[b, n]
        for n in range(actions):
            edge += probability[b, n]
            if edge < draw[b] * whole:
                passed += 1
        action[b] = min(passed, actions - 1)
