"""The president: appraises each case on the docket and chooses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from multivector.lean import mesa
from multivector.numerics import Floats, total
from multivector.politics import consequences
from multivector.politics.beliefs import PublicBelief, believe
from multivector.politics.cases import SETTLING_MOVES, Case
from multivector.politics.decision import Appraisal, Doctrine, appraise, choose, veto_probability
from multivector.politics.positions import Positions

if TYPE_CHECKING:
    from multivector.model import MultivectorModel

__all__ = ["President"]


class President(mesa.Agent):  # type: ignore[misc]
    """The one who decides (N1); a successor takes the same seat."""

    model: MultivectorModel

    def decide(self, case: Case, positions: Positions) -> None:
        """Settle, delay or float one case in all the worlds where it is open, and carry the decision out."""
        model = self.model
        p, cast, state, month = model.p, model.cast, model.state, model.month
        slot = int(case.kind == "reopened")
        listening = float(model.doctrine_listening[month])
        belief = believe(case, cast, state, listening, p, model.on, model.streams, month, slot)
        doctrine = Doctrine(
            balance=model.doctrine_balance[month] * state.taste[case.rows] * model.on("balance_taste"),
            sovereignty=self._guard(case) * model.on("sovereignty_cost"),
            listening=listening if model.on("listening") else 0.0,
            lean=model.doctrine_lean[month],
            attention=model.doctrine_attention[month],
        )

        def weigh(positions: Positions, belief: PublicBelief) -> Appraisal:
            start, credibility = model.start, model.credibility
            return appraise(case, cast, state, positions, belief, doctrine, start, credibility, p, model.on)

        appraisal = weigh(positions, belief)
        if model.influence is not None:
            model.influence.measure(month, case, state, positions, belief, weigh)
        draw = model.streams.uniform(f"choice:{case.stream}", month, slot, 1, rows=case.rows)[:, 0]
        action = choose(appraisal.probability, draw)
        replayed = np.zeros(len(case.rows), dtype=bool)
        if case.decided >= 0:
            action, replayed = np.full_like(action, case.decided * len(SETTLING_MOVES)), ~replayed
        if model.replay is not None:
            action, replayed, announced = model.replay.actions(case, model, appraisal.announced, action)
            appraisal = replace(appraisal, announced=announced)
        action, vetoed = self._seek_consent(case, positions, action, slot)
        model.recorder.decision(
            case, positions, appraisal, belief.true_mean, belief.salience, action, vetoed, replayed, state.clout, p,
            model.on,
        )  # fmt: skip
        self._carry_out(case, positions, appraisal, belief, action)
        model.recorder.event(case.rows[vetoed], "veto", case.name)

    def _guard(self, case: Case) -> Floats:
        """How dear control is to him in each row, (B,): the doctrine, and more while powers threaten openly (L2)."""
        model, rows = self.model, case.rows
        alarm = (
            model.p.decision.alarm * total(model.state.threat[rows]) if model.on("reactance") else np.zeros(len(rows))
        )
        return np.asarray(model.doctrine_sovereignty[model.month] * model.state.taste[rows] * (1.0 + alarm))

    def _seek_consent(
        self,
        case: Case,
        positions: Positions,
        action: NDArray[np.int64],
        slot: int,
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """An elder with a veto may refuse what would be settled; the case then waits."""
        model = self.model
        none = np.zeros(len(action), dtype=bool)
        # a replay repeats vetoes as the delays they were
        if not (model.on("elder_veto") and model.cast.elder) or model.replay is not None:
            return action, none
        moves = len(SETTLING_MOVES)
        settles = (action < case.options * moves) & case.may_delay & model.state.elder_veto[case.rows]
        if not settles.any():
            return action, none
        option = np.minimum(action // moves, case.options - 1)
        chance = veto_probability(positions.wish[:, -1], case.x[option], model.p)
        draw = model.streams.uniform(f"veto:{case.stream}", model.month, slot, 1, rows=case.rows)[:, 0]
        vetoed = settles & (draw < chance)
        return np.where(vetoed, case.options * moves, action), vetoed

    def _carry_out(
        self,
        case: Case,
        positions: Positions,
        appraisal: Appraisal,
        belief: PublicBelief,
        action: NDArray[np.int64],
    ) -> None:
        model = self.model
        p, state = model.p, model.state
        moves = len(SETTLING_MOVES)
        settled = (action < case.options * moves).nonzero()[0]
        if settled.size:
            chosen = action[settled]
            consequences.settle(
                case,
                settled,
                chosen // moves,
                chosen % moves,
                appraisal,
                belief,
                model.cast,
                state,
                p,
                model.on,
            )
            model.agenda.close(case, case.rows[settled], case.x[chosen // moves], model.month)
            model.settled_without[case.rows[settled]] |= case.power_salience[settled] <= 0
        waiting = (action == case.options * moves).nonzero()[0]
        if waiting.size:
            consequences.postpone(case, waiting, appraisal, belief, state, p)
        floated = (action == case.options * moves + 1).nonzero()[0]
        if floated.size:
            announced = case.x[appraisal.announced[floated]]
            consequences.air_issue(case, floated, announced, belief, p.balloon.exposure, state, p)
            model.agenda.announce(case, case.rows[floated])
            model.recorder.event(case.rows[floated], "balloon", case.name)
        if model.on("lobbying"):
            consequences.spend_effort(case, positions, state, p)
