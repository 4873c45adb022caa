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
        self._known: dict[tuple[int, str, int], tuple[int, int, int]] = {}
        columns = ("world", "dossier", "month", "option", "move", "announced")
        for world, dossier, month, option, move, announced in zip(*(decisions[c] for c in columns), strict=True):
            self._known[int(world), str(dossier), int(month)] = (int(option), moves[str(move)], int(announced))

    def actions(
        self, case: Case, model: Any, announced: NDArray[np.int64], drawn: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.int64]]:
        """Actions for the case's rows (B,), which of them repeat the base run, and what a balloon announces.

        `drawn` (B,) is what the president would do here; a replay has no use for it, others in its place may.
        """
        settle = len(SETTLING_MOVES)
        action, known, told = np.zeros(len(case.rows), dtype=np.int64), np.zeros(len(case.rows), bool), announced.copy()
        for row, (world, entry) in enumerate(zip(model.worlds[case.rows], case.entry, strict=True)):
            found = self._known.get((int(world), model.agenda.catalogue[int(entry)][0], model.month))
            if found is None:
                action[row] = int(np.argmin(np.abs(case.x - case.reference[row]))) * settle
                continue
            option, move, base_announced = found
            action[row] = (option - 1) * settle + move if option else case.options * settle + (move - settle)
            known[row], told[row] = True, base_announced - 1 if base_announced else announced[row]
        return action, known, told
