"""Running the backtest of series: histories that are kept by what made them, so that a stopped one goes on."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from multivector.lab.backtest.series import FEWEST, document, forecast, histories, origins_of, table
from multivector.lab.backtest.series_facts import read_series
from multivector.lab.backtest.series_history import OBSERVED, History, simulate
from multivector.lab.errors import LabError
from multivector.lab.provenance import code_hash, hash_of
from multivector.lab.store import check_place

if TYPE_CHECKING:
    import pandas as pd

    from multivector.lab.backtest.series_facts import Series
    from multivector.scenario import Scenario

__all__ = ["Options", "Result", "backtest_series"]

#: Called with (histories done, histories in all).
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Options:
    """How it is run: worlds under each of `draws` parameter draws, years ahead, the seed, and whether the version
    with constant weights is run too."""

    worlds: int = 16
    horizons: int = 10
    seed: int = 7
    constant: bool = True
    since: int | None = None


@dataclass(frozen=True)
class Result:
    """The JSON document and every forecast's score (one row a forecast and model)."""

    document: dict[str, Any]
    scored: pd.DataFrame


class _Kept:
    """Histories in a folder, each under the hash of the scenario, the draws, the worlds, the seed and the code."""

    def __init__(
        self, folder: Path, draws: Sequence[Mapping[str, float]], options: Options, total: int, progress: Progress
    ) -> None:
        self.folder, self.draws, self.options = folder, draws, options
        self.done, self.total, self.progress = 0, total, progress
        folder.mkdir(parents=True, exist_ok=True)
        check_place(folder / "series.json", "--out")

    def __call__(self, scenario: Scenario, name: str) -> History:
        # what the model reads, not who asked: two origins with the same past and the same end are one run
        made_of = [
            OBSERVED,
            scenario.hash,
            list(map(dict, self.draws)),
            self.options.worlds,
            self.options.seed,
            code_hash(),
        ]
        key = hash_of(made_of)
        path = self.folder / f"{name}-{key[:16]}.npz"
        found = _read(path)
        if found is None:
            found = simulate(scenario, self.draws, self.options.worlds, self.options.seed)
            _write(path, found)
        self.done += 1
        self.progress(self.done, self.total)
        return found


def _read(path: Path) -> History | None:
    """A kept history; None where there is none or it cannot be read."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            values = {(key.split(":")[0], key.split(":")[1]): kept[key] for key in kept.files if key != "years"}
            return History(kept["years"], values)
    except (OSError, ValueError, KeyError, EOFError):
        return None


def _write(path: Path, history: History) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    arrays: dict[str, Any] = {f"{family}:{power}": value for (family, power), value in history.values.items()}
    with temporary.open("wb") as stream:
        np.savez_compressed(stream, years=history.years, **arrays)
    temporary.replace(path)


def backtest_series(
    file: Path,
    scenario: Scenario,
    draws: Sequence[Mapping[str, float]],
    folder: Path,
    options: Options,
    progress: Progress,
) -> Result:
    """Score the model on the series of a file. Raises LabError and DataErrors for a file that cannot be used.

    `folder` keeps the histories: run again after a stop, only what is missing is simulated.
    """
    series, sheet = read_series(file, scenario.powers)
    first = int(scenario.start[:4])
    series = [one for one in series if int(one.years[0]) >= first]
    origins = origins_of(series, options.horizons)
    if not origins:
        raise LabError(
            f"nothing in {file.name} can be forecast: a series needs {FEWEST} figures from {first} on, and a later one",
            file=file.as_posix(),
            key="series",
        )
    last = max(int(one.years[-1]) for one in series)
    kept = _Kept(folder, draws, options, 1 + len(origins) * (2 if options.constant else 1), progress)
    made = histories(scenario, origins, last, options.horizons, kept, constant=options.constant)
    forecasts = [one for origin in made for one in forecast(origin, series, options.horizons, options.seed)]
    scored = table(forecasts)
    if options.since is not None:
        scored = scored[scored["year"] >= options.since].reset_index(drop=True)
    about = _about(series, sheet.sha256, scenario, draws, options, origins)
    return Result(document(scored, about), scored)


def _about(
    series: Sequence[Series],
    sha256: str,
    scenario: Scenario,
    draws: Sequence[Mapping[str, float]],
    options: Options,
    origins: Sequence[int],
) -> dict[str, Any]:
    return {
        "data_sha256": sha256,
        "scenario": scenario.id,
        "scenario_hash": scenario.hash,
        "worlds": options.worlds * len(draws),
        "draws": len(draws),
        "seed": options.seed,
        "since": options.since,
        "origins": [origins[0], origins[-1]] if origins else [],
        "figures": {one.name: [int(one.years[0]), int(one.years[-1]), len(one.years)] for one in series},
    }
