"""Scripted events, compiled once into monthly impulses and levels that every world meets alike.

An event kind is one small function in EVENTS. It knows no country and no date: who and when come from the
scenario; how strongly comes from severity (0..1) and the parameter records.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from multivector.agents.cast import Cast
from multivector.numerics import Floats
from multivector.scenario.paths import months_between
from multivector.scenario.schema import Event

if TYPE_CHECKING:
    from multivector.scenario import Scenario


__all__ = ["EVENTS", "Exogenous", "compile_events"]


@dataclass
class Exogenous:
    """What the scenario brings from outside, by month. Axes: M months, P powers, G groups, A actors.

    Levels hold in a month; impulses are added once.
    """

    health: Floats  # (M, P) level: 1 = a partner economy as usual
    closed: Floats  # (M, P) level: share of our border trade with it that is shut
    cut: Floats  # (M, P) level: share of transit through it that is stopped
    alternative: Floats  # (M, P) level: share of trade with it that can avoid transit
    absence: Floats  # (M, P) level: share of its interest that is gone
    income_shock: Floats  # (M,) level: income lost (+)
    threat: Floats  # (M, P) impulse
    obligation: Floats  # (M, P) impulse
    sympathy: Floats  # (M, G, P) impulse on attitudes
    polarisation: Floats  # (M, G, P) impulse on where attitudes settle
    visit: Floats  # (M, P) impulse on political ties
    grievance: Floats  # (M,) impulse
    doubt: Floats  # (M,) impulse
    reform: Floats  # (M,) impulse
    repression: Floats  # (M,) impulse
    purge: Floats  # (M, A) share of clout taken
    succession: NDArray[np.bool_]  # (M,) whether the seat passes to the named successor

    @classmethod
    def empty(cls, months: int, cast: Cast) -> Exogenous:
        """Nothing happens."""
        p, g, a = len(cast.powers), len(cast.groups), len(cast.actors)

        def zero(*shape: int) -> Floats:
            return np.zeros((months, *shape))

        return cls(
            health=np.ones((months, p)),
            closed=zero(p),
            cut=zero(p),
            alternative=zero(p),
            absence=zero(p),
            income_shock=zero(),
            threat=zero(p),
            obligation=zero(p),
            sympathy=zero(g, p),
            polarisation=zero(g, p),
            visit=zero(p),
            grievance=zero(),
            doubt=zero(),
            reform=zero(),
            repression=zero(),
            purge=zero(a),
            succession=np.zeros(months, dtype=bool),
        )


@dataclass(frozen=True)
class _Happening:
    """One event, resolved: month t0, end month t1 (exclusive), severity, the power and actors it names."""

    t0: int
    t1: int
    severity: float
    power: int
    actors: tuple[int, ...]
    sign: float


Handler = Callable[[Exogenous, _Happening, Cast, Any], None]
EVENTS: dict[str, Handler] = {}


def _event(kind: str) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        EVENTS[kind] = handler
        return handler

    return register


@_event("war")
def _war(exo: Exogenous, e: _Happening, cast: Cast, p: Any) -> None:
    """Groups close to the aggressor's media and groups far from it part ways; statehood is in doubt."""
    exposure = cast.exposure[:, e.power]
    mean = float(np.add.reduce(cast.group_share * exposure))
    exo.polarisation[e.t0, :, e.power] += e.severity * (p.events.war_split * (exposure - mean) - p.events.war_chill)
    exo.threat[e.t0, e.power] += e.severity * p.events.war_threat
    exo.doubt[e.t0] += e.severity * p.events.war_doubt


@_event("sanctions")
def _sanctions(exo: Exogenous, e: _Happening, cast: Cast, p: Any) -> None:
    exo.health[e.t0 : e.t1, e.power] -= e.severity * p.events.sanctions_bite


@_event("threat")
def _threat(exo: Exogenous, e: _Happening, cast: Cast, p: Any) -> None:
    exo.threat[e.t0, e.power] += e.severity * p.events.threat_size


@_event("rescue")
def _rescue(exo: Exogenous, e: _Happening, cast: Cast, p: Any) -> None:
    exo.obligation[e.t0, e.power] += e.severity * p.events.rescue_debt


@_event("aid")
def _aid(exo: Exogenous, e: _Happening, cast: Cast, p: Any) -> None:
    exo.obligation[e.t0, e.power] += e.severity * p.events.rescue_debt
    exo.sympathy[e.t0, :, e.power] += e.severity * p.events.sympathy


@_event("border_closure")
def _border_closure(exo: Exogenous, e: _Happening, cast: Cast, p: Any) -> None:
    exo.closed[e.t0 : e.t1, e.power] = np.maximum(exo.closed[e.t0 : e.t1, e.power], e.severity)


@_event("transit_cut")
def _transit_cut(exo: Exogenous, e: _Happening, cast: Cast, p: Any) -> None:
    exo.cut[e.t0 : e.t1, e.power] = np.maximum(exo.cut[e.t0 : e.t1, e.power], e.severity)


@_event("route_opened")
def _route_opened(exo: Exogenous, e: _Happening, cast: Cast, p: Any) -> None:
    exo.alternative[e.t0 :, e.power] = np.maximum(exo.alternative[e.t0 :, e.power], e.severity)


@_event("unrest")
def _unrest(exo: Exogenous, e: _Happening, cast: Cast, p: Any) -> None:
    exo.grievance[e.t0] += e.severity * p.events.unrest_size


@_event("visit")
def _visit(exo: Exogenous, e: _Happening, cast: Cast, p: Any) -> None:
    exo.visit[e.t0, e.power] += e.severity * p.events.visit_warmth


@_event("summit")
def _summit(exo: Exogenous, e: _Happening, cast: Cast, p: Any) -> None:
    exo.visit[e.t0, e.power] += e.severity * p.events.summit_warmth


@_event("income_shock")
def _income_shock(exo: Exogenous, e: _Happening, cast: Cast, p: Any) -> None:
    exo.income_shock[e.t0 : e.t1] -= e.sign * e.severity * p.events.income_shock_size


@_event("purge")
def _purge(exo: Exogenous, e: _Happening, cast: Cast, p: Any) -> None:
    for actor in e.actors:
        exo.purge[e.t0, actor] = max(exo.purge[e.t0, actor], e.severity * p.events.purge_depth)


@_event("quake")
def _quake(exo: Exogenous, e: _Happening, cast: Cast, p: Any) -> None:
    exo.sympathy[e.t0, :, e.power] += e.severity * p.events.sympathy


@_event("doubt")
def _doubt(exo: Exogenous, e: _Happening, cast: Cast, p: Any) -> None:
    exo.doubt[e.t0] += e.severity * p.events.doubt_size


@_event("reform")
def _reform(exo: Exogenous, e: _Happening, cast: Cast, p: Any) -> None:
    exo.reform[e.t0] += e.severity * p.events.reform_size


@_event("repression")
def _repression(exo: Exogenous, e: _Happening, cast: Cast, p: Any) -> None:
    exo.repression[e.t0] += e.severity * p.events.repression_size


@_event("succession")
def _succession(exo: Exogenous, e: _Happening, cast: Cast, p: Any) -> None:
    """The seat passes to the named successor; how unclear that was (severity) raises doubt."""
    exo.succession[e.t0] = True
    exo.doubt[e.t0] += e.severity * p.events.doubt_size


@_event("withdrawal")
def _withdrawal(exo: Exogenous, e: _Happening, cast: Cast, p: Any) -> None:
    exo.absence[e.t0 : e.t1, e.power] = np.maximum(exo.absence[e.t0 : e.t1, e.power], e.severity)


def compile_events(scenario: Scenario, cast: Cast, p: Any) -> Exogenous:
    """All scripted events of a scenario as arrays by month; events outside the run leave no trace before it.

    An event whose effect lasts (`months`) and that began before the start still counts for what is left of it.
    """
    months = scenario.months
    exo = Exogenous.empty(months, cast)
    for entry in scenario.timeline:
        if not isinstance(entry, Event):
            continue
        t0 = months_between(scenario.start, entry.date)
        length = entry.months if entry.months is not None else months
        t1 = min(months, t0 + length)
        if t0 >= months or t1 <= 0 or (t0 < 0 and entry.months is None):
            continue
        t0 = max(t0, 0)
        power = cast.powers.index(entry.subject) if entry.subject in cast.powers else -1
        if power < 0 and entry.subject:
            continue  # it happens to someone outside the set of powers
        actors = tuple(cast.actors.index(a) for a in entry.actors if a in cast.actors)
        EVENTS[entry.event](exo, _Happening(t0, t1, entry.severity, power, actors, float(entry.sign)), cast, p)
    np.maximum(exo.health, 0.0, out=exo.health)
    return exo
