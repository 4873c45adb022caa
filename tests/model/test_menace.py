"""Whose disloyalty is dangerous, and what makes a power dear to leave."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from multivector.model import MultivectorModel
from multivector.politics.hazards import exit_costs, menace, shelter
from tests.model.runs import scenario


def begun(*sets: str) -> MultivectorModel:
    model = MultivectorModel(scenario("ukraine-war-2022", *sets), worlds=4, rng=3)
    model.step()
    return model


def test_dismissal_takes_clout_from_appointed_officials_alone() -> None:
    model = begun("mechanisms.foreign_links=false")
    cast, state = model.cast, model.state
    ratio = menace(state, cast, model.p, model.on) / np.where(state.clout > 0, state.clout, 1.0)
    held = cast.dismissible
    assert held.any() and not held[cast.with_role("security_services")].any() and not held[cast.informal].any()
    expected = 1.0 - model.p.elite.dismissal * (1.0 - state.competitiveness)
    np.testing.assert_allclose(ratio[:, held], np.broadcast_to(expected[:, None], ratio[:, held].shape))
    kept = ~held & (state.clout > 0).all(axis=0)
    np.testing.assert_allclose(ratio[:, kept], 1.0)
    free = replace(state, competitiveness=np.ones(4))
    np.testing.assert_allclose(menace(free, cast, model.p, model.on), state.clout)


def test_backing_from_abroad_follows_links_and_pressure() -> None:
    model = begun("mechanisms.dismissal=false")
    cast, state = model.cast, model.state
    more = menace(state, cast, model.p, model.on) / np.where(state.clout > 0, state.clout, 1.0)
    linked = cast.link.sum(axis=1) > 0
    there = (state.clout > 0).all(axis=0)
    assert (more[:, linked & there] > 1.0).all()
    np.testing.assert_allclose(more[:, ~linked & there], 1.0)
    quiet = replace(state, pressure=np.zeros_like(state.pressure))
    np.testing.assert_allclose(menace(quiet, cast, model.p, model.on), state.clout)


def test_exit_costs_rank_powers_by_lock_in() -> None:
    model = begun()
    cost = exit_costs(model.cast, model.p, model.on)
    np.testing.assert_array_equal(np.argsort(cost, kind="stable"), np.argsort(model.cast.lock_in, kind="stable"))
    off = begun("mechanisms.exit_costs=false")
    np.testing.assert_array_equal(exit_costs(off.cast, off.p, off.on), 1.0)


def test_shelter_takes_grip_as_far_as_rivals_are_engaged() -> None:
    model = begun()
    cast, state = model.cast, model.state
    russia, us = cast.powers.index("russia"), cast.powers.index("us")
    left = shelter(state, cast, model.p, model.on)
    assert (left > 0.0).all() and (left < 1.0).all()
    alone = shelter(replace(state, engagement=np.zeros_like(state.engagement)), cast, model.p, model.on)
    np.testing.assert_array_equal(alone, 1.0)
    gone = state.engagement.copy()
    gone[:, us] = 0.0
    without = shelter(replace(state, engagement=gone), cast, model.p, model.on)
    assert (without[:, russia] > left[:, russia]).all()
    np.testing.assert_allclose(without[:, us], left[:, us])  # nobody shelters from himself
    off = begun("mechanisms.shelter=false")
    np.testing.assert_array_equal(shelter(off.state, off.cast, off.p, off.on), 1.0)


def test_without_grudges_every_month_starts_from_the_usual_divergence() -> None:
    model = begun("mechanisms.grudges=false")
    np.testing.assert_array_equal(model.state.divergence, model.p.outside.divergence_start)
    assert (begun().state.divergence != model.p.outside.divergence_start).any()
