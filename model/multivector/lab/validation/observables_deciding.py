"""Who decides, and how: the observables of N1 to N8 and of the stylised facts about the same."""

from __future__ import annotations

import numpy as np

from multivector.lab.validation.bench import Observe, observable
from multivector.lab.validation.reading import Reading
from multivector.lab.validation.reckon import (
    WEST,
    across,
    clash,
    column,
    distance,
    dossier_mean,
    foreign,
    nearest,
    pooled,
    ratio,
    scripted,
    share_sums,
    smaller,
    spots,
    sums,
    weighted_economy,
)
from multivector.lab.validation.variants import Shelf, Unready, Variant
from multivector.numerics import Floats


def _gone(shelf: Shelf, name: str, part: str, place: str = "informal") -> list[str]:
    """Expressions that take one field of every actor out of a scenario's data."""
    actors = getattr(shelf.load(name), place)
    return [f"{place}.{actor}.{part}=null" for actor, one in actors.items() if getattr(one, part)]


def _without_advisers(shelf: Shelf, name: str) -> list[str]:
    return [f"advisers.{adviser}=null" for adviser in shelf.load(name).advisers]


@observable("N1")
def n1(shelf: Shelf) -> Observe:
    """Parliament's influence over that of the average informal actor, pooled over worlds and scripted decisions."""
    names = ("osce-bid-2003", "january-2022")
    circle = {name: tuple(shelf.load(name).informal) for name in names}
    body = {name: _parliament(shelf, name) for name in names}
    runs = yield [Variant(name, influence=("each:informal", body[name])) for name in names]
    tops, bottoms = [], []
    for run, name in zip(runs, names, strict=True):
        tops.append(sums(run, scripted(run), run.influence[body[name]]))
        lobbies = np.mean([run.influence[actor] for actor in circle[name]], axis=0)
        bottoms.append(sums(run, scripted(run), lobbies))
    top, bottom = sum(one[0] for one in tops), sum(one[0] for one in bottoms)
    return pooled((1.0, np.asarray(top), np.asarray(bottom)))


def _parliament(shelf: Shelf, name: str) -> str:
    for actor, one in shelf.load(name).formal.items():
        if one.role == "parliament":
            return actor
    raise Unready(f"{name} has no parliament")


@observable("N2")
def n2(shelf: Shelf) -> Observe:
    """The smaller of two steps of influence on scripted foreign decisions: informal to formal, formal to public."""
    groups = ("informal", "formal", "public")
    runs = yield [Variant(name, influence=groups) for name in ("osce-bid-2003", "xinjiang-2017")]
    level = {
        group: across(*(dossier_mean(run, scripted(run) & foreign(run), run.influence[group]) for run in runs))
        for group in groups
    }
    return smaller(level["informal"] - level["formal"], level["formal"] - level["public"])


@observable("N3")
def n3(shelf: Shelf) -> Observe:
    """What more of Russia's pressure does for its wish, through links: with linked elites less without the links."""
    runs = yield _pressed(shelf)
    low, high, cut_low, cut_high = (_met(run) for run in runs)
    return (high - low) - (cut_high - cut_low)


@observable("SF11")
def sf11(shelf: Shelf) -> Observe:
    """The part of what more of Russia's pressure does for its wish that passes through links, 0..1."""
    runs = yield _pressed(shelf)
    low, high, cut_low, cut_high = (_met(run) for run in runs)
    return ratio((high - low) - (cut_high - cut_low), high - low)


def _pressed(shelf: Shelf) -> list[Variant]:
    """Usual and higher Russian pressure, with linked elites and without the links."""
    linked = Variant("osce-bid-2003")
    cut = linked.set(*_gone(shelf, "osce-bid-2003", "link"))
    more = "powers.russia.pressure+=0.3"
    return [linked, linked.set(more), cut, cut.set(more)]


def _met(run: Reading) -> Floats:
    wish = column(run, "russia")
    return dossier_mean(run, scripted(run) & np.isfinite(wish), nearest(run, wish))


@observable("N4")
def n4(shelf: Shelf) -> Observe:
    """Economic ties with EU and US after three years with the yearly council, less without it."""
    scenario = shelf.load("hard-currency-1992")
    council = [name for name, one in scenario.formal.items() if one.role == "investors_council"]
    base = Variant("hard-currency-1992", months=36)
    there, gone = yield [base, base.set(*(f"formal.{name}=null" for name in council))]
    return weighted_economy(there, WEST, 35) - weighted_economy(gone, WEST, 35)


@observable("N5")
def n5(shelf: Shelf) -> Observe:
    """Elite cost of what was chosen, summed over a run, per 1000: without advisers less with them."""
    names = ("osce-bid-2003", "crimea-2014")
    runs = yield [
        variant for name in names for variant in (Variant(name), Variant(name).set(*_without_advisers(shelf, name)))
    ]
    cost = [1000.0 * sums(run, scripted(run) | foreign(run), run.decisions["elite_cost"].to_numpy())[0] for run in runs]
    return across(cost[1] - cost[0], cost[3] - cost[2])


@observable("N6")
def n6(shelf: Shelf) -> Observe:
    """Expected loss of the body that is served worse, formal or informal, against the status quo, in
    foreign questions on which they agree."""
    runs = yield [Variant(name) for name in ("osce-bid-2003", "crimea-2014", "xinjiang-2017")]
    lost = [sums(run, clash(run)[1] & foreign(run), worse_served(run)) for run in runs]
    return pooled((1.0, *_added(lost)))


def worse_served(run: Reading) -> Floats:
    """Expected distance that the outcome leaves to the body served worse beyond the status quo's, on the axis, (N,)."""
    losses = []
    for body in ("formal", "informal"):
        wish = run.decisions[body].to_numpy()
        losses.append(np.abs(spots(run) - wish[:, None]) - np.abs(run.quo - wish)[:, None])
    return np.asarray(np.nansum(run.chance * np.maximum(*losses), axis=1))


def _added(parts: list[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    """Totals and counts of several scenarios, added world by world."""
    return np.sum([one[0] for one in parts], axis=0), np.sum([one[1] for one in parts], axis=0)


@observable("N7")
def n7(shelf: Shelf) -> Observe:
    """Share of scripted clashes in which the influence of informal elites exceeds that of formal bodies by a point."""
    groups = ("informal", "formal")
    runs = yield [Variant(name, influence=groups) for name in ("osce-bid-2003", "xinjiang-2017", "crimea-2014")]
    won = []
    for run in runs:
        ahead = run.influence["informal"] > run.influence["formal"] + 0.01
        won.append(share_sums(run, clash(run)[0], ahead))
    return pooled((1.0, *_added(won)))


@observable("N8")
def n8(shelf: Shelf) -> Observe:
    """Rise of (expected) congruence with the public under the listening doctrine: foreign decisions less the routine
    questions at home, in which the public asks those in office to yield."""
    base = Variant("ukraine-war-2022", months=48)
    full, none = yield [base.set("doctrine.listening=1"), base.set("doctrine.listening=0")]

    def congruence(run: Reading, abroad: bool) -> tuple[Floats, Floats]:
        asked = foreign(run) if abroad else run.decisions["kind"].to_numpy() == "domestic"
        return sums(run, asked, 1.0 - distance(run, run.decisions["public"].to_numpy()))

    return pooled(
        (1.0, *congruence(full, True)),
        (-1.0, *congruence(none, True)),
        (-1.0, *congruence(full, False)),
        (1.0, *congruence(none, False)),
    )


@observable("N16")
def n16(shelf: Shelf) -> Observe:
    """Distance between formal and informal settled wishes, with the posts taken out of the data less with them."""
    names = ("osce-bid-2003", "crimea-2014")
    runs = yield [
        variant for name in names for variant in (Variant(name), Variant(name).set(*_gone(shelf, name, "holds_post")))
    ]

    def gap(run: Reading) -> Floats:
        apart = np.abs(run.decisions["formal"].to_numpy() - run.decisions["informal"].to_numpy())
        return dossier_mean(run, scripted(run), apart)

    return across(gap(runs[1]) - gap(runs[0]), gap(runs[3]) - gap(runs[2]))


@observable("SF01")
def sf01(shelf: Shelf) -> Observe:
    """Months open until settled, dossiers in which formal and informal clash less those in which they coincide."""
    runs = yield [Variant(name) for name in ("osce-bid-2003", "crimea-2014", "xinjiang-2017", "succession-2019")]
    apart, together = [], []
    for run in runs:
        clashing, coinciding = clash(run)
        settled = run.decisions["option"].to_numpy() > 0
        months = run.decisions["months_open"].to_numpy(dtype=np.float64)
        apart.append(sums(run, settled & clashing, months))
        together.append(sums(run, settled & coinciding, months))
    return pooled((1.0, *_added(apart)), (-1.0, *_added(together)))


@observable("SF04")
def sf04(shelf: Shelf) -> Observe:
    """Variance of loyalty over groups at the end, without advisers less with them, relative."""
    names = ("osce-bid-2003", "crimea-2014")
    runs = yield [
        variant for name in names for variant in (Variant(name), Variant(name).set(*_without_advisers(shelf, name)))
    ]
    spread = [run.loyalty.var(axis=1) for run in runs]
    return across(spread[1] / spread[0] - 1.0, spread[3] / spread[2] - 1.0)


@observable("SF05")
def sf05(shelf: Shelf) -> Observe:
    """Rise of P(options farther from China's wish than the status quo) without the elites' Chinese stakes."""
    name = "xinjiang-2017"
    stakes = [
        f"informal.{actor}.stakes.china=0"
        for actor, one in shelf.load(name).informal.items()
        if one.stakes.get("china")
    ]
    base, cut = yield [Variant(name), Variant(name).set(*stakes)]

    def spoken(run: Reading) -> Floats:
        wish = column(run, "china")
        away = np.abs(spots(run) - wish[:, None]) - np.abs(run.quo - wish)[:, None] > 1e-9
        value = np.where(np.isfinite(wish), np.nansum(np.where(away, run.chance, 0.0), axis=1), np.nan)
        return dossier_mean(
            run, scripted(run) & foreign(run) & (run.decisions["domain"].to_numpy() == "politics"), value
        )

    return spoken(cut) - spoken(base)


@observable("SF49")
def sf49(shelf: Shelf) -> Observe:
    """Share of scripted foreign decisions in which the public's influence is above 0.05."""
    runs = yield [
        Variant(name, influence=("public",))
        for name in ("osce-bid-2003", "crimea-2014", "succession-2019", "ukraine-war-2022")
    ]
    felt = [share_sums(run, scripted(run) & foreign(run), run.influence["public"] > 0.05) for run in runs]
    return pooled((1.0, *_added(felt)))
