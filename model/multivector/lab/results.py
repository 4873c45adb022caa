"""What a batch has brought: its tables, what is missing, and what its runs differ in from their baselines.

Everything here reads; a batch that is still being run can be read as far as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from multivector.lab.batch import DESIGN, is_batch
from multivector.lab.compare import PAIRED_COLUMNS, paired_row
from multivector.lab.decompose import PART_COLUMNS, part_rows
from multivector.lab.errors import StoreError
from multivector.lab.measures import BAND, quantiles
from multivector.lab.parts import Inventory, Parts
from multivector.lab.store import ROOT, read_json, shown_path
from multivector.lab.tasks import FAILURES, OUTCOMES_TABLE
from multivector.parameters import load_records

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["OFFICE_LOST", "Batch", "Group", "open_batch"]

OFFICE_LOST = "office_lost"
_FIXED = ("run", "world", "lost", "lost_month")
_MOST_POINTS = 12
_BINS = 8
_MOST_ROWS = 50_000
"""Worlds of all runs that are compared at a time."""
_Aligned = tuple[dict[str, Any], "list[pd.DataFrame]"]
"""A row of the design, and tables of outcomes indexed by the same worlds."""


@dataclass(frozen=True)
class Group:
    """Runs that belong together in a table or figure: a scenario, a point, or a part of a factor's range."""

    label: str
    runs: tuple[str, ...]


@dataclass(frozen=True)
class Batch:
    """A batch folder that has been opened.

    Attributes
    ----------
    folder : where it is.
    about : its provenance (batch.json).
    design : the design table, `lab.plan.DESIGN_COLUMNS` and the factors.
    inventory : which worlds are there.
    """

    folder: Path
    about: dict[str, Any]
    design: pd.DataFrame
    inventory: Inventory = field(repr=False)

    @property
    def ids(self) -> list[str]:
        """Run ids in the design's order, each once."""
        return list(dict.fromkeys(self.design["run"]))

    @property
    def factors(self) -> list[str]:
        """Names of the design's factors."""
        return [str(name) for name in self.about["factors"]]

    @property
    def size(self) -> int:
        """Worlds that each run is to have."""
        return int(self.about["worlds"])

    @property
    def names(self) -> dict[str, str]:
        """Power id → name for people."""
        return {str(key): str(value) for key, value in self.about["names"].items()}

    @property
    def counts(self) -> dict[str, int]:
        """Worlds of the study: in all, finished, failed."""
        each = [self.count(run) for run in self.ids]
        finished, failed = (sum(pair[place] for pair in each) for place in (0, 1))
        return {"worlds": len(self.ids) * self.size, "finished": finished, "failed": failed}

    def count(self, run: str) -> tuple[int, int]:
        """(finished, failed) worlds of a run, of those that the study means."""
        places = (self.inventory.finished.get(run, {}), self.inventory.failed.get(run, {}))
        finished, failed = (sum(world < self.size for world in worlds) for worlds in places)
        return finished, failed

    def runs(self, table: str = OUTCOMES_TABLE, ids: Sequence[str] | None = None) -> Iterator[pd.DataFrame]:
        """A table's rows, a run at a time, in the design's order. Raises StoreError for a damaged part."""
        places = self.inventory.failed if table == FAILURES else self.inventory.finished
        wanted = {
            run: {world: part for world, part in places.get(run, {}).items() if world < self.size} for run in self.ids
        }
        return Parts(self.folder).rows(table, wanted, self.ids if ids is None else ids)

    def table(self, table: str = OUTCOMES_TABLE, ids: Sequence[str] | None = None) -> pd.DataFrame:
        """A whole table in memory: `outcomes`, `failures`, or a full table that was kept.

        Raises StoreError for a table that was not kept.
        """
        import pandas as pd

        known = [OUTCOMES_TABLE, FAILURES, *self.about["keep"]]
        if table not in known:
            raise StoreError(f"{shown_path(self.folder)} has no table '{table}'", suggestion=", ".join(known))
        frames = list(self.runs(table, ids))
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=["run", "world"])

    @cached_property
    def groups(self) -> list[Group]:
        """The runs as people compare them: by scenario, else by point, else by the first factor's value."""
        asked = self.design[self.design["role"] != "replay"]
        titles = self.about["titles"]
        if asked["scenario"].nunique() > 1:
            return [
                Group(str(titles.get(name, name)), tuple(dict.fromkeys(rows["run"])))
                for name, rows in asked.groupby("scenario", sort=False)
            ]
        asked = asked[asked["role"] == "run"]
        few = asked["point"].nunique() <= _MOST_POINTS or not self.factors
        if not few and self.about["design"] == "one-at-a-time":
            asked = _ends(asked, self.factors)
            few = asked["point"].nunique() <= _MOST_POINTS
        if few:
            return [
                Group(self.label(rows.iloc[0]), tuple(dict.fromkeys(rows["run"])))
                for _, rows in asked.groupby("point", sort=False)
            ]
        return _by_value(asked, self.factors[0], self.factor_name(self.factors[0]))

    def factor_name(self, factor: str) -> str:
        """A factor for people: `powers.russia.pressure` is `Russia, pressure`."""
        path = factor.rstrip("*+")
        parts = path.split(".")
        if len(parts) >= 3 and parts[0] == "powers" and parts[1] in self.names:
            path = f"{self.names[parts[1]]}, {' '.join(parts[2:])}"
        elif parts[0] == "parameters":
            record = load_records().get(path[11:])
            path = record.name.lower() if record is not None else path
        elif parts[0] == "doctrine":
            path = "doctrine, " + " ".join(self.names.get(part, part) for part in parts[1:])
        elif parts[0] == "stocks":
            path = " ".join(self.names.get(part, part) for part in parts[1:]) + " at the start"
        how = {"*": " ×", "+": " +"}.get(factor[-1], "")
        return path.removeprefix("mechanisms.").replace("_", " ") + how

    def label(self, row: Any, factors: Sequence[str] | None = None) -> str:
        """What a row of the design table sets, in a few words: `Russia, pressure 0.9`; of these factors only."""
        told = [
            f"{self.factor_name(name)} {_said(row[name])}"
            for name in (self.factors if factors is None else factors)
            if row[name] is not None and row[name] == row[name]
        ]
        return "; ".join(told) or "as it is"

    def summary(self) -> pd.DataFrame:
        """One row per run and outcome: p5, p25, median, p75, p95, mean, worlds; with scenario, point and seed."""
        import pandas as pd

        rows = []
        first = {row["run"]: row for row in reversed(self.design.to_dict("records"))}
        for frame in self.runs():
            run = str(frame["run"].iloc[0])
            about = first[run]
            for outcome in measured(frame):
                values = frame[outcome].to_numpy(dtype=np.float64)
                found = values[np.isfinite(values)]
                mean = float(found.mean()) if found.size else float("nan")
                key = (run, about["role"], about["scenario"], int(about["point"]), int(about["seed"]), outcome)
                rows.append((*key, *quantiles(values).values(), mean, int(found.size)))
        columns = ["run", "role", "scenario", "point", "seed", "outcome", *BAND, "mean", "worlds"]
        return pd.DataFrame(rows, columns=columns)

    def compared(self, progress: Callable[[int, int], None] | None = None) -> pd.DataFrame:
        """Every run against its baseline, world by world.

        Returns
        -------
        One row per run, outcome and `when`: run, base_run, scenario, base_scenario, point, seed, and the columns of
        `lab.compare` (base, changed, difference, low, high, median, p5, p95, share_up, noise_removed, worlds). Empty
        without a baseline.
        """
        import pandas as pd

        named = self.design.drop_duplicates("run").set_index("run")["scenario"]
        mine = self.design[(self.design["role"] == "run") & ~self.design["base"].isin(["", *self._missing])]
        mine = mine[mine["base"] != mine["run"]].drop_duplicates("run")
        rows: list[tuple[Any, ...]] = []
        done = 0
        for some in self._aligned(mine, ("base", "run")):
            found: list[list[tuple[Any, ...]]] = [[] for _ in some]
            # outcome by outcome: all runs of a seed are resampled alike, and the resampling is made once
            for outcome in _all_measured(some):
                name, when = (outcome[:-5], "run") if outcome.endswith("_mean") else (outcome, "end")
                for place, (row, (base, changed)) in enumerate(some):
                    if outcome in base and outcome in changed and len(base):
                        x, y = (table[outcome].to_numpy(dtype=np.float64) for table in (base, changed))
                        head = (row["run"], row["base"], row["scenario"], named[row["base"]], row["point"], row["seed"])
                        values = paired_row(x, y, f"{name} {when}", int(row["seed"]))
                        found[place].append((*head, name, when, *values))
            rows += [one for of_run in found for one in of_run]
            done += len(some)
            if progress is not None:
                progress(done, len(mine))
        columns = ["run", "base_run", "scenario", "base_scenario", "point", "seed", "outcome", "when", *PAIRED_COLUMNS]
        return pd.DataFrame(rows, columns=columns)

    def split(self) -> pd.DataFrame:
        """Every run's shift from its baseline in its parts (`lab.decompose`): total, direct, decided.

        Returns
        -------
        One row per run, outcome and part: run, scenario, point, seed, outcome, part, median, p5, p95, mean, low, high,
        worlds. Empty where the study asked for no split.
        """
        import pandas as pd

        rows: list[tuple[Any, ...]] = []
        replays = self.design[self.design["role"] == "replay"].drop_duplicates("run")
        for some in self._aligned(replays, ("base", "of", "run")):
            found: list[list[tuple[Any, ...]]] = [[] for _ in some]
            for outcome in _all_measured(some):
                for place, (row, (base, changed, replayed)) in enumerate(some):
                    if len(base) and not outcome.endswith("_mean"):
                        head = (row["of"], row["scenario"], row["point"], row["seed"])
                        parts = part_rows(base, changed, replayed, [outcome], seed=int(row["seed"]))
                        found[place] += [(*head, *values) for values in parts]
            rows += [one for of_run in found for one in of_run]
        columns = ["run", "scenario", "point", "seed", "outcome", "part", *PART_COLUMNS]
        return pd.DataFrame(rows, columns=columns)

    def split_lines(self, split: pd.DataFrame) -> list[str]:
        """A sentence for each factor: what its last value does to the fan, and who makes it so (means)."""
        from multivector.lab.words import signed

        told = []
        runs = self.design[self.design["run"].isin(split["run"]) & (self.design["role"] == "run")]
        for factor in self.factors if self.about["design"] == "one-at-a-time" else ():
            mine = runs[runs[factor].notna()]
            if not len(mine):
                continue
            rows = split[split["run"] == mine.sort_values("point")["run"].iloc[-1]]
            means = rows.set_index(["outcome", "part"])["mean"]
            parts = []
            for outcome, words in (("total_engagement", "total engagement"), ("openness", "openness")):
                total, direct, decided = (float(means[outcome, part]) for part in ("total", "direct", "decided"))
                parts.append(
                    f"{words} {signed(total, 3)} ({signed(direct, 3)} directly, {signed(decided, 3)} by decisions)"
                )
            value = mine.sort_values("point")[factor].iloc[-1]
            told.append(f"{self.factor_name(factor)} {_said(value)}: {', '.join(parts)}.")
        return told

    def _aligned(self, rows: pd.DataFrame, keys: Sequence[str]) -> Iterator[list[_Aligned]]:
        """Rows of the design, some at a time, each with the outcomes under `keys` in their common worlds."""
        frames = _Frames(self)
        records = rows.to_dict("records")
        step = max(1, _MOST_ROWS // (self.size * len(keys)))
        for first in range(0, len(records), step):
            some: list[_Aligned] = []
            for row in records[first : first + step]:
                tables = [frames.get(str(row[key])) for key in keys]
                worlds = tables[0].index
                for table in tables[1:]:
                    worlds = worlds.intersection(table.index)
                some.append(({str(key): value for key, value in row.items()}, [one.reindex(worlds) for one in tables]))
            yield some

    @property
    def _missing(self) -> list[str]:
        return [run for run in self.ids if not self.inventory.finished.get(run)]


def _all_measured(some: Sequence[_Aligned]) -> list[str]:
    """Outcome columns of any of the tables, in the order in which they come."""
    return list(dict.fromkeys(name for _, tables in some for name in measured(tables[-1])))


def measured(frame: pd.DataFrame) -> list[str]:
    """The outcome columns of an outcomes table."""
    return [str(name) for name in frame.columns if name not in _FIXED]


def _ends(asked: pd.DataFrame, factors: Sequence[str]) -> pd.DataFrame:
    """The first and the last point of every factor that is varied alone."""
    import pandas as pd

    mine = [asked[asked[name].notna()] for name in factors]
    return pd.concat(
        [rows[rows["point"].isin([rows["point"].min(), rows["point"].max()])] for rows in mine if len(rows)]
    )


def _by_value(asked: pd.DataFrame, factor: str, name: str) -> list[Group]:
    """Runs by a factor's levels, or by equal slices of its values where there are many."""
    import pandas as pd

    mine = asked[asked[factor].notna()]
    values = mine[factor]
    if values.nunique() > _MOST_POINTS and pd.api.types.is_numeric_dtype(values):
        values = pd.qcut(values, _BINS, duplicates="drop")
        label = {one: f"{one.left:.3g} to {one.right:.3g}" for one in values.cat.categories}
        cut = mine.groupby(values, observed=True, sort=True)
        return [Group(f"{name} {label[key]}", tuple(dict.fromkeys(rows["run"]))) for key, rows in cut]
    levels = mine.groupby(factor, sort=True)
    return [Group(f"{name} {_said(key)}", tuple(dict.fromkeys(rows["run"]))) for key, rows in levels]


def _said(value: Any) -> str:
    if isinstance(value, (bool, np.bool_)):
        return "on" if value else "off"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


class _Frames:
    """Outcomes of single runs, indexed by world; the last few are kept, since many runs share a baseline."""

    def __init__(self, batch: Batch, most: int = 4) -> None:
        self.batch, self.most = batch, most
        self.held: dict[str, pd.DataFrame] = {}

    def get(self, run: str) -> pd.DataFrame:
        if run in self.held:
            self.held[run] = self.held.pop(run)  # the last used is the last to go
            return self.held[run]
        self.held[run] = self.batch.table(ids=[run]).set_index("world")
        while len(self.held) > self.most:
            del self.held[next(iter(self.held))]
        return self.held[run]


def open_batch(reference: str | Path, root: Path = ROOT) -> Batch:
    """Open a batch folder by its path, or by its name under `runs/` (with or without `batch-`).

    Raises
    ------
    StoreError : nothing there, not a batch folder, or its design cannot be read.
    """
    import pandas as pd

    folder = _found(Path(reference), root)
    shown = shown_path(folder)
    about = read_json(folder / "batch.json")
    try:
        design = pd.read_parquet(folder / DESIGN)
    except (OSError, ValueError) as error:
        raise StoreError(
            f"{shown}/{DESIGN} cannot be read: {error}", file=shown, suggestion="give the batch command again"
        ) from error
    return Batch(folder, about, design, Parts(folder).inventory(about["keep"]))


def _found(path: Path, root: Path) -> Path:
    from difflib import get_close_matches

    names = [path] if path.exists() else [root / path, root / f"batch-{path}"] if len(path.parts) == 1 else []
    for folder in names:
        if is_batch(folder):
            return folder
    known = sorted(one.name for one in root.iterdir() if is_batch(one)) if root.is_dir() else []
    near = get_close_matches(path.name, known, n=1, cutoff=0.4)
    shown = shown_path(path)
    what = f"{shown} is not a batch folder" if path.exists() else f"there is no batch {shown}"
    raise StoreError(
        what,
        file=shown,
        key="DIR",
        suggestion=f"{root.as_posix()}/{near[0]}" if near else "make one with `multivector batch STUDY.yaml`",
    )
