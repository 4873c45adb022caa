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

from multivector.agents.cast import DOMESTIC, Cast
from multivector.numerics import Floats, log_survival_loss, logistic, total
from multivector.politics.beliefs import PublicBelief
from multivector.politics.cases import SETTLING_MOVES, Case
from multivector.politics.compiled import elite_terms, outside_terms
from multivector.politics.hazards import (
    Hazards,
    dependence_shares,
    disloyalty,
    domain_weights,
    elite_shares,
    horizons,
    services_distrust,
)
from multivector.politics.mobilisation import Mass, signal_weights
from multivector.politics.positions import Positions
from multivector.politics.state import State

__all__ = ["COMPONENTS", "Appraisal", "Doctrine", "appraise", "choose"]

#: The parts of a cost; they add up to it.
COMPONENTS = ("elite", "mass", "outside", "balance", "sovereignty", "move")
_SETTLE, _PAYMENT, _CONCESSION, _REPRESSION = range(len(SETTLING_MOVES))


@dataclass(frozen=True)
class Doctrine:
    """What the incumbent holds dear this month: tastes for balance and sovereignty (B,), and the listening state."""

    balance: Floats
    sovereignty: Floats
    listening: float


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
    loss: Floats  # (B, A, O) of each actor after side deals
    gain: Floats  # (B, O, P) favour of each option to each power against the status quo
    offence: Floats  # (B, O + 1, P) what each power holds against each option, the status quo last
    hazard_now: Floats  # (B, 3) by cause
    logit_after: Floats  # (B, O + 1, 4, 3) of the hazards after each settling action, the status quo last
    weight_actor: Floats  # (B, A)
    weight_public: Floats  # (B,)
    weight_power: Floats  # (B, P)

    def hazard_after(self, action: NDArray[np.int64]) -> Floats:
        """Hazards (B, 3) that the president expects after one action a row; delay and balloon keep the status quo."""
        moves = len(SETTLING_MOVES)
        settled = action < self.options * moves
        option = np.where(settled, action // moves, self.options)
        return logistic(self.logit_after[np.arange(len(action)), option, np.where(settled, action % moves, _SETTLE)])

    @property
    def options(self) -> int:
        """Number of options."""
        return int(self.cost.shape[1] - 2) // len(SETTLING_MOVES)


@dataclass(frozen=True)
class _Frame:
    """A case with the status quo riding along as a last, virtual option: what delay leaves in place."""

    case: Case
    cast: Cast
    state: State
    p: Any
    on: Callable[[str], bool]
    hazards: Hazards
    x: Floats  # (B, O + 1)

    @property
    def batch(self) -> int:
        """Number of rows."""
        return len(self.case.rows)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(B, O + 1, settling moves)."""
        return (self.batch, self.x.shape[1], len(SETTLING_MOVES))

    def beyond_quo(self, values: Floats) -> Floats:
        """Per-option values (O,) less the status quo's, (B, O + 1): the last column is zero."""
        wide = np.zeros_like(self.x)
        wide[:, :-1] = self.case.beyond_quo(values)
        return wide


@dataclass(frozen=True)
class _Elite:
    """Logits now (B,) and after each option and move (B, O + 1, 4); losses (B, A, O + 1); payments (B, O + 1)."""

    now: Floats
    after: Floats
    loss: Floats
    payment: Floats
    share: Floats


def _elite(frame: _Frame, positions: Positions) -> _Elite:
    case, cast, state, p, rows = frame.case, frame.cast, frame.state, frame.p, frame.case.rows
    clout, loyalty = state.clout[rows], state.loyalty[rows]
    share = elite_shares(clout)
    loss = np.empty((frame.batch, len(cast.actors), frame.x.shape[1]))
    felt, spared = np.empty_like(frame.x), np.empty_like(frame.x)
    circle = np.where(cast.informal, 1.0 + cast.lean, np.where(cast.formal, 1.0 - cast.lean, 0.0)) / 2.0
    reach = cast.brokerage * p.advisers.reach if frame.on("advisers") else 0.0
    elite_terms(
        frame.x, case.reference, positions.wish, positions.salience, share, circle, reach,
        p.advisers.efficiency, p.elite.loss_aversion, loss, felt, spared,
    )  # fmt: skip
    payment = p.moves.payment_share * spared
    rise = np.empty(frame.shape)
    rise[:] = (p.elite.loyalty_step * felt + p.elite.opening_fear * frame.beyond_quo(case.opening))[:, :, None]
    rise[:, :, _PAYMENT] -= p.elite.loyalty_step * p.elite.loss_aversion * payment
    inner = total(share * cast.informal)
    rise[:, :, _CONCESSION] += p.elite.loyalty_step * p.moves.concession_rent * inner[:, None]
    rise[:, :, _REPRESSION] += p.moves.repression_strain * services_distrust(clout, loyalty, cast)[:, None]
    now = frame.hazards.elite(disloyalty(clout, loyalty))
    return _Elite(now, now[:, None, None] + p.elite.slope * rise, loss, payment, share)


@dataclass(frozen=True)
class _Outside:
    """Logits now (B,) and after (B, O + 1, 4); favours and offence (B, O + 1, P); slopes of cost in offence (B, P)."""

    now: Floats
    after: Floats
    gain: Floats
    offence: Floats
    weight: Floats


def tact_of(cast: Cast, p: Any) -> float:
    """What is left of an offence after a foreign ministry has softened it, 0..1."""
    softened = p.outside.diplomacy * float(np.add.reduce(cast.clout0 * cast.with_role("diplomacy")))
    return max(1.0 - float(softened), 0.0)


def _outside(frame: _Frame) -> _Outside:
    case, cast, state, p, rows = frame.case, frame.cast, frame.state, frame.p, frame.case.rows
    pressure = total(state.pressure[rows]) / cast.capability.shape[1]
    debt = state.obligation[rows] if frame.on("obligations") else np.zeros_like(pressure)
    grip = pressure + p.outside.obligation_weight * debt
    step, tact = p.outside.divergence_step, tact_of(cast, p)
    per_power = (*frame.x.shape, len(cast.powers))
    gain, offence = np.empty(per_power), np.empty(per_power)
    index, index_force = np.empty_like(frame.x), np.empty_like(frame.x)
    outside_terms(
        frame.x, case.reference, case.power_wish, case.power_salience,
        np.where(case.domain == DOMESTIC, -1, case.domain), state.tie[rows], state.divergence[rows], grip,
        cast.values, step, tact, p.moves.repression_offence, p.ties.foresight if frame.on("compensation") else 0.0,
        cast.capability, domain_weights(p), cast.transit, p.measures.transit_dependence, p.outside.leverage_bend,
        gain, offence, index, index_force,
    )  # fmt: skip
    leverage = dependence_shares(state.tie[rows], cast, p) ** p.outside.leverage_bend
    now = frame.hazards.outside(total(grip * leverage * state.divergence[rows]))
    after = np.empty(frame.shape)
    after[:] = frame.hazards.outside(index)[:, :, None]
    after[:, :, _REPRESSION] = frame.hazards.outside(index_force)
    slope = horizons(p)[2] * logistic(now) * p.outside.slope * step * tact
    return _Outside(now, after, gain, offence, slope[:, None] * grip * leverage)


def _unevenness(favour: Floats) -> Floats:
    """Squared unevenness of favours over powers, summed over the last axis."""
    even = favour - total(favour)[..., None] / favour.shape[-1]
    return total(even * even)


def _move_price(frame: _Frame, positions: Positions, payment: Floats) -> Floats:
    """Direct price of each move under each option, (B, O + 1, 4)."""
    p, state = frame.p, frame.state
    price = np.zeros(frame.shape)
    price[:, :, _PAYMENT] = p.moves.payment_price * payment + p.moves.payment_fixed
    price[:, :, _CONCESSION] = p.moves.concession_price
    price[:, :, _REPRESSION] = p.moves.repression_price
    if frame.on("elder_veto") and frame.cast.elder:
        refusal = veto_probability(positions.wish[:, -1][:, None], frame.x, p)
        may = state.elder_veto[frame.case.rows] & frame.case.may_delay
        price += (p.elder.veto_price * refusal * may[:, None])[:, :, None]
    return price


def appraise(
    case: Case,
    cast: Cast,
    state: State,
    positions: Positions,
    belief: PublicBelief,
    doctrine: Doctrine,
    repression0: float,
    p: Any,
    on: Callable[[str], bool],
) -> Appraisal:
    """Cost and probability of every action in a case (B rows). `repression0` is the level at the start."""
    options, moves, months = case.options, len(SETTLING_MOVES), horizons(p)
    x = np.empty((len(case.rows), options + 1))
    x[:, :options], x[:, options] = case.x, case.reference
    frame = _Frame(case, cast, state, p, on, Hazards(p, on("competitiveness")), x)

    elite, outside = _elite(frame, positions), _outside(frame)
    # by kind of case, not by row: a world must not depend on what is open in others
    informed = case.index >= 0 and on("trial_balloon") and on("uncertainty")
    mass = Mass(state, case.rows, belief, cast, repression0, frame.hazards, p, on)
    quiet = mass.quiet()
    by_signal, expected, mass_after = mass.expect(x, informed=informed)
    quiet_loss = log_survival_loss(quiet)[:, None, None]

    parts = np.empty((*frame.shape, len(COMPONENTS)))
    parts[..., 0] = log_survival_loss(elite.after) - log_survival_loss(elite.now)[:, None, None]
    parts[..., 1] = expected - quiet_loss
    parts[..., 2] = log_survival_loss(outside.after) - log_survival_loss(outside.now)[:, None, None]
    parts[..., :3] *= months
    tilt = state.tilt[case.rows]
    tilted = _unevenness(tilt[:, None, :] + outside.gain) - _unevenness(tilt)[:, None]
    parts[..., 3] = ((p.decision.balance_taste * doctrine.balance)[:, None] * tilted)[:, :, None]
    handed = (p.decision.sovereignty_taste * doctrine.sovereignty)[:, None] * frame.beyond_quo(case.sovereignty)
    parts[..., 4] = handed[:, :, None]
    parts[..., 5] = _move_price(frame, positions, elite.payment)

    allowed = np.array([True, on("side_payment"), on("concession"), on("repression")])
    delay = parts[:, options, _SETTLE].copy()
    delay[:, 1:3] *= p.moves.delay_share
    delay[:, 5] = p.moves.delay_price * (1.0 + case.months_open)
    anger = months[1] * (by_signal - quiet_loss[:, None])
    announced, balloon = _balloon(parts[:, :options], anger[:, :, :options], doctrine, allowed, p)

    settle = parts[:, :options].reshape(frame.batch, options * moves, len(COMPONENTS))
    parts = np.concatenate([settle, delay[:, None], balloon[:, None]], axis=1)
    available = np.empty(parts.shape[:2], dtype=bool)
    available[:, :-2] = np.tile(allowed, options)
    available[:, -2] = case.may_delay & on("delay")
    available[:, -1] = case.may_announce & informed
    cost = total(parts)
    probability = _quantal_response(cost, available, p.decision.rationality)
    return Appraisal(
        parts=parts,
        cost=np.where(available, cost, np.inf),
        probability=probability,
        announced=announced,
        loss=elite.loss[:, :, :options],
        gain=outside.gain[:, :options],
        offence=outside.offence,
        hazard_now=logistic(np.stack([elite.now, quiet, outside.now], axis=1)),
        logit_after=np.stack([elite.after, mass_after, outside.after], axis=-1),
        weight_actor=(months[0] * logistic(elite.now) * p.elite.slope * p.elite.loyalty_step)[:, None] * elite.share,
        weight_public=mass.slope(),
        weight_power=outside.weight,
    )


def _balloon(
    stack: Floats, by_signal: Floats, doctrine: Doctrine, allowed: NDArray[np.bool_], p: Any
) -> tuple[NDArray[np.int64], Floats]:
    """Preposterior analysis (Raiffa & Schlaifer 1961): the expected cost of deciding after the public's answer.

    stack (B, O, 4, 6) parts of each settling action; by_signal (B, K, O, 4) the part from mass unrest after each
    signal. Returns the option announced (B,), the cheapest now, and the parts of the balloon's cost (B, 6): for
    every signal the cheapest action's parts, averaged; plus the price of waiting and the stir it causes.
    """
    batch, options, moves, _ = stack.shape
    row = np.arange(batch)
    announced = np.argmin(total(stack[:, :, _SETTLE]), axis=1)
    rest = stack.copy()
    rest[..., 1] = 0.0
    others = np.where(allowed, total(rest), np.inf).reshape(batch, -1)
    parts = np.zeros((batch, len(COMPONENTS)))
    for k, weight in enumerate(signal_weights(by_signal.shape[1])):
        anger = by_signal[:, k].reshape(batch, -1)
        best = np.argmin(others + anger, axis=1)
        parts += weight * rest.reshape(batch, options * moves, -1)[row, best]
        parts[:, 1] += weight * anger[row, best]
    parts[:, 1] += p.balloon.exposure * np.maximum(stack[row, announced, _SETTLE, 1], 0.0)
    parts[:, 5] += p.balloon.price * (1.0 - p.listening.cheaper_balloons * doctrine.listening)
    return announced, parts


def veto_probability(elder_wish: Floats, x: Floats, p: Any) -> Floats:
    """Chance that an elder with a veto refuses an option, logistic in its distance from his wish."""
    return logistic(p.elder.firmness * (np.abs(elder_wish - x) - p.elder.tolerance))


def _quantal_response(cost: Floats, available: NDArray[np.bool_], rationality: float) -> Floats:
    """P proportional to exp(-rationality x cost) over the available actions, (B, N); rationality 0 is uniform."""
    lowest = np.min(np.where(available, cost, np.inf), axis=1, keepdims=True)
    weight = np.where(available, np.exp(-rationality * np.where(available, cost - lowest, 0.0)), 0.0)
    return np.asarray(weight / total(weight)[:, None])


def choose(probability: Floats, draw: Floats) -> NDArray[np.int64]:
    """The action drawn from each row's probabilities (B, N) with one uniform draw (B,)."""
    edges = np.cumsum(probability, axis=1)
    action = (edges < (draw * edges[:, -1])[:, None]).sum(axis=1)
    return np.asarray(np.minimum(action, probability.shape[1] - 1))
