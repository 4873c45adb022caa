"""The one principle that decides: the least rise in the hazard of losing office, given doctrine and beliefs.

cost = sum over the three hazards of H x E[rise of -log(1 - h)] (H: `hazards.horizons`), plus the doctrine's losses
and the move's own price, all in units of log survival probability; the choice is quantal response (McKelvey &
Palfrey 1995): P(action) is proportional to exp(-rationality x cost). Nothing here knows a country, a date or a dossier.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multivector.agents.cast import Cast
from multivector.numerics import Floats, logistic, logit, total, weighted_mean
from multivector.politics.beliefs import PublicBelief
from multivector.politics.cases import SETTLING_MOVES, Case
from multivector.politics.choice import draw_actions
from multivector.politics.compiled import COMPONENTS, MOVES, Before, Constants, Judged, Who, World
from multivector.politics.hazards import backing, domain_weights, elite_shares, exit_costs, horizons, shelter
from multivector.politics.mobilisation import fear_of, signals_of
from multivector.politics.positions import Positions
from multivector.politics.rules import kept, record_of, switches_of
from multivector.politics.settlement import stand_of
from multivector.politics.state import State
from multivector.politics.terms import judge
from multivector.politics.ties import Start

__all__ = ["COMPONENTS", "Appraisal", "Doctrine", "appraise", "choose"]


@dataclass(frozen=True)
class Doctrine:
    """What the incumbent holds dear this month: tastes for balance and sovereignty (B,), and the listening state.

    `lean` (P,) is the favour that counts as even for each power; `attention` (3,) multiplies the three hazards' parts
    of the cost, in the order of CAUSES. None leaves the choice as it is.
    """

    balance: Floats
    sovereignty: Floats
    listening: float
    lean: Floats | None = None
    attention: Floats | None = None


@dataclass(frozen=True)
class Appraisal:
    """Every action's cost, its parts and its probability.

    Actions are option-major (option 0 with the four settling moves, option 1 ...), then delay, then the balloon:
    N = 4 O + 2. `parts` (B, N, 6) in the order of COMPONENTS; `cost` (B, N), infinite where not available;
    `probability` (B, N). `announced` (B,) is the option a balloon would announce. `weight_*` are slopes of cost in
    each constituency's loss at the present state.
    """

    parts: Floats
    cost: Floats
    probability: Floats
    announced: NDArray[np.int64]
    loss: Floats  # (B, A, O + 1) of each actor after side deals, the status quo last
    gain: Floats  # (B, O + 1, P) favour of each option to each power against the status quo, which comes last
    step: Floats  # (B, O + 1, P) the favour, and what is returned for it: what ties follow
    relief: Floats  # (B, O + 1) grievance that the public may hope to lose
    treasury: Floats  # (B, O + 1) loyalty that scarce revenue buys
    offence: Floats  # (B, O + 1, P) what each power holds against each option, the status quo last
    logit_now: Floats  # (B, 3) of the hazards, by cause
    logit_after: Floats  # (B, N - 1, 3) of the hazards after each action but the balloon
    weight_actor: Floats  # (B, A)
    weight_public: Floats  # (B,)
    weight_power: Floats  # (B, P)

    @property
    def hazard_now(self) -> Floats:
        """Hazards (B, 3) of the present state, by cause."""
        return logistic(self.logit_now)

    def expected(self, action: NDArray[np.int64]) -> Floats:
        """Logits (B, 3) of the hazards after one action a row; delay and balloon keep the status quo."""
        kept = np.minimum(action, self.logit_after.shape[1] - 1)
        return np.asarray(self.logit_after[np.arange(len(action)), kept])

    def hazard_after(self, action: NDArray[np.int64]) -> Floats:
        """Hazards (B, 3) that the president expects after one action a row, see `expected`."""
        return logistic(self.expected(action))

    @property
    def options(self) -> int:
        """Number of options."""
        return int(self.cost.shape[1] - 2) // len(SETTLING_MOVES)


def tact_of(cast: Cast, p: Any) -> float:
    """What is left of an offence after a foreign ministry has softened it, 0..1."""
    softened = p.outside.diplomacy * float(np.add.reduce(cast.clout0 * cast.with_role("diplomacy")))
    return max(1.0 - float(softened), 0.0)


def mean_wish(
    case: Case, cast: Cast, state: State, positions: Positions, belief: PublicBelief, p: Any, on: Callable[[str], bool]
) -> Floats:
    """Salience-weighted mean of what public, formal actors, informal elites and every power want, (B,).

    The null that the rule is judged against: nobody's means count, only who cares how much. Each body speaks for where
    it settles.
    """
    share = elite_shares(state.clout[case.rows])
    weight = share * positions.salience
    moment, whole = belief.salience * belief.mean, belief.salience
    for body in (cast.formal, cast.informal):
        cares = weighted_mean(positions.salience, share * body)
        stand = stand_of(positions.wish, weight * body, case.reference, p, on)
        moment = moment + np.where(cares > 0, cares * stand, 0.0)
        whole = whole + cares
    moment = moment + total(case.power_salience * case.power_wish)
    whole = whole + total(case.power_salience)
    return np.where(whole > 0, moment / np.where(whole > 0, whole, 1.0), case.reference)


def _steady(cast: Cast, p: Any, on: Callable[[str], bool]) -> tuple[dict[str, Any], Who]:
    """What stays the same over a run: some of `Constants`, and who takes part."""
    circle = np.where(cast.informal, 1.0 + cast.lean, np.where(cast.formal, 1.0 - cast.lean, 0.0)) / 2.0
    services, leaving = cast.with_role("security_services"), exit_costs(cast, p, on)
    who = Who(
        cast.informal, services, cast.dismissible, circle, cast.capability, cast.values, cast.transit, leaving,
        cast.elder,
    )  # fmt: skip
    constants = {
        "months": np.array(horizons(p)),
        "base": np.array([logit(cause.base_hazard) for cause in (p.elite, p.mass, p.outside)]),
        "domain_weight": domain_weights(p),
        "tact": tact_of(cast, p),
        "fear": float(fear_of(1.0, cast, p)),
    }
    return constants, who


def _world(state: State, cast: Cast, p: Any, on: Callable[[str], bool]) -> World:
    reckoned = {"backing": backing(state, cast, p, on), "shelter": shelter(state, cast, p, on)}
    stocks = (reckoned[name] if name in reckoned else getattr(state, name) for name in World._fields)
    return World(*map(np.ascontiguousarray, stocks))


def _before(
    case: Case, positions: Positions, belief: PublicBelief, doctrine: Doctrine, credibility: Floats, middle: Floats
) -> Before:
    return Before(
        case.rows, case.x, case.reference, case.domain, case.power_wish, case.power_salience, case.sovereignty,
        case.opening, case.may_delay, case.may_announce, case.months_open, positions.wish, positions.salience,
        belief.mean, belief.uncertainty, belief.spread, belief.salience, doctrine.balance, doctrine.sovereignty,
        case.offers * credibility, case.forum, case.mediation, case.between, middle,
    )  # fmt: skip


def _blank(batch: int, options: int, actors: int, powers: int, signals: int) -> Judged:
    actions = options * MOVES + 2
    return Judged(
        parts=np.empty((batch, actions, len(COMPONENTS))),
        cost=np.empty((batch, actions)),
        probability=np.empty((batch, actions)),
        announced=np.empty(batch, dtype=np.int64),
        loss=np.empty((batch, actors, options + 1)),
        gain=np.empty((batch, options + 1, powers)),
        offence=np.empty((batch, options + 1, powers)),
        step=np.empty((batch, options + 1, powers)),
        relief=np.empty((batch, options + 1)),
        treasury=np.empty((batch, options + 1)),
        logit_now=np.empty((batch, 3)),
        logit_after=np.empty((batch, actions - 1, 3)),
        weight_actor=np.empty((batch, actors)),
        weight_public=np.empty(batch),
        weight_power=np.empty((batch, powers)),
        payment=np.empty((batch, options + 1)),
        anger=np.empty((batch, signals, actions - 1)),
    )


def appraise(
    case: Case,
    cast: Cast,
    state: State,
    positions: Positions,
    belief: PublicBelief,
    doctrine: Doctrine,
    start: Start,
    credibility: Floats,
    p: Any,
    on: Callable[[str], bool],
) -> Appraisal:
    """Cost and probability of every action in a case (B rows). `credibility` (P,) of what powers promise now."""
    rules, switches = record_of(p), switches_of(p, on)
    steady, who = kept(p, "_steady", (cast,), lambda: _steady(cast, p, on))
    # by kind of case, not by row: a world must not depend on what is open in others
    informed = case.index >= 0 and on("trial_balloon") and on("uncertainty")
    signal, signal_weight = signals_of(informed)
    if doctrine.attention is not None:
        steady = {**steady, "months": steady["months"] * doctrine.attention}
    const = Constants(
        **steady,
        repression=start.repression,
        income=start.income,
        reach=cast.brokerage * p.advisers.reach if on("advisers") else 0.0,
        listening=doctrine.listening,
        informed=informed,
        signal=signal,
        signal_weight=signal_weight,
    )
    middle = case.reference if on("survival_rule") else mean_wish(case, cast, state, positions, belief, p, on)
    world = _world(state, cast, p, on)
    if doctrine.lean is not None:  # favours are even where they have the profile of the lean
        world = world._replace(tilt=world.tilt - doctrine.lean)
    before = _before(case, positions, belief, doctrine, credibility, middle)
    batch, options = len(case.rows), case.options
    out = _blank(batch, options, len(cast.actors), len(cast.powers), const.signal.size)
    judge(0, batch, rules, switches, const, who, world, before, out)
    return Appraisal(
        parts=out.parts,
        cost=out.cost,
        probability=out.probability,
        announced=out.announced,
        loss=out.loss,
        gain=out.gain,
        step=out.step,
        relief=out.relief,
        treasury=out.treasury,
        offence=out.offence,
        logit_now=out.logit_now,
        logit_after=out.logit_after,
        weight_actor=out.weight_actor,
        weight_public=out.weight_public,
        weight_power=out.weight_power,
    )


def veto_probability(elder_wish: Floats, x: Floats, p: Any) -> Floats:
    """Chance that an elder with a veto refuses an option, logistic in its distance from his wish."""
    return logistic(p.elder.firmness * (np.abs(elder_wish - x) - p.elder.tolerance))


def choose(probability: Floats, draw: Floats) -> NDArray[np.int64]:
    """The action drawn from each row's probabilities (B, N) with one uniform draw (B,)."""
    action = np.empty(len(draw), dtype=np.int64)
    draw_actions(probability, np.ascontiguousarray(draw), action)
    return action
