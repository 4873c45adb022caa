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

from multivector.agents.cast import DOMESTIC, ECONOMY, Cast
from multivector.numerics import Floats, Quadrature, clip01, log_survival_loss, logistic, total
from multivector.politics.beliefs import PublicBelief
from multivector.politics.cases import SETTLING_MOVES, Case
from multivector.politics.hazards import Hazards, dependence_shares, disloyalty, elite_shares, outside_index
from multivector.politics.positions import Positions, actor_losses, broker, settlement
from multivector.politics.state import State

__all__ = ["COMPONENTS", "Appraisal", "Doctrine", "appraise", "choose"]

#: The parts of a cost; they add up to it.
COMPONENTS = ("elite", "mass", "outside", "balance", "sovereignty", "move")
_SETTLE, _PAYMENT, _CONCESSION, _REPRESSION = range(len(SETTLING_MOVES))
#: Step of the central difference that gives the public's weight.
_SLOPE_STEP = 1e-5
_OUTER, _INNER, _RESIDUAL = Quadrature(5), Quadrature(5), Quadrature(3)


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
    """The president's expectation of mobilisation, from a belief about the public."""

    def __init__(self, state: State, rows: NDArray[np.intp], belief: PublicBelief, x: Floats, fear: Floats, hazards: Hazards, p: Any) -> None:
        # shapes: rows (B, 1, 1) against options (B, O, 1) and moves (4,)
        def column(v: Floats) -> Floats:
            return v[:, None, None]

        self.p, self.hazards, self.x = p, hazards, x[:, :, None]
        self.grievance = column(state.grievance[rows])
        self.social = column(p.unrest.neighbour_weight * state.protest[rows])
        self.fear = column(fear)
        scale = np.sqrt(state.grievance_variance[rows] + p.unrest.threshold_sd**2) * (np.sqrt(3.0) / np.pi)
        self.scale = column(scale)
        self.spread = column(belief.spread)
        self.salience = column(belief.salience)
        self.competitiveness = column(state.competitiveness[rows])
        discount = np.ones(len(SETTLING_MOVES))
        discount[_CONCESSION] = 1.0 - p.moves.concession_share
        self.discount = discount
        shift = np.zeros(len(SETTLING_MOVES))
        shift[_PAYMENT] = p.moves.payment_resentment
        shift[_CONCESSION] = -p.moves.concession_relief
        shift[_REPRESSION] = p.moves.repression_backlash
        self.shift = shift
        self.extra_fear = np.zeros(len(SETTLING_MOVES))
        self.extra_fear[_REPRESSION] = p.moves.repression_fear

    def mobilisation(self, mean: Floats, salience: Floats | None = None, *, plain: bool = False) -> Floats:
        """Expected mobilisation index for a believed mean position (B, 1, 1): (B, O, 4), or (B, O, 1) if plain."""
        p = self.p
        salience = self.salience if salience is None else salience
        discount, shift, extra = (
            (np.ones(1), np.zeros(1), np.zeros(1)) if plain else (self.discount, self.shift, self.extra_fear)
        )
        result: Floats | float = 0.0
        for node, weight in zip(_INNER.nodes, _INNER.weights, strict=True):
            position = clip01(mean + self.spread * node)
            gap = position - self.x
            anger = clip01(self.grievance + p.public.issue_gain * salience * discount * gap * gap + shift)
            drive = anger + self.social - self.fear - extra
            protest = logistic((drive - p.unrest.threshold_mean) / self.scale)
            speak = logistic((drive - p.unrest.speak_fraction * p.unrest.threshold_mean) / self.scale)
            result = result + weight * (protest + p.mass.voice_weight * anger * speak)
        return np.asarray(result)

    def loss(self, mean: Floats, salience: Floats | None = None, *, plain: bool = False) -> Floats:
        """-log(1 - h_mass) at a believed mean position."""
        return log_survival_loss(self.logit(mean, salience, plain=plain))

    def logit(self, mean: Floats, salience: Floats | None = None, *, plain: bool = False) -> Floats:
        """Logit of the mass hazard at a believed mean position."""
        return self.hazards.mass(self.mobilisation(mean, salience, plain=plain), self.competitiveness)


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
    mass = _Mass(state, rows, belief, x, fear[rows], hazards, p)
    mean, doubt = belief.mean[:, None, None], belief.uncertainty[:, None, None]
    quiet_z = mass.logit(mean, np.zeros((batch, 1, 1)), plain=True)[:, :1, :]
    now_mass = horizon * log_survival_loss(quiet_z)
    cost_mass: Floats = -now_mass
    for node, weight in zip(_OUTER.nodes, _OUTER.weights, strict=True):
        cost_mass = cost_mass + horizon * weight * mass.loss(mean + doubt * node)
    z_mass = mass.logit(mean)

    # --- outside ---------------------------------------------------------------------------------------------
    wish, care = case.power_wish[:, None, :], case.power_salience[:, None, :]
    gap = wish - x[:, :, None]
    quo = case.power_wish - case.reference[:, None]
    gain = care * ((quo * quo)[:, None, :] - gap * gap)  # (B, O+1, P)
    tact = 1.0 - p.outside.diplomacy * float(np.add.reduce(cast.clout0 * cast.with_role("diplomacy")))
    divergence = clip01(state.divergence[rows][:, None, :] - p.outside.divergence_step * max(tact, 0.0) * gain)
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
    announced, balloon = _balloon(stack[:, :options], mass, belief, doctrine, allowed, horizon, now_mass, options, p)

    parts = np.concatenate([settle, delay[:, None], balloon[:, None]], axis=1)
    cost = total(parts)
    available = np.concatenate(
        [
            np.broadcast_to(open_move, (batch, options * moves)),
            (case.may_delay & on("delay"))[:, None],
            (case.may_announce & on("trial_balloon") & on("uncertainty"))[:, None],
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
    h_elite, h_outside, h_mass = logistic(now_elite), logistic(now_outside), logistic(quiet_z[:, 0, 0])
    weight_actor = (horizon * h_elite * p.elite.slope * p.elite.loyalty_step)[:, None] * share
    leverage = dependence_shares(state.tie[rows], cast, p) ** 2
    weight_power = (
        (horizon * h_outside * p.outside.slope * p.outside.divergence_step * max(tact, 0.0))[:, None]
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
        hazard_now=np.stack([h_elite, h_mass, h_outside], axis=1),
        hazard_after=logistic(after),
        weight_actor=weight_actor,
        weight_public=_public_slope(mass, mean, horizon, p),
        weight_power=weight_power,
    )


def _public_slope(mass: _Mass, mean: Floats, horizon: float, p: Any) -> Floats:
    """d cost / d(mean public loss) at the present state, (B,), by a central difference on grievance."""
    step = _SLOPE_STEP
    silent = np.zeros_like(mean)
    keep = mass.grievance
    mass.grievance = keep + step * p.public.issue_gain
    up = mass.loss(mean, silent, plain=True)[:, 0, 0]
    mass.grievance = keep - step * p.public.issue_gain
    down = mass.loss(mean, silent, plain=True)[:, 0, 0]
    mass.grievance = keep
    return np.asarray(horizon * (up - down) / (2.0 * step))


def _balloon(
    stack: Floats,
    mass: _Mass,
    belief: PublicBelief,
    doctrine: Doctrine,
    allowed: NDArray[np.bool_],
    horizon: float,
    now_mass: Floats,
    options: int,
    p: Any,
) -> tuple[NDArray[np.int64], Floats]:
    """Preposterior analysis (Raiffa & Schlaifer 1961): the expected cost of deciding after the public's answer.

    Returns the option announced (B,), the cheapest now, and the parts of the balloon's cost (B, 6): for every
    possible signal the cheapest action's parts, averaged; plus the price of waiting and the stir it causes.
    """
    batch, moves = stack.shape[0], stack.shape[2]
    announced = np.argmin(total(stack[:, :, _SETTLE]), axis=1)
    rest = stack.copy()
    signal_sd = np.sqrt(p.balloon.accuracy) * belief.uncertainty[:, None, None]
    residual_sd = np.sqrt(1.0 - p.balloon.accuracy) * belief.uncertainty[:, None, None]
    mean = belief.mean[:, None, None]
    parts = np.zeros((batch, len(COMPONENTS)))
    row = np.arange(batch)
    for node, weight in zip(_OUTER.nodes, _OUTER.weights, strict=True):
        expected: Floats = -now_mass
        for inner, inner_weight in zip(_RESIDUAL.nodes, _RESIDUAL.weights, strict=True):
            expected = expected + horizon * inner_weight * mass.loss(mean + signal_sd * node + residual_sd * inner)
        rest[..., 1] = expected[:, :options]
        flat = rest.reshape(batch, options * moves, len(COMPONENTS))
        cost = np.where(np.tile(allowed, options)[None, :], total(flat), np.inf)
        parts = parts + weight * flat[row, np.argmin(cost, axis=1)]
    stir = stack[row, announced, _SETTLE, 1] - total(np.ascontiguousarray(stack[:, :, _SETTLE, 1])) / options
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
