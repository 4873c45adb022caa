"""A case: one dossier as it stands before the president, in the worlds where it is open this month."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from multivector.numerics import Floats

__all__ = ["CASE_KINDS", "MOVES", "SETTLING_MOVES", "Case"]

#: Ways to settle a dossier, then the two ways not to settle it yet.
SETTLING_MOVES = ("settle", "side_payment", "concession", "repression")
MOVES = (*SETTLING_MOVES, "delay", "trial_balloon")
#: How a case came up: by the scenario, by a power's demand, by grievance, or again by protest.
CASE_KINDS = ("scripted", "routine", "domestic", "reopened")


@cache
def axis(options: int) -> Floats:
    """Positions of so many options on the axis 0..1, (O,); one array for all who ask, not to be written to."""
    places = np.linspace(0.0, 1.0, options)
    places.flags.writeable = False
    return places


@dataclass(frozen=True)
class Case:
    """One dossier in the worlds `rows` (B of them). Positions lie on the axis 0 (first option) .. 1 (last).

    Axes: B rows, O options, P powers, A domestic actors, S sectors.
    """

    name: str  # of the dossier, or of the kind of routine dossier
    stream: str  # the key of its random draws
    kind: str  # one of CASE_KINDS
    index: int  # of the scripted dossier, -1 for others
    entry: NDArray[np.int64]  # (B,) index into the agenda's catalogue of names and titles
    option_names: tuple[str, ...]
    rows: NDArray[np.intp]  # (B,)
    domain: NDArray[np.int64]  # (B,) index into DOMAINS, 3 = domestic
    initiator: NDArray[np.int64]  # (B,) power index, -1 for none
    reference: Floats  # (B,) the status quo
    power_wish: Floats  # (B, P)
    power_salience: Floats  # (B, P), 0 where a power does not care
    stated_wish: Floats  # (A,) NaN where interests decide
    stated_exactly: NDArray[np.bool_]  # (A,) the actor itself is named, not only its body
    stated_salience: Floats  # (A,) NaN where interests decide
    public_wish: float  # NaN where attitudes decide
    public_salience: Floats  # (B,)
    sovereignty: Floats  # (O,) control handed away
    opening: Floats  # (O,) loosening of the hold on office
    rents: Floats  # (S, O)
    offers: Floats  # (P,) steps that powers promise in return for their wish
    forum: Floats  # (O,) how far an option goes through a multilateral forum
    mediation: Floats  # (O,) good offices that an option offers
    between: NDArray[np.int64]  # (2,) the powers between which it mediates, or empty
    may_delay: NDArray[np.bool_]  # (B,)
    may_announce: NDArray[np.bool_]  # (B,)
    ballooned: NDArray[np.bool_]  # (B,)
    months_open: NDArray[np.int64]  # (B,)
    decided: int = -1  # the option that the scenario takes, -1 where the president weighs

    @property
    def options(self) -> int:
        """Number of options."""
        return len(self.option_names)

    @cached_property
    def x(self) -> Floats:
        """Positions of the options on the axis, (O,)."""
        return axis(self.options)
