"""What the president believes about the public in a case, and what a trial balloon would tell.

The spread of opinion and the president's uncertainty about its mean are kept apart: a balloon, advice and
consultation reduce only the second.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np

from multivector.agents.cast import Cast
from multivector.numerics import Floats, clip01
from multivector.politics.cases import Case
from multivector.politics.state import State
from multivector.streams import Streams

__all__ = ["PublicBelief", "believe", "issue_slope"]


@dataclass(frozen=True)
class PublicBelief:
    """Belief about citizens' positions on the dossier's axis; every array (B,).

    mean: believed mean position; uncertainty: standard deviation of that belief; spread: standard deviation of
    positions over citizens; salience: how much it moves people; true_mean: what the model's public really holds.
    """

    mean: Floats
    uncertainty: Floats
    spread: Floats
    salience: Floats
    true_mean: Floats


@numba.njit(cache=True, nogil=True, error_model="numpy")
def issue_slope(wish, salience, pull):  # type: ignore[no-untyped-def]
    """How citizens' position on a case moves with their attitude to a power: its friends lean to its wish."""
    return pull * (wish - 0.5) if salience > 0.0 else 0.0


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _opinion(rows, power_wish, power_salience, public_wish, pull, attitude, covariance, mean, variance):  # type: ignore[no-untyped-def]
    """Fill mean and variance (B,) of citizens' positions: a line in their attitudes, see `issue_slope`.

    A stated public wish fixes the mean; attitudes then give the spread around it.
    """
    powers = attitude.shape[1]
    slope = np.empty(powers)
    for b in range(rows.size):
        w = rows[b]
        middle, spread = 0.0, 0.0
        for q in range(powers):
            slope[q] = issue_slope(power_wish[b, q], power_salience[b, q], pull)
            middle += slope[q] * attitude[w, q]
        for q in range(powers):
            row = 0.0
            for r in range(powers):
                row += covariance[w, q, r] * slope[r]
            spread += slope[q] * row
        intercept = 0.5 if np.isnan(public_wish) else public_wish - middle
        mean[b] = min(1.0, max(0.0, intercept + middle))
        variance[b] = max(spread, 0.0)


def believe(
    case: Case,
    cast: Cast,
    state: State,
    listening: float,
    p: Any,
    on: Callable[[str], bool],
    streams: Streams,
    month: int,
    slot: int,
) -> PublicBelief:
    """The president's belief: a noisy reading of the mean, its uncertainty, and the spread.

    Consultation (the listening state), experts and an earlier balloon make the reading better; silence of the
    public makes it worse (Kuran 1991: falsified preferences hide the distribution).
    """
    mean, variance = np.empty(len(case.rows)), np.empty(len(case.rows))
    _opinion(
        case.rows, case.power_wish, case.power_salience, float(case.public_wish), p.public.attitude_pull,
        state.attitude, state.covariance, mean, variance,
    )  # fmt: skip
    spread = np.sqrt(variance + p.public.residual_spread**2)
    if on("uncertainty"):
        silent = 1.0 - state.speaking[case.rows]
        expertise = float(np.add.reduce(cast.clout0 * cast.with_role("expertise")))
        uncertainty = (
            p.public.signal_noise
            * (1.0 - p.listening.consultation * (listening if on("listening") else 0.0))
            * (1.0 + (p.public.silence_noise * silent if on("concealment") else 0.0))
            / (1.0 + p.public.expertise_gain * expertise)
        )
        uncertainty = np.where(case.ballooned, uncertainty * np.sqrt(1.0 - p.balloon.accuracy), uncertainty)
        draw = streams.normal(f"signal:{case.stream}", month if case.index < 0 else 0, slot, 2, rows=case.rows)
        # the answer to a balloon corrects the first reading; what is left of the error shrinks with its accuracy
        left, news = np.sqrt(1.0 - p.balloon.accuracy), np.sqrt(p.balloon.accuracy)
        noise = np.where(case.ballooned, left * draw[:, 0] + news * draw[:, 1], draw[:, 0])
    else:
        uncertainty, noise = np.zeros_like(mean), np.zeros_like(mean)
    salience = case.public_salience
    if on("listening"):
        stated = np.maximum(1.0 - spread / p.listening.majority_spread, 0.0)
        salience = salience * (1.0 + p.listening.resentment * listening * stated)
    return PublicBelief(
        mean=clip01(mean + uncertainty * noise),
        uncertainty=uncertainty,
        spread=spread,
        salience=np.minimum(salience, 1.0),
        true_mean=mean,
    )
