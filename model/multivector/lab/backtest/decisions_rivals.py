"""Rival forecasts of coded decisions, on the same inputs as our rule.

Most rivals name a point. To be scored as a forecast it gets a spread: P(option) is proportional to exp(-distance in
options / spread), and a share of cases in which the point says nothing (all options alike); both are fitted as our
own coefficients are. Where an actor is silent, the unweighted mean of all positions stands in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multivector.lab.backtest.decisions_data import BODIES, CodedCase
from multivector.lab.backtest.decisions_fit import Coefficient, Forecasts

__all__ = ["LOGIT", "SPREAD", "logit_forecast", "modal_options", "point_rivals", "spread_forecast"]

Floats = NDArray[np.float64]

#: What is fitted to a rival that names a point.
SPREAD = (
    Coefficient("spread", 0.1, 4.0, True, "options", "distance at which an option is e times less likely"),
    Coefficient("silence", 0.001, 0.5, False, "share", "share of cases in which the point says nothing"),
)
#: What is fitted to the multinomial model: how much each distance counts, and how much the middle draws.
LOGIT = tuple(
    Coefficient(name, 0.02, 8.0, True, "per option", f"disutility of distance from {what}")
    for name, what in (
        ("formal", "the formal actors' position"),
        ("informal", "the informal elites' position"),
        ("public", "the public's position"),
        ("russia", "Russia's position"),
        ("other_powers", "the mean position of the other powers"),
        ("middle", "the middle option"),
    )
)


@dataclass(frozen=True)
class PointRival:
    """A rival that names a point (an option number, not always whole) for a case."""

    name: str
    title: str
    point: Callable[[CodedCase], float]


def mean_of(case: CodedCase, actors: Sequence[str] | None = None) -> float | None:
    """Unweighted mean position of these actors (None: of all), an option number; None where all are silent."""
    found = [one.middle for actor, one in case.positions.items() if actors is None or actor in actors]
    return float(np.mean(found)) if found else None


def _or_mean(case: CodedCase, actors: Sequence[str]) -> float:
    found = mean_of(case, actors)
    if found is None:
        found = mean_of(case)
    return found if found is not None else (case.options + 1) / 2.0


def point_rivals(powers: Sequence[str]) -> list[PointRival]:
    """Every rival that needs nothing but the case: the middle, each actor's position, and two means."""

    def actor(name: str) -> PointRival:
        title = {"formal": "formal actors' position", "informal": "informal elites' position"}.get(name)
        return PointRival(name, title or f"{name}'s position", lambda case: _or_mean(case, [name]))

    return [
        PointRival("middle", "middle option", lambda case: (case.options + 1) / 2.0),
        PointRival("unweighted_mean", "unweighted mean of all", lambda case: _or_mean(case, list(case.positions))),
        PointRival("domestic_mean", "mean of the actors at home", lambda case: _or_mean(case, BODIES)),
        *(actor(name) for name in (*BODIES, *powers)),
    ]


def modal_options(cases: Sequence[CodedCase], outcome: Sequence[int]) -> dict[int, float]:
    """The option chosen most often, by number of options; of several, their middle."""
    counts: dict[int, Counter[int]] = {}
    for case, came in zip(cases, outcome, strict=True):
        counts.setdefault(case.options, Counter())[came + 1] += 1
    return {
        options: float(np.mean([option for option, times in count.items() if times == max(count.values())]))
        for options, count in counts.items()
    }


def spread_forecast(points: Sequence[float], options: Sequence[int], coefficients: tuple[float, ...]) -> Forecasts:
    """Probabilities of the options around points; coefficients as in `SPREAD`."""
    spread, silence = coefficients
    found = []
    for point, count in zip(points, options, strict=True):
        weight = np.exp(-np.abs(np.arange(1, count + 1) - point) / spread)
        found.append((1.0 - silence) * weight / weight.sum() + silence / count)
    return found


def logit_forecast(cases: Sequence[CodedCase], coefficients: tuple[float, ...]) -> Forecasts:
    """Conditional logit (McFadden 1974) on distances in options, mirrored by nature; coefficients as in `LOGIT`."""
    found = []
    for case in cases:
        at = np.arange(1.0, case.options + 1.0)
        others = [actor for actor in case.positions if actor not in (*BODIES, "russia")]
        points = [mean_of(case, [name]) for name in (*BODIES, "russia")]
        points += [mean_of(case, others), (case.options + 1) / 2.0]
        utility = np.zeros(case.options)
        for weight, point in zip(coefficients, points, strict=True):
            if point is not None:
                utility -= weight * np.abs(at - point)
        odds = np.exp(utility - utility.max())
        found.append(odds / odds.sum())
    return found
