"""The president's expectation of the public's anger, compiled: the one costly integral of a decision.

For each row (world), option and move: the mobilisation index expected over citizens' positions, and the expected
loss of log survival over what the president does not know about their mean. Plain loops over one row at a time, so
a row's result does not depend on the others.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from multivector.numerics import Floats

__all__ = ["expected_loss"]


@numba.njit(cache=True, nogil=True, inline="always")
def _index(mean, spread, x, anger0, salience, drive0, threshold, speak_gap, scale, voice, nodes, weights):  # type: ignore[no-untyped-def]
    """Mobilisation at a believed mean: share in the street plus voice weight x shown anger."""
    result = 0.0
    for j in range(nodes.size):
        position = min(1.0, max(0.0, mean + spread * nodes[j]))
        gap = position - x
        anger = min(1.0, max(0.0, anger0 + salience * gap * gap))
        # one exponential serves both thresholds: protest, and speaking at a lower bar
        e = math.exp((threshold - drive0 - anger) / scale)
        result += weights[j] * (1.0 / (1.0 + e) + voice * anger / (1.0 + e * speak_gap))
    return result


@numba.njit(cache=True, nogil=True)
def expected_loss(  # type: ignore[no-untyped-def]
    x, grievance, social, fear, scale, spread, salience, discount, shift, extra, mean, signal_sd, residual_sd,
    logit0, slope, reference, threshold, speak_fraction, voice, signal, signal_weight, residual, residual_weight, inner,
    inner_weight, loss, index,
):  # fmt: skip
    """Fill `loss` (B, K, O, M) with E[-log(1 - h)] after signal k, and `index` (B, O, M) at the believed mean.

    x (B, O) positions; grievance, social, fear, scale, spread, salience, mean, signal_sd, residual_sd, slope (B,);
    discount, shift, extra (M,) what each move does to salience, anger and fear; logit0 and the rest are scalars;
    quadrature nodes and weights are 1-d: K signals, residuals, and citizens (inner).
    """
    for b in range(x.shape[0]):
        speak_gap = math.exp((speak_fraction - 1.0) * threshold / scale[b])
        for o in range(x.shape[1]):
            for m in range(discount.size):
                anger0 = grievance[b] + shift[m]
                drive0 = social[b] - fear[b] - extra[m]
                weight = salience[b] * discount[m]
                index[b, o, m] = _index(
                    mean[b], spread[b], x[b, o], anger0, weight, drive0, threshold, speak_gap, scale[b], voice,
                    inner, inner_weight,
                )  # fmt: skip
                for k in range(signal.size):
                    expected = 0.0
                    for r in range(residual.size):
                        at = mean[b] + signal_sd[b] * signal[k] + residual_sd[b] * residual[r]
                        z = logit0 + slope[b] * _index(
                            at, spread[b], x[b, o], anger0, weight, drive0, threshold, speak_gap, scale[b], voice,
                            inner, inner_weight,
                        ) - slope[b] * reference  # fmt: skip
                        expected += residual_weight[r] * (max(z, 0.0) + math.log1p(math.exp(-abs(z))))
                    loss[b, k, o, m] = expected


def quadrature(n: int) -> tuple[Floats, Floats]:
    """Gauss-Hermite nodes and weights for a standard normal, as arrays (n,)."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(n)
    return np.ascontiguousarray(nodes), np.ascontiguousarray(weights / weights.sum())
