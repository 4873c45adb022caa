"""Measures of the fan, the regime and the economy, and the recorder that keeps them by world and month."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from multivector.agents.cast import DOMAINS, ELDER, FORMAL, INFORMAL, Cast
from multivector.numerics import Floats, clip01, total
from multivector.politics.cases import MOVES, SETTLING_MOVES, Case
from multivector.politics.decision import COMPONENTS, Appraisal
from multivector.politics.elections import Ballot, Count
from multivector.politics.hazards import autonomy, dependence_shares, disloyalty, domain_weights, mean_pressure
from multivector.politics.positions import Positions
from multivector.politics.settlement import stands_of
from multivector.politics.state import CAUSES, State

if TYPE_CHECKING:
    from multivector.tables import Tables

__all__ = ["WORLD_MEASURES", "Recorder", "effective_number", "fan_measures"]

CONSTITUENCIES = ("public", "informal", "formal")
WORLD_MEASURES = (
    "total_engagement",
    "openness",
    "openness_simpson",
    *(f"openness_{d}" for d in DOMAINS),
    "dependence",
    "dependence_gap",
    "autonomy",
    *(f"hazard_{cause}" for cause in CAUSES),
    "hazard",
    "approval",
    "grievance",
    "shown_grievance",
    "speaking",
    "protest",
    "repression",
    "reform",
    "competitiveness",
    "doubt",
    "income",
    "elite_loyalty",
    *(f"congruence_{name}" for name in CONSTITUENCIES),
)


def effective_number(share: Floats) -> Floats:
    """Effective number of vectors: exp of the Shannon entropy of shares (..., P); equal shares of P give P."""
    positive = share > 0
    return np.asarray(np.exp(-total(np.where(positive, share * np.log(np.where(positive, share, 1.0)), 0.0))))


def _shares(mass: Floats) -> Floats:
    whole = total(mass)[..., None]
    return np.where(whole > 0, mass / np.where(whole > 0, whole, 1.0), 1.0 / mass.shape[-1])


def fan_measures(state: State, cast: Cast, p: Any) -> dict[str, Floats]:
    """The fan of each world, (W,) each. Read openness only together with total engagement.

    total_engagement: sum over powers of capability x tie, weighted mean over domains; openness: effective number of
    vectors by that mass (exp of entropy; inverse Simpson beside it), over all and per domain; dependence: largest
    share when transit is counted, and its gap to the second; autonomy: room to refuse.
    """
    weight = domain_weights(p)
    strength = state.tie * cast.capability  # (W, P, D)
    mass = total(strength * weight) / float(np.add.reduce(weight))
    vectors = np.concatenate([mass[None], np.moveaxis(strength, 2, 0)])  # (1 + D, W, P): of all domains, then of each
    share = _shares(vectors)
    openness = effective_number(share)
    result = {
        "total_engagement": total(mass),
        "openness": openness[0],
        "openness_simpson": 1.0 / total(share[0] * share[0]),
        **{f"openness_{domain}": openness[1 + index] for index, domain in enumerate(DOMAINS)},
    }
    leaning = dependence_shares(state.tie, cast, p)
    ranked = np.sort(leaning, axis=1)
    result["dependence"] = ranked[:, -1]
    result["dependence_gap"] = ranked[:, -1] - (ranked[:, -2] if ranked.shape[1] > 1 else 0.0)
    result["dependence_index"] = np.argmax(leaning, axis=1)
    result["autonomy"] = autonomy(leaning, mean_pressure(state, p), p)
    return result


@dataclass(eq=False)
class _Batch:
    """What one case left behind in one month: arrays over its B rows."""

    month: int
    case: Case
    positions: Positions
    public_wish: Floats
    public_salience: Floats
    action: NDArray[np.int64]
    vetoed: NDArray[np.bool_]
    replayed: NDArray[np.bool_]
    outcome: Floats  # (B,) position chosen on the axis, NaN where not settled
    bodies: Floats  # (B, 3) settled wishes of CONSTITUENCIES, NaN where silent
    # of the appraisal
    announced: NDArray[np.int64]
    parts: Floats
    cost: Floats
    probability: Floats
    logit_before: Floats  # (B, 3) of the hazards
    logit_after: Floats  # (B, 3) as expected of the action
    weight: Floats  # (B, A + 1 + P) of actors, public and powers


@dataclass
class Recorder:
    """Keeps what happens; tables are made at the end."""

    worlds: NDArray[np.int64]
    months: int
    cast: Cast
    catalogue: list[tuple[str, str]]
    measures: Floats = field(init=False)  # (M, W, number of WORLD_MEASURES)
    dependence_power: NDArray[np.int64] = field(init=False)  # (M, W)
    president: NDArray[np.int64] = field(init=False)  # (M, W)
    lost: NDArray[np.int64] = field(init=False)  # (M, W)
    ties: Floats = field(init=False)  # (M, 3, W, P, D): tie, engagement, pressure
    trade: Floats = field(init=False)  # (M, W, P): shares of trade, what closed routes and ill partners leave of it
    attitudes: Floats = field(init=False)  # (M, 2, W, P): mean and spread over citizens
    assembly: Floats = field(init=False)  # (M, W, P): agreement of our votes with each power's
    batches: list[_Batch] = field(default_factory=list)
    events: list[tuple[int, NDArray[np.intp], str, str, str, float]] = field(default_factory=list)
    counts: list[tuple[int, Ballot, Count]] = field(default_factory=list)
    month: int = 0

    def __post_init__(self) -> None:
        m, w, p = self.months, len(self.worlds), len(self.cast.powers)
        self.measures = np.full((m, w, len(WORLD_MEASURES)), np.nan)
        self.dependence_power = np.zeros((m, w), dtype=np.int64)
        self.president = np.zeros((m, w), dtype=np.int64)
        self.lost = np.full((m, w), -1, dtype=np.int64)
        self.ties = np.zeros((m, 3, w, p, len(DOMAINS)))
        self.attitudes = np.zeros((m, 2, w, p))
        self.trade = np.zeros((m, w, p))
        self.assembly = np.zeros((m, w, p))
        self._bodies = np.stack([self.cast.informal, self.cast.formal])
        # congruences of the last twelve months: sums and counts by month of the year
        self._agreement = np.zeros((12, w, len(CONSTITUENCIES)))
        self._counts = np.zeros((12, w, len(CONSTITUENCIES)))

    # --- during the run ---------------------------------------------------------------------------------------
    def begin(self, month: int) -> None:
        """Start a month."""
        self.month = month
        self._agreement[month % 12] = 0.0
        self._counts[month % 12] = 0.0

    def event(
        self, rows: NDArray[np.intp], kind: str, subject: str = "", title: str = "", severity: float = 0.0
    ) -> None:
        """Note an event in some worlds."""
        if len(rows):
            self.events.append((self.month, rows, kind, subject, title, severity))

    def election(self, ballot: Ballot, count: Count) -> None:
        """Note how an election came out in every world."""
        self.counts.append((self.month, ballot, count))

    def decision(
        self,
        case: Case,
        positions: Positions,
        appraisal: Appraisal,
        public_wish: Floats,
        public_salience: Floats,
        action: NDArray[np.int64],
        vetoed: NDArray[np.bool_],
        replayed: NDArray[np.bool_],
        clout: Floats,
        p: Any,
        on: Callable[[str], bool],
    ) -> None:
        """Note one case's decisions. clout (W, A)."""
        option = action // len(SETTLING_MOVES)
        settled = option < case.options
        outcome = np.where(settled, case.x[np.minimum(option, case.options - 1)], np.nan)
        bodies = np.empty((len(action), len(CONSTITUENCIES)))
        bodies[:, 0] = public_wish
        bodies[:, 1:] = stands_of(
            self._bodies, positions.wish, positions.salience, clout, case.rows, case.reference, p, on
        )
        batch = _Batch(
            self.month, case, positions, public_wish, public_salience, action, vetoed, replayed, outcome, bodies,
            appraisal.announced, appraisal.parts, appraisal.cost, appraisal.probability, appraisal.logit_now,
            appraisal.expected(action),
            np.concatenate(
                [appraisal.weight_actor, appraisal.weight_public[:, None], appraisal.weight_power], axis=1
            ),
        )  # fmt: skip
        self.batches.append(batch)
        agreement = 1.0 - np.abs(bodies - outcome[:, None])
        known = ~np.isnan(agreement)
        self._agreement[self.month % 12, case.rows] += np.where(known, agreement, 0.0)
        self._counts[self.month % 12, case.rows] += known

    def record(self, state: State, flow: Floats, votes: Floats, p: Any) -> dict[str, Floats]:
        """Close a month: measures of every world. Returns them by name, (W,) each.

        `flow` (W, P): trade with each power; `votes` (W, P): agreement of our votes with its votes, 0..1.
        """
        fan = fan_measures(state, self.cast, p)
        agreement = np.zeros_like(self._agreement[0])
        counts = np.zeros_like(agreement)
        for index in range(len(self._agreement)):
            agreement = agreement + self._agreement[index]
            counts = counts + self._counts[index]
        congruence = np.where(counts > 0, agreement / np.maximum(counts, 1.0), np.nan)
        values = {
            **fan,
            **{f"hazard_{cause}": state.hazard[:, i] for i, cause in enumerate(CAUSES)},
            "hazard": 1.0 - (1.0 - state.hazard[:, 0]) * (1.0 - state.hazard[:, 1]) * (1.0 - state.hazard[:, 2]),
            "approval": clip01(1.0 - state.grievance),
            "grievance": state.grievance,
            "shown_grievance": state.shown_grievance,
            "speaking": state.speaking,
            "protest": state.protest,
            "repression": state.repression,
            "reform": state.reform,
            "competitiveness": state.competitiveness,
            "doubt": state.doubt,
            "income": state.income,
            "elite_loyalty": 1.0 - disloyalty(state.clout, state.loyalty),
            **{f"congruence_{name}": congruence[:, i] for i, name in enumerate(CONSTITUENCIES)},
        }
        m = self.month
        for column, name in enumerate(WORLD_MEASURES):
            self.measures[m, :, column] = values[name]
        self.dependence_power[m] = fan["dependence_index"]
        self.president[m] = state.president
        self.lost[m] = state.lost
        self.ties[m, 0], self.ties[m, 1], self.ties[m, 2] = state.tie, state.engagement, state.pressure
        self.trade[m] = _shares(flow)
        self.assembly[m] = votes
        self.attitudes[m, 0] = state.attitude
        self.attitudes[m, 1] = np.sqrt(np.maximum(np.einsum("wpp->wp", state.covariance), 0.0))
        return {name: values[name] for name in WORLD_MEASURES}

    # --- after the run ----------------------------------------------------------------------------------------
    def tables(self, start: str) -> Tables:
        """All tables of the months recorded so far, each made when it is asked for. `start` is YYYY-MM."""
        from multivector.tables import build_tables

        # as it is now, although the run may go on
        kept = copy(self)
        kept.batches, kept.events = list(self.batches), list(self.events)
        return build_tables(kept, start)


KIND_NAMES = {FORMAL: "formal", INFORMAL: "informal", ELDER: "elder"}
__all__ += ["COMPONENTS", "CONSTITUENCIES", "KIND_NAMES", "MOVES"]
