"""What goes into the public and what comes out of it: the records of `public.Citizens.step`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["FLOOR", "Floats", "PublicInputs", "PublicOutputs", "PublicParameters"]

FLOOR = 0.02
"""Lowest protest threshold: a numerical guard against thresholds of zero or less in the tail of the bell, at
which a citizen without any grievance would protest."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PublicParameters:
    """Numbers of the public; rates and weights are per month, attitudes run from -1 to 1, all else from 0 to
    1.

    Attributes
    ----------
    degree : mean number of acquaintances. rewire : share of ties that leave the neighbourhood.
    block : mean length of a stretch of one language along the ring, in citizens.
    attitude_sd : spread of the attitudes at which citizens of one language group settle.
    influence : share of the mean gap to like-minded acquaintances closed in a month.
    confidence : largest gap at which an acquaintance still counts as like-minded.
    anchor_rate : share of the gap to one's own settled attitude closed in a month.
    media_rate : share of the gap to the media's message closed in a month at full exposure.
    noise_sd : standard deviation of a month's private news.
    grievance_sd : lasting spread of grievance over citizens: each has a fixed deviation, at the start and in
        the level to which grievance moves. grievance_rate : share of the gap to that level closed in a month.
    threshold_mean, threshold_sd : of the grievance at which a citizen protests unaided (bell-shaped, floored
        at FLOOR).
    neighbour_weight : added urge to protest when all acquaintances protest (half of it when all speak).
    speak_fraction : share of the protest threshold at which a citizen speaks.
    weeks : rounds of voices in a month, at least 1.
    """

    degree: int
    rewire: float
    block: float
    attitude_sd: float
    influence: float
    confidence: float
    anchor_rate: float
    media_rate: float
    noise_sd: float
    grievance_sd: float
    grievance_rate: float
    threshold_mean: float
    threshold_sd: float
    neighbour_weight: float
    speak_fraction: float
    weeks: int = 4


@dataclass(frozen=True)
class PublicInputs:
    """What reaches the public in one month; float64, worlds first (W), G language groups, P powers, K issues.

    Attributes
    ----------
    anchor : (W, G, P) attitudes at which each group settles.
    media_target : (W, G, P) attitudes that the media propose. exposure : (G, P) 0..1, shared by all worlds.
    shock : (W, G, P) added to attitudes this month.
    strain : (W,) level to which grievance moves, plus each citizen's fixed deviation (`grievance_sd`).
    relief : (W,) taken off grievance, once.
    fear : (W,) raises the bar to speak and to protest.
    slope : (W, K, P) and intercept : (W, K): a citizen's position on issue k is `intercept + slope .
        attitudes`, clipped to 0..1.
    outcome : (W, K) position settled or announced. salience : (W, K) grievance per squared distance from it.
    """

    anchor: Floats
    media_target: Floats
    exposure: Floats
    shock: Floats
    strain: Floats
    relief: Floats
    fear: Floats
    slope: Floats
    intercept: Floats
    outcome: Floats
    salience: Floats

    def check(self, worlds: int, groups: int, powers: int) -> PublicInputs:
        """The same inputs as contiguous float64; ValueError names an array of the wrong shape."""
        issues = np.shape(self.intercept)[1] if np.ndim(self.intercept) == 2 else -1
        field = (worlds, groups, powers)
        issue = (worlds, issues)
        shapes: dict[str, tuple[int, ...]] = {
            "anchor": field, "media_target": field, "exposure": (groups, powers), "shock": field,
            "strain": (worlds,), "relief": (worlds,), "fear": (worlds,),
            "intercept": issue, "slope": (worlds, issues, powers), "outcome": issue, "salience": issue,
        }  # fmt: skip
        checked: dict[str, Any] = {}
        for name, shape in shapes.items():
            array = np.ascontiguousarray(getattr(self, name), dtype=np.float64)
            if array.shape != shape:
                raise ValueError(f"{name} must have the shape {shape}, got {array.shape}")
            checked[name] = array
        return PublicInputs(**checked)


@dataclass(frozen=True)
class PublicOutputs:
    """What the public shows after a month; float64, worlds first.

    Attributes
    ----------
    mean : (W, P) and covariance : (W, P, P) of attitudes over citizens (divided by their number).
    group_mean : (W, G, P); a group without citizens shows its anchor.
    grievance, grievance_variance : (W,) of private grievance.
    shown_grievance : (W,) sum of the grievance of those who speak or protest, over all citizens.
    speaking : (W,) share who speak or protest in the last week.
    protest, protest_mean : (W,) share who protest, in the peak week and on average over weeks.
    issue_mean, issue_variance : (W, K) of the citizens' positions on each issue.
    """

    mean: Floats
    group_mean: Floats
    covariance: Floats
    grievance: Floats
    grievance_variance: Floats
    shown_grievance: Floats
    speaking: Floats
    protest: Floats
    protest_mean: Floats
    issue_mean: Floats
    issue_variance: Floats
