"""Succession and elections: the observables of B7, K1 to K3, K6 and K7, and of the stylised facts about both."""

from __future__ import annotations

import numpy as np

from multivector.lab.validation.bench import Observe, observable
from multivector.lab.validation.reading import Reading
from multivector.lab.validation.reckon import WEST, election, event, mean_tie, tie_of
from multivector.lab.validation.variants import Shelf, Unready, Variant
from multivector.numerics import Floats
from multivector.parameters.records import load_records
from multivector.scenario import Scenario

_YEAR = 12


def handover(scenario: Scenario) -> int:
    """The month in which the seat passes to a successor. Raises Unready where it does not."""
    return event(scenario, "succession")[1]


@observable("B7")
def b7(shelf: Shelf) -> Observe:
    """Share of its politics tie that Türkiye keeps in the month of the handover, less the mean of EU and US."""
    name = "succession-2019"
    at = handover(shelf.load(name))
    (run,) = yield [Variant(name, months=at + 1)]

    def kept(power: str) -> Floats:
        return tie_of(run, [power], "politics", at) / tie_of(run, [power], "politics", at - 1)

    return np.asarray(kept("turkiye") - np.mean([kept(power) for power in WEST], axis=0))


@observable("K1")
def k1(shelf: Shelf) -> Observe:
    """Share of the vote of the strongest challenger."""
    name = "succession-2019"
    at = election(shelf.load(name))[1]
    (run,) = yield [Variant(name, months=at + 1)]
    if not run.votes:
        return np.full(run.size, np.nan)
    return run.votes[0].challenger


@observable("K2")
def k2(shelf: Shelf) -> Observe:
    """Peak protest in the six months after the election with the opposition excluded, less with it admitted."""
    name = "succession-2019"
    ballot, at = election(shelf.load(name))
    kept_off = [who for who, one in ballot.candidates.items() if not one.admitted]
    if not kept_off:
        raise Unready(f"{name}: nobody is kept off the ballot")
    base = Variant(name, months=at + 7)
    admitted = base.set(*(f"timeline.{ballot.id}.candidates.{who}.admitted=true" for who in kept_off))
    out, there = yield [base, admitted]
    return np.asarray(out.measures["protest"][at:].max(axis=0) - there.measures["protest"][at:].max(axis=0))


@observable("K3")
def k3(shelf: Shelf) -> Observe:
    """EU politics tie half a year after the election with little manipulation less with much (ends of its range)."""
    name = "succession-2019"
    at = election(shelf.load(name))[1]
    base = Variant(name, months=at + 7)
    record = load_records()["elections.manipulation"]
    little, much = yield [base.set(f"parameters.{record.path}={value}") for value in (record.low, record.high)]
    return tie_of(little, ["eu"], "politics", at + 6) - tie_of(much, ["eu"], "politics", at + 6)


@observable("K6")
def k6(shelf: Shelf) -> Observe:
    """Sum of the politics ties with the two powers most depended on, six months after the handover, envoy or none."""
    name = "succession-2019"
    scenario = shelf.load(name)
    at = handover(scenario)
    base = Variant(name, months=at + 7)
    envoy, none = yield [base, base.set("offices.elder.envoy=false")]
    two = most_depended_on(scenario)[:2]
    return 2.0 * (tie_of(envoy, two, "politics", at + 6) - tie_of(none, two, "politics", at + 6))


def most_depended_on(scenario: Scenario) -> list[str]:
    """Powers in order of dependence at the start, the largest first."""
    from multivector.agents.cast import Cast
    from multivector.parameters import Parameters
    from multivector.politics.hazards import dependence_shares

    cast = Cast.from_scenario(scenario)
    share = dependence_shares(cast.tie0, cast, Parameters(scenario.parameter_values))
    return [cast.powers[index] for index in np.argsort(-share, kind="stable")]


@observable("K7")
def k7(shelf: Shelf) -> Observe:
    """Spread over worlds of the EU's less Russia's mean tie two years after the election, high competition less low."""
    name = "succession-2019"
    at = election(shelf.load(name))[1]
    open_, closed = yield _contested(at)

    def spread(run: Reading) -> Floats:
        """Standard deviation as pseudo-values: their mean is it, their variance that of the linearised estimate."""
        shape = mean_tie(run, ["eu"]) - mean_tie(run, ["russia"])
        away = shape - shape.mean()
        sd = float(np.sqrt(np.mean(away * away)))
        return np.asarray(sd + (away * away - sd * sd) / (2.0 * sd)) if sd > 0 else np.zeros(run.size)

    return spread(open_) - spread(closed)


@observable("SF14")
def sf14(shelf: Shelf) -> Observe:
    """EU's less China's mean tie two years after the election, high competition less low. The same runs as K7's."""
    at = election(shelf.load("succession-2019"))[1]
    open_, closed = yield _contested(at)
    lead = [mean_tie(run, ["eu"]) - mean_tie(run, ["china"]) for run in (open_, closed)]
    return lead[0] - lead[1]


def _contested(at: int) -> list[Variant]:
    """Two years after the election of month `at`, under high and low competitiveness."""
    base = Variant("succession-2019", months=at + 25)
    return [base.set(f"stocks.competitiveness={value}") for value in (0.9, 0.1)]


@observable("SF13")
def sf13(shelf: Shelf) -> Observe:
    """Mean over powers of the relative change of their share of all ties, from the month before the handover to a
    year after it; in the counter-test the old circle goes with the leader."""
    name = "succession-2019"
    scenario = shelf.load(name)
    at = handover(scenario)
    variant = Variant(name, months=at + _YEAR + 1)
    if shelf.inert:
        variant = variant.set("offices.elder.veto=false", "offices.elder.envoy=false").plus(
            id="added-purge", date=scenario.date_at(at), event="purge", actors=list(scenario.informal), severity=1.0
        )
    (run,) = yield [variant]

    def weights(month: int) -> Floats:
        ties = run.tie[month].sum(axis=2)
        return np.asarray(ties / ties.sum(axis=1, keepdims=True))

    before = weights(at - 1)
    return np.asarray((np.abs(weights(at + _YEAR) - before) / before).mean(axis=1))
