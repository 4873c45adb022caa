"""Words and numbers of captions: dates, counts, shares, signs, articles."""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def month_number(date: object) -> int:
    """Months since January 1970 of a `YYYY-MM` text, a date or a datetime64."""
    if isinstance(date, dt.date):
        return (date.year - 1970) * 12 + date.month - 1
    return int(np.datetime64(str(date)[:7], "M").astype(np.int64))


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def month_name(number: float) -> str:
    """`Dec 2026` for a month counted from January 1970."""
    year, month = divmod(round(number), 12)
    return f"{_MONTHS[month]} {1970 + year}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 world`, `3 worlds`, `1,000 worlds`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def worlds(count: int) -> str:
    """`1 world`, `200 worlds`."""
    return plural(count, "world")


def of_worlds(part: int, whole: int) -> str:
    """`90 of 100 worlds`, `all 100 worlds`, `none of 100 worlds`, `the one world`, `none of 1 world`."""
    if part == whole:
        return "the one world" if whole == 1 else f"all {worlds(whole)}"
    return f"{part:,} of {worlds(whole)}" if part else f"none of {worlds(whole)}"


def the(name: str) -> str:
    """`the European Union`, `Russia`: English wants an article before some names."""
    first = name.split(" ")[0]
    wants = {
        "European",
        "United",
        "Gulf",
        "EU",
        "US",
        "USA",
        "UK",
        "UAE",
        "Netherlands",
        "Philippines",
        "West",
    }
    return f"the {name}" if first in wants else name


def number(value: float, digits: int = 2) -> str:
    """A number for a sentence; a value that rounds to zero has no sign, NaN says so."""
    if not np.isfinite(value):
        return "unknown"
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")


def annual(monthly: float | Array) -> float | Array:
    """Chance over twelve months at a constant monthly hazard: 1 - (1 - h)^12."""
    return 1 - (1 - np.minimum(monthly, 1.0)) ** 12


def percent(share: float) -> str:
    """`0.3 %`, `12 %`: two significant digits below ten."""
    value = round(100 * share, 9)  # 100 × 0.07 is a hair more than 7
    if not np.isfinite(value):
        return "unknown"
    text = (
        f"{value:.0f}" if value >= 10 or value == round(value) else f"{value:.1f}" if value >= 0.1 else f"{value:.2g}"
    )
    return f"{text} %"


def signed(value: float, digits: int = 2) -> str:
    """A change with its sign; zero after rounding has none."""
    text = number(value, digits)
    return text if not np.isfinite(value) or float(f"{value:.{digits}f}") <= 0 else f"+{text}"


def digits_for(size: float) -> int:
    """Decimals that show two digits of a quantity of this size, between 2 and 6."""
    return 2 if not size > 0 or size >= 0.1 else min(6, int(np.ceil(-np.log10(size))) + 1)
