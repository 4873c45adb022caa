"""A shift of the fan split into what the change does by itself and what the president makes of it.

Three ensembles of the same worlds: the base; the changed scenario; and the changed scenario in which the
base's decisions are replayed. Per world

    total   = changed − base
    direct  = replayed − base       the same decisions under the new circumstances
    decided = changed − replayed    what the president's response adds or takes away

so that direct + decided = total exactly. Where the replay meets a dossier that the base did not have open in
that month of that world, it keeps the status quo: what the president makes of it belongs to the decided part.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from multivector.lab.compare import paired_interval, paired_worlds, per_world

if TYPE_CHECKING:
    import pandas as pd

    from multivector.ensemble import Ensemble
    from multivector.scenario import Scenario

__all__ = ["PARTS", "PART_COLUMNS", "decompose", "part_rows", "split"]

PARTS = ("total", "direct", "decided")
PART_COLUMNS = ("median", "p5", "p95", "mean", "low", "high", "worlds")


def decompose(base: Ensemble, changed: Ensemble, replayed: Ensemble, *, when: str = "end") -> pd.DataFrame:
    """Split each outcome's shift; all three ensembles must share seed and worlds.

    Returns
    -------
    One row per outcome and part, columns outcome, part (total, direct, decided), median, p5, p95 (spread over
    worlds), mean, low, high (90 % interval of the mean by paired bootstrap), worlds.
    """
    import pandas as pd

    paired_worlds(base, changed)
    worlds = [world for world in paired_worlds(base, replayed) if world in set(changed.worlds)]
    tables = {
        name: per_world(ensemble, when).reindex(worlds)
        for name, ensemble in (("base", base), ("changed", changed), ("replayed", replayed))
    }
    rows = part_rows(**tables, outcomes=list(tables["base"].columns), seed=base.seed, when=when)
    return pd.DataFrame(rows, columns=["outcome", "part", *PART_COLUMNS])


def part_rows(
    base: pd.DataFrame,
    changed: pd.DataFrame,
    replayed: pd.DataFrame,
    outcomes: Sequence[str],
    *,
    seed: int,
    when: str = "end",
) -> list[tuple[str | float | int, ...]]:
    """Rows (outcome, part, *PART_COLUMNS) of three tables of the same worlds, indexed alike.

    Outcomes that a table lacks, and parts in which no world has a value, are left out.
    """
    rows: list[tuple[str | float | int, ...]] = []
    for outcome in outcomes:
        if not all(outcome in table for table in (base, changed, replayed)):
            continue
        b, c, r = (table[outcome].to_numpy(dtype=np.float64) for table in (base, changed, replayed))
        for part, values in (("total", c - b), ("direct", r - b), ("decided", c - r)):
            found = values[np.isfinite(values)]
            if not found.size:
                continue
            p5, median, p95 = np.quantile(found, [0.05, 0.5, 0.95]).tolist()
            low, high = paired_interval(values, key=f"{outcome} {part} {when}", seed=seed)
            rows.append((outcome, part, median, p5, p95, float(found.mean()), low, high, int(found.size)))
    return rows


def split(
    base: Ensemble, changed_scenario: Scenario, *, changed: Ensemble | None = None, **options: Any
) -> tuple[Ensemble, Ensemble, pd.DataFrame]:
    """Run the changed scenario freely (unless given) and with the base's decisions, and split the shift.

    Parameters
    ----------
    base : an ensemble; its worlds and seed are used.
    changed_scenario : the scenario with the change, over the same months.
    changed : the free run of the changed scenario, when it is there already.
    options : of `lab.run.run_scenario` (block, threads, progress).

    Returns
    -------
    (changed, replayed, table of `decompose`).
    """
    from multivector.lab.run import execute

    def whole(**more: Any) -> Ensemble:
        run = execute(changed_scenario, base.worlds, base.seed, **options, **more)
        if run.interrupted:
            raise KeyboardInterrupt
        return run.ensemble

    if changed is None:
        changed = whole()
    replayed = whole(replay=base)
    return changed, replayed, decompose(base, changed, replayed)
