"""What follows from decisions and from months that pass: loyalty, debts, offence, issues in the air, hazards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from multivector.agents.cast import DOMESTIC, POLITICS, Cast
from multivector.numerics import Floats, clip01, memory
from multivector.politics.beliefs import PublicBelief
from multivector.politics.cases import Case
from multivector.politics.compiled import CONCESSION, PAYMENT, REPRESSION, loop
from multivector.politics.decision import Appraisal
from multivector.politics.positions import Positions
from multivector.politics.rules import kept, record_of
from multivector.politics.scalars import beyond_quo, row_total
from multivector.politics.scalars import clip01 as cut01
from multivector.politics.state import State
from multivector.politics.ties import Start

__all__ = ["air_issue", "drift", "postpone", "settle", "spend_effort"]


class _Stocks(NamedTuple):
    """The stocks that a settled decision moves, (W, ...), see `State`."""

    loyalty: Floats
    clout: Floats
    rent: Floats
    divergence: Floats
    tilt: Floats
    obligation: Floats
    outreach: Floats
    tie: Floats
    reform: Floats
    competitiveness: Floats
    repression: Floats
    doubt: Floats
    standing: Floats


class _Settled(NamedTuple):
    """What was settled: C rows of worlds with option and move, then the case and its appraisal over all B rows."""

    chosen: NDArray[np.intp]  # (C,) into the B rows
    rows: NDArray[np.intp]  # (B,)
    option: NDArray[np.int64]  # (C,)
    move: NDArray[np.int64]  # (C,)
    x: Floats  # (O,)
    reference: Floats  # (B,)
    domain: NDArray[np.int64]  # (B,)
    opening: Floats  # (O,)
    sovereignty: Floats  # (O,)
    rents: Floats  # (S, O)
    gain: Floats  # (B, O + 1, P)
    step: Floats  # (B, O + 1, P) what ties follow
    loss: Floats  # (B, A, O + 1)
    treasury: Floats  # (B, O + 1)
    offence: Floats  # (B, O + 1, P)
    moved: Floats  # (B,) how much the case moves the public: as many there are to be put down, or appeased


@loop
def _settle(rules, services, informal, values, case, stock):  # type: ignore[no-untyped-def]
    """Move the stocks of each world where a case was settled; see `settle`."""
    chosen, option, moves, rows = case.chosen, case.option, case.move, case.rows
    reference, x, openings, losss = case.reference, case.x, case.opening, case.loss
    rents, domains, all_gain, offences = case.rents, case.domain, case.gain, case.offence
    steps = case.step
    sovereignty = case.sovereignty
    clout, loyalty, rent, divergences = stock.clout, stock.loyalty, stock.rent, stock.divergence
    tilt, obligation, outreach, tie = stock.tilt, stock.obligation, stock.outreach, stock.tie
    reform, competitiveness, repression, doubt = stock.reform, stock.competitiveness, stock.repression, stock.doubt
    standing = stock.standing
    p = rules[0]
    actors, powers = informal.size, values.size
    for c in range(chosen.size):
        b, o, move = chosen[c], option[c], moves[c]
        w, quo = rows[b], reference[b]
        paid, eased, hard = move == PAYMENT, move == CONCESSION, case.moved[b] if move == REPRESSION else 0.0
        opening = beyond_quo(o, x, openings, quo)

        # elites remember: losses count more than gains, bought losses less
        force, distrust = 0.0, 0.0
        for a in range(actors):
            if services[a]:
                force += clout[w, a]
                distrust += (1.0 - loyalty[w, a]) * clout[w, a]
        distrust = distrust / force if force > 0.0 else 0.0
        spent = p.elite.opening_fear * opening + p.moves.repression_strain * distrust * hard - case.treasury[b, o]
        for a in range(actors):
            loss = losss[b, a, o]
            felt = p.elite.loss_aversion * max(loss, 0.0) * (1.0 - p.moves.payment_share if paid else 1.0)
            felt -= max(-loss, 0.0)
            if eased and informal[a]:
                felt += p.moves.concession_rent
            loyalty[w, a] = cut01(loyalty[w, a] - p.elite.loyalty_step * felt - spent)
        for sector in range(rents.shape[0]):
            rent[w, sector] += p.economy.rent_scale * beyond_quo(o, x, rents[sector], quo)

        # powers notice: favours, offence, debts repaid; ties follow in the case's domain, and as a symbol in politics
        domain = domains[b]
        for q in range(powers):
            gain = all_gain[b, o, q]
            divergence = divergences[w, q] + p.outside.divergence_step * offences[b, o, q]
            divergences[w, q] = cut01(divergence + p.moves.repression_offence * values[q] * hard)
            tilt[w, q] += gain
            obligation[w, q] = cut01(obligation[w, q] - p.outside.repayment * max(gain, 0.0))
            if domain != DOMESTIC:
                step = steps[b, o, q]
                outreach[w, q, domain] = max(outreach[w, q, domain] + p.ties.outreach_step * step, 0.0)
                tie[w, q, domain] = cut01(tie[w, q, domain] + p.ties.impulse * step)
                tie[w, q, POLITICS] = cut01(tie[w, q, POLITICS] + p.ties.symbol * step)

        # the state at home
        reform[w] = cut01(reform[w] + p.moves.reform_step * opening)
        competitiveness[w] = cut01(competitiveness[w] + p.moves.competition_step * opening)
        harder = p.moves.repression_step * hard - p.moves.reform_step * opening
        repression[w] = cut01(repression[w] + harder)
        handed = beyond_quo(o, x, sovereignty, quo)
        doubt[w] = cut01(doubt[w] + p.outside.sovereignty_doubt * handed)
        if paid:
            standing[w] += p.moves.payment_resentment
        elif eased:
            standing[w] -= p.moves.concession_relief * case.moved[b]
        standing[w] += p.moves.repression_backlash * hard


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
    settled = _Settled(
        chosen, case.rows, option, move, case.x, case.reference, case.domain, case.opening, case.sovereignty,
        case.rents, appraisal.gain, appraisal.step, appraisal.loss, appraisal.treasury, appraisal.offence,
        belief.salience,
    )  # fmt: skip
    stocks = _Stocks(*(getattr(state, name) for name in _Stocks._fields))
    _settle(record_of(p), cast.with_role("security_services"), cast.informal, cast.values, settled, stocks)
    if on("mediation") and case.between.size == 2:
        rows = case.rows[chosen]
        state.standing[rows] = state.standing[rows] - _mediator_credit(case, rows, option, state, p)
    soften = np.where(move == CONCESSION, 1.0 - p.moves.concession_share, 1.0)
    air_issue(case, chosen, case.x[option], belief, soften, state, p)


def _mediator_credit(case: Case, rows: NDArray[np.intp], option: NDArray[np.int64], state: State, p: Any) -> Floats:
    """Grievance that good offices relieve, (C,): more with good ties to both sides; without them a rebuff."""
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


@loop
def _air(chosen, rows, index, outcome, salience, slope, intercept, issue):  # type: ignore[no-untyped-def]
    """Write an issue of each world (C,) into the slot that holds its dossier, else into the faintest."""
    for c in range(chosen.size):
        b = chosen[c]
        w, slot = rows[b], 0
        for k in range(1, issue.salience.shape[1]):
            if issue.salience[w, k] < issue.salience[w, slot]:
                slot = k
        for k in range(issue.salience.shape[1] - 1, -1, -1):
            if index >= 0 and issue.dossier[w, k] == index:
                slot = k
        for q in range(slope.shape[1]):
            issue.slope[w, slot, q] = slope[b, q]
        issue.intercept[w, slot] = intercept[b]
        issue.outcome[w, slot], issue.salience[w, slot], issue.dossier[w, slot] = outcome[c], salience[c], index


class _Issues(NamedTuple):
    """The issues in the air, (W, K, ...), see `State`."""

    slope: Floats
    intercept: Floats
    outcome: Floats
    salience: Floats
    dossier: NDArray[np.int64]


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

    It takes the slot of the same dossier or the faintest. Citizens' positions on it are a line in their attitudes.
    """
    issues = _Issues(
        state.issue_slope, state.issue_intercept, state.issue_outcome, state.issue_salience, state.issue_dossier
    )
    salience = p.public.issue_gain * share * belief.salience[chosen]
    _air(chosen, case.rows, case.index, outcome, salience, belief.slope, belief.intercept, issues)


def spend_effort(case: Case, positions: Positions, state: State, p: Any) -> None:
    """Lobbying uses up clout."""
    state.clout[case.rows] = state.clout[case.rows] * (1.0 - p.lobbying.drain * positions.effort)


class _Keeps(NamedTuple):
    """What a month leaves of each stock, as a share: see the records of their half-lives."""

    repression: float
    doubt: float
    rent: float
    divergence: float
    obligation: float
    threat: float
    tilt: float
    mobilised: float

    @classmethod
    def read(cls, p: Any) -> _Keeps:
        return cls(
            repression=memory(p.moves.repression_half_life),
            doubt=memory(p.outside.doubt_half_life),
            rent=memory(p.economy.rent_half_life),
            divergence=memory(p.outside.divergence_half_life),
            obligation=memory(p.outside.obligation_half_life),
            threat=memory(p.powers.threat_half_life),
            tilt=memory(p.decision.tilt_half_life),
            mobilised=memory(p.public.awakening_half_life),
        )


class _Fading(NamedTuple):
    """The stocks that a month heals or wears away, (W, ...), see `State`."""

    loyalty: Floats
    clout: Floats
    repression: Floats
    doubt: Floats
    rent: Floats
    divergence: Floats
    obligation: Floats
    threat: Floats
    tilt: Floats
    mobilised: Floats


class _Homes(NamedTuple):
    """Where stocks come from, see `Cast` and `Start`."""

    loyalty: Floats  # (A,)
    clout: Floats  # (A,)
    stake: Floats  # (A, P)
    sector: NDArray[np.int64]  # (A,)
    tie: Floats  # (P, D)
    rent: Floats  # (S,)
    repression: float
    doubt: float


@loop
def _drift(rules, grudges, home, keep, recovers, rents, tie, protest, stock):  # type: ignore[no-untyped-def]
    """Move `stock` by a month; see `drift`. `recovers` (A,) is the share of lost clout that comes back."""
    p = rules[0]
    actors, powers = home.stake.shape
    domains = home.tie.shape[1]
    loyalty, clout, repression, doubt, mobilised = (
        stock.loyalty, stock.clout, stock.repression, stock.doubt, stock.mobilised,
    )  # fmt: skip
    closer, gap = np.empty(powers), np.empty(domains)
    for w in range(repression.size):
        for q in range(powers):
            for d in range(domains):
                gap[d] = tie[w, q, d] - home.tie[q, d]
            closer[q] = row_total(gap) / domains
        for a in range(actors):
            rest, served = home.loyalty[a], 0.0
            if home.sector[a] >= 0:
                rest += p.elite.rent_gain * (rents[w, home.sector[a]] - home.rent[home.sector[a]])
            for q in range(powers):
                served += home.stake[a, q] * closer[q]
            rest = cut01(rest + p.elite.stake_gain * served)
            loyalty[w, a] = cut01(loyalty[w, a] + p.elite.recovery * (rest - loyalty[w, a]))
            clout[w, a] += recovers[a] * (home.clout[a] - clout[w, a])
        repression[w] = home.repression + (repression[w] - home.repression) * keep.repression
        doubt[w] = home.doubt + (doubt[w] - home.doubt) * keep.doubt
        for sector in range(home.rent.size):
            stock.rent[w, sector] *= keep.rent
        usual = p.outside.divergence_start
        for q in range(powers):
            grudge = (stock.divergence[w, q] - usual) * keep.divergence
            stock.divergence[w, q] = usual + grudge if grudges else usual
            stock.obligation[w, q] *= keep.obligation
            stock.threat[w, q] *= keep.threat
            stock.tilt[w, q] *= keep.tilt
        mobilised[w] = keep.mobilised * mobilised[w] + (1.0 - keep.mobilised) * protest[w]


def drift(
    state: State, cast: Cast, rents: Floats, start: Start, purged: NDArray[np.bool_], p: Any, on: Callable[[str], bool]
) -> None:
    """One month of forgetting and recovery. rents (W, S) now; purged (A,) marks who is hit by a purge in this run."""
    home = _Homes(
        cast.loyalty0, cast.clout0, cast.stake, cast.sector, cast.tie0, start.rent, start.repression, start.doubt
    )
    keep = kept(p, "_keeps", (), lambda: _Keeps.read(p))
    recovers = p.elite.clout_recovery * (~purged | on("purge_recovery"))
    stock = _Fading(*(getattr(state, name) for name in _Fading._fields))
    _drift(record_of(p), on("grudges"), home, keep, recovers, rents, state.tie, state.protest, stock)
