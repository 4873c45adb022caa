"""Months as dates, and quantities that change between dated points.

A month is written `YYYY-MM`. Inside, a month is an index counted from the scenario's start (0 = the first
month) or, where no start is known, a month number: 12 × year + month − 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

__all__ = ["DOMAINS", "DomainPaths", "Path", "month_number", "month_text", "months_between"]

DOMAINS: tuple[str, ...] = ("politics", "economy", "security")
"""The three domains of a tie, in the order of every array's domain axis."""

_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)


def month_number(text: str) -> int:
    """Return 12 × year + month − 1 for `YYYY-MM`; ValueError for anything else, as for month 13."""
    match = _MONTH.fullmatch(text)
    if match is None:
        raise ValueError(f"dates are YYYY-MM, not `{text}`")
    year, month = int(match[1]), int(match[2])
    if not 1 <= month <= 12:
        raise ValueError(f"there is no month {match[2]} (in `{text}`)")
    return 12 * year + month - 1


def month_text(number: int) -> str:
    """Return `YYYY-MM` for a month number (see `month_number`)."""
    year, month = divmod(number, 12)
    return f"{year:04d}-{month + 1:02d}"


@dataclass(frozen=True, slots=True)
class Path:
    """A quantity over time: straight lines between dated points, constant outside them.

    Parameters
    ----------
    points : (month number, value) pairs in order of time; one pair is a constant.
    start : month number of the scenario's first month, which month indices count from.
    """

    points: tuple[tuple[int, float], ...]
    start: int | None = field(default=None, compare=False)

    @classmethod
    def constant(cls, value: float) -> Path:
        """Return a path that never changes."""
        return cls(((0, float(value)),))

    @classmethod
    def dated(cls, points: Mapping[str, float], start: str | None = None) -> Path:
        """Return a path through `{YYYY-MM: value}` points."""
        if not points:
            raise ValueError("a dated path needs at least one point")
        ordered = sorted((month_number(date), float(value)) for date, value in points.items())
        return cls(tuple(ordered), None if start is None else month_number(start))

    @property
    def is_constant(self) -> bool:
        """Whether the path has one value for ever."""
        return all(value == self.points[0][1] for _, value in self.points)

    @property
    def initial(self) -> float:
        """The value at the scenario's start."""
        return self.at(0)

    def _number(self, when: str | int) -> int:
        if isinstance(when, str):
            return month_number(when)
        if self.start is None:
            raise ValueError("this path knows no start: give a date (YYYY-MM) instead of a month index")
        return self.start + int(when)

    def at(self, when: str | int) -> float:
        """Return the value at a date (`YYYY-MM`) or at a month index counted from the scenario's start."""
        if self.is_constant:
            return self.points[0][1]
        return float(self._interpolate(np.array([self._number(when)]))[0])

    def values(self, start: str | int, months: int) -> NDArray[np.float64]:
        """Return the values of `months` consecutive months from `start` on, shape (months,)."""
        if self.is_constant:
            return np.full(months, self.points[0][1], dtype=np.float64)
        return self._interpolate(self._number(start) + np.arange(months))

    def _interpolate(self, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        dates = np.array([month for month, _ in self.points], dtype=np.float64)
        values = np.array([value for _, value in self.points], dtype=np.float64)
        return np.asarray(np.interp(numbers, dates, values), dtype=np.float64)

    def held(self) -> Path:
        """Return the path that stays for ever at its value at the start."""
        return Path(((0, self.initial),), self.start)

    def from_start(self, start: str) -> Path:
        """Return the same path with month indices counted from `start`."""
        return replace(self, start=month_number(start))

    def plain(self) -> float | dict[str, float]:
        """Return what a scenario file would say: a number, or `{YYYY-MM: value}`."""
        if self.is_constant:
            return self.points[0][1]
        return {month_text(month): value for month, value in self.points}


@dataclass(frozen=True, slots=True)
class DomainPaths:
    """One path for each domain, in the order of `DOMAINS`."""

    paths: tuple[Path, ...]

    @classmethod
    def filled(cls, path: Path) -> DomainPaths:
        """Return the same path in every domain."""
        return cls((path,) * len(DOMAINS))

    def domain(self, name: str) -> Path:
        """Return the path of one domain; KeyError for an unknown one."""
        if name not in DOMAINS:
            raise KeyError(name)
        return self.paths[DOMAINS.index(name)]

    @property
    def initial(self) -> NDArray[np.float64]:
        """The values at the scenario's start, shape (domains,)."""
        return np.array([path.initial for path in self.paths], dtype=np.float64)

    def at(self, when: str | int) -> NDArray[np.float64]:
        """Return the values at a date or month index, shape (domains,)."""
        return np.array([path.at(when) for path in self.paths], dtype=np.float64)

    def values(self, start: str | int, months: int) -> NDArray[np.float64]:
        """Return the values of `months` months from `start` on, shape (domains, months)."""
        return np.stack([path.values(start, months) for path in self.paths])

    def held(self) -> DomainPaths:
        """Return the paths that stay for ever at their values at the start."""
        return DomainPaths(tuple(path.held() for path in self.paths))

    def plain(self) -> float | dict[str, float] | dict[str, float | dict[str, float]]:
        """Return what a scenario file would say, as short as possible."""
        if all(path == self.paths[0] for path in self.paths):
            return self.paths[0].plain()
        return {name: path.plain() for name, path in zip(DOMAINS, self.paths, strict=True)}


def looks_dated(keys: Iterable[str]) -> bool:
    """Whether the keys of a mapping are meant as dates: one of them begins with a digit."""
    return any(key[:1].isdigit() for key in keys)


def months_between(first: str, second: str) -> int:
    """Return the number of months from one `YYYY-MM` to another (negative if the second is earlier)."""
    return month_number(second) - month_number(first)
