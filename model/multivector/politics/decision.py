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
from multivector.kernels.mobilisation import expected_loss, quadrature
from multivector.numerics import Floats, clip01, log_survival_loss, logistic, total
from multivector.politics.beliefs import PublicBelief
from multivector.politics.cases import SETTLING_MOVES, Case
from multivector.politics.hazards import Hazards, dependence_shares, disloyalty, elite_shares, outside_index
from multivector.politics.positions import Positions, actor_losses, broker
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
    """What the incumbent holds dear this month: taste for balance (B,), for sovereignty, and the listening state."""

    balance: Floats
    sovereignty: float
    listening: float


@dataclass(frozen=True)
class Appraisal:
    """Every action's cost, its parts and its probability.

    Actions are option-major (option 0 with the four settling moves, option 1 ...), then delay, then the balloon:
    N = 4 O + 2. `parts` (B, N, 6) in the order of COMPONENTS; `cost` (B, N), infinite where not available;
    `probability` (B, N). `announced` (B,) is the option a balloon would announce. `loss` (B, A, O) and `payment`
    (B, O) are what consequences need. `weight_*` are slopes of cost in each constituency's loss.
    """

    parts: Floats
    cost: Floats
    probability: Floats
    announced: NDArray[np.int64]
    loss: Floats
    payment: Floats
    gain: Floats  # (B, O, P) favour of each option to each power against the status quo
    offence: Floats  # (B, O, P) what each power holds against each option
    hazard_now: Floats  # (B, 3)
    hazard_after: Floats  # (B, N, 3)
    weight_actor: Floats  # (B, A)
    weight_public: Floats  # (B,)
    weight_power: Floats  # (B, P)

    @property
    def options(self) -> int:
        """Number of options."""
        return (self.cost.shape[1] - 2) // len(SETTLING_MOVES)


def _response(loss: Floats, p: Any) -> Floats:
    """Felt loss: losses count more than gains (Tversky & Kahneman 1992)."""
    return np.asarray(p.elite.loss_aversion * np.maximum(loss, 0.0) - np.maximum(-loss, 0.0))


class _Mass:
    """The president's expectation of mobilisation, from a belief about the public (B rows)."""

    def __init__(
        self, state: State, rows: NDArray[np.intp], belief: PublicBelief, fear: Floats, hazards: Hazards, p: Any
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
        The mean over signals is the expectation under present doubt either way (the law of total expectation, to quadrature).
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
            np.sqrt(1.0 - share) * belief.uncertainty, self.logit0, self.slope, p.mass.reference, p.unrest.threshold_mean,
            p.unrest.speak_fraction, p.mass.voice_weight, signal, signal_weight, residual, residual_weight,
            *_CITIZENS, loss, index,
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
    rows, options = case.rows, case.options
    batch, moves = len(rows), len(SETTLING_MOVES)
    hazards = Hazards(p, on("competitiveness"))
    horizon = p.decision.horizon
    # the status quo rides along as a last, virtual option: it is what delay leaves in place
    x = np.concatenate([np.broadcast_to(case.x, (batch, options)), case.reference[:, None]], axis=1)
    x = np.ascontiguousarray(x)
    quo_only = np.zeros((1,))
    sovereignty = np.concatenate([case.sovereignty, quo_only])
    opening = np.concatenate([case.opening, quo_only])

    # --- elite -----------------------------------------------------------------------------------------------
    clout = state.clout[rows].copy()
    clout[:, -1] = np.where(state.elder_veto[rows], p.elder.clout, 0.0)
    share = elite_shares(clout)
    loss = actor_losses(positions, case.reference, x)
    if on("advisers"):
        loss = broker(loss, share, cast, p)
    felt = total(share[:, :, None] * _response(loss, p), axis=1)  # (B, O+1)
    spared = total(share[:, :, None] * np.maximum(loss, 0.0), axis=1)
    payment = p.moves.payment_share * spared
    inner = total(share * cast.informal)
    security = cast.with_role("security_services")
    order = 1.0 - total(share * security * state.loyalty[rows])
    rise = np.repeat((p.elite.loyalty_step * felt)[:, :, None], moves, axis=2)
    rise[:, :, _PAYMENT] -= p.elite.loyalty_step * p.elite.loss_aversion * payment
    rise[:, :, _CONCESSION] += p.elite.loyalty_step * p.moves.concession_rent * inner[:, None]
    rise[:, :, _REPRESSION] += p.moves.repression_strain * order[:, None]
    rise += p.elite.opening_fear * opening[None, :, None]
    now_elite = hazards.elite(disloyalty(clout, state.loyalty[rows]))
    z_elite = now_elite[:, None, None] + p.elite.slope * rise
    cost_elite = horizon * (log_survival_loss(z_elite) - log_survival_loss(now_elite)[:, None, None])

    # --- mass ------------------------------------------------------------------------------------------------
    # by kind of case, not by row: a world must not depend on what is open in others
    informed = case.index >= 0 and on("trial_balloon") and on("uncertainty")
    mass = _Mass(state, rows, belief, fear[rows], hazards, p)
    quiet = mass.quiet()
    now_mass = log_survival_loss(quiet)[:, None, None]
    by_signal, expected, z_mass = mass.expect(x, belief.salience, informed=informed)
    cost_mass = horizon * (expected - now_mass)

    # --- outside ---------------------------------------------------------------------------------------------
    wish, care = case.power_wish[:, None, :], case.power_salience[:, None, :]
    gap = wish - x[:, :, None]
    quo = case.power_wish - case.reference[:, None]
    gain = care * ((quo * quo)[:, None, :] - gap * gap)  # (B, O+1, P)
    # a power holds against us what is far from its wish, and for us what moved towards it
    offence = care * gap * gap - np.maximum(gain, 0.0)
    tact = 1.0 - p.outside.diplomacy * float(np.add.reduce(cast.clout0 * cast.with_role("diplomacy")))
    step = p.outside.divergence_step * max(tact, 0.0)
    divergence = clip01(state.divergence[rows][:, None, :] + step * offence)
    domain = np.where(case.domain == DOMESTIC, 0, case.domain)
    here = np.zeros((batch, 1, 1, cast.capability.shape[1]))
    here[np.arange(batch), 0, 0, domain] = np.where(case.domain == DOMESTIC, 0.0, 1.0)
    tie = state.tie[rows][:, None]
    if on("compensation"):
        tie = clip01(tie + p.ties.foresight * gain[:, :, :, None] * here)
    shares = dependence_shares(np.broadcast_to(tie, (batch, options + 1, *tie.shape[2:])), cast, p)
    pressure = total(state.pressure[rows]) / cast.capability.shape[1]
    debt = state.obligation[rows] if on("obligations") else np.zeros_like(pressure)
    index = outside_index(pressure[:, None, :], debt[:, None, :], shares, divergence, p)
    now_index = outside_index(pressure, debt, dependence_shares(state.tie[rows], cast, p), state.divergence[rows], p)
    # repression offends the powers that hold to values
    offended = clip01(divergence + p.moves.repression_offence * cast.values)
    index_repression = outside_index(pressure[:, None, :], debt[:, None, :], shares, offended, p)
    index4 = np.repeat(index[:, :, None], moves, axis=2)
    index4[:, :, _REPRESSION] = index_repression
    now_outside = hazards.outside(now_index)
    z_outside = hazards.outside(index4)
    cost_outside = horizon * (log_survival_loss(z_outside) - log_survival_loss(now_outside)[:, None, None])

    # --- doctrine and the move's own price -------------------------------------------------------------------
    favour = state.tilt[rows][:, None, :] + gain
    even = favour - total(favour)[..., None] / favour.shape[-1]
    before = state.tilt[rows] - total(state.tilt[rows])[..., None] / favour.shape[-1]
    cost_balance = (p.decision.balance_taste * doctrine.balance)[:, None] * (
        total(even * even) - total(before * before)[:, None]
    )
    cost_sovereignty = p.decision.sovereignty_taste * doctrine.sovereignty * sovereignty
    move = np.zeros((batch, options + 1, moves))
    move[:, :, _PAYMENT] = p.moves.payment_price * payment + p.moves.payment_fixed
    move[:, :, _CONCESSION] = p.moves.concession_price
    move[:, :, _REPRESSION] = p.moves.repression_price
    if on("elder_veto") and cast.elder:
        refusal = veto_probability(positions.wish[:, -1][:, None], x, p)
        move += (p.elder.veto_price * refusal * state.elder_veto[rows][:, None])[:, :, None]

    # --- gather actions ---------------------------------------------------------------------------------------
    wide = (batch, options + 1, moves)
    stack = np.stack(
        [
            np.broadcast_to(part, wide)
            for part in (
                cost_elite,
                cost_mass,
                cost_outside,
                cost_balance[:, :, None],
                cost_sovereignty[None, :, None],
                move,
            )
        ],
        axis=-1,
    )  # (B, O+1, 4, 6)
    z = np.stack([np.broadcast_to(v, wide) for v in (z_elite, z_mass, z_outside)], axis=-1)
    settle = stack[:, :options].reshape(batch, options * moves, len(COMPONENTS))
    allowed = np.array([True, on("side_payment"), on("concession"), on("repression")])
    open_move = np.tile(allowed, options)

    delay = stack[:, options, _SETTLE].copy()
    delay[:, 1] = p.moves.delay_share * delay[:, 1]
    delay[:, 5] += p.moves.delay_price * (1.0 + case.months_open)
    cost_by_signal = horizon * (by_signal - now_mass[:, None])
    announced, balloon = _balloon(stack[:, :options], cost_by_signal[:, :, :options], doctrine, allowed, p)

    parts = np.concatenate([settle, delay[:, None], balloon[:, None]], axis=1)
    cost = total(parts)
    available = np.concatenate(
        [
            np.broadcast_to(open_move, (batch, options * moves)),
            (case.may_delay & on("delay"))[:, None],
            (case.may_announce & informed)[:, None],
        ],
        axis=1,
    )
    cost = np.where(available, cost, np.inf)
    probability = _softmax(-p.decision.rationality * cost)
    after = np.concatenate(
        [
            z[:, :options].reshape(batch, options * moves, 3),
            z[:, options, _SETTLE][:, None],
            z[:, options, _SETTLE][:, None],
        ],
        axis=1,
    )

    # --- slopes: what one unit of each constituency's loss costs now ------------------------------------------
    h_elite, h_outside, h_mass = logistic(now_elite), logistic(now_outside), logistic(quiet)
    weight_actor = (horizon * h_elite * p.elite.slope * p.elite.loyalty_step)[:, None] * share
    leverage = dependence_shares(state.tie[rows], cast, p) ** 2
    weight_power = (
        (horizon * h_outside * p.outside.slope * step)[:, None]
        * (pressure + p.outside.obligation_weight * debt)
        * leverage
    )
    return Appraisal(
        parts=parts,
        cost=cost,
        probability=probability,
        announced=announced,
        loss=loss[:, :, :options],
        payment=payment[:, :options],
        gain=gain[:, :options],
        offence=offence[:, :options],
        hazard_now=np.stack([h_elite, h_mass, h_outside], axis=1),
        hazard_after=logistic(after),
        weight_actor=weight_actor,
        weight_public=_public_slope(mass, horizon, p),
        weight_power=weight_power,
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
    return np.minimum(action, probability.shape[1] - 1)
