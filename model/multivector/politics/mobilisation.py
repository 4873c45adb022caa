"""The public's anger as the president expects it: the same thresholds as the citizens', under what is believed.

The spread of positions over citizens and the president's doubt about their mean are integrated apart, by quadrature.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from multivector.agents.cast import Cast
from multivector.numerics import Floats

__all__ = ["CITIZENS", "RESIDUAL", "fear_of", "signals_of"]


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
RESIDUAL, RESIDUAL_WEIGHT = _quadrature(3)
CITIZENS, CITIZENS_WEIGHT = _quadrature(3)
_NO_SIGNAL, _NO_WEIGHT = np.zeros(1), np.ones(1)


def signals_of(informed: bool) -> tuple[Floats, Floats]:
    """Signals of a balloon in standard deviations, and their weights, (K,); one empty one where none can go up."""
    return (_SIGNAL, _SIGNAL_WEIGHT) if informed else (_NO_SIGNAL, _NO_WEIGHT)
