"""Ensembles compared world by world.

World k draws the same random numbers in every scenario under one seed, so the difference between two
scenarios is taken within each world, and most of the luck falls out of it. The 90 % interval of the mean
difference is a paired bootstrap over worlds (percentiles of resampled means; resampling draws come from the
keyed streams, so that the same two runs give the same interval). `p5` and `p95` are something else: the
spread of the differences over worlds.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from multivector.lab.errors import CompareError
from multivector.lab.measures import OUTCOMES, at_end, name_of, over_run, tie_at
from multivector.streams import Streams

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from multivector.ensemble import Ensemble
    from multivector.scenario import Scenario

__all__ = [
    "COLUMNS",
    "PAIRED_COLUMNS",
    "RESAMPLES",
    "Drawn",
    "common_worlds",
    "compare",
    "mismatches",
    "noise_removed",
    "outcome_label",
    "paired_interval",
    "paired_row",
    "paired_worlds",
    "per_world",
    "scenario_mismatches",
]

RESAMPLES = 2000
_MOST_DRAWS = 2_000_000
"""Draws held in memory at a time: up to a thousand worlds are resampled in one go."""
PAIRED_COLUMNS = (
    "base",
    "changed",
    "difference",
    "low",
    "high",
    "median",
    "p5",
    "p95",
    "share_up",
    "noise_removed",
    "worlds",
)
"""What is said about one outcome's paired differences, see `paired_row`."""
COLUMNS = ("outcome", "when", *PAIRED_COLUMNS)


def per_world(ensemble: Ensemble, when: str = "end") -> pd.DataFrame:
    """All that is compared, per world: outcomes and ties (`tie.POWER.DOMAIN`).

    Parameters
    ----------
    when : "end" (last month) or "run" (mean over the months; no ties).
    """
    import pandas as pd

    if when == "run":
        return over_run(ensemble)
    ties = {f"tie.{power}.{domain}": values for (power, domain), values in tie_at(ensemble, "end").items()}
    return at_end(ensemble).join(pd.DataFrame(ties))


def outcome_label(ensemble: Ensemble, outcome: str) -> str:
    """How an outcome column is called for people."""
    if outcome.startswith("tie."):
        _, power, domain = outcome.split(".")
        return f"tie with {name_of(ensemble, power)}, {domain}"
    return OUTCOMES.get(outcome, outcome)


class Drawn(NamedTuple):
    """What pairs a run with another, known before it is run: master seed and world ids, and its scenario's id."""

    scenario: str
    seed: int
    worlds: Sequence[int]


def paired_worlds(base: Ensemble, changed: Ensemble) -> list[int]:
    """World ids that both ensembles have. Raises CompareError as `common_worlds`."""
    one, other = (Drawn(run.scenario.id, run.seed, run.worlds) for run in (base, changed))
    return common_worlds(one, other)


def common_worlds(base: Drawn, changed: Drawn) -> list[int]:
    """World ids that both runs have.

    Raises
    ------
    CompareError : different seeds, or no world in common: nothing pairs them.
    """
    if base.seed != changed.seed:
        raise CompareError(
            f"these runs are not paired: seed {base.seed} ({base.scenario}) against seed {changed.seed} "
            f"({changed.scenario}); luck would be taken for effect",
            key="--seed",
            suggestion="run both with the same --seed",
        )
    common = sorted(set(base.worlds) & set(changed.worlds))
    if not common:
        raise CompareError(
            f"these runs have no world in common ({base.scenario}: {_range(base.worlds)}; "
            f"{changed.scenario}: {_range(changed.worlds)})",
            key="--worlds",
            suggestion="run both with the same --worlds",
        )
    return common


def _range(worlds: Sequence[int]) -> str:
    return f"worlds {min(worlds)} to {max(worlds)}" if len(worlds) > 1 else f"world {worlds[0]}"


def mismatches(base: Ensemble, changed: Ensemble) -> list[str]:
    """What differs between two ensembles besides the content, in words: to be said beside a comparison."""
    notes = scenario_mismatches(base.scenario, changed.scenario)
    common = len(set(base.worlds) & set(changed.worlds))
    if common < max(len(base.worlds), len(changed.worlds)):
        notes.append(f"only the {common} worlds that both runs have are compared")
    return notes


def scenario_mismatches(one: Scenario, other: Scenario) -> list[str]:
    """What to know, in words, before two scenarios are compared world by world."""
    notes = []
    if (str(one.start), str(one.end)) != (str(other.start), str(other.end)):
        notes.append(
            f"the calendars differ: {one.id} runs {one.start} to {one.end}, {other.id} {other.start} to "
            f"{other.end}; each is read at its own end"
        )
    if one.citizens != other.citizens:
        notes.append(f"citizens differ: {one.citizens} and {other.citizens}; the public is not the same people")
    if list(one.powers) != list(other.powers):
        notes.append("the powers differ: openness counts different fans")
    return notes


def paired_interval(
    difference: NDArray[np.float64], *, key: str, seed: int = 0, level: float = 0.9
) -> tuple[float, float]:
    """Percentile interval of the mean of paired differences, by resampling worlds.

    Parameters
    ----------
    difference : one value per world, shape (W,); NaN is left out.
    key : names the stream of the resampling (the outcome), so that results repeat exactly.
    level : share that the interval holds.

    Returns
    -------
    (low, high); NaN where fewer than two worlds have a value.
    """
    values = difference[np.isfinite(difference)]
    if values.size < 2:
        return float("nan"), float("nan")
    rows = max(1, min(RESAMPLES, _MOST_DRAWS // values.size))  # so that memory does not grow with the worlds
    means = np.concatenate(
        [
            _resampled(values, seed, f"bootstrap {key}", slot, min(rows, RESAMPLES - first))
            for slot, first in enumerate(range(0, RESAMPLES, rows))
        ]
    )
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _resampled(values: NDArray[np.float64], seed: int, process: str, slot: int, rows: int) -> NDArray[np.float64]:
    """Means of `rows` resamples, shape (rows,)."""
    return np.asarray(values[_picks(seed, process, slot, rows, values.size)].mean(axis=1))


@lru_cache(maxsize=4)  # the three parts of a shift take turns
def _picks(seed: int, process: str, slot: int, rows: int, size: int) -> NDArray[np.intp]:
    """Which values each resample holds, shape (rows, size)."""
    draws = Streams(seed, [0]).uniform(process, slot=slot, size=rows * size).reshape(rows, size)
    picks = (draws * size).astype(np.intp)
    picks.setflags(write=False)
    return picks


def noise_removed(base: NDArray[np.float64], changed: NDArray[np.float64]) -> float:
    """Share of the variance of a difference that pairing removed: 1 − var(paired) / var(unpaired).

    Unpaired variance is var(base) + var(changed), what independent seeds would give. 1 = all noise gone, 0 =
    none, negative = pairing did harm; NaN where nothing varies.
    """
    both = np.isfinite(base) & np.isfinite(changed)
    if both.sum() < 2:
        return float("nan")
    unpaired = float(np.var(base[both], ddof=1) + np.var(changed[both], ddof=1))
    if unpaired <= 0.0:
        return float("nan")
    return 1.0 - float(np.var(changed[both] - base[both], ddof=1)) / unpaired


def compare(base: Ensemble, changed: Ensemble) -> pd.DataFrame:
    """Paired differences changed − base, at the end and over the run.

    Returns
    -------
    One row per outcome and `when` ("end", "run") with COLUMNS: base and changed (means over worlds), difference (mean),
    low and high (90 % interval of the mean), median, p5 and p95 (spread over worlds), share_up (share of worlds in
    which it rose), noise_removed, worlds (how many have a value).
    """
    import pandas as pd

    worlds = paired_worlds(base, changed)
    rows = []
    for when in ("end", "run"):
        one, other = per_world(base, when), per_world(changed, when)
        for outcome in [name for name in one.columns if name in other.columns]:
            x = one[outcome].reindex(worlds).to_numpy(dtype=np.float64)
            y = other[outcome].reindex(worlds).to_numpy(dtype=np.float64)
            rows.append((outcome, when, *paired_row(x, y, f"{outcome} {when}", base.seed)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def paired_row(base: NDArray[np.float64], changed: NDArray[np.float64], key: str, seed: int) -> tuple[float | int, ...]:
    """PAIRED_COLUMNS of one outcome; `base` and `changed` hold one value per world, shape (W,), the same worlds."""
    change = changed - base
    found = np.isfinite(change)
    if not found.any():
        return (*([float("nan")] * 10), 0)
    low, high = paired_interval(change, key=key, seed=seed)
    p5, median, p95 = np.quantile(change[found], [0.05, 0.5, 0.95])
    return (
        float(base[found].mean()),
        float(changed[found].mean()),
        float(change[found].mean()),
        low,
        high,
        float(median),
        float(p5),
        float(p95),
        float((change[found] > 0).mean()),
        noise_removed(base, changed),
        int(found.sum()),
    )
