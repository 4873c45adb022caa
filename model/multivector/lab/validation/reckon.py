"""What observables have in common: P(option), wishes, windows of time, and pooled shares as one number a world."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from multivector.lab.validation.reading import OPTIONS, Reading
from multivector.lab.validation.variants import Unready
from multivector.numerics import Floats
from multivector.scenario import Scenario
from multivector.scenario.paths import DOMAINS
from multivector.scenario.schema import Dossier, Election, Event

__all__ = [
    "CREDITOR_WINDOW",
    "KAZAKH_POWERS",
    "WEST",
    "Mask",
    "about",
    "across",
    "attitude_to",
    "chance_of",
    "clash",
    "column",
    "distance",
    "dossier_mean",
    "dossiers",
    "election",
    "event",
    "events",
    "farthest",
    "first_rows",
    "foreign",
    "larger",
    "mean_tie",
    "nearest",
    "only_if",
    "pooled",
    "ratio",
    "scripted",
    "share_sums",
    "smaller",
    "spots",
    "sums",
    "tie_of",
    "towards",
    "trade_share",
    "weighted_economy",
    "window",
]

WEST = ("eu", "us")
KAZAKH_POWERS = ("russia", "china", "eu", "us", "turkiye")
"""The powers of the country file: what is beyond them in a scenario was added."""
CREDITOR_WINDOW = 3
"""Months of the quarter after a rescue."""

Mask = NDArray[np.bool_]


# --- the timeline ---------------------------------------------------------------------------------------------


def events(scenario: Scenario, kind: str, subject: str | None = None) -> list[Event]:
    """Timeline events of a kind (and about a power), in order of date."""
    return [
        entry
        for entry in scenario.timeline
        if isinstance(entry, Event) and entry.event == kind and subject in (None, entry.subject)
    ]


def event(scenario: Scenario, kind: str, subject: str | None = None) -> tuple[str, int]:
    """Id and month index of the first event of a kind. Raises Unready where there is none."""
    found = events(scenario, kind, subject)
    if not found:
        raise Unready(f"{scenario.id} has no event `{kind}`" + (f" about {subject}" if subject else ""))
    return found[0].id, scenario.month_index(found[0].date)


def dossiers(scenario: Scenario, test: Callable[[Dossier], Any]) -> list[Dossier]:
    """Dossiers of the timeline that pass a test. Raises Unready where none does."""
    found = [entry for entry in scenario.timeline if isinstance(entry, Dossier) and test(entry)]
    if not found:
        raise Unready(f"{scenario.id} has no dossier of the kind that this needs")
    return found


def election(scenario: Scenario) -> tuple[Election, int]:
    """The first election and its month index. Raises Unready where there is none."""
    for entry in scenario.timeline:
        if isinstance(entry, Election):
            return entry, scenario.month_index(entry.date)
    raise Unready(f"{scenario.id} has no election")


# --- decisions ------------------------------------------------------------------------------------------------


def spots(reading: Reading) -> Floats:
    """Positions of the options of every decision on the axis, (N, O); beyond the last they mean nothing."""
    count = reading.decisions["n_options"].to_numpy(dtype=np.float64)
    return np.asarray(np.arange(OPTIONS)[None, :] / (count[:, None] - 1.0))


def scripted(reading: Reading) -> Mask:
    """Decisions on dossiers of the timeline, at their first opening, (N,)."""
    return np.asarray(reading.decisions["kind"].to_numpy() == "scripted")


def first_rows(reading: Reading) -> Mask:
    """Scripted decisions in the month in which the dossier opened, (N,)."""
    return np.asarray(scripted(reading) & (reading.decisions["months_open"].to_numpy() == 0))


def foreign(reading: Reading) -> Mask:
    """Decisions that are not domestic, (N,)."""
    return np.asarray(reading.decisions["domain"].to_numpy() != "domestic")


def about(reading: Reading, entries: Sequence[Dossier]) -> Mask:
    """Decisions on these dossiers of the timeline, (N,)."""
    mask: Mask = reading.decisions["entry"].isin([entry.id for entry in entries]).to_numpy()
    return mask


def column(reading: Reading, power: str) -> Floats:
    """A power's wish in every decision on the axis, (N,), NaN where it has none."""
    return reading.wish[:, reading.powers.index(power)]


def window(reading: Reading, first: int, last: int) -> Mask:
    """Decisions of the months first..last, the last not included, (N,)."""
    month = reading.decisions["month"].to_numpy()
    return np.asarray((month >= first) & (month < last))


def chance_of(reading: Reading, mask: Mask) -> Floats:
    """Probability of the options in `mask` (N, O), (N,); NaN where nothing is known."""
    known = np.isfinite(reading.chance)
    total = np.where(known & mask, reading.chance, 0.0).sum(axis=1)
    return np.where(known.any(axis=1), total, np.nan)


def nearest(reading: Reading, wish: Floats) -> Floats:
    """P(options nearest a wish (N,)), (N,); NaN where there is no wish. Two options may be equally near."""
    gap = np.abs(spots(reading) - wish[:, None])
    gap = np.where(np.isfinite(reading.chance), gap, np.inf)
    mask = gap <= gap.min(axis=1, keepdims=True) + 1e-9
    return np.where(np.isfinite(wish), chance_of(reading, mask), np.nan)


def farthest(reading: Reading, wish: Floats) -> Floats:
    """P(options farthest from a wish (N,)), (N,); NaN where there is no wish."""
    gap = np.where(np.isfinite(reading.chance), np.abs(spots(reading) - wish[:, None]), -np.inf)
    mask = gap >= gap.max(axis=1, keepdims=True) - 1e-9
    return np.where(np.isfinite(wish), chance_of(reading, mask), np.nan)


def towards(reading: Reading, wish: Floats) -> Floats:
    """P(options nearer a wish than the status quo is), (N,); NaN where there is none that is nearer."""
    near = np.abs(reading.quo - wish)[:, None] - np.abs(spots(reading) - wish[:, None]) > 1e-9
    possible = (near & np.isfinite(reading.chance)).any(axis=1)
    return np.where(np.isfinite(wish) & possible, chance_of(reading, near), np.nan)


def distance(reading: Reading, wish: Floats) -> Floats:
    """Expected distance between the outcome and a wish (N,) on the axis, (N,)."""
    gap = np.abs(spots(reading) - wish[:, None])
    known = np.isfinite(reading.chance)
    total = np.where(known, reading.chance * np.where(known, gap, 0.0), 0.0).sum(axis=1)
    return np.where(known.any(axis=1) & np.isfinite(wish), total, np.nan)


def clash(reading: Reading) -> tuple[Mask, Mask]:
    """Scripted decisions whose formal and informal settled wishes lie an eighth of the axis apart or more, or less."""
    gap = np.abs(reading.decisions["formal"].to_numpy() - reading.decisions["informal"].to_numpy())
    here = scripted(reading) & np.isfinite(gap)
    return here & (gap >= 0.125), here & (gap < 0.125)


# --- one number a world ---------------------------------------------------------------------------------------


def sums(reading: Reading, mask: Mask, values: Floats | None = None) -> tuple[Floats, Floats]:
    """Sum of values (N,) and their number over the masked decisions of each world, (W,) both; without NaN."""
    rows = reading.decisions["row"].to_numpy()
    value = np.ones(len(rows)) if values is None else values
    kept = mask & np.isfinite(value)
    total = np.bincount(rows[kept], weights=value[kept], minlength=reading.size)
    count = np.bincount(rows[kept], minlength=reading.size)
    return total.astype(np.float64), count.astype(np.float64)


def share_sums(reading: Reading, mask: Mask, hit: Mask) -> tuple[Floats, Floats]:
    """How many of the masked decisions of each world are hits, and how many there are, (W,) both."""
    return sums(reading, mask, hit.astype(np.float64))


def dossier_mean(reading: Reading, mask: Mask, values: Floats) -> Floats:
    """Mean over the months in which a dossier is open, then over dossiers, (W,); NaN where a world has none."""
    kept = mask & np.isfinite(values)
    frame = pd.DataFrame(
        {
            "row": reading.decisions["row"].to_numpy()[kept],
            "dossier": reading.decisions["dossier"].to_numpy()[kept],
            "value": values[kept],
        }
    )
    by_dossier = frame.groupby(["row", "dossier"], sort=True)["value"].mean()
    by_world = by_dossier.groupby("row").mean()
    return by_world.reindex(range(reading.size)).to_numpy(dtype=np.float64)


def pooled(*terms: tuple[float, Floats, Floats]) -> Floats:
    """A sum of pooled means as one number a world (pseudo-values).

    A term is (factor, totals (W,), counts (W,)). The mean of the result is factor x sum(totals) / sum(counts), summed
    over terms, and its variance over worlds is that of the linearised ratios: questions that few worlds ask are not
    lost. NaN everywhere where a term has no counts.
    """
    result = np.zeros(len(terms[0][1]))
    for factor, total, count in terms:
        whole = float(count.sum())
        if whole <= 0:
            return np.full(len(total), np.nan)
        ratio = float(total.sum()) / whole
        result = result + factor * (ratio + (total - ratio * count) / (whole / len(count)))
    return result


def ratio(part: Floats, whole: Floats) -> Floats:
    """The mean of `part` over the mean of `whole`, (W,) both, as pseudo-values; NaN where the whole is nothing."""
    known = np.isfinite(part) & np.isfinite(whole)
    level = float(whole[known].mean()) if known.any() else 0.0
    if level == 0.0:
        return np.full(len(part), np.nan)
    share = float(part[known].mean()) / level
    return np.where(known, share + (part - share * whole) / level, np.nan)


def across(*values: Floats) -> Floats:
    """Mean over scenarios of values (W,), world by world, without NaN."""
    stacked = np.stack(values)
    known = np.isfinite(stacked)
    count = known.sum(axis=0)
    return np.where(count > 0, np.where(known, stacked, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan)


def smaller(*values: Floats) -> Floats:
    """Of several values (W,) the one whose mean over worlds is the smallest."""
    return min(values, key=lambda one: float(np.nanmean(one)) if np.isfinite(one).any() else -np.inf)


def larger(*values: Floats) -> Floats:
    """Of several values (W,) the one whose mean over worlds is the largest."""
    return -smaller(*(-one for one in values))


def only_if(condition: bool, values: Floats) -> Floats:
    """The values (W,) where a side condition of the pattern holds, else NaN."""
    return values if condition else np.full_like(values, np.nan)


# --- ties -----------------------------------------------------------------------------------------------------


def tie_of(reading: Reading, powers: Sequence[str], domain: str, month: int) -> Floats:
    """Mean tie with some powers in a domain at a month, (W,)."""
    index = [reading.powers.index(power) for power in powers]
    return np.asarray(reading.tie[month][:, index, DOMAINS.index(domain)].mean(axis=1))


def mean_tie(reading: Reading, powers: Sequence[str], month: int = -1) -> Floats:
    """Mean tie with some powers over domains at a month, (W,)."""
    index = [reading.powers.index(power) for power in powers]
    return np.asarray(reading.tie[month][:, index].mean(axis=(1, 2)))


def weighted_economy(reading: Reading, powers: Sequence[str], month: int) -> Floats:
    """Capability-weighted mean of the economic ties with some powers at a month, (W,)."""
    weight = np.array([reading.scenario.powers[power].capability["economy"] for power in powers])
    index = [reading.powers.index(power) for power in powers]
    return np.asarray((reading.tie[month][:, index, DOMAINS.index("economy")] * weight).sum(axis=1) / weight.sum())


def trade_share(tie: Floats) -> Floats:
    """Share of all trade that an economic tie stands for: tie = sqrt(share / 60 percent), the country file's rule."""
    return np.asarray(0.6 * tie * tie)


def attitude_to(reading: Reading, power: str, month: int = -1) -> Floats:
    """The public's mean attitude to a power at a month, (W,)."""
    return np.asarray(reading.attitude[month][:, reading.powers.index(power)])
