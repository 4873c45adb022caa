"""What follows from decisions and from months that pass: loyalty, debts, offence, issues in the air, hazards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multivector.agents.cast import DOMESTIC, POLITICS, Cast
from multivector.numerics import Floats, clip01, memory, total
from multivector.politics.beliefs import PublicBelief
from multivector.politics.cases import SETTLING_MOVES, Case
from multivector.politics.decision import Appraisal
from multivector.politics.hazards import services_distrust
from multivector.politics.positions import Positions
from multivector.politics.state import State
from multivector.politics.ties import Start

__all__ = ["air_issue", "drift", "postpone", "settle", "spend_effort"]

_, _PAYMENT, _CONCESSION, _REPRESSION = range(len(SETTLING_MOVES))


def settle(
    case: Case,
    chosen: NDArray[np.intp],
    option: NDArray[np.int64],
    move: NDArray[np.int64],
    appraisal: Appraisal,
    belief: PublicBelief,
    cast: Cast,
    state: State,
    p: Any,
    on: Callable[[str], bool],
) -> None:
    """Carry out settled decisions. `chosen` (C,) indexes the case's rows; option and move (C,) as in the appraisal."""
    rows = case.rows[chosen]
    gain = appraisal.gain[chosen, option]  # (C, P)
    loss = appraisal.loss[chosen, :, option]  # (C, A)

    # elites remember: losses count more than gains, bought losses less
    paid = (move == _PAYMENT)[:, None]
    hard = (move == _REPRESSION).astype(np.float64)
    opening = case.beyond_quo(case.opening)[chosen, option]
    felt = p.elite.loss_aversion * np.maximum(loss, 0.0) * np.where(paid, 1.0 - p.moves.payment_share, 1.0)
    felt = felt - np.maximum(-loss, 0.0) + p.moves.concession_rent * cast.informal * (move == _CONCESSION)[:, None]
    distrust = services_distrust(state.clout[rows], state.loyalty[rows], cast)
    spent = p.elite.opening_fear * opening + p.moves.repression_strain * distrust * hard
    state.loyalty[rows] = clip01(state.loyalty[rows] - p.elite.loyalty_step * felt - spent[:, None])
    for sector, rents in enumerate(case.rents):
        state.rent[rows, sector] += p.economy.rent_scale * case.beyond_quo(rents)[chosen, option]

    # powers notice: favours, offence, debts repaid
    divergence = state.divergence[rows] + p.outside.divergence_step * appraisal.offence[chosen, option]
    divergence = divergence + p.moves.repression_offence * cast.values * hard[:, None]
    state.divergence[rows] = clip01(divergence)
    state.tilt[rows] = state.tilt[rows] + gain
    state.obligation[rows] = clip01(state.obligation[rows] - p.outside.repayment * np.maximum(gain, 0.0))
    abroad = case.domain[chosen] != DOMESTIC
    step = appraisal.step[chosen, option] * abroad[:, None]
    domain = np.where(abroad, case.domain[chosen], POLITICS)
    outreach = state.outreach[rows, :, domain] + p.ties.outreach_step * step
    state.outreach[rows, :, domain] = np.maximum(outreach, 0.0)
    state.tie[rows, :, domain] = clip01(state.tie[rows, :, domain] + p.ties.impulse * step)
    state.tie[rows, :, POLITICS] = clip01(state.tie[rows, :, POLITICS] + p.ties.symbol * step)

    # the state at home
    state.reform[rows] = clip01(state.reform[rows] + p.moves.reform_step * opening)
    state.competitiveness[rows] = clip01(state.competitiveness[rows] + p.moves.competition_step * opening)
    harder = p.moves.repression_step * hard - p.moves.reform_step * opening
    state.repression[rows] = clip01(state.repression[rows] + harder)
    handed = case.beyond_quo(case.sovereignty)[chosen, option]
    state.doubt[rows] = clip01(state.doubt[rows] + p.outside.sovereignty_doubt * handed)
    bought = p.moves.payment_resentment * (move == _PAYMENT) - p.moves.concession_relief * (move == _CONCESSION)
    credit = _mediator_credit(case, rows, option, state, p) if on("mediation") else 0.0
    state.standing[rows] = state.standing[rows] + bought + p.moves.repression_backlash * hard - credit
    soften = np.where(move == _CONCESSION, 1.0 - p.moves.concession_share, 1.0)
    air_issue(case, chosen, case.x[option], belief, soften, state, p)


def _mediator_credit(case: Case, rows: NDArray[np.intp], option: NDArray[np.int64], state: State, p: Any) -> Floats:
    """Grievance that good offices relieve, (C,): more with good ties to both sides; without them a rebuff."""
    if case.between.size < 2:
        return np.zeros(len(rows))
    weaker = np.minimum(*(state.tie[rows, power, POLITICS] for power in case.between))
    return np.asarray(p.mediation.standing * case.mediation[option] * (weaker - p.mediation.threshold))


def postpone(
    case: Case, waiting: NDArray[np.intp], appraisal: Appraisal, belief: PublicBelief, state: State, p: Any
) -> None:
    """Delay has a price: part of what keeping the status quo would cost with powers and with the public."""
    rows = case.rows[waiting]
    offence = p.moves.delay_share * appraisal.offence[waiting, -1]
    state.divergence[rows] = clip01(state.divergence[rows] + p.outside.divergence_step * offence)
    air_issue(case, waiting, case.reference[waiting], belief, p.moves.delay_share, state, p)


def air_issue(
    case: Case,
    chosen: NDArray[np.intp],
    outcome: Floats,
    belief: PublicBelief,
    share: Floats | float,
    state: State,
    p: Any,
) -> None:
    """Put an outcome (C,), taken or announced, before the public with a share of the case's salience.

    It takes the slot of the same dossier or the faintest.
    """
    rows = case.rows[chosen]
    same = (state.issue_dossier[rows] == case.index) & (case.index >= 0)
    slot = np.where(same.any(axis=1), np.argmax(same, axis=1), np.argmin(state.issue_salience[rows], axis=1))
    state.issue_slope[rows, slot] = belief.slope[chosen]
    state.issue_intercept[rows, slot] = belief.intercept[chosen]
    state.issue_outcome[rows, slot] = outcome
    state.issue_salience[rows, slot] = p.public.issue_gain * share * belief.salience[chosen]
    state.issue_dossier[rows, slot] = case.index


def spend_effort(case: Case, positions: Positions, state: State, p: Any) -> None:
    """Lobbying uses up clout."""
    state.clout[case.rows] = state.clout[case.rows] * (1.0 - p.lobbying.drain * positions.effort)


def drift(
    state: State, cast: Cast, rents: Floats, start: Start, purged: NDArray[np.bool_], p: Any, on: Callable[[str], bool]
) -> None:
    """One month of forgetting and recovery. rents (W, S) now; purged (A,) marks who is hit by a purge in this run."""
    loyalty = np.broadcast_to(cast.loyalty0, state.loyalty.shape)
    in_sector = cast.sector >= 0
    if in_sector.any():
        change = rents - start.rent
        loyalty = loyalty + p.elite.rent_gain * np.where(in_sector, change[:, np.where(in_sector, cast.sector, 0)], 0.0)
    closer = total(state.tie - cast.tie0) / state.tie.shape[2]
    loyalty = loyalty + p.elite.stake_gain * total(cast.stake[None] * closer[:, None, :])
    state.loyalty = clip01(state.loyalty + p.elite.recovery * (clip01(loyalty) - state.loyalty))
    recovers = p.elite.clout_recovery * (~purged | on("purge_recovery"))
    state.clout = state.clout + recovers * (cast.clout0 - state.clout)
    state.repression = _towards(start.repression, state.repression, p.moves.repression_half_life)
    state.doubt = _towards(start.doubt, state.doubt, p.outside.doubt_half_life)
    state.rent = state.rent * memory(p.economy.rent_half_life)
    state.divergence = _towards(p.outside.divergence_start, state.divergence, p.outside.divergence_half_life)
    state.obligation = state.obligation * memory(p.outside.obligation_half_life)
    state.threat = state.threat * memory(p.powers.threat_half_life)
    state.tilt = state.tilt * memory(p.decision.tilt_half_life)
    keep = memory(p.public.awakening_half_life)
    state.mobilised = keep * state.mobilised + (1.0 - keep) * state.protest


def _towards(home: float, stock: Floats, half_life: float) -> Floats:
    """A stock after a month on its way home."""
    return np.asarray(home + (stock - home) * memory(half_life))
