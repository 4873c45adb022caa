"""A finished batch as arrays: point by world, which is what the analyses of designed experiments work on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from multivector.lab.errors import StoreError
from multivector.lab.store import shown_path

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from multivector.lab.results import Batch

__all__ = ["Cube", "cubes_of"]


@dataclass(frozen=True)
class Cube:
    """The outcomes of one scenario of a batch.

    Attributes
    ----------
    scenario : its name.
    title : its title.
    values : outcome → (points, worlds); worlds of all seeds stand side by side, and world k of a seed has the same
        luck at every point. Only worlds that came through at every point are here.
    points : the design, one row per point, a column per factor.
    dropped : worlds left out because they failed at some point.
    """

    scenario: str
    title: str
    values: Mapping[str, NDArray[np.float64]]
    points: pd.DataFrame
    dropped: int = 0

    @property
    def worlds(self) -> int:
        """How many worlds each point has."""
        return int(next(iter(self.values.values())).shape[1])

    def mean(self, outcome: str) -> NDArray[np.float64]:
        """The mean over worlds, shape (points,)."""
        return np.asarray(np.nanmean(self.values[outcome], axis=1))


def cubes_of(batch: Batch, outcomes: Sequence[str]) -> list[Cube]:
    """The named outcomes of every scenario of a batch (`office_lost` too; NAME_mean is the mean over the months).

    Raises
    ------
    StoreError : an outcome that the batch does not have, runs that are not there, or no world that came through
        everywhere.
    """
    import pandas as pd

    columns = list(dict.fromkeys(["run", "world", *outcomes]))
    path = batch.folder / "outcomes.parquet"
    if not path.is_file():
        raise StoreError(f"{shown_path(batch.folder)} has no finished outcomes", suggestion="run the study first")
    try:
        rows = pd.read_parquet(path, columns=columns)
    except (OSError, ValueError, KeyError) as error:
        said = str(error).splitlines()[0]
        raise StoreError(f"{shown_path(path)} has no outcomes {', '.join(outcomes)}: {said}") from error
    mine = batch.design[batch.design["role"] == "run"]
    titles = batch.about["titles"]
    return [
        _cube(batch, str(name), str(titles.get(name, name)), part, rows, list(outcomes))
        for name, part in mine.groupby("scenario", sort=False)
    ]


def _cube(
    batch: Batch, scenario: str, title: str, design: pd.DataFrame, rows: pd.DataFrame, outcomes: list[str]
) -> Cube:
    points, seeds = sorted(design["point"].unique()), sorted(design["seed"].unique())
    runs = {(row["point"], row["seed"]): str(row["run"]) for row in design.to_dict("records")}
    by_run = {str(run): part for run, part in rows.groupby("run", sort=False)}
    found: NDArray[np.float64] = np.full((len(outcomes), len(points), len(seeds), batch.size), np.nan)
    for place, point in enumerate(points):
        for number, seed in enumerate(seeds):
            part = by_run.get(runs[point, seed])
            if part is not None:
                found[:, place, number, part["world"].to_numpy()] = part[outcomes].to_numpy(dtype=np.float64).T
    flat: NDArray[np.float64] = found.reshape(len(outcomes), len(points), -1)
    # an outcome may have no value in a world (no decision, no congruence): such a world counts as failed for none
    there = ~np.isnan(flat).all(axis=0).any(axis=0)
    if not there.any():
        raise StoreError(
            f"no world of {title} came through at every point", suggestion=f"multivector results {batch.folder.name}"
        )
    kept = {name: flat[place][:, there] for place, name in enumerate(outcomes)}
    table = design.drop_duplicates("point").sort_values("point")[batch.factors].reset_index(drop=True)
    return Cube(scenario, title, kept, table, int((~there).sum()))
