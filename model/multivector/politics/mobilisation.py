"""The public's anger as the president expects it: the same thresholds as the citizens', under what is believed.

The spread of positions over citizens and the president's doubt about their mean are integrated apart, by quadrature.
"""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np

from multivector.agents.cast import Cast
from multivector.numerics import Floats
from multivector.politics.compiled import CONCESSION, MASS, MOVES, PAYMENT, REPRESSION
from multivector.politics.scalars import clip01, exp_of, logistic_of, survival_loss

__all__ = ["fear_of", "mass_terms", "signals_of"]

#: Step of the central difference that gives the public's weight.
_SLOPE_STEP = 1e-5


def fear_of(repression: Floats | float, cast: Cast, p: Any) -> Floats:
    """How far a rise in repression raises the bar to speak and protest; strong services make it felt."""
    force = float(np.add.reduce(cast.clout0 * cast.with_role("security_services")))
    return np.asarray(p.unrest.fear_gain * (1.0 + p.unrest.services_gain * force) * repression)


def _quadrature(n: int) -> tuple[Floats, Floats]:
    """Gauss-Hermite nodes and weights for a standard normal, as arrays (n,)."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(n)
    return np.ascontiguousarray(nodes), np.ascontiguousarray(weights / weights.sum())


#: A balloon's signal, what stays unknown, and citizens' positions; one empty signal where no balloon can go up.
_SIGNAL, _SIGNAL_WEIGHT = _quadrature(3)
_RESIDUAL, _RESIDUAL_WEIGHT = _quadrature(3)
_CITIZENS, _CITIZENS_WEIGHT = _quadrature(3)
_NO_SIGNAL, _NO_WEIGHT = np.zeros(1), np.ones(1)


def signals_of(informed: bool) -> tuple[Floats, Floats]:
    """Signals of a balloon in standard deviations, and their weights, (K,); one empty one where none can go up."""
    return (_SIGNAL, _SIGNAL_WEIGHT) if informed else (_NO_SIGNAL, _NO_WEIGHT)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _mass_logit(index, base, slope, more, p):  # type: ignore[no-untyped-def]
    """Logit of mass unrest: a line in the index that is steeper by `more` above the reference."""
    above = index - p.mass.reference
    return base + slope * above + more * max(above, 0.0)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _quiet(anger, drive, bars, scales, more, const, p, on):  # type: ignore[no-untyped-def]
    """Logit of mass unrest with no issue at stake: everyone is as angry as the mean."""
    anger = clip01(anger)
    drive += anger
    protest = logistic_of((drive - bars[0]) / scales[0])
    shown = logistic_of((drive - bars[1]) / scales[1]) if on.concealment else 1.0
    return _mass_logit(protest + p.mass.voice_weight * anger * shown, const.base[MASS], p.mass.slope, more, p)


@numba.njit(cache=True, nogil=True, error_model="numpy")
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


@numba.njit(cache=True, nogil=True, error_model="numpy")
def mass_terms(first, last, rules, switches, const, who, world, before, out):  # type: ignore[no-untyped-def]
    """The public's part: months x E[rise of -log(1 - h)], h logistic (bent) in the index of mobilisation.

    Citizens' positions are normal around a mean that is itself believed with an uncertainty. Their spread and the
    doubt are integrated apart: first the index over citizens, then -log(1 - h) over what stays unknown, for each
    signal that a balloon would bring where one may go up (else one empty signal). The mean over signals is the
    expectation under present doubt either way (law of total expectation).
    """
    p, on = rules[0], switches[0]
    heard = 1.0 if on.public_voice else 0.0
    hidden = 1.0 if on.concealment else 0.0
    speak, sd = p.unrest.speak_fraction, p.unrest.threshold_sd
    unit = math.sqrt(3.0) / math.pi  # a logistic curve of scale s has the standard deviation s / unit
    bars = np.array([p.unrest.threshold_mean, speak * p.unrest.threshold_mean])
    scales = np.empty(2)
    signal = const.signal
    known = p.balloon.accuracy if const.informed else 0.0
    residuals, citizens = _RESIDUAL.size, _CITIZENS.size
    position = np.empty((1 + signal.size * residuals) * citizens)  # the believed mean first, then signal x residual
    found = np.empty_like(position)
    for b in range(first, last):
        w = before.rows[b]
        # neighbours who speak push half as much as those who protest, as in the citizens' own rule
        example = (world.speaking[w] + world.protest[w]) / 2.0 if on.cascade else 0.0
        drive0 = heard * p.unrest.neighbour_weight * example
        drive0 -= const.fear * (world.repression[w] - const.repression)
        anger0 = heard * world.grievance[w]
        more = p.mass.slope * (p.mass.competition_gain * world.competitiveness[w] if on.competitiveness else 0.0)
        variance = world.grievance_variance[w]
        scales[0], scales[1] = unit * math.sqrt(variance + sd * sd), unit * math.sqrt(variance + (speak * sd) ** 2)

        quiet = _quiet(anger0, drive0, bars, scales, more, const, p, on)
        quiet_loss = survival_loss(quiet)
        out.logit_now[b, MASS] = quiet
        step = _SLOPE_STEP * p.public.issue_gain
        rise = survival_loss(_quiet(anger0 + step, drive0, bars, scales, more, const, p, on))
        rise -= survival_loss(_quiet(anger0 - step, drive0, bars, scales, more, const, p, on))
        out.weight_public[b] = heard * const.months[MASS] * rise / (2.0 * _SLOPE_STEP)

        doubt, left = math.sqrt(known) * before.uncertainty[b], math.sqrt(1.0 - known) * before.uncertainty[b]
        for j in range(citizens):
            position[j] = clip01(before.mean[b] + before.spread[b] * _CITIZENS[j])
        for k in range(signal.size):
            for r in range(residuals):
                at = before.mean[b] + doubt * signal[k] + left * _RESIDUAL[r]
                for j in range(citizens):
                    point = (1 + k * residuals + r) * citizens + j
                    position[point] = clip01(at + before.spread[b] * _CITIZENS[j])

        salience = heard * p.public.issue_gain * before.public_salience[b]
        for action in range(MOVES * before.x.size + 1):
            o, move = action // MOVES, action % MOVES
            at = before.x[o] if o < before.x.size else before.reference[b]
            weight, anger, drive = salience, anger0, drive0
            if move == PAYMENT:
                anger += heard * p.moves.payment_resentment
            elif move == CONCESSION:
                weight *= 1.0 - p.moves.concession_share
                anger -= heard * p.moves.concession_relief
            elif move == REPRESSION:
                anger += heard * p.moves.repression_backlash
                drive -= heard * const.fear * p.moves.repression_step
            _mobilise(anger, weight, drive, at, position, bars, scales, p.mass.voice_weight, hidden, found)
            index = 0.0
            for j in range(citizens):
                index += _CITIZENS_WEIGHT[j] * found[j]
            out.logit_after[b, action, MASS] = _mass_logit(index, const.base[MASS], p.mass.slope, more, p)
            mean = 0.0
            for k in range(signal.size):
                expected = 0.0
                for r in range(residuals):
                    index = 0.0
                    for j in range(citizens):
                        index += _CITIZENS_WEIGHT[j] * found[(1 + k * residuals + r) * citizens + j]
                    logit = _mass_logit(index, const.base[MASS], p.mass.slope, more, p)
                    expected += _RESIDUAL_WEIGHT[r] * survival_loss(logit)
                out.anger[b, k, action] = const.months[MASS] * (expected - quiet_loss)
                mean += const.signal_weight[k] * expected
            out.parts[b, action, MASS] = const.months[MASS] * (mean - quiet_loss)


