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

from multivector import caching  # noqa: F401 - before anything is decorated
from multivector.agents.cast import DOMESTIC, ECONOMY, Cast
from multivector.numerics import Floats, clip01, total
from multivector.politics.cases import Case
from multivector.politics.state import State
from multivector.streams import Streams

__all__ = ["PublicBelief", "believe", "issue_line"]


@dataclass(frozen=True)
class PublicBelief:
    """Belief about citizens' positions on the dossier's axis; arrays (B,) unless said.

    mean: believed mean position; uncertainty: standard deviation of that belief; spread: standard deviation of
    positions over citizens; salience: how much it moves people; true_mean: what the model's public really holds;
    slope (B, P) and intercept: the line from attitudes to positions.
    """

    mean: Floats
    uncertainty: Floats
    spread: Floats
    salience: Floats
    true_mean: Floats
    slope: Floats
    intercept: Floats


def issue_line(case: Case, cast: Cast, state: State, p: Any, on: Callable[[str], bool]) -> tuple[Floats, Floats]:
    """Citizens' position as a line in their attitudes: slope (B, P) and intercept (B,).

    A friend of a power leans to that power's wish; the more a power dominates the field of the question, the more
    everybody leans away from it (nationalism, K8). A stated public wish fixes the mean; attitudes then give the
    spread around it.
    """
    cares = case.power_salience > 0
    slope = p.public.attitude_pull * (case.power_wish - 0.5) * cares
    if not on("issue_attitudes"):
        slope = np.zeros_like(slope)
    if not np.isnan(case.public_wish):
        return slope, case.public_wish - total(slope * state.attitude[case.rows])
    intercept = np.full(len(case.rows), 0.5)
    if on("nationalism"):
        intercept = intercept - p.public.nationalism * total(slope * dominance(case, cast, state))
    return slope, intercept


def dominance(case: Case, cast: Cast, state: State) -> Floats:
    """How far each power's share of the ties in a case's field exceeds an even share, (B, P), 0..1."""
    domain = np.where(case.domain == DOMESTIC, ECONOMY, case.domain)
    mass = state.tie[case.rows, :, domain] * cast.capability.T[domain]  # (B, P)
    whole = total(mass)[:, None]
    share = np.where(whole > 0, mass / np.where(whole > 0, whole, 1.0), 1.0 / mass.shape[1])
    return np.asarray(np.maximum(share - 1.0 / mass.shape[1], 0.0))


@numba.njit(cache=True, nogil=True, error_model="numpy", no_cfunc_wrapper=True)
def _opinion(rows, slope, intercept, attitude, covariance, mean, variance):  # type: ignore[no-untyped-def]
    """Fill mean and variance (B,) of citizens' positions from their line in attitudes, see `issue_line`."""
    powers = attitude.shape[1]
    for b in range(rows.size):
        w = rows[b]
        middle, spread = 0.0, 0.0
        for q in range(powers):
            middle += slope[b, q] * attitude[w, q]
            row = 0.0
            for r in range(powers):
                row += covariance[w, q, r] * slope[b, r]
            spread += slope[b, q] * row
        mean[b] = min(1.0, max(0.0, intercept[b] + middle))
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
    slope, intercept = issue_line(case, cast, state, p, on)
    mean, variance = np.empty(len(case.rows)), np.empty(len(case.rows))
    _opinion(case.rows, slope, intercept, state.attitude, state.covariance, mean, variance)
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
    if on("awakening"):
        abroad = case.domain != DOMESTIC
        salience = salience * (1.0 + p.public.awakening * state.mobilised[case.rows] * abroad)
    if on("listening"):
        stated = np.maximum(1.0 - spread / p.listening.majority_spread, 0.0)
        if on("concealment"):
            # what touches the hold on office is stated only by those who dare to speak
            at_stake = np.minimum(np.ptp(case.opening), 1.0)
            stated = stated * (1.0 - at_stake * (1.0 - state.speaking[case.rows]))
        salience = salience * (1.0 + p.listening.resentment * listening * stated)
    return PublicBelief(
        mean=clip01(mean + uncertainty * noise),
        uncertainty=uncertainty,
        spread=spread,
        salience=np.minimum(salience, 1.0),
        true_mean=mean,
        slope=slope,
        intercept=intercept,
    )
