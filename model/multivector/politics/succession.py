"""The seat changes hands: by loss of office, by an election, or to a named successor on a date.

What belongs to the leader goes with the leader: part of every political tie (`personal_ties`), except where the
public feels kinship with the power (`kinship`, B7). What belongs to the country stays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multivector.agents.cast import POLITICS, Cast
from multivector.numerics import Floats, clip01
from multivector.politics.state import State

__all__ = ["hand_over", "settle_bonds"]


def hand_over(
    state: State,
    cast: Cast,
    passes: NDArray[np.bool_],
    bond: Floats,
    divergence0: float,
    p: Any,
    on: Callable[[str], bool],
    *,
    orderly: bool,
) -> None:
    """A new president takes the seat where `passes` (W,), with own ties `bond` (P,) or (W, P), as outreach.

    Loyalties, offence and favours start partly anew, and there is a honeymoon. An orderly succession keeps the
    tastes of the line and its elder; a broken one brings tastes of its own and ends the elder's veto.
    """
    rows = np.flatnonzero(passes)
    if rows.size == 0:
        return
    state.president[rows] += 1
    state.tenure[rows] = 0
    reset = p.successor.reset
    state.loyalty[rows] = state.loyalty[rows] + reset * (cast.loyalty0 - state.loyalty[rows])
    state.divergence[rows] = state.divergence[rows] + reset * (divergence0 - state.divergence[rows])
    state.tilt[rows] = state.tilt[rows] * (1.0 - reset)
    state.standing[rows] -= p.successor.honeymoon
    if on("personal_ties"):
        kin = np.maximum(state.attitude[rows], 0.0) if on("kinship") else np.zeros((rows.size, len(cast.powers)))
        left = 1.0 - p.successor.personal_share * (1.0 - kin)
        state.tie[rows, :, POLITICS] = clip01(state.tie[rows, :, POLITICS] * left)
        state.bond[rows] = np.broadcast_to(bond, state.bond.shape)[rows]
    if not orderly:
        state.taste[rows] *= p.successor.taste
        state.broken[rows] = True
        state.elder_veto[rows] = False


def settle_bonds(state: State) -> Floats:
    """Where outreach comes to rest under this president, (W, P, 1): the usual, and the leader's own ties."""
    rest: Floats = np.maximum(1.0 + state.bond, 0.0)[:, :, None]
    return rest
