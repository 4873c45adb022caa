"""Repeating another run's decisions: the direct effect of a change, with the president's response taken out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from multivector.politics.cases import MOVES, SETTLING_MOVES, Case

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Replay"]


class Replay:
    """Decisions of a base run by (world, dossier, month).

    Where the same dossier is open in the same month of the same world, the base run's action is repeated. Where the
    base run has none (the question did not arise then), the status quo is kept: the option nearest to it, plainly.
    """

    def __init__(self, decisions: pd.DataFrame) -> None:
        moves = {name: index for index, name in enumerate(MOVES)}
        self._known: dict[tuple[int, str, int], tuple[int, int]] = {}
        for world, dossier, month, option, move in zip(
            decisions["world"], decisions["dossier"], decisions["month"], decisions["option"], decisions["move"],
            strict=True,
        ):  # fmt: skip
            self._known[int(world), str(dossier), int(month)] = (int(option), moves[str(move)])

    def actions(
        self, case: Case, model: Any, otherwise: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Actions for the case's rows (B,), and which of them repeat the base run (all do or keep the status quo)."""
        settle = len(SETTLING_MOVES)
        action = otherwise.copy()
        for row, (world, entry) in enumerate(zip(model.worlds[case.rows], case.entry, strict=True)):
            key = (int(world), model.agenda.catalogue[int(entry)][0], model.month)
            if key in self._known:
                option, move = self._known[key]
                action[row] = (option - 1) * settle + move if option else case.options * settle + (move - settle)
            else:
                nearest = int(np.argmin(np.abs(case.x - case.reference[row])))
                action[row] = nearest * settle
        return action, np.ones(len(action), dtype=bool)
