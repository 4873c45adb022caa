"""What the president believes about the public in a case, and what a trial balloon would tell.

The spread of opinion and the president's uncertainty about its mean are kept apart: a balloon, advice and
consultation reduce only the second.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from multivector.agents.cast import DOMESTIC, ECONOMY, Cast
from multivector.numerics import Floats
from multivector.politics.cases import Case
from multivector.politics.compiled import loop, within
from multivector.politics.rules import kept, record_of, switches_of
from multivector.politics.scalars import clip01, row_total
from multivector.politics.state import State
from multivector.streams import Streams

__all__ = ["PublicBelief", "believe"]


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


#: What is believed, in the order in which the loop fills it.
_SAID = ("mean", "uncertainty", "spread", "salience", "true_mean", "intercept")


class _Asked(NamedTuple):
    """What the case says, see `Case`."""

    rows: NDArray[np.intp]
    domain: NDArray[np.int64]
    power_wish: Floats
    power_salience: Floats
    public_salience: Floats
    opening: Floats
    ballooned: NDArray[np.bool_]


class _Public(NamedTuple):
    """The public as it is, see `State`."""

    attitude: Floats
    covariance: Floats
    speaking: Floats
    mobilised: Floats


class _Known(NamedTuple):
    """Numbers that hold in all rows of a case."""

    public_wish: float  # the stated mean, NaN where attitudes decide
    listening: float
    residual: float  # variance of positions that attitudes leave open
    expertise: float  # clout of experts


@within
def _line(b, w, p, on, public_wish, case, attitude, tie, capability, slope, term):  # type: ignore[no-untyped-def]
    """Citizens' position as a line in their attitudes: fills `slope` (P,), returns the intercept; `term` is scratch.

    A friend of a power leans to that power's wish; the more a power dominates the field of the question, the more
    everybody leans away from it (nationalism, K8): as far as its share of the ties there exceeds an even share. A
    stated public wish fixes the mean; attitudes then give the spread around it.
    """
    powers = slope.size
    for q in range(powers):
        slope[q] = 0.0
        if on.issue_attitudes:
            cares = 1.0 if case.power_salience[b, q] > 0.0 else 0.0
            slope[q] = p.public.attitude_pull * (case.power_wish[b, q] - 0.5) * cares
    if not math.isnan(public_wish):
        for q in range(powers):
            term[q] = slope[q] * attitude[w, q]
        return public_wish - row_total(term)
    if not on.nationalism:
        return 0.5
    domain, even = ECONOMY if case.domain[b] == DOMESTIC else case.domain[b], 1.0 / powers
    for q in range(powers):
        term[q] = tie[w, q, domain] * capability[q, domain]
    whole = row_total(term)
    for q in range(powers):
        share = term[q] / whole if whole > 0.0 else even
        term[q] = slope[q] * max(share - even, 0.0)
    return 0.5 - p.public.nationalism * row_total(term)


@loop
def _believe(rules, switches, known, case, public, tie, capability, draw, slope, belief):  # type: ignore[no-untyped-def]
    """Fill `slope` (B, P) and `belief` (6, B), see `believe` and `_SAID`; `draw` (B, 2) standard normal."""
    p, on = rules[0], switches[0]
    rows, ballooned, opening = case.rows, case.ballooned, case.opening
    attitude, covariance, speaking, mobilised = public.attitude, public.covariance, public.speaking, public.mobilised
    powers = slope.shape[1]
    term = np.empty(powers)
    heard = known.listening if on.listening else 0.0
    read = p.public.signal_noise * (1.0 - p.listening.consultation * heard)
    left, news = math.sqrt(1.0 - p.balloon.accuracy), math.sqrt(p.balloon.accuracy)
    low, high = opening[0], opening[0]
    for o in range(opening.size):
        low, high = min(low, opening[o]), max(high, opening[o])
    at_stake = min(high - low, 1.0)
    for b in range(rows.size):
        w = rows[b]
        intercept = _line(b, w, p, on, known.public_wish, case, attitude, tie, capability, slope[b], term)
        middle, variance = 0.0, 0.0
        for q in range(powers):
            middle += slope[b, q] * attitude[w, q]
            row = 0.0
            for r in range(powers):
                row += covariance[w, q, r] * slope[b, r]
            variance += slope[b, q] * row
        mean, spread = clip01(intercept + middle), math.sqrt(max(variance, 0.0) + known.residual)

        uncertainty, noise = 0.0, 0.0
        if on.uncertainty:
            silence = p.public.silence_noise * (1.0 - speaking[w]) if on.concealment else 0.0
            uncertainty = read * (1.0 + silence) / (1.0 + p.public.expertise_gain * known.expertise)
            noise = draw[b, 0]
            if ballooned[b]:
                # the answer to a balloon corrects the first reading; what is left of the error shrinks
                uncertainty, noise = uncertainty * left, left * noise + news * draw[b, 1]

        salience = case.public_salience[b]
        if on.awakening:
            abroad = 0.0 if case.domain[b] == DOMESTIC else 1.0
            salience = salience * (1.0 + p.public.awakening * mobilised[w] * abroad)
        if on.listening:
            stated = max(1.0 - spread / p.listening.majority_spread, 0.0)
            if on.concealment:
                # what touches the hold on office is stated only by those who dare to speak
                stated = stated * (1.0 - at_stake * (1.0 - speaking[w]))
            salience = salience * (1.0 + p.listening.resentment * known.listening * stated)

        belief[0, b], belief[1, b], belief[2, b] = clip01(mean + uncertainty * noise), uncertainty, spread
        belief[3, b], belief[4, b], belief[5, b] = min(salience, 1.0), mean, intercept


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
    batch = len(case.rows)
    known = _Known(float(case.public_wish), float(listening), p.public.residual_spread**2, _expertise(cast, p))
    asked = _Asked(*(getattr(case, name) for name in _Asked._fields))
    public = _Public(*(getattr(state, name) for name in _Public._fields))
    if on("uncertainty"):
        draw = streams.normal(f"signal:{case.stream}", month if case.index < 0 else 0, slot, 2, rows=case.rows)
    else:
        draw = np.zeros((batch, 2))
    slope, belief = np.empty((batch, len(cast.powers))), np.empty((len(_SAID), batch))
    _believe(record_of(p), switches_of(p, on), known, asked, public, state.tie, cast.capability, draw, slope, belief)
    return PublicBelief(slope=slope, **dict(zip(_SAID, belief, strict=True)))


def _expertise(cast: Cast, p: Any) -> float:
    return kept(p, "_expertise", (cast,), lambda: float(np.add.reduce(cast.clout0 * cast.with_role("expertise"))))
