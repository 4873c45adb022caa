"""The public: one agent that owns the citizens of all worlds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from multivector.kernels.public import Citizens, PublicInputs, PublicParameters
from multivector.lean import mesa
from multivector.numerics import Floats, clip01, memory, total
from multivector.politics.hazards import dependence_shares
from multivector.politics.mobilisation import fear_of
from multivector.politics.state import CARRIED

if TYPE_CHECKING:
    from multivector.model import MultivectorModel

__all__ = ["Public"]


class Public(mesa.Agent):  # type: ignore[misc]
    """Citizens on a network: attitudes to each power, grievance, voice. See `kernels.public` for the rules."""

    model: MultivectorModel

    def __init__(self, model: MultivectorModel, threads: int | None = None) -> None:
        super().__init__(model)
        p, cast, state = model.p, model.cast, model.state
        self.citizens = Citizens(
            model.setting.citizens,
            cast.group_share,
            len(cast.powers),
            model.worlds,
            model.streams.kernel_seeds("citizens"),
            model.streams.seed,
            state.anchor,
            state.grievance,
            PublicParameters(
                degree=int(p.public.degree),
                rewire=p.public.rewire,
                block=p.public.block,
                attitude_sd=p.public.attitude_sd,
                influence=p.public.influence,
                confidence=p.public.confidence,
                anchor_rate=p.public.anchor_rate,
                media_rate=p.public.media_rate,
                noise_sd=p.public.noise_sd,
                grievance_sd=p.public.grievance_sd,
                grievance_rate=p.public.grievance_rate,
                threshold_mean=p.unrest.threshold_mean,
                threshold_sd=p.unrest.threshold_sd,
                neighbour_weight=p.unrest.neighbour_weight,
                speak_fraction=p.unrest.speak_fraction,
                weeks=4,
            ),
            network_influence=model.on("network_influence"),
            media=model.on("media"),
            cascade=model.on("cascade"),
            concealment=model.on("concealment"),
            threads=threads,
        )

    def live(self) -> None:
        """One month of opinion and protest; leaves the aggregates in the model's state."""
        model = self.model
        p, cast, state, exo, month = model.p, model.cast, model.state, model.exogenous, model.month
        worlds, groups, powers = state.anchor.shape
        if model.on("polarisation"):
            state.anchor = np.clip(state.anchor + exo.polarisation[month], -1.0, 1.0)
        if model.on("reactance"):
            chill = p.outside.public_reactance * state.threat
            state.anchor = np.clip(state.anchor - chill[:, None, :], -1.0, 1.0)
        state.anchor = state.anchor + p.public.anchor_recovery * (cast.affinity - state.anchor)
        quiet = np.zeros(worlds)
        voice = 1.0 if model.on("public_voice") else 0.0
        out = self.citizens.step(
            month,
            PublicInputs(
                anchor=state.anchor,
                media_target=np.full((worlds, groups, powers), p.public.media_tone),
                exposure=cast.exposure,
                shock=np.broadcast_to(exo.sympathy[month], (worlds, groups, powers)).copy(),
                strain=self.strain(),
                relief=-(state.standing + exo.grievance[month]) if voice else quiet,
                fear=fear_of(state.repression - model.start.repression, cast, p),
                slope=state.issue_slope,
                intercept=state.issue_intercept,
                outcome=state.issue_outcome,
                salience=state.issue_salience * voice,
            ),
        )
        state.standing = np.zeros(worlds)
        news, carried = memory(p.public.issue_half_life), memory(p.elections.exclusion_half_life)
        state.issue_salience = state.issue_salience * np.where(state.issue_dossier == CARRIED, carried, news)
        state.attitude, state.covariance = out.mean, out.covariance
        state.grievance = clip01(out.grievance)  # a mean of nothings may be rounded below nothing
        state.grievance_variance = out.grievance_variance
        state.shown_grievance = out.shown_grievance * voice
        state.speaking = out.speaking
        state.protest = out.protest * voice

    def strain(self) -> Floats:
        """The grievance to which conditions push citizens, (W,): income, repression, and a narrow fan (N14)."""
        model = self.model
        p, start, state = model.p, model.start, model.state
        share = dependence_shares(state.tie, model.cast, p)
        dependence = total(share * share)
        felt = p.public.income_grievance if model.on("hardship") else 0.0
        uneasy = p.public.balance_preference if model.on("balance_preference") else 0.0
        return clip01(
            start.grievance
            + felt * (start.income - state.income)
            + p.public.repression_grievance * (state.repression - start.repression)
            + uneasy * (dependence - start.dependence)
        )
