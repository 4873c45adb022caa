"""The loops of a decision, compiled: one row (a world) at a time, so that no row depends on another.

Sums run in the order of their index. B rows, O options, A domestic actors, P powers, D domains, M moves.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from multivector.numerics import Floats

__all__ = ["elite_terms", "expected_loss", "outside_terms", "quadrature", "share_ties"]


@numba.njit(cache=True, nogil=True)
def share_ties(tie, capability, weight, transit, transit_weight, out):  # type: ignore[no-untyped-def]
    """Fill `out` (N, P) with each power's share of dependence on ties (N, P, D); see `hazards.dependence_shares`."""
    powers, domains = capability.shape
    for n in range(tie.shape[0]):
        whole = 0.0
        for p in range(powers):
            mass = 0.0
            for d in range(domains):
                mass += weight[d] * capability[p, d] * tie[n, p, d]
            through = 0.0
            for q in range(powers):
                through += transit[p, q] * weight[1] * capability[q, 1] * tie[n, q, 1]
            out[n, p] = mass + transit_weight * through
            whole += out[n, p]
        for p in range(powers):
            out[n, p] = out[n, p] / whole if whole > 0.0 else 1.0 / powers


@numba.njit(cache=True, nogil=True)
def elite_terms(  # type: ignore[no-untyped-def]
    x, reference, wish, salience, share, priority, capacity, efficiency, aversion, loss, felt, lost
):
    """Fill `loss` (B, A, O) after side deals, and its felt and lost sums over actors, `felt` and `lost` (B, O).

    Loss of an actor = salience x ((wish - x)^2 - (wish - status quo)^2). Advisers put a `capacity` share of the
    winners' share-weighted gains on the table; losers are served in proportion to `priority` (A,), a part is lost on
    the way (`efficiency`). Losses are felt `aversion` times as much as gains.
    """
    for b in range(x.shape[0]):
        for o in range(x.shape[1]):
            pool, claims = 0.0, 0.0
            for a in range(wish.shape[1]):
                gap, quo = wish[b, a] - x[b, o], wish[b, a] - reference[b]
                value = salience[b, a] * (gap * gap - quo * quo)
                loss[b, a, o] = value
                if value < 0.0:
                    pool -= share[b, a] * value
                else:
                    claims += share[b, a] * value * priority[a]
            pool *= capacity
            paid = min(1.0, efficiency * pool / claims) if claims > 0.0 else 0.0
            used = capacity * paid * claims / (efficiency * pool) if pool > 0.0 else 0.0
            total_felt, total_lost = 0.0, 0.0
            for a in range(wish.shape[1]):
                value = loss[b, a, o]
                if value > 0.0:
                    value -= paid * priority[a] * value
                    total_lost += share[b, a] * value
                    total_felt += aversion * share[b, a] * value
                else:
                    value -= used * value
                    total_felt += share[b, a] * value
                loss[b, a, o] = value
            felt[b, o] = total_felt
            lost[b, o] = total_lost


@numba.njit(cache=True, nogil=True)
def outside_terms(  # type: ignore[no-untyped-def]
    x, reference, wish, care, domain, tie, divergence, grip, values, step, tact, affront, foresight, capability, weight,
    transit, transit_weight, bend, gain, offence, index, index_force,
):  # fmt: skip
    """Fill favours and offence (B, O, P) and the outside index after each option, plainly and with force (B, O).

    gain = care x ((wish - status quo)^2 - (wish - x)^2); offence = tact x care x (wish - x)^2
    - max(gain, 0). Ties (B, P, D)
    are expected to follow favours in the case's `domain` (-1 for none) by `foresight`; `grip` (B, P) is pressure and
    debt, leverage is share to the power `bend`; force adds `affront` x values to divergence.
    """
    powers, domains = capability.shape
    expected = np.empty((1, powers, domains))
    share = np.empty((1, powers))
    for b in range(x.shape[0]):
        for o in range(x.shape[1]):
            for p in range(powers):
                gap, quo = wish[b, p] - x[b, o], wish[b, p] - reference[b]
                favour = care[b, p] * (quo * quo - gap * gap)
                gain[b, o, p] = favour
                offence[b, o, p] = tact * care[b, p] * gap * gap - max(favour, 0.0)
                for d in range(domains):
                    expected[0, p, d] = tie[b, p, d]
                if domain[b] >= 0 and foresight > 0.0:
                    moved = tie[b, p, domain[b]] + foresight * favour
                    expected[0, p, domain[b]] = min(1.0, max(0.0, moved))
            share_ties(expected, capability, weight, transit, transit_weight, share)
            plain, force = 0.0, 0.0
            for p in range(powers):
                leverage = grip[b, p] * share[0, p] ** bend
                apart = min(1.0, max(0.0, divergence[b, p] + step * offence[b, o, p]))
                plain += leverage * apart
                force += leverage * min(1.0, max(0.0, apart + affront * values[p]))
            index[b, o] = plain
            index_force[b, o] = force


@numba.njit(cache=True, nogil=True, inline="always")
def _index(  # type: ignore[no-untyped-def]
    mean, spread, x, anger0, salience, drive0, bar, scale, speak_bar, speak_scale, voice, all_shown, nodes, weights
):
    """Mobilisation at a believed mean: share in the street plus voice weight x shown anger."""
    result = 0.0
    for j in range(nodes.size):
        position = min(1.0, max(0.0, mean + spread * nodes[j]))
        gap = position - x
        anger = min(1.0, max(0.0, anger0 + salience * gap * gap))
        drive = drive0 + anger
        protest = 1.0 / (1.0 + math.exp((bar - drive) / scale))
        shown = 1.0 if all_shown else 1.0 / (1.0 + math.exp((speak_bar - drive) / speak_scale))
        result += weights[j] * (protest + voice * anger * shown)
    return result


@numba.njit(cache=True, nogil=True)
def expected_loss(  # type: ignore[no-untyped-def]
    x, grievance, drive, spread, salience, discount, shift, extra, mean, signal_sd, residual_sd, line, bars, scales,
    voice, all_shown, signal, residual, residual_weight, inner, inner_weight, loss, index,
):  # fmt: skip
    """Fill `loss` (B, K, O, M) with E[-log(1 - h)] after signal k, and `index` (B, O, M) at the believed mean.

    x (B, O) positions; grievance, drive (what neighbours and fear add to anger), spread, salience, mean, signal_sd,
    residual_sd (B,); discount, shift, extra (M,) what each move does to salience, anger and fear. `line` (B, 4):
    logit at the reference, slope, further slope above the reference, reference. `bars` and `scales` (2, B): of
    protest and of speech. Quadrature nodes and weights are 1-d: K signals, residuals, and citizens (inner).
    """
    for b in range(x.shape[0]):
        for o in range(x.shape[1]):
            for m in range(discount.size):
                anger0 = grievance[b] + shift[m]
                drive0 = drive[b] - extra[m]
                weight = salience[b] * discount[m]
                index[b, o, m] = _index(
                    mean[b], spread[b], x[b, o], anger0, weight, drive0, bars[0, b], scales[0, b], bars[1, b],
                    scales[1, b], voice, all_shown, inner, inner_weight,
                )  # fmt: skip
                for k in range(signal.size):
                    expected = 0.0
                    for r in range(residual.size):
                        at = mean[b] + signal_sd[b] * signal[k] + residual_sd[b] * residual[r]
                        found = _index(
                            at, spread[b], x[b, o], anger0, weight, drive0, bars[0, b], scales[0, b], bars[1, b],
                            scales[1, b], voice, all_shown, inner, inner_weight,
                        )  # fmt: skip
                        above = found - line[b, 3]
                        z = line[b, 0] + line[b, 1] * above + line[b, 2] * max(above, 0.0)
                        expected += residual_weight[r] * (max(z, 0.0) + math.log1p(math.exp(-abs(z))))
                    loss[b, k, o, m] = expected


def quadrature(n: int) -> tuple[Floats, Floats]:
    """Gauss-Hermite nodes and weights for a standard normal, as arrays (n,)."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(n)
    return np.ascontiguousarray(nodes), np.ascontiguousarray(weights / weights.sum())
