"""What the compiled loops of a decision share: the records that they read and fill, and the actions' numbers.

B rows (worlds where the case is open), O options, A domestic actors, P powers, D domains. Actions are numbered
option-major, MOVES settling moves an option; action 4 O leaves the status quo (delay), 4 O + 1 is the balloon.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from multivector import caching  # noqa: F401 - before anything is decorated
from multivector.numerics import Floats

__all__ = ["COMPONENTS", "Before", "Constants", "Judged", "Who", "World", "loop", "share_ties", "within"]

#: Decorators of what Python calls, and of what only compiled code calls, which compiles faster.
loop = numba.njit(cache=True, nogil=True, error_model="numpy", no_cfunc_wrapper=True)
within = numba.njit(cache=True, nogil=True, error_model="numpy", no_cfunc_wrapper=True, no_cpython_wrapper=True)

#: The parts of a cost; they add up to it.
COMPONENTS = ("elite", "mass", "outside", "balance", "sovereignty", "move")
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
#: Settling moves: plainly, and with a side payment, a concession or force.
MOVES = 4
PAYMENT, CONCESSION, REPRESSION = range(1, MOVES)
#: The parts of a cost, in the order of `COMPONENTS`.
ELITE, MASS, OUTSIDE, BALANCE, SOVEREIGNTY, MOVE = range(len(COMPONENTS))


class Constants(NamedTuple):
    """Numbers that stay the same over a run, made once from parameters and cast."""

    months: Floats  # (3,) `hazards.horizons`
    base: Floats  # (3,) logits of the hazards at their references
    domain_weight: Floats  # (D,) `hazards.domain_weights`
    repression: float  # its level at the start
    income: float  # its level at the start
    tact: float  # share of an offence that diplomacy leaves
    reach: float  # share of the winners' gains that advisers can put on the table
    fear: float  # rise of the bar to speak per unit of repression
    listening: float  # the announced state of listening, 0 where there is none
    informed: bool  # a balloon may go up in this kind of case
    signal: Floats  # (K,) what it may tell, in standard deviations; one empty signal where none goes up
    signal_weight: Floats  # (K,)


class Who(NamedTuple):
    """Those who take part, see `agents.cast.Cast`."""

    informal: Bools  # (A,)
    services: Bools  # (A,) the security services
    dismissible: Bools  # (A,) who holds office at the president's pleasure
    priority: Floats  # (A,) whom advisers serve first
    capability: Floats  # (P, D)
    values: Floats  # (P,)
    transit: Floats  # (P, P)
    leaving: Floats  # (P,) `hazards.exit_costs`
    elder: bool


class World(NamedTuple):
    """The stocks that a decision looks at, (W, ...), see `politics.state.State`."""

    tie: Floats
    pressure: Floats
    divergence: Floats
    obligation: Floats
    tilt: Floats
    clout: Floats
    backing: Floats  # (W, A) what powers that press add to clout, `hazards.backing`
    loyalty: Floats
    repression: Floats
    competitiveness: Floats
    grievance: Floats
    grievance_variance: Floats
    speaking: Floats
    protest: Floats
    elder_veto: Bools
    income: Floats
    shelter: Floats  # (W, P) what is left of a power's grip where others stand by, `hazards.shelter`


class Before(NamedTuple):
    """The case, what actors want, what is believed of the public, and tastes; see `Case`, `Positions`, `Doctrine`."""

    rows: Ints  # (B,)
    x: Floats  # (O,)
    reference: Floats  # (B,)
    domain: Ints  # (B,)
    power_wish: Floats  # (B, P)
    power_salience: Floats  # (B, P)
    sovereignty: Floats  # (O,)
    opening: Floats  # (O,)
    may_delay: Bools  # (B,)
    may_announce: Bools  # (B,)
    months_open: Ints  # (B,)
    wish: Floats  # (B, A)
    salience: Floats  # (B, A)
    mean: Floats  # (B,)
    uncertainty: Floats  # (B,)
    spread: Floats  # (B,)
    public_salience: Floats  # (B,)
    balance: Floats  # (B,)
    sovereign: Floats  # (B,)
    offers: Floats  # (P,) steps promised in return, times credibility
    forum: Floats  # (O,)
    mediation: Floats  # (O,)
    between: Ints  # (2,) or empty
    middle: Floats  # (B,) the salience-weighted mean wish of public, formal, informal and powers


class Judged(NamedTuple):
    """What the loops fill, see `decision.Appraisal`; N = 4 O + 2 actions, of which balloon and delay come last."""

    parts: Floats  # (B, N, 6)
    cost: Floats  # (B, N)
    probability: Floats  # (B, N)
    announced: Ints  # (B,)
    loss: Floats  # (B, A, O + 1)
    gain: Floats  # (B, O + 1, P)
    offence: Floats  # (B, O + 1, P)
    step: Floats  # (B, O + 1, P) what ties are expected to follow
    relief: Floats  # (B, O + 1) grievance that the public may hope to lose
    treasury: Floats  # (B, O + 1) loyalty that scarce revenue buys
    logit_now: Floats  # (B, 3)
    logit_after: Floats  # (B, N - 1, 3)
    weight_actor: Floats  # (B, A)
    weight_public: Floats  # (B,)
    weight_power: Floats  # (B, P)
    payment: Floats  # (B, O + 1) what a side payment would cover
    anger: Floats  # (B, K, N - 1) the part from mass unrest after each of K signals of a balloon


@loop
def share_ties(tie, capability, weight, transit, transit_weight, out):  # type: ignore[no-untyped-def]
    """Fill `out` (N, P) with each power's share of dependence on ties (N, P, D); see `hazards.dependence_shares`."""
    powers, domains = capability.shape
    for n in range(tie.shape[0]):
        whole = 0.0
        for p in range(powers):
            mass = 0.0
            for d in range(domains):
                mass += weight[d] * capability[p, d] * tie[n, p, d]
            through = 0.0
            for q in range(powers):
                through += transit[p, q] * weight[1] * capability[q, 1] * tie[n, q, 1]
            out[n, p] = mass + transit_weight * through
            whole += out[n, p]
        for p in range(powers):
            out[n, p] = out[n, p] / whole if whole > 0.0 else 1.0 / powers
