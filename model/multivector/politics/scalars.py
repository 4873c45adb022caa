"""Functions of one number for the compiled loops."""

from __future__ import annotations

import math

import numpy as np

from multivector.politics.compiled import within

__all__ = ["beyond_quo", "clip01", "exp_of", "felt", "logistic_of", "menacing", "row_total", "survival_loss"]


@within
def logistic_of(z):  # type: ignore[no-untyped-def]
    """1 / (1 + exp(-z)), without overflow."""
    e = math.exp(-abs(z))
    return (1.0 if z >= 0.0 else e) / (1.0 + e)


@within
def survival_loss(z):  # type: ignore[no-untyped-def]
    """-log(1 - logistic(z)): the loss of log survival probability when a hazard has logit z."""
    return max(z, 0.0) + math.log1p(math.exp(-abs(z)))


@within
def felt(z, base, sensitivity):  # type: ignore[no-untyped-def]
    """The logit as which a hazard with logit z is felt: a share of its log-odds above a familiar rate `base`.

    Linear in log odds (Gonzalez & Wu 1999, On the Shape of the Probability Weighting Function, Cognitive Psychology
    38; Zhang & Maloney 2012, Ubiquitous Log Odds, Frontiers in Neuroscience 6).
    """
    return base + sensitivity * (z - base)


@within
def clip01(value):  # type: ignore[no-untyped-def]
    """Cut to the unit interval."""
    return min(1.0, max(0.0, value))


_LOG2E, _LN2_HIGH, _LN2_LOW = 1.4426950408889634, 6.93145751953125e-1, 1.42860682030941723212e-6
_ROUND, _EXPONENT = 1.5 * 2.0**52, 2.0**52 + 1023.0


@within
def exp_of(x):  # type: ignore[no-untyped-def]
    """e^x to 1e-15 without a branch or a call, so that loops over it become vector instructions.

    x = n ln 2 + r with |r| <= ln 2 / 2; e^r by its series to r^13, 2^n by writing n into the exponent's bits.
    """
    x = -700.0 if x < -700.0 else x
    x = 700.0 if x > 700.0 else x
    n = (x * _LOG2E + _ROUND) - _ROUND
    r = (x - n * _LN2_HIGH) - n * _LN2_LOW
    y = 1.0 / 6227020800.0
    y = y * r + 1.0 / 479001600.0
    y = y * r + 1.0 / 39916800.0
    y = y * r + 1.0 / 3628800.0
    y = y * r + 1.0 / 362880.0
    y = y * r + 1.0 / 40320.0
    y = y * r + 1.0 / 5040.0
    y = y * r + 1.0 / 720.0
    y = y * r + 1.0 / 120.0
    y = y * r + 1.0 / 24.0
    y = y * r + 1.0 / 6.0
    y = y * r + 0.5
    y = y * r + 1.0
    y = y * r + 1.0
    return y * np.int64(np.float64(n + _EXPONENT).view(np.int64) << np.int64(52)).view(np.float64)


@within
def beyond_quo(option, x, values, reference):  # type: ignore[no-untyped-def]
    """Value of an option less that of the status quo, which lies between options; 0 for the status quo itself."""
    last = x.size - 1
    if option > last:
        return 0.0
    if reference >= x[last]:
        return values[option] - values[last]
    j = 0
    while j < last - 1 and x[j + 1] <= reference:
        j += 1
    slope = (values[j + 1] - values[j]) / (x[j + 1] - x[j])
    return values[option] - (slope * (max(reference, x[0]) - x[j]) + values[j])


@within
def menacing(clout, dismissible, competitiveness, backing, p, on):  # type: ignore[no-untyped-def]
    """Clout of one actor that can be turned against the president, see `hazards.menace`."""
    if on.dismissal and dismissible:
        clout = clout * (1.0 - p.elite.dismissal * (1.0 - competitiveness))
    return clout * backing


@within
def row_total(row):  # type: ignore[no-untyped-def]
    """Sum of a row (n,) in the order in which `numerics.total` sums up to 128 numbers, hence with the same bits."""
    n = row.size
    if n < 8:
        whole = 0.0
        for i in range(n):
            whole += row[i]
        return whole
    a, b, c, d, e, f, g, h = row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7]
    end = n - n % 8
    for i in range(8, end, 8):
        a, b, c, d = a + row[i], b + row[i + 1], c + row[i + 2], d + row[i + 3]
        e, f, g, h = e + row[i + 4], f + row[i + 5], g + row[i + 6], h + row[i + 7]
    whole = ((a + b) + (c + d)) + ((e + f) + (g + h))
    for i in range(end, n):
        whole += row[i]
    return whole
