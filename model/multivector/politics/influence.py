"""Influence: what the president would have done had somebody not wanted anything.

The influence of a group on a decision is the total variation between the option probabilities as they are and those
with the group's wish set to the status quo, on the same beliefs and draws. Win rates are never called that. Measuring
takes extra appraisals and changes no draw and no decision.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multivector.agents.cast import Cast
from multivector.numerics import Floats
from multivector.politics.beliefs import PublicBelief
from multivector.politics.cases import SETTLING_MOVES, Case
from multivector.politics.decision import Appraisal
from multivector.politics.positions import Positions
from multivector.politics.state import State

__all__ = ["GROUPS", "INFLUENCE_COLUMNS", "PUBLIC", "InfluenceMeter", "option_probabilities"]

PUBLIC = "public"
EACH = "each:"
GROUPS = ("informal", "formal", PUBLIC, "parliament", "purged")
"""What `influence=True` measures. Any actor's id, any formal role and `each:informal` (one by one) may be named too."""
INFLUENCE_COLUMNS = ["world", "decision", "group", "influence"]

Weigh = Callable[[Positions, PublicBelief], Appraisal]


def option_probabilities(probability: Floats, options: int) -> Floats:
    """Probability of settling on each option by any move, (B, O), renormalised; `probability` is (B, N)."""
    settling = probability[:, : options * len(SETTLING_MOVES)].reshape(len(probability), options, -1).sum(axis=2)
    whole = settling.sum(axis=1, keepdims=True)
    return np.asarray(np.where(whole > 0, settling / np.where(whole > 0, whole, 1.0), 1.0 / options))


@dataclass
class InfluenceMeter:
    """Measures the influence of named groups on every decision of a run.

    Parameters
    ----------
    groups : names as in GROUPS, actor ids, formal roles, `each:informal`, `each:formal`.
    cast : the run's cast.
    purged : actors (A,) whose clout an event of the scenario takes.

    Raises ValueError for a name that nobody answers to.
    """

    groups: Sequence[str]
    cast: Cast
    purged: NDArray[np.bool_]
    masks: dict[str, NDArray[np.bool_] | None] = field(init=False)  # None stands for the public
    rows: list[tuple[int, NDArray[np.int64], NDArray[np.intp], Floats]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.masks = {}
        for name in self.groups:
            self.masks.update(self._read(name))

    def _read(self, name: str) -> dict[str, NDArray[np.bool_] | None]:
        cast = self.cast
        bodies = {"informal": cast.informal, "formal": cast.formal, "purged": self.purged}
        if name == PUBLIC:
            return {name: None}
        if name.startswith(EACH) and name.removeprefix(EACH) in bodies:
            body = bodies[name.removeprefix(EACH)]
            return {actor: np.array(cast.actors) == actor for actor in np.array(cast.actors)[body]}
        if name in bodies:
            return {name: bodies[name]}
        if name in cast.actors:
            return {name: np.array(cast.actors) == name}
        if name in cast.role:
            return {name: cast.with_role(name)}
        raise ValueError(f"no actor or group is called '{name}'")

    def measure(
        self, month: int, case: Case, state: State, positions: Positions, belief: PublicBelief, weigh: Weigh
    ) -> None:
        """Weigh the case once more for each group, with its wish at the status quo."""
        told = option_probabilities(weigh(positions, belief).probability, case.options)
        found = np.zeros((len(case.rows), len(self.masks)))
        for column, mask in enumerate(self.masks.values()):
            if mask is None:
                silent = weigh(positions, replace(belief, mean=np.asarray(case.reference, dtype=np.float64)))
            elif mask.any():
                wish = np.where(mask, case.reference[:, None], positions.wish)
                silent = weigh(replace(positions, wish=wish), belief)
            else:
                continue
            without = option_probabilities(silent.probability, case.options)
            found[:, column] = 0.5 * np.abs(told - without).sum(axis=1)
        self.rows.append((month, case.entry, case.rows, found))

    def table(self, worlds: NDArray[np.int64], names: Sequence[str], dates: pd.DatetimeIndex) -> pd.DataFrame:
        """One row a world, decision and group; the columns are INFLUENCE_COLUMNS, decisions are named as elsewhere."""
        groups = list(self.masks)
        if not self.rows or not groups:
            return pd.DataFrame(columns=INFLUENCE_COLUMNS)
        labels: dict[tuple[int, int], int] = {}
        parts = []
        for month, entry, rows, found in self.rows:
            code = np.array([labels.setdefault((int(one), month), len(labels)) for one in entry], dtype=np.int64)
            parts.append((worlds[rows], code, found))
        world = np.concatenate([part[0] for part in parts])
        order = np.argsort(world, kind="stable")
        said = [f"{names[entry]}@{dates[month]:%Y-%m}" for entry, month in labels]
        decision = pd.Categorical.from_codes(
            np.repeat(np.concatenate([part[1] for part in parts])[order], len(groups)),
            categories=pd.Index(said, dtype="str"),
        )
        return pd.DataFrame(
            {
                "world": np.repeat(world[order], len(groups)),
                "decision": decision,
                "group": pd.Categorical.from_codes(
                    np.tile(np.arange(len(groups)), len(world)), categories=pd.Index(groups, dtype="str")
                ),
                "influence": np.concatenate([part[2] for part in parts])[order].ravel(),
            }
        )
