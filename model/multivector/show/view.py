"""Arrays out of an ensemble's tables, computed once and shared by all figures of a run."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import cached_property, wraps
from typing import Any, ParamSpec, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.figure import Figure

from multivector import __version__
from multivector.show.style import Look, look, power_looks, printable
from multivector.show.words import month_name, month_number, worlds

Array = npt.NDArray[np.float64]

DOMAINS = ("politics", "economy", "security")
ADJECTIVES = {"politics": "political", "economy": "economic", "security": "security"}
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""The 90 % band, the 50 % band and the median; every chart uses these."""


class Run(Protocol):
    """What a figure needs of an `Ensemble`: its scenario, its seed, and its tables by name or in `tables`."""

    @property
    def scenario(self) -> Any:
        """The resolved scenario."""

    @property
    def seed(self) -> int:
        """The master seed."""


def table(run: Run, name: str) -> pd.DataFrame:
    """The table `name` of a run; an empty frame if it has none."""
    tables = getattr(run, "tables", None)
    found = tables.get(name) if tables is not None and hasattr(tables, "get") else getattr(run, name, None)
    return found if isinstance(found, pd.DataFrame) else pd.DataFrame()


def quantiles(values: Array, levels: Sequence[float] = QUANTILES, axis: int = 0) -> Array:
    """Quantiles along `axis`, ignoring NaN; shape (len(levels), rest). All-NaN slices give NaN."""
    if values.shape[axis] == 0:
        rest = [n for i, n in enumerate(values.shape) if i != axis % values.ndim]
        return np.full((len(levels), *rest), np.nan)
    if np.isfinite(values).all():
        return np.asarray(np.quantile(values, levels, axis=axis), dtype=float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(np.nanquantile(values, levels, axis=axis), dtype=float)


def field_of(entry: Any, name: str, default: Any = None) -> Any:
    """A field of a timeline entry or power, which may be an object or a mapping; None counts as missing."""
    value = entry.get(name) if isinstance(entry, dict) else getattr(entry, name, None)
    return default if value is None else value


class View:
    """A run seen as arrays: worlds in the first axis, months in the second.

    Args:
        run: an `Ensemble`, or anything with its tables.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.scenario: Any = run.scenario
        self.seed = int(run.seed)
        self.frame = table(run, "worlds")
        self.ids: Array = np.unique(self.frame["world"].to_numpy()) if len(self.frame) else np.zeros(0)
        self.months: npt.NDArray[np.int64] = (
            np.unique(self.frame["month"].to_numpy()).astype(np.int64)
            if len(self.frame)
            else np.zeros(0, dtype=np.int64)
        )

    @property
    def count(self) -> int:
        """Number of worlds."""
        return len(self.ids)

    @cached_property
    def title(self) -> str:
        """The scenario's title."""
        return printable(field_of(self.scenario, "title", field_of(self.scenario, "id", "scenario")))

    @cached_property
    def names(self) -> dict[str, str]:
        """Display name of every power, in the scenario's order."""
        powers = field_of(self.scenario, "powers", {})
        return {str(p): printable(field_of(entry, "name", p)) for p, entry in powers.items()}

    @cached_property
    def powers(self) -> tuple[str, ...]:
        """Ids of the powers, in the scenario's order."""
        return tuple(self.names)

    @cached_property
    def looks(self) -> dict[str, Look]:
        """Colour, line style and marker of every power."""
        return power_looks(self.powers)

    @cached_property
    def first(self) -> int:
        """The scenario's first month, counted from January 1970."""
        return month_number(field_of(self.scenario, "start", "2000-01"))

    @cached_property
    def x(self) -> Array:
        """Months counted from January 1970, float (months,): the horizontal axis of every path."""
        return self.first + self.months.astype(float)

    @cached_property
    def _cells(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        return self._rows(self.frame)

    def _rows(self, frame: pd.DataFrame) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        world = np.searchsorted(self.ids, frame["world"].to_numpy())
        month = np.searchsorted(self.months, frame["month"].to_numpy())
        return world.astype(np.int64), month.astype(np.int64)

    def column(self, name: str) -> Array:
        """A numeric column of the worlds table as (worlds, months); NaN where a row is missing."""
        out = np.full((self.count, len(self.months)), np.nan)
        if name in self.frame:
            out[self._cells] = pd.to_numeric(self.frame[name], errors="coerce").to_numpy(dtype=float)
        return out

    @cached_property
    def ties(self) -> Array:
        """Ties as (worlds, months, powers, domains); NaN where a row is missing."""
        out = np.full((self.count, len(self.months), len(self.powers), len(DOMAINS)), np.nan)
        frame = table(self.run, "ties")
        if len(frame) and self.count:
            power = pd.Categorical(frame["power"], categories=list(self.powers)).codes
            domain = pd.Categorical(frame["domain"], categories=list(DOMAINS)).codes
            known = (power >= 0) & (domain >= 0) & frame["world"].isin(self.ids).to_numpy()
            known &= frame["month"].isin(self.months).to_numpy()
            world, month = self._rows(frame[known])
            out[world, month, power[known], domain[known]] = frame["tie"].to_numpy(dtype=float)[known]
        return out

    @cached_property
    def tie_bands(self) -> Array:
        """Quantiles of the ties over worlds, (5, months, powers, domains)."""
        return quantiles(self.ties)

    def month_index(self, date: str | None) -> int:
        """Column of `date` (`YYYY-MM`) in the arrays; the last month if None.

        Raises:
            ValueError: if the run does not cover the date.
        """
        if date is None:
            return len(self.months) - 1
        hits = np.flatnonzero(self.x == month_number(date))
        if not len(hits):
            raise ValueError(f"{date} is outside the run ({month_name(self.x[0])} to {month_name(self.x[-1])})")
        return int(hits[0])

    @cached_property
    def varies(self) -> str:
        """What differs between the worlds, in words."""
        return str(getattr(self.run, "varies", "chance only"))

    def note(self, more: str = "") -> str:
        """The line under a title: how many worlds, what varies, the dates."""
        if not self.count:
            return "No world finished."
        dates = month_name(self.x[0])
        if len(self.x) > 1:
            dates = f"{dates} to {month_name(self.x[-1])}"
        what = f"{worlds(self.count)}: {self.varies}" if self.count > 1 else "One world, so no spread is shown"
        return f"{what}. {dates}. {more}".strip()

    @cached_property
    def metadata(self) -> dict[str, str]:
        """Provenance for a PNG: no time, no user, no machine."""
        return {
            "Title": self.title,
            "Software": f"multivector {__version__}",
            "Scenario": str(field_of(self.scenario, "id", "")),
            "Scenario hash": str(field_of(self.scenario, "hash", "")),
            "Seed": str(self.seed),
            "Worlds": str(self.count),
        }


class Pair:
    """A run and its baseline: where each world's own baseline world is known, differences are paired."""

    def __init__(self, run: View, baseline: View | None) -> None:
        self.run = run
        self.baseline = baseline if baseline is not None and baseline.count else None

    @cached_property
    def name(self) -> str:
        """How captions call the baseline."""
        if self.baseline is None:
            return "the value at the start"
        same = field_of(self.baseline.scenario, "id") == field_of(self.run.scenario, "id")
        if same or self.baseline.title == self.run.title:
            return "the baseline in which nothing changes"
        return f"the baseline (“{self.baseline.title}”)"

    @cached_property
    def label(self) -> str:
        """How keys call the baseline: short."""
        if self.baseline is None:
            return "value at the start"
        return "baseline (nothing changes)" if "nothing" in self.name else f"baseline ({self.baseline.title})"

    @cached_property
    def paired(self) -> bool:
        """Whether both runs have the same worlds (common random numbers)."""
        return (
            self.baseline is not None
            and self.baseline.seed == self.run.seed
            and np.array_equal(self.baseline.ids, self.run.ids)
        )

    def _month_map(self) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
        assert self.baseline is not None
        inside = np.isin(self.run.x, self.baseline.x)
        return inside, np.searchsorted(self.baseline.x, self.run.x[inside]).astype(np.int64)

    @cached_property
    def ties(self) -> Array:
        """Median tie of the baseline, (months, powers, domains) on the run's months and powers.

        Without a baseline: the run's own median at its start, at every month. NaN for powers that the
        baseline lacks.
        """
        run, base = self.run, self.baseline
        shape = (len(run.months), len(run.powers), len(DOMAINS))
        if base is None:
            return np.broadcast_to(run.tie_bands[2][:1], shape) if shape[0] else np.zeros(shape)
        out = np.full(shape, np.nan)
        inside, where = self._month_map()
        for number, power in enumerate(run.powers):
            if power in base.powers:
                out[inside, number] = base.tie_bands[2][where, base.powers.index(power)]
        return out

    def column(self, name: str) -> Array:
        """Median of a worlds column of the baseline, (months,) on the run's months; NaN where unknown."""
        out = np.full(len(self.run.months), np.nan)
        if self.baseline is not None:
            inside, where = self._month_map()
            out[inside] = quantiles(self.baseline.column(name), (0.5,))[0][where]
        return out

    def shift(self, month: int, power: int, domain: int) -> Array:
        """Tie minus baseline per world at a month: the same world's if possible, else the baseline's median.

        Without a baseline: minus the world's own start.
        """
        own = self.run.ties[:, month, power, domain]
        if self.baseline is None:
            return np.asarray(own - self.run.ties[:, 0, power, domain])
        base, name = self.baseline, self.run.powers[power]
        if self.paired and base is not None and name in base.powers and self.run.x[month] in base.x:
            there = int(np.flatnonzero(base.x == self.run.x[month])[0])
            return np.asarray(own - base.ties[:, there, base.powers.index(name), domain])
        return np.asarray(own - self.ties[month, power, domain])


Source = Run | View
"""Figures take a run, or a view of it that several figures share."""


def view_of(run: Source) -> View:
    """The run as a `View`; a view is handed back as it is."""
    return run if isinstance(run, View) else View(run)


def pair_of(run: Source, baseline: Source | None) -> Pair:
    """Run and baseline together."""
    return Pair(view_of(run), None if baseline is None else view_of(baseline))


P = ParamSpec("P")


def drawing(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Run a plotting function under our look, so that the user's matplotlib settings do not leak in."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with look():
            return draw(*args, **kwargs)

    return drawn
