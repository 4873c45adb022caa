"""What follows from decisions and from months that pass: loyalty, debts, offence, issues in the air, hazards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multivector.agents.cast import DOMESTIC, POLITICS, Cast
from multivector.numerics import Floats, clip01, memory, total
from multivector.politics.beliefs import PublicBelief, issue_line
from multivector.politics.cases import SETTLING_MOVES, Case
from multivector.politics.decision import Appraisal, offence_step
from multivector.politics.positions import Positions
from multivector.politics.state import State

__all__ = ["air_issue", "drift", "leave_office", "settle", "spend_effort"]

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
    felt = p.elite.loss_aversion * np.maximum(loss, 0.0) * np.where(paid, 1.0 - p.moves.payment_share, 1.0)
    felt = felt - np.maximum(-loss, 0.0) + p.moves.concession_rent * cast.informal * (move == _CONCESSION)[:, None]
    felt = felt + (p.elite.opening_fear / p.elite.loyalty_step) * case.opening[option][:, None]
    state.loyalty[rows] = clip01(state.loyalty[rows] - p.elite.loyalty_step * felt)
    if case.rents.size:
        state.rent[rows] = state.rent[rows] + p.economy.rent_scale * case.rents.T[option]

    # powers notice: favours, offence, debts repaid
    divergence = state.divergence[rows] + offence_step(cast, p) * appraisal.offence[chosen, option]
    divergence = divergence + p.moves.repression_offence * cast.values * (move == _REPRESSION)[:, None]
    state.divergence[rows] = clip01(divergence)
    state.tilt[rows] = state.tilt[rows] + gain
    state.obligation[rows] = clip01(state.obligation[rows] - p.outside.repayment * np.maximum(gain, 0.0))
    abroad = case.domain[chosen] != DOMESTIC
    domain = np.where(abroad, case.domain[chosen], POLITICS)
    step = gain * abroad[:, None]
    for d in range(state.tie.shape[2]):
        here = (domain == d)[:, None] * step
        state.outreach[rows, :, d] = np.maximum(state.outreach[rows, :, d] + p.ties.outreach_step * here, 0.0)
        state.tie[rows, :, d] = clip01(state.tie[rows, :, d] + p.ties.impulse * here)
    state.tie[rows, :, POLITICS] = clip01(state.tie[rows, :, POLITICS] + p.ties.symbol * step)

    # the state at home
    opening = case.opening[option]
    state.reform[rows] = clip01(state.reform[rows] + p.moves.reform_step * opening)
    state.competitiveness[rows] = clip01(state.competitiveness[rows] + p.moves.competition_step * opening)
    hard = (move == _REPRESSION).astype(np.float64)
    state.repression[rows] = clip01(
        state.repression[rows]
        + p.moves.repression_step * hard
        - p.moves.reform_step * np.maximum(opening, 0.0)
        + p.moves.reform_step * np.maximum(-opening, 0.0)
    )
    state.doubt[rows] = clip01(state.doubt[rows] + p.outside.sovereignty_doubt * case.sovereignty[option])
    bought = p.moves.payment_resentment * (move == _PAYMENT) - p.moves.concession_relief * (move == _CONCESSION)
    state.standing[rows] = state.standing[rows] + bought + p.moves.repression_backlash * hard
    soften = np.where(move == _CONCESSION, 1.0 - p.moves.concession_share, 1.0)
    air_issue(case, chosen, case.x[option], belief.salience[chosen] * soften, state, p)


def air_issue(case: Case, chosen: NDArray[np.intp], outcome: Floats, salience: Floats, state: State, p: Any) -> None:
    """Put an outcome (taken or announced) before the public; it takes the slot of the same dossier or the faintest."""
    rows = case.rows[chosen]
    slope, intercept = issue_line(case, state, p)
    same = (state.issue_dossier[rows] == case.index) & (case.index >= 0)
    slot = np.where(same.any(axis=1), np.argmax(same, axis=1), np.argmin(state.issue_salience[rows], axis=1))
    state.issue_slope[rows, slot] = slope[chosen]
    state.issue_intercept[rows, slot] = intercept[chosen]
    state.issue_outcome[rows, slot] = outcome
    state.issue_salience[rows, slot] = p.public.issue_gain * salience
    state.issue_dossier[rows, slot] = case.index


def spend_effort(case: Case, positions: Positions, state: State, p: Any) -> None:
    """Lobbying uses up clout."""
    state.clout[case.rows] = state.clout[case.rows] * (1.0 - p.lobbying.drain * positions.effort)


def drift(
    state: State,
    cast: Cast,
    rents: Floats,
    rent0: Floats,
    repression0: float,
    p: Any,
    on: Callable[[str], bool],
) -> None:
    """One month of forgetting and recovery. rents (W, S) now; rent0 (S,) and repression0 at the start."""
    loyalty = np.broadcast_to(cast.loyalty0, state.loyalty.shape)
    in_sector = cast.sector >= 0
    if in_sector.any():
        change = rents - rent0
        loyalty = loyalty + p.elite.rent_gain * np.where(in_sector, change[:, np.where(in_sector, cast.sector, 0)], 0.0)
    closer = total(state.tie - cast.tie0) / state.tie.shape[2]
    loyalty = loyalty + p.elite.stake_gain * total(cast.stake[None] * closer[:, None, :])
    state.loyalty = clip01(state.loyalty + p.elite.recovery * (clip01(loyalty) - state.loyalty))
    if on("purge_recovery"):
        state.clout = state.clout + p.elite.clout_recovery * (cast.clout0 - state.clout)
    state.repression = repression0 + (state.repression - repression0) * memory(p.moves.repression_half_life)
    state.rent = state.rent * memory(p.economy.rent_half_life)
    state.divergence = state.divergence * memory(p.outside.divergence_half_life)
    state.obligation = state.obligation * memory(p.outside.obligation_half_life)
    state.threat = state.threat * memory(p.powers.threat_half_life)
    state.tilt = state.tilt * memory(p.decision.tilt_half_life)
    state.issue_salience = state.issue_salience * memory(p.public.issue_half_life)


def leave_office(state: State, cast: Cast, lost: NDArray[np.bool_], divergence0: float, p: Any) -> None:
    """A successor takes over where office was lost (W,), with a honeymoon and tastes of his own."""
    rows = np.flatnonzero(lost)
    if rows.size == 0:
        return
    state.president[rows] += 1
    reset = p.successor.reset
    state.loyalty[rows] = state.loyalty[rows] + reset * (cast.loyalty0 - state.loyalty[rows])
    state.divergence[rows] = state.divergence[rows] + reset * (divergence0 - state.divergence[rows])
    state.tilt[rows] = state.tilt[rows] * (1.0 - reset)
    state.standing[rows] -= p.successor.honeymoon
    state.taste[rows] *= p.successor.taste
    state.elder_veto[rows] = False
