"""Summary statistics: the movement of an observable between two periods, and the distance of runs from the record.

Movements on the logit scale, not levels: an index of ties and a percent have no common zero, what they can share is how
far and which way they move.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from multivector.lab.backtest.series_facts import to_logit

if TYPE_CHECKING:
    from multivector.lab.backtest.series_history import History
    from multivector.lab.calibration.study import Statistic

__all__ = ["energy_distance", "recorded", "simulated"]

Floats = NDArray[np.float64]


def recorded(statistics: Sequence[Statistic]) -> Floats:
    """The statistics on record, (S,): logit of the later figure less logit of the earlier one."""
    return np.array([float(np.diff(to_logit(np.array([one.before, one.after])))[0]) for one in statistics])


def simulated(history: History, statistics: Sequence[Statistic]) -> Floats:
    """The same of every world, (W, S)."""
    columns = []
    for one in statistics:
        values = history.of(*one.observable.split("."))  # (W, Y)
        before, after = (
            values[:, (history.years >= low) & (history.years <= high)].mean(axis=1)
            for low, high in (one.period_before, one.period_after)
        )
        columns.append(after - before)
    return np.stack(columns, axis=1)


def energy_distance(worlds: Floats, record: Floats, error: Floats) -> float:
    """How far a cloud of worlds is from the record: E|x - y| - E|x - x'| / 2 in errors of observation (a root of it).

    The energy score (Gneiting & Raftery 2007; as a loss for calibration, Pacchiardi & Dutta 2021): smallest where the
    worlds scatter as the record would, so that neither a wrong mean nor a wrong spread pays. worlds (W, S), record and
    error (S,). Not negative.
    """
    scaled, target = worlds / error, record / error
    to_record = float(np.linalg.norm(scaled - target, axis=1).mean())
    count = len(scaled)
    apart = np.linalg.norm(scaled[:, None, :] - scaled[None, :, :], axis=2).sum() / max(count * (count - 1), 1)
    return max(to_record - 0.5 * float(apart), 0.0)
