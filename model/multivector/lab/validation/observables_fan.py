"""The fan after a change: the observables of B1 to B9 (but B7) and S7, of K5 and K8, and facts about it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from multivector.lab.validation.bench import Observe, observable
from multivector.lab.validation.reading import Reading
from multivector.lab.validation.reckon import (
    CREDITOR_WINDOW,
    KAZAKH_POWERS,
    WEST,
    attitude_to,
    column,
    distance,
    dossier_mean,
    event,
    events,
    larger,
    mean_tie,
    nearest,
    only_if,
    pooled,
    scripted,
    smaller,
    sums,
    tie_of,
    trade_share,
    window,
)
from multivector.lab.validation.variants import Forced, Shelf, Unready, Variant, held, scaled
from multivector.numerics import Floats
from multivector.scenario import Scenario
from multivector.scenario.paths import DOMAINS

_YEAR = 12
_FADED = 9


def added_powers(scenario: Scenario) -> list[str]:
    """Powers beyond those of the country file. Raises Unready where there are none."""
    found = [power for power in scenario.powers if power not in KAZAKH_POWERS]
    if not found:
        raise Unready(f"{scenario.id} adds no power")
    return found


def inert(powers: Sequence[str]) -> list[str]:
    """Expressions that leave powers where they are, with nothing to offer."""
    return [f"powers.{power}.engagement=0" for power in powers]


@observable("S7")
def s7(shelf: Shelf) -> Observe:
    """Autonomy at the end under halved western and Chinese engagement, with the neighbours less without them."""
    name = "central-asian-neighbours"
    near = added_powers(shelf.load(name))
    others = ("china", *WEST)
    with_them = Variant(name).set(*scaled(shelf.load(name), others, 0.5, later=True))
    if shelf.inert:
        with_them = with_them.set(*inert(near))
    plain = "western-withdrawal-2021"
    there, gone = yield [with_them, Variant(plain).set(*scaled(shelf.load(plain), others, 0.5, later=True))]
    return np.asarray(there.measures["autonomy"][-1] - gone.measures["autonomy"][-1])


@observable("B1")
def b1(shelf: Shelf) -> Observe:
    """Loss of openness from the withdrawal at the end, less the change that removing the crisis debt makes."""
    name = "western-withdrawal-2021"
    scenario = shelf.load(name)
    base = Variant(name)
    away = [one.id for one in events(scenario, "withdrawal")]
    kept = base.set(*held(scenario, WEST, "interest", "credibility", "engagement")).minus(*away)
    free = base.set(*(f"stocks.obligation.{power}=0" for power in scenario.stocks.obligation))
    helped = [one.id for kind in ("rescue", "aid") for one in events(scenario, kind)]
    stay, gone, unbound = yield [kept, base, free.minus(*helped)]
    end = [run.measures["openness"][-1] for run in (stay, gone, unbound)]
    return np.asarray((end[0] - end[1]) - np.abs(end[2] - end[1]))


@observable("B2")
def b2(shelf: Shelf) -> Observe:
    """Months that scripted dossiers stay open with the elder's veto less without, if mean positions hardly differ."""
    base = Variant("succession-2019")
    veto, free = yield [base, base.set("offices.elder.veto=false")]

    def months(run: Reading) -> Floats:
        settled = scripted(run) & (run.decisions["option"].to_numpy() > 0)
        return dossier_mean(run, settled, run.decisions["months_open"].to_numpy(dtype=np.float64))

    def positions(run: Reading) -> dict[str, float]:
        frame = run.decisions[scripted(run)]
        return {str(name): float(value) for name, value in frame.groupby("dossier")["position"].mean().items()}

    one, other = positions(veto), positions(free)
    gaps = [abs(one[name] - other[name]) for name in one if name in other]
    return only_if(float(np.nanmean(gaps)) < 0.1, months(veto) - months(free))


@observable("B3")
def b3(shelf: Shelf) -> Observe:
    """P(options nearest Russia's wish) in the quarter after the rescue, against no rescue; less that a year on."""
    variants, at = _rescued(shelf)
    runs = yield variants
    return _after_rescue(runs, at, [nearest(run, column(run, "russia")) for run in runs])


@observable("SF24")
def sf24(shelf: Shelf) -> Observe:
    """Nearness of expected outcomes to Russia's wish right after the rescue less a year later, against no rescue."""
    variants, at = _rescued(shelf)
    runs = yield variants
    return _after_rescue(runs, at, [1.0 - distance(run, column(run, "russia")) for run in runs])


def _rescued(shelf: Shelf) -> tuple[list[Variant], int]:
    rescue, at = event(shelf.load("january-2022"), "rescue")
    base = Variant("january-2022", months=at + _FADED + _YEAR)
    return [base, base.minus(rescue)], at


def _after_rescue(runs: Sequence[Reading], at: int, values: Sequence[Floats]) -> Floats:
    """Difference in differences, pooled: the quarter after less the year from nine months on, rescue less none."""
    terms = []
    for run, value, sign in zip(runs, values, (1.0, -1.0), strict=True):
        for first, months, factor in ((at, CREDITOR_WINDOW, sign), (at + _FADED, _YEAR, -sign)):
            terms.append((factor, *sums(run, window(run, first, first + months), value)))
    return pooled(*terms)


@observable("B4")
def b4(shelf: Shelf) -> Observe:
    """P(Russia) less P(West) in a forced binary choice with equal saliences and no stated wishes at home."""
    (run,) = yield [_choice(shelf, "side with Russia", "side with the West")]
    chance = _chances(run)
    return chance[0] - chance[1]


@observable("SF23")
def sf23(shelf: Shelf) -> Observe:
    """The smaller of: P(Russia) less P(West) in the forced choice of B4; P(a way between) less P(the likelier side)
    in the same question where there is one."""
    forced, free = yield [
        _choice(shelf, "side with Russia", "side with the West"),
        _choice(shelf, "side with Russia", "a way between", "side with the West"),
    ]
    two, three = _chances(forced), _chances(free)
    return smaller(two[0] - two[1], three[1] - larger(three[0], three[2]))


def _choice(shelf: Shelf, *options: str) -> Variant:
    """The reference world with a question of one month between Russia (first option) and the West (last)."""
    date = shelf.load("baseline-2019").date_at(_YEAR)
    return Variant("baseline-2019", months=_YEAR + 1).plus(
        id="added-choice",
        date=date,
        due=date,
        dossier="added-choice",
        domain="politics",
        options=list(options),
        wishes={"russia": 1, **dict.fromkeys(WEST, len(options))},
        salience=dict.fromkeys(("russia", *WEST), 0.6),
    )


def _chances(run: Reading) -> list[Floats]:
    """P(option) of the added choice, (W,) each."""
    here = scripted(run) & (run.decisions["entry"].to_numpy() == "added-choice")
    return [dossier_mean(run, here, run.chance[:, option]) for option in range(3)]


@observable("B5")
def b5(shelf: Shelf) -> Observe:
    """Relative loss of western politics ties a year after repression is doubled, less that of economy ties."""
    name = "january-2022"
    scenario = shelf.load(name)
    at = event(scenario, "repression")[1]
    level = float(scenario.stocks.repression.at(scenario.start))
    size = shelf.parameter(scenario, "events.repression_size")
    # severity 1 is the most that one event can say; several add up to once more the present level
    whole, parts = level / size, int(np.ceil(level / size))
    base = Variant(name, months=at + _YEAR + 1)
    doubled = base
    for index in range(parts):
        doubled = doubled.plus(
            id=f"added-repression-{index}",
            date=scenario.date_at(at),
            event="repression",
            severity=round(whole / parts, 6),
        )
    hard, usual = yield [doubled, base]

    def loss(domain: str) -> Floats:
        return 1.0 - tie_of(hard, WEST, domain, at + _YEAR) / tie_of(usual, WEST, domain, at + _YEAR)

    return loss("politics") - loss("economy")


@observable("B6")
def b6(shelf: Shelf) -> Observe:
    """Russia's less China's share of trade in the last closed month, less the same a year after reopening."""
    name = "khorgos-closure"
    scenario = shelf.load(name)
    closure = events(scenario, "border_closure", "china")[0]
    reopens = scenario.month_index(closure.date) + (closure.months or 0)
    (run,) = yield [Variant(name, months=reopens + _YEAR + 1)]
    russia, china = (run.powers.index(power) for power in ("russia", "china"))

    def lead(month: int) -> Floats:
        return np.asarray(run.trade[month, :, russia] - run.trade[month, :, china])

    return lead(reopens - 1) - lead(reopens + _YEAR)


@observable("B8")
def b8(shelf: Shelf) -> Observe:
    """Openness at the end with the added powers, less with the same powers inert."""
    name = "new-asian-partners"
    new = added_powers(shelf.load(name))
    still = Variant(name).set(*inert(new))
    lively, quiet = yield [still if shelf.inert else Variant(name), still]
    return np.asarray(lively.measures["openness"][-1] - quiet.measures["openness"][-1])


@observable("B9")
def b9(shelf: Shelf) -> Observe:
    """The smaller of Russia's and China's rise in mean tie over 48 months."""
    (run,) = yield [Variant("sole-rule-2022", months=48)]
    return smaller(*(mean_tie(run, [power], 47) - mean_tie(run, [power], 0) for power in ("russia", "china")))


# --- what the street hears ----------------------------------------------------------------------------------------


@observable("K5")
def k5(shelf: Shelf) -> Observe:
    """Fall of the mean attitude to Russia after five years when exposure to its media is cut to a tenth."""
    name = "baseline-2019"
    groups = shelf.load(name).public.language_groups
    base = Variant(name, months=60)
    usual, cut = yield [base, base.set(*(f"public.language_groups.{one}.exposure.russia*=0.1" for one in groups))]
    return attitude_to(usual, "russia") - attitude_to(cut, "russia")


@observable("K8")
def k8(shelf: Shelf) -> Observe:
    """Voiced grievance that accepting a demand of the partner dominant in trade brings, less the same where its
    economic tie is a tenth."""
    name = "baseline-2019"
    scenario = shelf.load(name)
    first = max(scenario.powers, key=lambda power: trade_of(scenario, power))

    def asked_by(power: str, option: int) -> Variant:
        return (
            Variant(name, months=36)
            .plus(
                id="added-demand",
                date=scenario.date_at(6),
                due=scenario.date_at(6),
                dossier="added-demand",
                domain="economy",
                options=["refuse", "accept"],
                status_quo=1,
                wishes={power: 2},
                salience={power: 0.6, "public": 0.6},
            )
            .force(Forced(option, dossier="added-demand"))
        )

    small = f"powers.{first}.ties.economy*=0.1"
    runs = yield [
        variant for option in (2, 1) for variant in (asked_by(first, option), asked_by(first, option).set(small))
    ]
    voiced = [run.measures["shown_grievance"][6:].mean(axis=0) for run in runs]
    return np.asarray((voiced[0] - voiced[2]) - (voiced[1] - voiced[3]))


def trade_of(scenario: Scenario, power: str) -> float:
    """What trade with a power amounts to at the start: capability x economic tie."""
    one = scenario.powers[power]
    return float(one.capability["economy"]) * one.ties.domain("economy").at(scenario.start)


# --- stylised facts about the fan -------------------------------------------------------------------------------


@observable("SF20")
def sf20(shelf: Shelf) -> Observe:
    """Rise of EU and US ties after five years when their engagement is raised by a fifth (in no domain beyond 1)."""
    base = Variant("baseline-2019", months=60)
    more, usual = yield [base.set(*scaled(shelf.load("baseline-2019"), WEST, 1.2, later=True)), base]
    return mean_tie(more, WEST) - mean_tie(usual, WEST)


@observable("SF22")
def sf22(shelf: Shelf) -> Observe:
    """Change of Russia's mean tie when China's engagement is raised by a half, less that when America's is."""
    scenario = shelf.load("baseline-2019")
    base = Variant("baseline-2019")
    china, us = yield [base.set(*scaled(scenario, [power], 1.5, later=True)) for power in ("china", "us")]
    return mean_tie(china, ["russia"]) - mean_tie(us, ["russia"])


@observable("SF27")
def sf27(shelf: Shelf) -> Observe:
    """Ten years from even ties: the smaller of China's share of economy less security, and Russia's the other way."""
    (run,) = yield [_even(shelf)]
    share = run.tie[-1] / run.tie[-1].sum(axis=1, keepdims=True)  # (W, P, D)
    economy, security = DOMAINS.index("economy"), DOMAINS.index("security")
    china, russia = (share[:, run.powers.index(power)] for power in ("china", "russia"))
    return smaller(china[:, economy] - china[:, security], russia[:, security] - russia[:, economy])


@observable("SF25")
def sf25(shelf: Shelf) -> Observe:
    """Share of trade with Türkiye ten years after even ties, by the country file's rule; only if the public's attitude
    to it is then above that to China. The same runs as SF27's."""
    (run,) = yield [_even(shelf)]
    warm = float((attitude_to(run, "turkiye") - attitude_to(run, "china")).mean()) > 0
    return only_if(warm, trade_share(tie_of(run, ["turkiye"], "economy", -1)))


def _even(shelf: Shelf) -> Variant:
    """Ten years of the reference world from even ties."""
    powers = shelf.load("baseline-2019").powers
    return Variant("baseline-2019", months=120).set(*(f"powers.{power}.ties=0.4" for power in powers))


@observable("SF43")
def sf43(shelf: Shelf) -> Observe:
    """Mean income in the months of the cut-off with the alternative route open from its first month, less without."""
    name = "pipeline-cutoff"
    scenario = shelf.load(name)
    cut = events(scenario, "transit_cut")[0]
    routes = [one.id for one in events(scenario, "route_opened")]
    if not routes:
        raise Unready(f"{name} has no alternative route")
    first, last = scenario.month_index(cut.date), scenario.month_index(cut.date) + (cut.months or 1)
    base = Variant(name, months=last + 1)
    early, none = yield [base.set(*(f"timeline.{one}.date={cut.date}" for one in routes)), base.minus(*routes)]
    return np.asarray((early.measures["income"] - none.measures["income"])[first : last + 1].mean(axis=0))


@observable("SF53")
def sf53(shelf: Shelf) -> Observe:
    """Loss of openness at the end with American engagement at a tenth."""
    name = "western-withdrawal-2021"
    base = Variant(name)
    usual, gone = yield [base, base.set(*scaled(shelf.load(name), ["us"], 0.1, later=True))]
    return np.asarray(usual.measures["openness"][-1] - gone.measures["openness"][-1])
