"""How the street, the public and need enter: the observables of N9 to N17, and of the stylised facts about protest."""

from __future__ import annotations

from functools import partial

import numpy as np

from multivector.lab.validation.bench import Observe, observable
from multivector.lab.validation.reading import Reading
from multivector.lab.validation.reckon import (
    WEST,
    about,
    across,
    column,
    dossier_mean,
    dossiers,
    event,
    events,
    nearest,
    only_if,
    pooled,
    ratio,
    scripted,
    share_sums,
    sums,
    window,
)
from multivector.lab.validation.variants import Forced, Shelf, Unready, Variant, held
from multivector.numerics import Floats
from multivector.parameters import load_records
from multivector.scenario import Scenario
from multivector.scenario.schema import Dossier

_HALF_YEAR = 6
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


@observable("SF37")
def sf37(shelf: Shelf) -> Observe:
    """Rise of P(voting with Russia) from the vote on territory to the same vote on a text on which China votes no and
    Russia threatens (pressure and salience 1); only if abstaining is the likeliest on territory."""
    name = "ukraine-war-2022"
    scenario = shelf.load(name)
    entry = un_vote(scenario)
    place = f"timeline.{entry.id}"
    base = Variant(name, months=scenario.month_index(entry.date) + 2)
    threat = [f"{place}.salience.russia=1", "powers.russia.pressure=1", f"{place}.wishes.china=1"]
    territory, suspension = yield [base, base.set(*threat)]

    def votes(run: Reading, option: int) -> Floats:
        return dossier_mean(run, scripted(run) & about(run, [entry]), run.chance[:, option])

    usual = [float(np.nanmean(votes(territory, option))) for option in range(len(entry.options))]
    return only_if(int(np.argmax(usual)) == 1, votes(suspension, 0) - votes(territory, 0))


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
    """A step that those at home wish is announced: the share of worlds that take it where the public turns out to be
    for it, less where it turns out to be against. Both times the president knows little beforehand."""
    name = "baseline-2019"
    scenario = shelf.load(name)
    step = 3
    doubt = load_records()["public.signal_noise"].high
    base = Variant(name, months=14).set(f"parameters.public.signal_noise={doubt!r}")
    quiet, loud = yield [
        base.plus(
            id="added-step",
            date=scenario.date_at(6),
            due=scenario.date_at(10),
            dossier="added-step",
            domain="economy",
            options=["nothing changes", "half a step", "the whole step"],
            status_quo=1,
            wishes={"formal": step, "informal": step, "public": public},
            salience={"formal": 0.6, "informal": 0.6, "public": 0.9},
        ).force(Forced(step, dossier="added-step", balloon=True))
        for public in (step, 1)
    ]
    return pooled((1.0, *_taken(quiet, "added-step", step)), (-1.0, *_taken(loud, "added-step", step)))


def _taken(run: Reading, entry: str, step: int) -> tuple[Floats, Floats]:
    """Worlds that settled on this step after floating it, and worlds that floated it, (W,) both."""
    floated, taken = np.zeros(run.size), np.zeros(run.size)
    frame = run.decisions[run.decisions["entry"] == entry]
    for row in np.unique(frame["row"].to_numpy()):
        part = frame[frame["row"].to_numpy() == row]
        up = np.flatnonzero((part["move"] == "trial_balloon").to_numpy())
        settled = np.flatnonzero((part["option"] > 0).to_numpy())
        settled = settled[settled > up[0]] if up.size else settled[:0]
        if settled.size and int(part["announced"].iloc[up[0]]) == step:
            floated[row] = 1.0
            taken[row] = float(part["option"].iloc[settled[0]] == step)
    return taken, floated


def _added(parts: list[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    return np.sum([one[0] for one in parts], axis=0), np.sum([one[1] for one in parts], axis=0)


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
    """Influence of the purged on decisions with a Russian or Chinese wish, as a share of what it is without the purge:
    in the second year after it less in the first half-year; only if it is larger there than on other decisions."""
    names = ("january-2022", "ukraine-war-2022")
    purge = {name: event(shelf.load(name), "purge") for name in names}
    runs = yield [
        variant
        for name in names
        for base in [
            Variant(name, months=min(int(shelf.load(name).months), purge[name][1] + 25), influence=("purged",))
        ]
        # a purge of next to nothing names the same actors
        for variant in (base, base.set(f"timeline.{purge[name][0]}.severity=0.001"))
    ]
    early, late, theirs, others = [], [], [], []
    for index, name in enumerate(names):
        at = purge[name][1]
        for run, group in zip(runs[2 * index : 2 * index + 2], ("purged", "spared"), strict=True):
            cares = np.isfinite(column(run, "russia")) | np.isfinite(column(run, "china"))
            felt = run.influence["purged"]
            early.append((group, sums(run, window(run, at, at + _HALF_YEAR) & cares, felt)))
            late.append((group, sums(run, window(run, at + 12, at + 24) & cares, felt)))
            if group == "purged":
                theirs.append(sums(run, window(run, at, at + 24) & cares, felt))
                others.append(sums(run, window(run, at, at + 24) & ~cares, felt))
    more = pooled((1.0, *_added(theirs)), (-1.0, *_added(others)))
    return only_if(float(np.nanmean(more)) > 0, _kept(late) - _kept(early))


def _kept(parts: list[tuple[str, tuple[Floats, Floats]]]) -> Floats:
    """Mean influence of the purged over that of the spared, as pseudo-values (W,)."""
    purged, spared = (_added([one for group, one in parts if group == name]) for name in ("purged", "spared"))
    return ratio(pooled((1.0, *purged)), pooled((1.0, *spared)))


@observable("SF55")
def sf55(shelf: Shelf) -> Observe:
    """Rise of the influence of formal bodies in the year from the purge on, against a purge of next to nothing; only
    if the influence of the purged falls."""
    name = "january-2022"
    purge, at = event(shelf.load(name), "purge")
    base = Variant(name, months=min(int(shelf.load(name).months), at + 12), influence=("purged", "formal"))
    there, gone = yield [base, base.set(f"timeline.{purge}.severity=0.001")]

    def rise(body: str) -> Floats:
        felt = [sums(run, window(run, at, at + 12), run.influence[body]) for run in (there, gone)]
        return pooled((1.0, *felt[0]), (-1.0, *felt[1]))

    return only_if(float(rise("purged").mean()) < 0, rise("formal"))


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
    """Voiced grievance that leasing land to China brings (against refusing), less the mean of the other powers as
    askers of the same. Nobody's wish at home is stated."""
    name = "baseline-2019"
    scenario = shelf.load(name)
    askers = list(scenario.powers)
    runs = yield [_leased(scenario, power, option) for power in askers for option in (3, 1)]
    voiced = [run.measures["shown_grievance"][12:].mean(axis=0) for run in runs]
    rise = {power: voiced[2 * i] - voiced[2 * i + 1] for i, power in enumerate(askers)}
    return np.asarray(rise["china"] - across(*(rise[power] for power in askers if power != "china")))


@observable("SF16")
def sf16(shelf: Shelf) -> Observe:
    """Share of worlds in which a lease of land is opened again by the street within a year, leased to China less the
    mean of the other powers. The same runs as N15's."""
    scenario = shelf.load("baseline-2019")
    askers = list(scenario.powers)
    runs = yield [_leased(scenario, power, 3) for power in askers]

    def reversed_(run: Reading) -> Floats:
        back = run.events[(run.events["kind"] == "reopened") & (run.events["subject"] == "added-lease")]
        return np.isin(np.arange(run.size), back["row"].to_numpy()).astype(np.float64)

    share = dict(zip(askers, (reversed_(run) for run in runs), strict=True))
    return np.asarray(share["china"] - across(*(share[power] for power in askers if power != "china")))


def _leased(scenario: Scenario, power: str, option: int) -> Variant:
    """Two years of the reference world in which a power asks for land after one, and the answer is forced."""
    base = Variant("baseline-2019", months=24)
    return base.plus(**_lease(scenario, power)).force(Forced(option, dossier="added-lease"))


def _lease(scenario: Scenario, power: str) -> dict[str, object]:
    """A lease of land that a power asks for, the same whoever asks."""
    date = scenario.date_at(12)
    return {
        "id": "added-lease",
        "date": date,
        "due": date,
        "dossier": "added-lease",
        "domain": "economy",
        "options": ["refuse", "lease part", "lease all"],
        "status_quo": 1,
        "wishes": {power: 3},
        "salience": {power: 0.6, "public": 0.6},
    }


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
