"""Three ways to lose office, each a logistic hazard per month.

`z = logit(base) + slope * (index - reference)`: at the reference index the hazard is the published base rate; the
slope says how fast it rises. A constituency's weight is the slope of its hazard, so it moves with the state.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from multivector.agents.cast import Cast
from multivector.numerics import Floats, clip01, logistic, logit, memory, total
from multivector.politics.compiled import share_ties
from multivector.politics.rules import kept
from multivector.politics.state import State

__all__ = [
    "Hazards",
    "autonomy",
    "backing",
    "dependence_shares",
    "disloyalty",
    "domain_weights",
    "elite_shares",
    "exit_costs",
    "mean_pressure",
    "menace",
    "outside_index",
    "shelter",
]


def dependence_shares(tie: Floats, cast: Cast, p: Any) -> Floats:
    """Each power's share of all capability-weighted ties, shape (..., P), summing to one.

    A power through which our trade with others runs is depended on for that trade too (transit). Domain weights
    are parameters. Worlds without any tie give equal shares.
    """
    flat = np.ascontiguousarray(tie, dtype=np.float64).reshape(-1, *cast.capability.shape)
    out = np.empty(flat.shape[:2])
    share_ties(flat, cast.capability, domain_weights(p), cast.transit, p.measures.transit_dependence, out)
    return out.reshape(tie.shape[:-1])


def domain_weights(p: Any) -> Floats:
    """What politics, economy and security weigh in the fan and in leverage, (D,)."""
    return kept(
        p,
        "_domain_weights",
        (),
        lambda: np.array(
            [p.measures.weight_politics, p.measures.weight_economy, p.measures.weight_security], dtype=np.float64
        ),
    )


def autonomy(shares: Floats, pressure: Floats, p: Any) -> Floats:
    """Room to refuse, 0..1: one minus concentrated dependence, dearer on powers that press.

    shares (W, P) from `dependence_shares`; pressure (W, P), mean over domains.
    """
    grip = p.measures.dependence_alone + (1.0 - p.measures.dependence_alone) * pressure
    return clip01(1.0 - total(shares * shares * grip))


def mean_pressure(state: State, p: Any) -> Floats:
    """What each power threatens this month, the mean over domains, (W, P)."""
    return kept(p, "_mean_pressure", (state.pressure,), lambda: total(state.pressure) / state.pressure.shape[-1])


def elite_shares(clout: Floats) -> Floats:
    """Clout as shares over domestic actors, (W, A); zero where nobody has any."""
    whole = total(clout)[..., None]
    return np.where(whole > 0, clout / np.where(whole > 0, whole, 1.0), 0.0)


def menace(state: State, cast: Cast, p: Any, on: Callable[[str], bool]) -> Floats:
    """Clout that can be turned against the president, (W, A).

    Who holds office at his pleasure can be dismissed before he defects, so his clout counts less, the more so where
    little is competitive; owners and armed services take theirs with them (N2, N7; Geddes, Wright & Frantz 2018, How
    Dictatorships Work, measure personal rule by the control of appointments). A group that a power is linked to has
    the power's backing, the more the power presses (N3).
    """
    clout = state.clout
    if on("dismissal"):
        safe = 1.0 - p.elite.dismissal * (1.0 - state.competitiveness)
        clout = np.where(cast.dismissible, clout * safe[:, None], clout)
    return np.asarray(clout * backing(state, cast, p, on))


def backing(state: State, cast: Cast, p: Any, on: Callable[[str], bool]) -> Floats:
    """What the powers that press add to the clout of those linked to them, as a factor (W, A)."""
    if not on("foreign_links"):
        return np.ones_like(state.clout)

    def backed() -> Floats:
        return np.asarray(1.0 + p.links.backing * total(cast.link * mean_pressure(state, p)[:, None, :]))

    return kept(p, "_backing", (cast, state.pressure), backed)


def exit_costs(cast: Cast, p: Any, on: Callable[[str], bool]) -> Floats:
    """What bloc, border and kin add to a power's leverage, as a factor (P,): leaving them is dear (B4)."""
    return 1.0 + (p.outside.exit_cost if on("exit_costs") else 0.0) * cast.lock_in


def shelter(state: State, cast: Cast, p: Any, on: Callable[[str], bool]) -> Floats:
    """What is left of each power's grip where its rivals stand by us, as a factor (W, P).

    A rival stands by as far as it minds our closeness to the power, is capable and is engaged with us; one of them is
    enough. The weak give in where nobody else is available (S5, S6; Walt 1985, Alliance Formation and the Balance of
    World Power, International Security 9(4)).
    """
    if not on("shelter"):
        return np.ones_like(state.pressure[:, :, 0])
    return kept(p, "_shelter", (cast, state.engagement), lambda: _sheltered(state, cast, p))


def _sheltered(state: State, cast: Cast, p: Any) -> Floats:
    present = total(cast.capability * state.engagement) / state.engagement.shape[-1]  # (W, P)
    alone = np.prod(1.0 - cast.rivalry * present[:, :, None], axis=1)
    return np.asarray(1.0 - p.outside.shelter * (1.0 - alone))


def horizons(p: Any) -> tuple[float, float, float]:
    """Effective months for which a rise in each hazard is felt: the horizon, discounted by how its stock heals.

    Loyalty recovers, grievance settles and offence is forgotten at their own rates; the sum of a geometric decline.
    """
    keeps = (1.0 - p.elite.recovery, 1.0 - p.public.grievance_rate, memory(p.outside.divergence_half_life))
    elite, mass, outside = ((1.0 - keep**p.decision.horizon) / (1.0 - keep) for keep in keeps)
    return float(elite), float(mass), float(outside)


def disloyalty(clout: Floats, loyalty: Floats) -> Floats:
    """Clout-weighted disloyalty of the domestic elite, (W,), 0..1."""
    return total(elite_shares(clout) * (1.0 - loyalty))


def outside_index(
    pressure: Floats, obligation: Floats, shares: Floats, divergence: Floats, leaving: Floats, p: Any
) -> Floats:
    """Sum over powers of (pressure + debt) x leverage x divergence.

    Leverage = dependence share to a power (`bend`) x `leaving`, the exit costs and what is left where others shelter.

    All arguments broadcast to (..., P).
    """
    leverage = shares**p.outside.leverage_bend * leaving
    return total((pressure + p.outside.obligation_weight * obligation) * leverage * divergence)


@dataclass(frozen=True)
class Hazards:
    """Logits of the three monthly hazards from their indices."""

    p: Any
    on: Callable[[str], bool] = lambda mechanism: True

    def elite(self, index: Floats) -> Floats:
        """Logit of elite defection from disloyalty."""
        return np.asarray(logit(self.p.elite.base_hazard) + self.p.elite.slope * (index - self.p.elite.reference))

    def mass(self, index: Floats, competitiveness: Floats) -> Floats:
        """Logit of mass unrest from the mobilisation index, both (W,).

        Competition makes the same anger more dangerous above the reference (K7).
        """
        slope = self.p.mass.slope
        gain = self.p.mass.competition_gain * (competitiveness if self.on("competitiveness") else 0.0)
        above = index - self.p.mass.reference
        return np.asarray(logit(self.p.mass.base_hazard) + slope * above + slope * gain * np.maximum(above, 0.0))

    def outside(self, index: Floats) -> Floats:
        """Logit of removal by outside coercion."""
        return np.asarray(logit(self.p.outside.base_hazard) + self.p.outside.slope * (index - self.p.outside.reference))

    def realised(self, state: State, cast: Cast) -> Floats:
        """The monthly hazards of the present state, (W, 3), by cause in the order of `CAUSES`."""
        mobilisation = state.protest + self.p.mass.voice_weight * state.shown_grievance
        shares = dependence_shares(state.tie, cast, self.p)
        if not self.on("leverage"):
            shares = np.full_like(shares, 1.0 / shares.shape[-1])
        pressure = mean_pressure(state, self.p)
        owed = state.obligation if self.on("obligations") else np.zeros_like(state.obligation)
        leaving = exit_costs(cast, self.p, self.on) * shelter(state, cast, self.p, self.on)
        index = outside_index(pressure, owed, shares, state.divergence, leaving, self.p)
        clout = menace(state, cast, self.p, self.on)
        return logistic(
            np.stack(
                [
                    self.elite(disloyalty(clout, state.loyalty)),
                    self.mass(mobilisation, state.competitiveness),
                    self.outside(index),
                ],
                axis=1,
            )
        )
