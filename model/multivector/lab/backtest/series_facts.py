"""Dated figures of ties as series: one for each indicator and partner, by year, on one scale.

The file has the columns of a table of facts: `series`, `partner`, `date`, `value`, `unit`, `definition`, `confidence`.
What no part of the model stands for is left out; a row that is marked low in confidence is no figure. Yearly volumes of
arms deliveries become shares of the last five years, as the institute that counts them reports them.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from multivector.lab.backtest.reading import Row, Sheet, read_sheet

__all__ = ["FAMILIES", "Family", "Series", "from_logit", "read_series", "to_logit"]

Floats = NDArray[np.float64]

COLUMNS: Final = ("series", "partner", "date", "value", "unit")
OPTIONAL: Final = ("id", "domain", "definition", "source", "source_url_or_ref", "confidence")
_DATE = re.compile(r"(?P<year>(?:19|20|21)\d\d)(?:-\d\d(?:-\d\d)?)?", re.ASCII)
_SPAN = re.compile(r"^\[period (\d{4}(?:-\d\d)?) to (\d{4}(?:-\d\d)?)\]", re.ASCII)
VOLUMES: Final = "arms_imports_tiv"
"""Yearly volumes of arms deliveries by partner; partner `none` is the whole, a year without a row of a partner is 0."""
WINDOW: Final = 5
LOWEST = 0.005
"""Shares are read as at least this and at most one minus this: a share of 0 or 1 has no logit."""


@dataclass(frozen=True, slots=True)
class Family:
    """Series that stand for one thing in the model.

    Attributes
    ----------
    name, words : as a key, and for people.
    pattern : which series belong to it.
    whole : the value that is everything (100 where figures are percent).
    unit : unit of its scores.
    yearly : whether only rows that stand for whole years count (a figure of nine months is no annual one).
    """

    name: str
    words: str
    pattern: re.Pattern[str]
    whole: float
    unit: str
    yearly: bool


FAMILIES: Final = (
    Family("trade", "shares of trade", re.compile(r"trade_share_turnover(_\w+)?"), 100.0, "percent of turnover", True),
    Family("votes", "agreement in UN votes", re.compile(r"unga_vote_agreement"), 1.0, "share of roll calls", True),
    Family(
        "arms",
        "shares of arms deliveries",
        re.compile(r"arms_import_share(_5y)?"),
        100.0,
        "percent of deliveries",
        True,
    ),
    Family(
        "attitudes",
        "attitudes of the public",
        re.compile(r"opinion_eaeu_support|opinion_gallup_approval|gallup_approval\w*|opinion_\w+_positive"),
        100.0,
        "percent of those asked",
        False,
    ),
)


@dataclass(frozen=True)
class Series:
    """The figures of one indicator with one power.

    Attributes
    ----------
    name : `indicator:power`.
    family, power : what it stands for.
    years : (n,) rising; values : (n,) in the family's unit.
    """

    name: str
    family: Family
    power: str
    years: NDArray[np.int64]
    values: Floats

    @property
    def scaled(self) -> Floats:
        """The values on the logit scale, (n,)."""
        return to_logit(self.values / self.family.whole)

    def known(self, origin: int) -> NDArray[np.bool_]:
        """Mask (n,) of the figures up to the year `origin`, it included."""
        return np.asarray(self.years <= origin)

    def at(self, year: int) -> float | None:
        """The figure of a year, None where there is none."""
        found = np.flatnonzero(self.years == year)
        return float(self.values[found[0]]) if len(found) else None


def to_logit(share: Floats) -> Floats:
    """log(s / (1 - s)) of shares 0..1 of any shape, kept LOWEST away from the ends."""
    inside = np.clip(share, LOWEST, 1.0 - LOWEST)
    return np.asarray(np.log(inside / (1.0 - inside)))


def from_logit(value: Floats) -> Floats:
    """The share 0..1 of a logit; what lies below LOWEST (or as near to one) is 0 (or 1), as it was read."""
    share = 1.0 / (1.0 + np.exp(-value))
    edge = LOWEST * (1.0 + 1e-9)
    return np.asarray(np.where(share <= edge, 0.0, np.where(share >= 1.0 - edge, 1.0, share)))


def read_series(path: Path, powers: Collection[str], least: int = 4) -> tuple[list[Series], Sheet]:
    """The series of a file that the model stands for, with at least `least` years, in order of family and name.

    Several figures of one year are averaged. Raises LabError and DataErrors as `read_sheet` does, DataErrors also where
    nothing in the file can be scored.
    """
    sheet = read_sheet(path, COLUMNS, OPTIONAL)
    found: dict[tuple[int, str, str], dict[int, list[float]]] = {}
    volumes: dict[str, dict[int, float]] = {}
    for row in sheet.rows:
        name = sheet.text(row, "series")
        place = next((index for index, one in enumerate(FAMILIES) if one.pattern.fullmatch(name)), None)
        power = row.cells.get("partner", "")
        if name == VOLUMES and (year := _year(sheet, row, FAMILIES[_ARMS])) is not None:
            volumes.setdefault(power, {})[year] = sheet.number(row, "value", 0.0)
        if place is None or power not in powers or row.cells.get("confidence") == "low":
            continue
        year = _year(sheet, row, FAMILIES[place])
        value = sheet.number(row, "value", 0.0, FAMILIES[place].whole)
        if year is not None and np.isfinite(value):
            found.setdefault((place, name, power), {}).setdefault(year, []).append(value)
    sheet.check()
    for power, shares in _windows(volumes).items():
        if power in powers:
            found[_ARMS, "arms_import_share_5y", power] = {year: [share] for year, share in shares.items()}
    series = [_made(FAMILIES[place], name, power, years) for (place, name, power), years in sorted(found.items())]
    series = [one for one in series if len(one.years) >= least]
    if not series:
        known = "trade_share_turnover_*, unga_vote_agreement, arms_import_share, opinion_* or gallup_approval*"
        sheet.fault(None, "series", f"no series with {least} years or more stands for anything in the model", known)
        sheet.check()
    return series, sheet


_ARMS = next(index for index, one in enumerate(FAMILIES) if one.name == "arms")


def _windows(volumes: dict[str, dict[int, float]]) -> dict[str, dict[int, float]]:
    """Each partner's percent of the deliveries of WINDOW years, by last year; windows without any are left out."""
    whole = volumes.pop("none", {})
    shares: dict[str, dict[int, float]] = {}
    for last in sorted(whole):
        window = range(last - WINDOW + 1, last + 1)
        if all(year in whole for year in window) and (total := sum(whole[year] for year in window)) > 0:
            for power, some in volumes.items():
                part = sum(some.get(year, 0.0) for year in window)
                shares.setdefault(power, {})[last] = min(100.0 * part / total, 100.0)
    return shares


def _made(family: Family, name: str, power: str, years: dict[int, list[float]]) -> Series:
    ordered = sorted(years)
    values = np.array([float(np.mean(years[year])) for year in ordered])
    return Series(f"{name}:{power}", family, power, np.array(ordered, dtype=np.int64), values)


def _year(sheet: Sheet, row: Row, family: Family) -> int | None:
    """The year that a row stands for: that of its date; None for a part of a year where whole ones are needed."""
    date = sheet.text(row, "date")
    match = _DATE.fullmatch(date)
    if match is None:
        if date:
            sheet.fault(row, "date", f"`{date}` is no date", "YYYY, YYYY-MM or YYYY-MM-DD")
        return None
    span = _SPAN.match(row.cells.get("definition", ""))
    part_of_year = span is not None and span[1][:4] == span[2][:4] and span[1] != span[2]
    if family.yearly and (len(date) > 4 or part_of_year):
        return None
    return int(match["year"])
