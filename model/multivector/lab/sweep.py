"""A sweep of one power's pressure after another: how far the fan shifts, directly and through decisions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from multivector.lab.decompose import decompose
from multivector.lab.errors import LabError

if TYPE_CHECKING:
    import pandas as pd

    from multivector.ensemble import Ensemble
    from multivector.lab.run import Progress
    from multivector.scenario import Scenario

__all__ = ["LEVELS", "pressure_sweep", "sweep_lines"]

LEVELS = (0.1, 0.3, 0.5, 0.7, 0.9)


def pressure_sweep(
    scenario: Scenario,
    *,
    powers: Sequence[str] | None = None,
    levels: Sequence[float] = LEVELS,
    worlds: int = 100,
    seed: int = 7,
    threads: int | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Hold each power's pressure at each level, always and everywhere, and split the shift from the lowest.

    Parameters
    ----------
    scenario : the scenario whose pressure is varied; all else stays as it is.
    powers : ids of the powers that press, one at a time; None takes all.
    levels : two or more pressures, 0..1; the lowest is the base.
    progress : called with (world-months done, in all) over the whole sweep.

    Returns
    -------
    Rows of `lab.decompose` (outcome, part, median, p5, p95, mean, low, high, worlds) with power and pressure.
    """
    import pandas as pd

    chosen = list(scenario.powers) if powers is None else list(powers)
    steps = sorted(set(levels))
    if len(steps) < 2:
        raise LabError("a sweep needs two different pressures at least", key="--levels")
    for power in chosen:
        if power not in scenario.powers:
            raise LabError(f"there is no power '{power}'", key="--power", suggestion=", ".join(scenario.powers))
    runs = _counted(progress, len(chosen) * (2 * len(steps) - 1), int(scenario.months) * worlds)
    tables = []
    for power in chosen:
        base: Ensemble | None = None
        for level in steps:
            pressed = scenario.with_sets([f"powers.{power}.pressure={level:g}"])
            changed = _whole(pressed, worlds, seed, None, threads, next(runs))
            if base is None:
                base, replayed = changed, changed
            else:
                replayed = _whole(pressed, worlds, seed, base, threads, next(runs))
            table = decompose(base, changed, replayed)
            table.insert(0, "pressure", level)
            table.insert(0, "power", power)
            tables.append(table)
    return pd.concat(tables, ignore_index=True)


def sweep_lines(table: pd.DataFrame, scenario: Scenario) -> list[str]:
    """One sentence per power: what its highest pressure does to the fan, and who makes it so (means)."""
    from multivector.lab.words import signed

    highest = table[table["pressure"] == table["pressure"].max()]
    lowest = float(table["pressure"].min())
    lines = []
    for power, rows in highest.groupby("power", sort=False):
        means = {(str(row["outcome"]), str(row["part"])): float(row["mean"]) for row in rows.to_dict("records")}
        told = []
        for name, words in (("total_engagement", "total engagement"), ("openness", "openness")):
            total, direct, decided = (means[name, part] for part in ("total", "direct", "decided"))
            told.append(f"{words} {signed(total, 3)} ({signed(direct, 3)} directly, {signed(decided, 3)} by decisions)")
        ties = {name: value for (name, part), value in means.items() if part == "total"}
        own = [value for name, value in ties.items() if name.startswith(f"tie.{power}.")]
        name = scenario.powers[str(power)].name
        lines.append(
            f"{name} from {lowest:g} to {float(rows['pressure'].iloc[0]):g}: {', '.join(told)}; the mean tie "
            f"with it {signed(sum(own) / len(own), 3)}."
        )
    return lines


def _counted(progress: Progress | None, runs: int, each: int) -> Iterator[Progress | None]:
    """A progress callback for every run of a sweep, counting over all of them."""

    def tick(number: int) -> Progress | None:
        if progress is None:
            return None
        return lambda done, total: progress(number * each + done, runs * each)

    return (tick(number) for number in range(runs))


def _whole(
    scenario: Scenario,
    worlds: int,
    seed: int,
    replay: Ensemble | None,
    threads: int | None,
    progress: Progress | None,
) -> Ensemble:
    from multivector.lab.run import execute

    run = execute(scenario, worlds, seed, replay=replay, threads=threads, progress=progress)
    if run.interrupted:
        raise KeyboardInterrupt
    return run.ensemble
