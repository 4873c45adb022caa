"""The one principle that decides: the least rise in the hazard of losing office, given doctrine and beliefs.

cost = H x E[rise of -log(1 - h)] summed over the three hazards, plus the doctrine's losses and the move's own
price, all in units of log survival probability; the choice is quantal response (McKelvey & Palfrey 1995):
P(action) is proportional to exp(-rationality x cost). Nothing here knows a country, a date or a dossier.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multivector.agents.cast import DOMESTIC, Cast
from multivector.numerics import Floats, clip01, log_survival_loss, logistic, total
from multivector.politics.beliefs import PublicBelief
from multivector.politics.cases import SETTLING_MOVES, Case
from multivector.politics.compiled import elite_terms, expected_loss, outside_terms, quadrature
from multivector.politics.hazards import Hazards, dependence_shares, disloyalty, domain_weights, elite_shares
from multivector.politics.positions import Positions
from multivector.politics.state import State

__all__ = ["COMPONENTS", "Appraisal", "Doctrine", "appraise", "choose"]

#: The parts of a cost; they add up to it.
COMPONENTS = ("elite", "mass", "outside", "balance", "sovereignty", "move")
_SETTLE, _PAYMENT, _CONCESSION, _REPRESSION = range(len(SETTLING_MOVES))
#: Step of the central difference that gives the public's weight.
_SLOPE_STEP = 1e-5
#: Quadrature nodes: a balloon's signal, what stays unknown, and citizens' positions.
_SIGNAL, _RESIDUAL, _CITIZENS = quadrature(3), quadrature(3), quadrature(3)
_NO_SIGNAL = (np.zeros(1), np.ones(1))


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
    offence: Floats  # (B, O, P) what each power holds against each option
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


class _Mass:
    """The president's expectation of mobilisation, from a belief about the public (B rows)."""

    def __init__(
        self,
        state: State,
        rows: NDArray[np.intp],
        belief: PublicBelief,
        fear: Floats,
        hazards: Hazards,
        p: Any,
    ) -> None:
        self.p, self.belief, self.hazards = p, belief, hazards
        self.grievance = state.grievance[rows]
        self.social = p.unrest.neighbour_weight * state.protest[rows]
        self.fear = fear
        # standard deviation of (grievance - threshold) over citizens, as the scale of a logistic
        self.scale = np.sqrt(state.grievance_variance[rows] + p.unrest.threshold_sd**2) * (np.sqrt(3.0) / np.pi)
        self.logit0, self.slope = hazards.mass_line(state.competitiveness[rows])
        plain = np.zeros(len(SETTLING_MOVES))
        self.discount, self.shift, self.extra = plain + 1.0, plain.copy(), plain.copy()
        self.discount[_CONCESSION] = 1.0 - p.moves.concession_share
        self.shift[_PAYMENT] = p.moves.payment_resentment
        self.shift[_CONCESSION] = -p.moves.concession_relief
        self.shift[_REPRESSION] = p.moves.repression_backlash
        self.extra[_REPRESSION] = p.moves.repression_fear

    def expect(self, x: Floats, salience: Floats, *, informed: bool) -> tuple[Floats, Floats, Floats]:
        """Expected -log(1 - h_mass) by signal (B, K, O, M), its mean over signals, and the logit at the mean.

        Where a balloon may go up (`informed`), K signals of it; else one empty signal and all doubt is residual.
        The mean over signals is the expectation under present doubt either way (law of total expectation).
        """
        p, belief = self.p, self.belief
        batch, options = x.shape
        share = p.balloon.accuracy if informed else 0.0
        signal, signal_weight = _SIGNAL if informed else _NO_SIGNAL
        residual, residual_weight = _RESIDUAL
        loss = np.empty((batch, signal.size, options, len(SETTLING_MOVES)))
        index = np.empty((batch, options, len(SETTLING_MOVES)))
        expected_loss(
            x, self.grievance, self.social, self.fear, self.scale, belief.spread, p.public.issue_gain * salience,
            self.discount, self.shift, self.extra, belief.mean, np.sqrt(share) * belief.uncertainty,
            np.sqrt(1.0 - share) * belief.uncertainty, self.logit0, self.slope, p.mass.reference,
            p.unrest.threshold_mean, p.unrest.speak_fraction, p.mass.voice_weight, signal, signal_weight,
            residual, residual_weight, *_CITIZENS, loss, index,
        )  # fmt: skip
        mean: Floats = np.zeros((batch, options, len(SETTLING_MOVES)))
        for k, weight in enumerate(signal_weight):
            mean = mean + weight * loss[:, k]
        return loss, mean, self.logit0 + self.slope[:, None, None] * (index - p.mass.reference)

    def quiet(self, extra_grievance: float = 0.0) -> Floats:
        """Logit of the mass hazard with no issue at stake, (B,): the same index without positions."""
        p = self.p
        anger = clip01(self.grievance + extra_grievance)
        drive = anger + self.social - self.fear
        protest = logistic((drive - p.unrest.threshold_mean) / self.scale)
        speak = logistic((drive - p.unrest.speak_fraction * p.unrest.threshold_mean) / self.scale)
        index = protest + p.mass.voice_weight * anger * speak
        return np.asarray(self.logit0 + self.slope * (index - p.mass.reference))


def fear_level(state: State, cast: Cast, repression0: float, p: Any) -> Floats:
    """How far repression beyond its level at the start raises the bar to speak, (W,): needs loyal services."""
    security = cast.with_role("security_services")
    force = float(np.add.reduce(cast.clout0 * security))
    return np.asarray(p.unrest.fear_gain * (1.0 + p.unrest.services_gain * force) * (state.repression - repression0))


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

    def with_quo(self, values: Floats) -> Floats:
        """Per-option values (O,) with the status quo's zero at the end."""
        return np.append(values, 0.0)


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
    clout = state.clout[rows].copy()
    clout[:, -1] = np.where(state.elder_veto[rows], p.elder.clout, 0.0)
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
    distrust = 1.0 - total(share * cast.with_role("security_services") * state.loyalty[rows])
    rise = np.empty(frame.shape)
    rise[:] = (p.elite.loyalty_step * felt + p.elite.opening_fear * frame.with_quo(case.opening))[:, :, None]
    rise[:, :, _PAYMENT] -= p.elite.loyalty_step * p.elite.loss_aversion * payment
    inner = total(share * cast.informal)
    rise[:, :, _CONCESSION] += p.elite.loyalty_step * p.moves.concession_rent * inner[:, None]
    rise[:, :, _REPRESSION] += p.moves.repression_strain * distrust[:, None]
    now = frame.hazards.elite(disloyalty(clout, state.loyalty[rows]))
    return _Elite(now, now[:, None, None] + p.elite.slope * rise, loss, payment, share)


@dataclass(frozen=True)
class _Outside:
    """Logits now (B,) and after (B, O + 1, 4); favours and offence (B, O + 1, P); slopes of cost in offence (B, P)."""

    now: Floats
    after: Floats
    gain: Floats
    offence: Floats
    weight: Floats


def offence_step(cast: Cast, p: Any) -> float:
    """Divergence that a full refusal adds; a foreign ministry softens it."""
    tact = p.outside.diplomacy * float(np.add.reduce(cast.clout0 * cast.with_role("diplomacy")))
    return float(p.outside.divergence_step * max(1.0 - tact, 0.0))


def _outside(frame: _Frame) -> _Outside:
    case, cast, state, p, rows = frame.case, frame.cast, frame.state, frame.p, frame.case.rows
    pressure = total(state.pressure[rows]) / cast.capability.shape[1]
    debt = state.obligation[rows] if frame.on("obligations") else np.zeros_like(pressure)
    grip = pressure + p.outside.obligation_weight * debt
    step = offence_step(cast, p)
    per_power = (*frame.x.shape, len(cast.powers))
    gain, offence = np.empty(per_power), np.empty(per_power)
    index, index_force = np.empty_like(frame.x), np.empty_like(frame.x)
    outside_terms(
        frame.x, case.reference, case.power_wish, case.power_salience,
        np.where(case.domain == DOMESTIC, -1, case.domain), state.tie[rows], state.divergence[rows], grip,
        cast.values, step, p.moves.repression_offence, p.ties.foresight if frame.on("compensation") else 0.0,
        cast.capability, domain_weights(p), cast.transit, p.measures.transit_dependence, p.outside.leverage_bend,
        gain, offence, index, index_force,
    )  # fmt: skip
    leverage = dependence_shares(state.tie[rows], cast, p) ** p.outside.leverage_bend
    now = frame.hazards.outside(total(grip * leverage * state.divergence[rows]))
    after = np.empty(frame.shape)
    after[:] = frame.hazards.outside(index)[:, :, None]
    after[:, :, _REPRESSION] = frame.hazards.outside(index_force)
    slope = p.decision.horizon * logistic(now) * p.outside.slope * step
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
        price += (p.elder.veto_price * refusal * state.elder_veto[frame.case.rows][:, None])[:, :, None]
    return price


def appraise(
    case: Case,
    cast: Cast,
    state: State,
    positions: Positions,
    belief: PublicBelief,
    doctrine: Doctrine,
    fear: Floats,
    p: Any,
    on: Callable[[str], bool],
) -> Appraisal:
    """Cost and probability of every action in a case (B rows). `fear` (W,) from `fear_level`."""
    options, moves, horizon = case.options, len(SETTLING_MOVES), p.decision.horizon
    x = np.empty((len(case.rows), options + 1))
    x[:, :options], x[:, options] = case.x, case.reference
    frame = _Frame(case, cast, state, p, on, Hazards(p, on("competitiveness")), x)

    elite, outside = _elite(frame, positions), _outside(frame)
    # by kind of case, not by row: a world must not depend on what is open in others
    informed = case.index >= 0 and on("trial_balloon") and on("uncertainty")
    mass = _Mass(state, case.rows, belief, fear[case.rows], frame.hazards, p)
    quiet = mass.quiet()
    by_signal, expected, mass_after = mass.expect(x, belief.salience, informed=informed)
    quiet_loss = log_survival_loss(quiet)[:, None, None]

    parts = np.empty((*frame.shape, len(COMPONENTS)))
    parts[..., 0] = log_survival_loss(elite.after) - log_survival_loss(elite.now)[:, None, None]
    parts[..., 1] = expected - quiet_loss
    parts[..., 2] = log_survival_loss(outside.after) - log_survival_loss(outside.now)[:, None, None]
    parts[..., :3] *= horizon
    tilt = state.tilt[case.rows]
    tilted = _unevenness(tilt[:, None, :] + outside.gain) - _unevenness(tilt)[:, None]
    parts[..., 3] = ((p.decision.balance_taste * doctrine.balance)[:, None] * tilted)[:, :, None]
    handed = (p.decision.sovereignty_taste * doctrine.sovereignty)[:, None] * frame.with_quo(case.sovereignty)
    parts[..., 4] = handed[:, :, None]
    parts[..., 5] = _move_price(frame, positions, elite.payment)

    allowed = np.array([True, on("side_payment"), on("concession"), on("repression")])
    delay = parts[:, options, _SETTLE].copy()
    delay[:, 1] *= p.moves.delay_share
    delay[:, 5] += p.moves.delay_price * (1.0 + case.months_open)
    anger = horizon * (by_signal - quiet_loss[:, None])
    announced, balloon = _balloon(parts[:, :options], anger[:, :, :options], doctrine, allowed, p)

    settle = parts[:, :options].reshape(frame.batch, options * moves, len(COMPONENTS))
    parts = np.concatenate([settle, delay[:, None], balloon[:, None]], axis=1)
    available = np.empty(parts.shape[:2], dtype=bool)
    available[:, :-2] = np.tile(allowed, options)
    available[:, -2] = case.may_delay & on("delay")
    available[:, -1] = case.may_announce & informed
    cost = np.where(available, total(parts), np.inf)
    return Appraisal(
        parts=parts,
        cost=cost,
        probability=_softmax(-p.decision.rationality * cost),
        announced=announced,
        loss=elite.loss[:, :, :options],
        gain=outside.gain[:, :options],
        offence=outside.offence[:, :options],
        hazard_now=logistic(np.stack([elite.now, quiet, outside.now], axis=1)),
        logit_after=np.stack([elite.after, mass_after, outside.after], axis=-1),
        weight_actor=(horizon * logistic(elite.now) * p.elite.slope * p.elite.loyalty_step)[:, None] * elite.share,
        weight_public=_public_slope(mass, horizon, p),
        weight_power=outside.weight,
    )


def _public_slope(mass: _Mass, horizon: float, p: Any) -> Floats:
    """d cost / d(mean public loss) at the present state, (B,), by a central difference on grievance."""
    step = _SLOPE_STEP * p.public.issue_gain
    rise = log_survival_loss(mass.quiet(step)) - log_survival_loss(mass.quiet(-step))
    return np.asarray(horizon * rise / (2.0 * _SLOPE_STEP))


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
    for k, weight in enumerate(_SIGNAL[1] if by_signal.shape[1] > 1 else _NO_SIGNAL[1]):
        anger = by_signal[:, k].reshape(batch, -1)
        best = np.argmin(others + anger, axis=1)
        parts += weight * rest.reshape(batch, options * moves, -1)[row, best]
        parts[:, 1] += weight * anger[row, best]
    reaction = np.ascontiguousarray(stack[:, :, _SETTLE, 1])
    stir = reaction[row, announced] - total(reaction) / options
    parts[:, 1] += p.balloon.exposure * np.maximum(stir, 0.0)
    parts[:, 5] += p.balloon.price * (1.0 - p.listening.cheaper_balloons * doctrine.listening)
    return announced, parts


def veto_probability(elder_wish: Floats, x: Floats, p: Any) -> Floats:
    """Chance that an elder with a veto refuses an option, logistic in its distance from his wish."""
    return logistic(p.elder.firmness * (np.abs(elder_wish - x) - p.elder.tolerance))


def _softmax(z: Floats) -> Floats:
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return np.asarray(e / total(e)[:, None])


def choose(probability: Floats, draw: Floats) -> NDArray[np.int64]:
    """The action drawn from each row's probabilities (B, N) with one uniform draw (B,)."""
    edges = np.cumsum(probability, axis=1)
    action = (edges < (draw * edges[:, -1])[:, None]).sum(axis=1)
    return np.asarray(np.minimum(action, probability.shape[1] - 1))
