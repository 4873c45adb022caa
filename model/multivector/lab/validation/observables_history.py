"""History in one run: the observables of stylised facts about trade, votes and opinion since 1992.

The outside is given as it was (see the scenario's head); that ties, votes and attitudes follow it is what is tested.
"""

from __future__ import annotations

import numpy as np

from multivector.lab.validation.bench import Observe, observable
from multivector.lab.validation.reading import Reading
from multivector.lab.validation.reckon import KAZAKH_POWERS, only_if, smaller, trade_share
from multivector.lab.validation.variants import Shelf, Variant
from multivector.numerics import Floats
from multivector.scenario.paths import DOMAINS

_NAME = "history-1992"


def _until(shelf: Shelf, year: int) -> Variant:
    """The scenario to the end of a year."""
    return Variant(_NAME, months=shelf.load(_NAME).month_index(f"{year}-12") + 1)


def _mean(run: Reading, values: Floats, first: int, last: int) -> Floats:
    """Mean of monthly values (M, W, ...) over the years first..last, both included, (W, ...)."""
    start, end = (run.scenario.month_index(date) for date in (f"{first}-01", f"{last}-12"))
    return np.asarray(values[start : end + 1].mean(axis=0))


def _trade(run: Reading) -> Floats:
    """Share of all trade with each power, (M, W, P)."""
    return trade_share(run.tie[..., DOMAINS.index("economy")])


@observable("SF31")
def sf31(shelf: Shelf) -> Observe:
    """The smallest of China's lead over Russia in trade 2010-13, Russia's over China 2015-21, and China's in 2023;
    only if China's share has risen by 0.08 since 1994-96."""
    (run,) = yield [_until(shelf, 2025)]
    trade = _trade(run)
    russia, china = (trade[..., run.powers.index(power)] for power in ("russia", "china"))
    lead = china - russia
    rise = _mean(run, china, 2023, 2023) - _mean(run, china, 1994, 1996)
    return only_if(
        float(rise.mean()) > 0.08,
        smaller(_mean(run, lead, 2010, 2013), -_mean(run, lead, 2015, 2021), _mean(run, lead, 2023, 2023)),
    )


@observable("SF33")
def sf33(shelf: Shelf) -> Observe:
    """The smaller of the rises of diversity of trade from 1994-96 to 2001-12 and to 2013-24; diversity is 1 less the
    Herfindahl index of the five partners, over its most."""
    (run,) = yield [_until(shelf, 2025)]
    five = _trade(run)[..., [run.powers.index(power) for power in KAZAKH_POWERS]]
    share = five / five.sum(axis=-1, keepdims=True)
    diversity = (1.0 - (share * share).sum(axis=-1)) / (1.0 - 1.0 / len(KAZAKH_POWERS))
    early = _mean(run, diversity, 1994, 1996)
    return smaller(*(_mean(run, diversity, *years) - early for years in ((2001, 2012), (2013, 2024))))


@observable("SF35")
def sf35(shelf: Shelf) -> Observe:
    """The smaller of agreement in votes with China less with Russia and with Russia less with the EU, 2010-13."""
    (run,) = yield [_until(shelf, 2025)]
    china, russia, eu = (
        _mean(run, run.agreement[..., run.powers.index(power)], 2010, 2013) for power in ("china", "russia", "eu")
    )
    return smaller(china - russia, russia - eu)


@observable("SF39")
def sf39(shelf: Shelf) -> Observe:
    """The smallest lead in the public's mean attitude, of Russia over China and of China over the US, in any year of
    2006 to 2021."""
    (run,) = yield [_until(shelf, 2021)]
    russia, china, us = (run.attitude[..., run.powers.index(power)] for power in ("russia", "china", "us"))
    return smaller(
        *(_mean(run, lead, year, year) for lead in (russia - china, china - us) for year in range(2006, 2022))
    )
