"""Powers and shocks: the observables of S1 to S9 and L1 to L9, and of the stylised facts about the war."""

from __future__ import annotations

import numpy as np

from multivector.lab.validation.bench import Observe, observable
from multivector.lab.validation.observables_process import met_offers
from multivector.lab.validation.reading import Reading
from multivector.lab.validation.reckon import (
    WEST,
    about,
    across,
    attitude_to,
    chance_of,
    column,
    distance,
    dossier_mean,
    dossiers,
    event,
    farthest,
    larger,
    mean_tie,
    only_if,
    scripted,
    smaller,
    sums,
    tie_of,
    towards,
    window,
)
from multivector.lab.validation.variants import Forced, Shelf, Variant, scaled
from multivector.numerics import Floats
from multivector.scenario.paths import DOMAINS

_OTHERS = ("china", *WEST)
_YEAR = 12


@observable("S1")
def s1(shelf: Shelf) -> Observe:
    """Spearman correlation of ties after ten years, from ties permuted over domains, with the record of the start."""
    scenario = shelf.load("baseline-2019")
    record = np.array([[one.ties.domain(d).at(scenario.start) for d in DOMAINS] for one in scenario.powers.values()])
    moved = np.roll(record, 1, axis=1)
    sets = [
        f"powers.{power}.ties.{domain}={float(moved[i, j])!r}"
        for i, power in enumerate(scenario.powers)
        for j, domain in enumerate(DOMAINS)
    ]
    (run,) = yield [Variant("baseline-2019", months=120).set(*sets)]
    last = run.tie[-1].reshape(run.size, -1)
    return np.array([_rank_correlation(one, record.ravel()) for one in last])


def _rank_correlation(x: Floats, y: Floats) -> float:
    """Spearman's rank correlation, ties at their mean rank."""
    import pandas as pd

    return float(np.corrcoef(pd.Series(x).rank(), pd.Series(y).rank())[0, 1])


@observable("S2")
def s2(shelf: Shelf) -> Observe:
    """Gain in total engagement from accepting all demands over refusing them, partners answering less frozen."""
    base = Variant("baseline-2019", months=60)
    yes, no = Forced(-1, kind="routine"), Forced(1, kind="routine")
    frozen = base.switched("partner_engagement")
    runs = yield [base.force(yes), base.force(no), frozen.force(yes), frozen.force(no)]
    end = [run.measures["total_engagement"][-1] for run in runs]
    return np.asarray((end[0] - end[1]) - (end[2] - end[3]))


@observable("S3")
def s3(shelf: Shelf) -> Observe:
    """P(options towards the others) in the dossiers after the union treaty: joined most closely less stayed out."""
    name = "crimea-2014"
    scenario = shelf.load(name)
    treaty = dossiers(scenario, lambda one: "union" in one.dossier and one.wishes.get("russia") is not None)[0]
    base = Variant(name)
    farthest_in = Forced(round(treaty.wishes["russia"]), dossier=treaty.dossier)
    out = Forced(1, dossier=treaty.dossier)
    joined, stayed = yield [base.force(farthest_in), base.force(out)]
    later = scenario.month_index(treaty.date) + 1

    def others(run: Reading) -> Floats:
        # the treaty is forced in its first month, so that all that opens later comes after it
        mask = scripted(run) & window(run, later, run.months)
        mask &= run.decisions["entry"].to_numpy() != treaty.id
        return across(*(dossier_mean(run, mask, towards(run, column(run, power))) for power in _OTHERS))

    return others(joined) - others(stayed)


@observable("S4")
def s4(shelf: Shelf) -> Observe:
    """Minus the lag-one correlation of tilt over settled dossiers of a world, beyond that with another world's next."""
    runs = yield [Variant("crimea-2014"), Variant("baseline-2019")]
    return across(*(_alternation(run) for run in runs))


def _tilts(run: Reading) -> list[Floats]:
    """Favour to Russia less favour to the West in each world's settled dossiers, in order; standardised over all."""
    place = run.decisions["position"].to_numpy()

    def favour(power: str) -> Floats:
        wish = column(run, power)
        return np.abs(run.quo - wish) - np.abs(place - wish)

    east, west = favour("russia"), np.stack([favour(power) for power in WEST])
    known = np.isfinite(west)
    count = known.sum(axis=0)
    rival = np.where(count > 0, np.where(known, west, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan)
    tilt = np.nan_to_num(east) - np.nan_to_num(rival)
    concerns = np.isfinite(place) & (np.isfinite(east) | np.isfinite(rival))
    rows = run.decisions["row"].to_numpy()
    every = tilt[concerns]
    scale = float(every.std()) or 1.0
    return [(tilt[concerns & (rows == row)] - every.mean()) / scale for row in range(run.size)]


def _alternation(run: Reading) -> Floats:
    tilts = _tilts(run)
    result = np.full(run.size, np.nan)
    for row, mine in enumerate(tilts):
        if len(mine) < 3:
            continue
        own = float(np.mean(mine[:-1] * mine[1:]))
        # the same place in the order of offers, in other worlds: what the offers alone predict
        alien = [
            float(np.mean(mine[: n - 1] * other[1:n]))
            for shift in (1, 2, 3, 5, 7)
            if (n := min(len(mine), len(other := tilts[(row + shift) % run.size]))) >= 3
        ]
        if alien:
            result[row] = float(np.mean(alien)) - own
    return result


@observable("S5")
def s5(shelf: Shelf) -> Observe:
    """Expected place between abandoning balance (0) and reaffirming it (1) at historical pressure and partners, less
    under extreme Russian pressure with partners gone."""
    name = "crimea-2014"
    scenario = shelf.load(name)
    entry = dossiers(scenario, lambda one: "balance" in one.dossier)[0]
    base = Variant(name, months=scenario.month_index(entry.date) + 4)
    hard = base.set("powers.russia.pressure=1", *(f"powers.{power}.engagement=0.1" for power in _OTHERS))
    runs = yield [base, hard]
    place = [
        dossier_mean(run, scripted(run) & about(run, [entry]), 1.0 - distance(run, np.ones(len(run.quo))))
        for run in runs
    ]
    return place[0] - place[1]


@observable("S6")
def s6(shelf: Shelf) -> Observe:
    """Loss of autonomy at the end when western and Chinese engagement is halved."""
    name = "western-withdrawal-2021"
    base = Variant(name)
    full, half = yield [base, base.set(*scaled(shelf.load(name), _OTHERS, 0.5, later=True))]
    return np.asarray(full.measures["autonomy"][-1] - half.measures["autonomy"][-1])


@observable("SF29")
def sf29(shelf: Shelf) -> Observe:
    """The smaller of the rises of Russia's share of all ties at the end, from full to halved and from halved to no
    western and Chinese engagement."""
    name = "western-withdrawal-2021"
    base = Variant(name)
    runs = yield [base, *(base.set(*scaled(shelf.load(name), _OTHERS, left, later=True)) for left in (0.5, 0.0))]

    def weight(run: Reading) -> Floats:
        ties = run.tie[-1].sum(axis=2)
        return np.asarray(ties[:, run.powers.index("russia")] / ties.sum(axis=1))

    full, half, none = (weight(run) for run in runs)
    return smaller(half - full, none - half)


@observable("S8")
def s8(shelf: Shelf) -> Observe:
    """The smaller of: loss of western ties per unit of credibility lost at the same level; P(meeting the West's wish)
    with its offers less without them."""
    scenario, early = shelf.load("baseline-2019"), shelf.load("hard-currency-1992")
    base = Variant("baseline-2019")
    doubted = base.set(*scaled(scenario, WEST, 0.5, "credibility"))
    offers = [
        f"timeline.{one.id}.offers.{power}=0"
        for one in dossiers(early, lambda one: any(one.offers.get(power, 0.0) > 0 for power in WEST))
        for power in WEST
        if power in one.offers
    ]
    asked = Variant("hard-currency-1992")
    runs = yield [base, doubted, asked, asked.set(*offers)]
    lost = np.mean([scenario.powers[power].credibility.at(scenario.start) * 0.5 for power in WEST])
    loss = (mean_tie(runs[0], WEST) - mean_tie(runs[1], WEST)) / float(lost)
    return smaller(loss, met_offers(runs[2], early) - met_offers(runs[3], early))


@observable("S9")
def s9(shelf: Shelf) -> Observe:
    """Russia's mean pressure over two years with an unclear succession (severity 1) less with a clear one (0)."""
    name = "succession-2019"
    doubt, since = event(shelf.load(name), "doubt")
    base = Variant(name, months=since + 24)
    unclear, clear = yield [base.set(f"timeline.{doubt}.severity={value}") for value in (1, 0)]

    def pressure(run: Reading) -> Floats:
        return np.asarray(run.pressure[since:, :, run.powers.index("russia")].mean(axis=(0, 2)))

    return np.asarray(pressure(unclear) - pressure(clear))


# --- the war and what followed ----------------------------------------------------------------------------------


@observable("L1")
def l1(shelf: Shelf) -> Observe:
    """The larger of P(recognise) and P(send troops): the options at Russia's wish that hand away most control."""
    name = "ukraine-war-2022"
    scenario = shelf.load(name)
    asked = dossiers(
        scenario,
        lambda one: (
            one.sovereignty is not None
            and "russia" in one.wishes
            and one.sovereignty[round(one.wishes["russia"]) - 1] >= 0.7
        ),
    )
    last = max(scenario.month_index(one.date) for one in asked)
    (run,) = yield [Variant(name, months=last + 3)]
    yielded = [
        dossier_mean(run, scripted(run) & about(run, [one]), run.chance[:, round(one.wishes["russia"]) - 1])
        for one in asked
    ]
    return larger(*yielded)


@observable("L2")
def l2(shelf: Shelf) -> Observe:
    """Fall of the attitude to Russia within six months of the threat, less that without the threat."""
    name = "crimea-2014"
    threat, at = event(shelf.load(name), "threat", "russia")
    base = Variant(name, months=at + 7)
    there, gone = yield [base, base.minus(threat)]

    def fall(run: Reading) -> Floats:
        return attitude_to(run, "russia", at - 1) - attitude_to(run, "russia", at + 6)

    return fall(there) - fall(gone)


@observable("L3")
def l3(shelf: Shelf) -> Observe:
    """Loss of income from the sanctions without the route round Russia, less with it, mean of the route's two years."""
    name = "ukraine-war-2022"
    scenario = shelf.load(name)
    sanctions, route = event(scenario, "sanctions", "russia")[0], event(scenario, "route_opened")
    base = Variant(name, months=route[1] + 24)
    free, shut = base.minus(sanctions), base.minus(route[0])
    runs = yield [free.minus(route[0]), shut, free, base]
    income = [run.measures["income"][route[1] :].mean(axis=0) for run in runs]
    return np.asarray((income[0] - income[1]) - (income[2] - income[3]))


@observable("L4")
def l4(shelf: Shelf) -> Observe:
    """Relative fall of Russia's politics tie in the first year of the war, less that of its economy tie."""
    name = "ukraine-war-2022"
    war = event(shelf.load(name), "war", "russia")[1]
    (run,) = yield [Variant(name, months=war + _YEAR + 1)]

    def fall(domain: str) -> Floats:
        return 1.0 - tie_of(run, ["russia"], domain, war + _YEAR) / tie_of(run, ["russia"], domain, war - 1)

    return fall("politics") - fall("economy")


@observable("L5")
def l5(shelf: Shelf) -> Observe:
    """P(offering good offices) at the scenario's ties, less with those to the second side cut to a tenth."""
    chosen, variants = [], []
    for name in ("ukraine-war-2022", "crimea-2014"):
        scenario = shelf.load(name)
        entry = dossiers(scenario, lambda one: one.mediation is not None and len(one.between) == 2)[0]
        side = entry.between[-1]
        base = Variant(name, months=scenario.month_index(entry.date) + 4)
        cold = [f"powers.{side}.ties*=0.1", *scaled(scenario, [side], 0.1)]
        chosen.append(entry)
        variants += [base, base.set(*cold)]
    runs = yield variants

    def offered(run: Reading, index: int) -> Floats:
        entry = chosen[index]
        offers = np.zeros(run.chance.shape, dtype=bool)
        offers[:, : len(entry.options)] = np.array(entry.mediation) > 0
        return dossier_mean(run, scripted(run) & about(run, [entry]), chance_of(run, offers))

    return across(*(offered(runs[2 * i], i) - offered(runs[2 * i + 1], i) for i in range(len(chosen))))


@observable("L6")
def l6(shelf: Shelf) -> Observe:
    """Rise of EU and US politics ties 18 months after a reform at full interest; only if smaller at a quarter."""
    name, at = "baseline-2019", 6
    scenario = shelf.load(name)
    base = Variant(name, months=at + 19)
    dated = scenario.date_at(at)

    def with_interest(level: float) -> list[Variant]:
        plain = base.set(*(f"powers.{power}.interest={level}" for power in WEST))
        return [plain.plus(id="added-reform", date=dated, event="reform", severity=1.0), plain]

    runs = yield [*with_interest(1.0), *with_interest(0.25)]
    full, quarter = (
        tie_of(runs[i], WEST, "politics", at + 18) - tie_of(runs[i + 1], WEST, "politics", at + 18) for i in (0, 2)
    )
    return only_if(bool(quarter.mean() <= full.mean()), full)


@observable("L7")
def l7(shelf: Shelf) -> Observe:
    """Rise of the spread of attitudes to Russia over citizens twelve months into the war, against no war."""
    name = "ukraine-war-2022"
    war, at = event(shelf.load(name), "war", "russia")
    base = Variant(name, months=at + _YEAR + 1)
    there, gone = yield [base, base.minus(war)]

    def rise(run: Reading) -> Floats:
        index = run.powers.index("russia")
        return np.asarray(run.spread[at + _YEAR][:, index] - run.spread[at - 1][:, index])

    return np.asarray(rise(there) - rise(gone))


@observable("L8")
def l8(shelf: Shelf) -> Observe:
    """Mean attitude to Russia after 24 months without war, with trust kept (politics tie 0.8) less low (0.3)."""
    name = "ukraine-war-2022"
    war = event(shelf.load(name), "war", "russia")[0]
    base = Variant(name, months=24).minus(war)
    kept, low = yield [base.set(f"powers.russia.ties.politics={tie}") for tie in (0.8, 0.3)]
    return attitude_to(kept, "russia") - attitude_to(low, "russia")


@observable("L9")
def l9(shelf: Shelf) -> Observe:
    """Rise of P(the way through a forum) from pressure by one side to pressure from both, less the same rise where
    that way is no forum. Of two ways between the sides one leads through the forum and the other is as things stand,
    in turn; the question is the same for both sides, and nobody's wish at home is stated."""
    name = "baseline-2019"
    scenario = shelf.load(name)
    base = Variant(name, months=_YEAR + 2)

    def asked(way: int, forum: float, west: float) -> Variant:
        date = scenario.date_at(_YEAR)
        sets = [f"powers.{power}.pressure={level}" for power, level in (("russia", 0.7), *((p, west) for p in WEST))]
        return base.set(*sets).plus(
            id="added-quarrel",
            date=date,
            due=date,
            dossier="added-quarrel",
            domain="politics",
            options=["side with one", "a way nearer the one", "a way nearer the other", "side with the other"],
            status_quo=5 - way,
            wishes={"russia": 1, **dict.fromkeys(WEST, 4)},
            salience=dict.fromkeys(("russia", *WEST), 0.6),
            forum=[forum if option == way else 0.0 for option in (1, 2, 3, 4)],
        )

    cases = [(way, forum, west) for way in (2, 3) for forum in (1.0, 0.0) for west in (0.7, 0.0)]
    runs = yield [asked(*case) for case in cases]

    def through(run: Reading, way: int) -> Floats:
        here = scripted(run) & (run.decisions["entry"].to_numpy() == "added-quarrel")
        return dossier_mean(run, here, run.chance[:, way - 1])

    taken = dict(zip(cases, (through(run, case[0]) for run, case in zip(runs, cases, strict=True)), strict=True))
    rises = {(way, forum): taken[way, forum, 0.7] - taken[way, forum, 0.0] for way, forum, _ in cases}
    return across(*(rises[way, 1.0] - rises[way, 0.0] for way in (2, 3)))


@observable("SF03")
def sf03(shelf: Shelf) -> Observe:
    """Fall of P(the option farthest from Russia's wish) when Russia's pressure rises from 0.2 to 0.8."""
    names = ("osce-bid-2003", "ukraine-war-2022")
    runs = yield [Variant(name).set(f"powers.russia.pressure={level}") for name in names for level in (0.2, 0.8)]

    def against(run: Reading) -> Floats:
        return dossier_mean(run, scripted(run), farthest(run, column(run, "russia")))

    return across(against(runs[0]) - against(runs[1]), against(runs[2]) - against(runs[3]))


@observable("SF17")
def sf17(shelf: Shelf) -> Observe:
    """Share of dossiers settled in the six months after the rescue at the very option that Russia wishes."""
    name = "ukraine-war-2022"
    at = event(shelf.load(name), "rescue")[1]
    (run,) = yield [Variant(name, months=at + 7)]
    wish, place = column(run, "russia"), run.decisions["position"].to_numpy()
    step = 1.0 / (run.decisions["n_options"].to_numpy() - 1.0)
    met = (np.abs(place - wish) < 0.25 * step).astype(np.float64)
    asked = scripted(run) & window(run, at, at + 7) & np.isfinite(wish) & np.isfinite(place)
    total, count = sums(run, asked, met)
    return np.where(count > 0, total / np.maximum(count, 1.0), np.nan)


@observable("SF18")
def sf18(shelf: Shelf) -> Observe:
    """Share of Russia's economy tie kept a year after its economic engagement is halved."""
    name = "baseline-2019"
    scenario = shelf.load(name)
    level = scenario.powers["russia"].engagement.domain("economy").at(scenario.start)
    base = Variant(name, months=_YEAR + 1)
    (run,) = yield [base.set(f"powers.russia.engagement.economy={level / 2.0}")]
    start = scenario.powers["russia"].ties.domain("economy").at(scenario.start)
    return tie_of(run, ["russia"], "economy", _YEAR) / start


@observable("SF19")
def sf19(shelf: Shelf) -> Observe:
    """Fall of the mean attitude to Russia within a year of the war."""
    name = "ukraine-war-2022"
    war = event(shelf.load(name), "war", "russia")[1]
    (run,) = yield [Variant(name, months=war + _YEAR + 1)]
    return attitude_to(run, "russia", war - 1) - attitude_to(run, "russia", war + _YEAR)


@observable("SF28")
def sf28(shelf: Shelf) -> Observe:
    """P(the two extremes) of the union treaty."""
    name = "crimea-2014"
    scenario = shelf.load(name)
    entry = dossiers(scenario, lambda one: "union" in one.dossier and len(one.options) == 4)[0]
    (run,) = yield [Variant(name, months=scenario.month_index(entry.date) + 3)]
    ends = np.zeros(run.chance.shape, dtype=bool)
    ends[:, [0, 3]] = True
    return dossier_mean(run, scripted(run) & about(run, [entry]), chance_of(run, ends))


@observable("SF47")
def sf47(shelf: Shelf) -> Observe:
    """Share of settled scripted dossiers with a Russian and a western wish whose outcome lies between them, half a
    step allowed."""
    runs = yield [Variant(name) for name in ("crimea-2014", "ukraine-war-2022", "osce-bid-2003")]
    inside_of, known_of = [], []
    for run in runs:
        wishes = np.stack([column(run, power) for power in ("russia", *WEST)])
        west = np.isfinite(wishes[1:]).any(axis=0)
        with np.errstate(invalid="ignore"):
            low = np.where(np.isfinite(wishes), wishes, np.inf).min(axis=0)
            high = np.where(np.isfinite(wishes), wishes, -np.inf).max(axis=0)
        place = run.decisions["position"].to_numpy()
        slack = 0.5 / (run.decisions["n_options"].to_numpy() - 1.0) + 1e-9
        mask = scripted(run) & np.isfinite(place) & np.isfinite(wishes[0]) & west
        inside = (place >= low - slack) & (place <= high + slack)
        total, count = sums(run, mask, inside.astype(np.float64))
        inside_of.append(total)
        known_of.append(count)
    total, count = np.sum(inside_of, axis=0), np.sum(known_of, axis=0)
    return np.where(count > 0, total / np.maximum(count, 1.0), np.nan)
