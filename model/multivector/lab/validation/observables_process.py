"""How the street, the public and need enter: the observables of N9 to N17, and of the stylised facts about protest."""

from __future__ import annotations

from functools import partial

import numpy as np

from multivector.lab.validation.bench import Observe, observable
from multivector.lab.validation.reading import Reading, histories
from multivector.lab.validation.reckon import (
    WEST,
    Mask,
    about,
    across,
    column,
    distance,
    dossier_mean,
    dossiers,
    event,
    events,
    nearest,
    pooled,
    scripted,
    share_sums,
    sums,
    window,
)
from multivector.lab.validation.variants import Shelf, Unready, Variant, held
from multivector.numerics import Floats
from multivector.parameters import load_records
from multivector.scenario import Scenario
from multivector.scenario.schema import Dossier

_RETURN = 12
"""Months within which a settled question comes back, if it does."""


def un_vote(scenario: Scenario) -> Dossier:
    """The first vote in the United Nations on the war."""
    return dossiers(scenario, lambda one: one.dossier.startswith("un-vote"))[0]


def neutral(run: Reading, entry: Dossier) -> Floats:
    """P(options nearest the middle of the axis) of a dossier, (W,)."""
    return dossier_mean(run, scripted(run) & about(run, [entry]), nearest(run, np.full(len(run.quo), 0.5)))


@observable("N9")
def n9(shelf: Shelf) -> Observe:
    """P(neutral option of the UN vote), the public's wish in the middle less a clear public (mean of both ends)."""
    scenario = shelf.load("ukraine-war-2022")
    entry = un_vote(scenario)
    place, last = f"timeline.{entry.id}", len(entry.options)
    base = Variant("ukraine-war-2022", months=scenario.month_index(entry.date) + 2)
    mixed, *clear = yield [
        base.set(f"{place}.wishes.public={(last + 1) / 2}"),
        *(base.set(f"{place}.wishes.public={end}", f"{place}.salience.public=0.9") for end in (1, last)),
    ]
    return np.asarray(neutral(mixed, entry) - np.mean([neutral(run, entry) for run in clear], axis=0))


@observable("N10")
def n10(shelf: Shelf) -> Observe:
    """P(option nearest the public's wish) with the public's salience and sympathy, less with an indifferent public."""
    variants, chosen = [], []
    for name, months in (("earthquake-aid-2023", 7), ("relocators-2022", 12)):
        scenario = shelf.load(name)
        moved = [one.id for one in events(scenario, "quake")]
        # the question that gave the scenario its occasion: the one that opens with the quake, or on the newcomers
        entry = dossiers(scenario, lambda one: "quake" in one.dossier or "fleeing" in one.dossier)[0]
        base = Variant(name, months=max(months, scenario.month_index(entry.date) + 5))
        calm = base.set(f"timeline.{entry.id}.salience.public=0", *(f"timeline.{one}.severity=0" for one in moved))
        chosen.append(entry)
        variants += [base, calm]
    runs = yield variants

    def followed(run: Reading, entry: Dossier) -> Floats:
        last = len(entry.options) - 1
        wish = np.full(len(run.quo), (entry.wishes["public"] - 1.0) / last)
        return dossier_mean(run, scripted(run) & about(run, [entry]), nearest(run, wish))

    return across(*(followed(runs[2 * i], one) - followed(runs[2 * i + 1], one) for i, one in enumerate(chosen)))


def wave_size(run: Reading) -> float:
    """Share of citizens in the street at which a settled question opens again."""
    return float(run.scenario.parameter_values["unrest.reopen_share"])


def _loudest(run: Reading, row: int, first: int, last: int) -> float:
    """The largest protest of one world in the months first..last, both included."""
    return float(run.measures["protest"][first : last + 1, row].max(initial=0.0))


@observable("N11")
def n11(shelf: Shelf) -> Observe:
    """Of announced dossiers, the share adopted as announced: after quiet less after protest above the size."""
    runs = yield [Variant("visa-free-china-2023"), Variant("land-protests-2016", months=24)]
    quiet, loud = [], []
    for run in runs:
        adopted, waves, here = _announced(run)
        quiet.append(share_sums(run, here & ~waves, adopted))
        loud.append(share_sums(run, here & waves, adopted))
    return pooled((1.0, *_added(quiet)), (-1.0, *_added(loud)))


def _added(parts: list[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    return np.sum([one[0] for one in parts], axis=0), np.sum([one[1] for one in parts], axis=0)


def _announced(run: Reading) -> tuple[Mask, Mask, Mask]:
    """Masks over decisions that float a balloon: adopted as announced, protest above the size since, settled at all."""
    frame = run.decisions
    adopted, waves, here = (np.zeros(len(frame), dtype=bool) for _ in range(3))
    size = wave_size(run)
    for rows in histories(frame):
        part = frame.iloc[rows]
        floated = np.flatnonzero(part["move"].to_numpy() == "trial_balloon")
        settled = np.flatnonzero(part["option"].to_numpy() > 0)
        settled = settled[settled > floated[0]] if floated.size else settled[:0]
        if not settled.size:
            continue
        at = rows[floated[0]]
        here[at] = True
        adopted[at] = part["option"].iloc[settled[0]] == part["announced"].iloc[floated[0]]
        since, until = int(part["month"].iloc[floated[0]]), int(part["month"].iloc[settled[0]])
        waves[at] = _loudest(run, int(part["row"].iloc[0]), since, until) > size
    return adopted, waves, here


@observable("SF08")
def sf08(shelf: Shelf) -> Observe:
    """Share of settled scripted dossiers that come back within a year: after protest above the size less below it."""
    runs = yield [Variant("land-protests-2016", months=36), Variant("visa-free-china-2023")]
    loud, quiet = [], []
    for run in runs:
        frame = run.decisions
        back, waves, here = (np.zeros(len(frame), dtype=bool) for _ in range(3))
        reopened = run.events[run.events["kind"] == "reopened"]
        returns: dict[tuple[int, str], list[int]] = {}
        for row, name, month in zip(reopened["row"], reopened["subject"], reopened["month"], strict=True):
            returns.setdefault((int(row), str(name)), []).append(int(month))
        kinds, options = frame["kind"].to_numpy(), frame["option"].to_numpy()
        for at in np.flatnonzero((kinds == "scripted") & (options > 0)):
            row, name, month = int(frame["row"].iloc[at]), str(frame["dossier"].iloc[at]), int(frame["month"].iloc[at])
            here[at] = True
            back[at] = any(month < each <= month + _RETURN for each in returns.get((row, name), ()))
            waves[at] = _loudest(run, row, month, month + _RETURN) > wave_size(run)
        loud.append(share_sums(run, here & waves, back))
        quiet.append(share_sums(run, here & ~waves, back))
    return pooled((1.0, *_added(loud)), (-1.0, *_added(quiet)))


@observable("N12")
def n12(shelf: Shelf) -> Observe:
    """Influence of the purged in the two years after, on decisions with a Russian or Chinese wish less on others."""
    names = ("january-2022", "ukraine-war-2022")
    purge = {name: event(shelf.load(name), "purge")[1] for name in names}
    runs = yield [
        Variant(name, months=min(int(shelf.load(name).months), purge[name] + 25), influence=("purged",))
        for name in names
    ]
    theirs, others = [], []
    for run, name in zip(runs, names, strict=True):
        after = window(run, purge[name], purge[name] + 24)
        cares = np.isfinite(column(run, "russia")) | np.isfinite(column(run, "china"))
        theirs.append(sums(run, after & cares, run.influence["purged"]))
        others.append(sums(run, after & ~cares, run.influence["purged"]))
    return pooled((1.0, *_added(theirs)), (-1.0, *_added(others)))


@observable("N13")
def n13(shelf: Shelf) -> Observe:
    """P(options nearest the West's wish) where it offers a step in return, with the income shock less without it."""
    name = "hard-currency-1992"
    scenario = shelf.load(name)
    shocks = [one.id for one in events(scenario, "income_shock")]
    if not shocks:
        raise Unready(f"{name} has no income shock")
    poor, rich = yield [Variant(name), Variant(name).minus(*shocks)]
    return met_offers(poor, scenario) - met_offers(rich, scenario)


def _offers(power: str, entry: Dossier) -> bool:
    return entry.offers.get(power, 0.0) > 0


def met_offers(run: Reading, scenario: Scenario) -> Floats:
    """P(options nearest the West's wishes) over the dossiers in which it offers a step in return, (W,)."""
    parts = []
    for power in WEST:
        offered = dossiers(scenario, partial(_offers, power))
        parts.append(dossier_mean(run, scripted(run) & about(run, offered), nearest(run, column(run, power))))
    return across(*parts)


@observable("N14")
def n14(shelf: Shelf) -> Observe:
    """Approval at the end with western engagement kept as at the start, less with it gone."""
    name = "western-withdrawal-2021"
    scenario = shelf.load(name)
    base = Variant(name)
    away = [one.id for one in events(scenario, "withdrawal")]
    kept = base.set(*held(scenario, WEST, "interest", "credibility", "engagement")).minus(*away)
    gone = base.set(*(f"powers.{power}.engagement=0" for power in WEST))
    runs = yield [kept, gone]
    return np.asarray(runs[0].measures["approval"][-1] - runs[1].measures["approval"][-1])


@observable("N15")
def n15(shelf: Shelf) -> Observe:
    """Expected distance of outcomes from the public's wish: dossiers in which informal elites stand on China's side of
    the public, less other scripted dossiers with a wish of a power."""
    runs = yield [
        Variant("xinjiang-2017"),
        Variant("land-protests-2016", months=24),
        Variant("visa-free-china-2023"),
        Variant("crimea-2014"),
    ]
    theirs, others = [], []
    for run in runs:
        public = run.decisions["public"].to_numpy()
        china, circle = column(run, "china"), run.decisions["informal"].to_numpy()
        with np.errstate(invalid="ignore"):
            side = np.isfinite(china) & ((china - public) * (circle - public) > 1e-9)
        value = distance(run, public)
        cares = np.isfinite(run.wish).any(axis=1)
        theirs.append(sums(run, scripted(run) & side, value))
        others.append(sums(run, scripted(run) & cares & ~side, value))
    return pooled((1.0, *_added(theirs)), (-1.0, *_added(others)))


@observable("N17")
def n17(shelf: Shelf) -> Observe:
    """Mean repression over a run where payments and concessions are dear, less where they are cheap."""
    records = load_records()
    prices = ("moves.payment_price", "moves.payment_fixed", "moves.concession_price")
    dear = [f"parameters.{name}={records[name].high!r}" for name in prices]
    cheap = [f"parameters.{name}={records[name].low!r}" for name in prices]
    bases = (Variant("january-2022"), Variant("land-protests-2016", months=24))
    runs = yield [variant for base in bases for variant in (base.set(*dear), base.set(*cheap))]
    level = [run.measures["repression"].mean(axis=0) for run in runs]
    return across(level[0] - level[1], level[2] - level[3])


@observable("K4")
def k4(shelf: Shelf) -> Observe:
    """Of worlds with a passing moratorium, 1 where the question is open again within three months of its end."""
    name = "land-protests-2016"
    entry = dossiers(shelf.load(name), lambda one: one.expires is not None and any(one.expires))[0]
    (run,) = yield [Variant(name)]
    result = np.full(run.size, np.nan)
    frame = run.decisions[run.decisions["entry"] == entry.id]
    lasts = entry.expires or ()
    for row in np.unique(frame["row"].to_numpy()):
        part = frame[frame["row"].to_numpy() == row]
        months, options = part["month"].to_numpy(), part["option"].to_numpy()
        for at in np.flatnonzero(options > 0):
            term = lasts[int(options[at]) - 1]
            ends = int(months[at]) + term
            stood = not ((options > 0) & (months > months[at]) & (months < ends)).any()
            if term and stood and ends + 3 < run.months:
                result[row] = float(((months >= ends) & (months <= ends + 3)).any())
                break
    return result


@observable("SF41")
def sf41(shelf: Shelf) -> Observe:
    """Log10 of the largest month of protest over the median month, with a floor of 0.001 under both."""
    runs = yield [Variant("january-2022"), Variant("land-protests-2016", months=24)]
    peaks = []
    for run in runs:
        protest = np.maximum(run.measures["protest"], 0.001)
        peaks.append(np.log10(protest.max(axis=0) / np.median(protest, axis=0)))
    return across(*peaks)


@observable("SF06")
def sf06(shelf: Shelf) -> Observe:
    """P(neutral option of the first UN vote on the war)."""
    scenario = shelf.load("ukraine-war-2022")
    entry = un_vote(scenario)
    (run,) = yield [Variant("ukraine-war-2022", months=scenario.month_index(entry.date) + 2)]
    return neutral(run, entry)
