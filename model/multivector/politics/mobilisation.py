"""The public's anger as the president expects it: the same thresholds as the citizens', under what is believed.

The spread of positions over citizens and the president's doubt about their mean are integrated apart, by quadrature.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multivector.agents.cast import Cast
from multivector.numerics import Floats, clip01, log_survival_loss, logistic
from multivector.politics.beliefs import PublicBelief
from multivector.politics.cases import SETTLING_MOVES
from multivector.politics.compiled import expected_loss, quadrature
from multivector.politics.hazards import Hazards, horizons, on_line
from multivector.politics.state import State

__all__ = ["Mass", "fear_of", "signal_weights"]

_SETTLE, _PAYMENT, _CONCESSION, _REPRESSION = range(len(SETTLING_MOVES))
#: Step of the central difference that gives the public's weight.
_SLOPE_STEP = 1e-5
#: Quadrature nodes: a balloon's signal, what stays unknown, and citizens' positions.
_SIGNAL, _RESIDUAL, _CITIZENS = quadrature(3), quadrature(3), quadrature(3)
_NO_SIGNAL = (np.zeros(1), np.ones(1))


def signal_weights(signals: int) -> Floats:
    """Weights of the possible signals of a balloon, (K,); one empty signal where none can go up."""
    return _SIGNAL[1] if signals > 1 else _NO_SIGNAL[1]


def fear_of(repression: Floats | float, cast: Cast, p: Any) -> Floats:
    """How far a rise in repression raises the bar to speak and protest; strong services make it felt."""
    force = float(np.add.reduce(cast.clout0 * cast.with_role("security_services")))
    return np.asarray(p.unrest.fear_gain * (1.0 + p.unrest.services_gain * force) * repression)


class Mass:
    """Expected mobilisation and its cost in a case (B rows), from a belief about the public."""

    def __init__(
        self,
        state: State,
        rows: NDArray[np.intp],
        belief: PublicBelief,
        cast: Cast,
        repression0: float,
        hazards: Hazards,
        p: Any,
        on: Callable[[str], bool],
    ) -> None:
        heard = 1.0 if on("public_voice") else 0.0
        self.p, self.belief, self.heard = p, belief, heard
        self.all_shown = not on("concealment")
        self.grievance = heard * state.grievance[rows]
        # neighbours who speak push half as much as those who protest, as in the citizens' own rule
        example = (state.speaking[rows] + state.protest[rows]) / 2.0 if on("cascade") else np.zeros(len(rows))
        self.drive = heard * p.unrest.neighbour_weight * example - fear_of(
            state.repression[rows] - repression0, cast, p
        )
        self.line = hazards.mass_line(state.competitiveness[rows])
        # spreads of (grievance - threshold) over citizens, as scales of logistic curves
        variance, unit = state.grievance_variance[rows], np.sqrt(3.0) / np.pi
        speak = p.unrest.speak_fraction
        self.scales = unit * np.sqrt(
            np.stack([variance + p.unrest.threshold_sd**2, variance + (speak * p.unrest.threshold_sd) ** 2])
        )
        self.bars = np.repeat(p.unrest.threshold_mean * np.array([[1.0], [speak]]), len(rows), axis=1)
        plain = np.zeros(len(SETTLING_MOVES))
        self.discount, self.shift, self.extra = plain + 1.0, plain.copy(), plain.copy()
        self.discount[_CONCESSION] = 1.0 - p.moves.concession_share
        self.shift[_PAYMENT] = heard * p.moves.payment_resentment
        self.shift[_CONCESSION] = -heard * p.moves.concession_relief
        self.shift[_REPRESSION] = heard * p.moves.repression_backlash
        self.extra[_REPRESSION] = heard * float(fear_of(p.moves.repression_step, cast, p))

    def expect(self, x: Floats, *, informed: bool) -> tuple[Floats, Floats, Floats]:
        """Expected -log(1 - h_mass) by signal (B, K, O, M), its mean over signals, and the logit at the mean.

        Where a balloon may go up (`informed`), K signals of it; else one empty signal and all doubt is residual.
        The mean over signals is the expectation under present doubt either way (law of total expectation).
        """
        p, belief = self.p, self.belief
        batch, options = x.shape
        share = p.balloon.accuracy if informed else 0.0
        signal, weights = _SIGNAL if informed else _NO_SIGNAL
        loss = np.empty((batch, signal.size, options, len(SETTLING_MOVES)))
        index = np.empty((batch, options, len(SETTLING_MOVES)))
        expected_loss(
            x, self.grievance, self.drive, belief.spread, self.heard * p.public.issue_gain * belief.salience,
            self.discount, self.shift, self.extra, belief.mean, np.sqrt(share) * belief.uncertainty,
            np.sqrt(1.0 - share) * belief.uncertainty, self.line, self.bars, self.scales, p.mass.voice_weight,
            self.all_shown, signal, *_RESIDUAL, *_CITIZENS, loss, index,
        )  # fmt: skip
        mean: Floats = np.zeros((batch, options, len(SETTLING_MOVES)))
        for k, weight in enumerate(weights):
            mean = mean + weight * loss[:, k]
        return loss, mean, on_line(self.line, index)

    def quiet(self, extra_grievance: float = 0.0) -> Floats:
        """Logit of the mass hazard with no issue at stake, (B,): the same index without positions."""
        anger = clip01(self.grievance + extra_grievance)
        drive = anger + self.drive
        protest = logistic((drive - self.bars[0]) / self.scales[0])
        shown = np.ones_like(anger) if self.all_shown else logistic((drive - self.bars[1]) / self.scales[1])
        return on_line(self.line, protest + self.p.mass.voice_weight * anger * shown)

    def slope(self) -> Floats:
        """d cost / d(mean public loss) at the present state, (B,), by a central difference on grievance."""
        step = _SLOPE_STEP * self.p.public.issue_gain
        rise = log_survival_loss(self.quiet(step)) - log_survival_loss(self.quiet(-step))
        return np.asarray(self.heard * horizons(self.p)[1] * rise / (2.0 * _SLOPE_STEP))
