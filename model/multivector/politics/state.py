"""What changes: the stocks of W worlds, every array with the world first.

Axes: W worlds, P powers, D domains, G language groups, A domestic actors, S sectors, K issues in the air.
Units: ties, shares, loyalties and stocks are 0..1 unless said; income is an index (1 in the year of reference).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multivector.agents.cast import Cast
from multivector.numerics import Floats

__all__ = ["CARRIED", "CAUSES", "ISSUE_SLOTS", "State"]

CAUSES = ("elite", "mass", "outside")
#: How many issues the public can hold at once; a new one takes the place of the least salient.
ISSUE_SLOTS = 4
#: In place of a dossier: a demand that people kept out of an election carry on.
CARRIED = -2


@dataclass
class State:
    """All stocks of W worlds (axes in the module's docstring)."""

    # the outside
    tie: Floats  # (W, P, D)
    outreach: Floats  # (W, P, D) the president's effort, 1 = usual
    engagement: Floats  # (W, P, D) what each power supplies this month
    pressure: Floats  # (W, P, D) what each power threatens this month
    mood: Floats  # (W, P, D) log of how far a power's engagement strays from its path
    threat: Floats  # (W, P) open threats, on top of the scenario's pressure
    divergence: Floats  # (W, P) how far recent decisions went against that power's wishes
    obligation: Floats  # (W, P) debts of gratitude
    tilt: Floats  # (W, P) recent favours, positive towards that power
    # home
    clout: Floats  # (W, A)
    loyalty: Floats  # (W, A)
    rent: Floats  # (W, S) rents handed out by decisions, -1..1
    income: Floats  # (W,)
    repression: Floats  # (W,)
    reform: Floats  # (W,)
    competitiveness: Floats  # (W,)
    doubt: Floats  # (W,) doubt about succession and statehood
    standing: Floats  # (W,) grievance that moves have added (+) or relieved (-) and the public has not yet felt
    # the public, as it was at the end of the last month
    attitude: Floats  # (W, P) -1..1
    covariance: Floats  # (W, P, P) of attitudes over citizens
    anchor: Floats  # (W, G, P) where each group's attitudes settle
    grievance: Floats  # (W,) private, mean over citizens
    grievance_variance: Floats  # (W,)
    shown_grievance: Floats  # (W,)
    speaking: Floats  # (W,)
    protest: Floats  # (W,) share of citizens in the peak week
    # issues in the air
    issue_slope: Floats  # (W, K, P)
    issue_intercept: Floats  # (W, K)
    issue_outcome: Floats  # (W, K)
    issue_salience: Floats  # (W, K)
    issue_dossier: NDArray[np.int64]  # (W, K) index of the scripted dossier, CARRIED, or -1 for others
    # office
    elder_veto: NDArray[np.bool_]  # (W,)
    president: NDArray[np.int64]  # (W,) 0 = the first
    broken: NDArray[np.bool_]  # (W,) whether somebody from outside the line of succession has taken the seat
    tenure: NDArray[np.int64]  # (W,) months in the seat
    bond: Floats  # (W, P) the incumbent's own ties, as outreach beyond the usual
    since_visit: Floats  # (W, P) months since anybody went there
    mobilised: Floats  # (W,) memory of protest
    taste: Floats  # (W,) the incumbent's tastes for balance and sovereignty, 1 = the first president's
    hazard: Floats  # (W, 3) monthly, by cause
    lost: NDArray[np.int64]  # (W,) cause index in this month, -1 for none

    @classmethod
    def start(
        cls, worlds: int, cast: Cast, *, divergence: float, obligation: Floats, stocks: dict[str, float]
    ) -> State:
        """The stocks at the first month: dated records, the same in every world."""
        p, a = len(cast.powers), len(cast.actors)

        def full(value: Floats | float, *shape: int) -> Floats:
            return np.ascontiguousarray(np.broadcast_to(value, (worlds, *shape)), dtype=np.float64).copy()

        domains = cast.capability.shape[1]
        return cls(
            tie=full(cast.tie0, p, domains),
            outreach=full(1.0, p, domains),
            engagement=full(0.0, p, domains),
            pressure=full(0.0, p, domains),
            mood=full(0.0, p, domains),
            threat=full(0.0, p),
            divergence=full(divergence, p),
            obligation=full(obligation, p),
            tilt=full(0.0, p),
            clout=full(cast.clout0, a),
            loyalty=full(cast.loyalty0, a),
            rent=full(0.0, len(cast.sectors)),
            income=full(stocks["income"]),
            repression=full(stocks["repression"]),
            reform=full(stocks["reform"]),
            competitiveness=full(stocks["competitiveness"]),
            doubt=full(stocks["doubt"]),
            standing=full(0.0),
            attitude=full(0.0, p),
            covariance=full(0.0, p, p),
            anchor=full(cast.affinity, len(cast.groups), p),
            grievance=full(stocks["grievance"]),
            grievance_variance=full(0.0),
            shown_grievance=full(0.0),
            speaking=full(0.0),
            protest=full(0.0),
            issue_slope=full(0.0, ISSUE_SLOTS, p),
            issue_intercept=full(0.0, ISSUE_SLOTS),
            issue_outcome=full(0.0, ISSUE_SLOTS),
            issue_salience=full(0.0, ISSUE_SLOTS),
            issue_dossier=np.full((worlds, ISSUE_SLOTS), -1, dtype=np.int64),
            elder_veto=np.zeros(worlds, dtype=bool),
            president=np.zeros(worlds, dtype=np.int64),
            broken=np.zeros(worlds, dtype=bool),
            tenure=np.full(worlds, stocks["tenure"], dtype=np.int64),
            bond=full(0.0, p),
            since_visit=full(stocks["since_visit"], p),
            mobilised=full(0.0),
            taste=full(1.0),
            hazard=full(0.0, len(CAUSES)),
            lost=np.full(worlds, -1, dtype=np.int64),
        )
