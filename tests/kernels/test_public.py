from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from multivector.kernels import public, twin
from multivector.kernels.opinions import OFF, SCALE, hearing, whole_steps
from multivector.kernels.public import Citizens, PublicOutputs
from multivector.kernels.twin import TwinCitizens

Make = Callable[..., Any]


def run(case: Any, months: int = 5, inputs: dict[str, Any] | None = None, **options: Any) -> list[PublicOutputs]:
    citizens = Citizens(*case.arguments(), **options)
    return [citizens.step(month, case.inputs(month, **(inputs or {}))) for month in range(months)]


def rows(outputs: PublicOutputs, which: Any) -> dict[str, Any]:
    return {name: value[which] for name, value in dataclasses.asdict(outputs).items()}


def assert_equal(a: PublicOutputs, b: PublicOutputs, which_a: Any = slice(None), which_b: Any = slice(None)) -> None:
    one, two = rows(a, which_a), rows(b, which_b)
    for name in one:
        assert np.array_equal(one[name], two[name]), name


def assert_agrees_with_twin(case: Any, months: int = 4, **switches: bool) -> None:
    fast, slow = Citizens(*case.arguments(), **switches), TwinCitizens(*case.arguments(), **switches)
    assert np.array_equal(fast.attitudes(), slow.attitudes())
    assert np.allclose(fast.thresholds(), slow.thresholds(), atol=1e-6)
    for month in range(months):
        given_ = case.inputs(month)
        a, b = fast.step(month, given_), slow.step(month, given_)
        off = np.abs(fast.attitudes() - slow.attitudes())  # the twin rounds twice, once in 2**29
        assert off.max() <= 1 / SCALE and np.count_nonzero(off) <= 1
        assert np.allclose(fast.grievances(), slow.grievances(), atol=1e-5)
        assert (fast.voices() != slow.voices()).mean() < 0.01, "voices differ by ties only"
        share = 1.5 / case.citizens  # one citizen's tie
        for name, value in dataclasses.asdict(a).items():
            loose = name in ("shown_grievance", "speaking", "protest", "protest_mean")
            assert np.allclose(value, getattr(b, name), atol=share if loose else 1e-5), name


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_agrees_with_the_twin(case: Make, data: st.DataObject) -> None:
    draw = data.draw
    assert_agrees_with_twin(
        case(
            worlds=draw(st.lists(st.integers(0, 50), min_size=1, max_size=4)),
            citizens=draw(st.integers(1, 150)),
            powers=draw(st.integers(1, 13)),
            shares=draw(st.sampled_from([(1.0,), (0.7, 0.3), (0.5, 0.3, 0.2), (1.0, 0.0)])),
            issues=draw(st.integers(0, 3)),
            degree=draw(st.integers(0, 13)),
            confidence=draw(st.sampled_from([0.0, 0.2, 2.5])),
            weeks=draw(st.integers(1, 5)),
        ),
        months=3,
        **{name: draw(st.booleans()) for name in ("network_influence", "media", "cascade", "concealment")},
    )


def test_agrees_with_the_twin_when_bytes_fill_up(case: Make) -> None:
    assert_agrees_with_twin(case(citizens=300, degree=260, neighbour_weight=1.0))


@pytest.mark.parametrize("threshold_mean", [0.5, 5.0])
def test_agrees_with_the_twin_in_blocks(case: Make, monkeypatch: pytest.MonkeyPatch, threshold_mean: float) -> None:
    monkeypatch.setattr(public, "BLOCK", 64)
    assert_agrees_with_twin(case(citizens=300, neighbour_weight=0.6, weeks=6, threshold_mean=threshold_mean))


def test_a_world_does_not_know_its_neighbours(case: Make) -> None:
    together = run(case(worlds=range(40), citizens=203, powers=5))
    for k in (0, 7, 16, 31, 39):
        alone = run(case(worlds=[k], citizens=203, powers=5))
        for a, b in zip(together, alone, strict=True):
            assert_equal(a, b, [k])
    shuffled = run(case(worlds=[39, 3, 16, 3], citizens=203, powers=5))
    for a, b in zip(together, shuffled, strict=True):
        assert_equal(a, b, [39, 3, 16, 3])


@pytest.mark.parametrize("block", [16384, 64])
def test_threads_change_nothing(case: Make, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(public, "BLOCK", block)
    options = {"worlds": range(40), "citizens": 200}
    for a, b in zip(run(case(**options), threads=1), run(case(**options), threads=3), strict=True):
        assert_equal(a, b)


def test_a_saved_public_goes_on_as_before(case: Make) -> None:
    a_case = case(worlds=range(20))
    one = Citizens(*a_case.arguments(), threads=2)
    one.step(0, a_case.inputs(0))
    two = pickle.loads(pickle.dumps(one))
    assert_equal(one.step(1, a_case.inputs(1)), two.step(1, a_case.inputs(1)))


@pytest.mark.parametrize(
    ("switch", "parameter"),
    [("network_influence", "influence"), ("media", "media_rate"), ("cascade", "neighbour_weight")],
)
def test_a_switch_is_a_rate_of_zero(case: Make, switch: str, parameter: str) -> None:
    off = run(case(), **{switch: False})
    zero = run(case(**{parameter: 0.0}))
    on = run(case())
    for a, b in zip(off, zero, strict=True):
        assert_equal(a, b)
    assert not np.array_equal(off[-1].mean, on[-1].mean) or not np.array_equal(off[-1].protest, on[-1].protest)


def test_without_concealment_everybody_is_seen_and_nobody_is_braver(case: Make) -> None:
    hidden, open_ = run(case()), run(case(), concealment=False)
    for a, b in zip(hidden, open_, strict=True):
        assert np.array_equal(a.protest, b.protest) and np.array_equal(a.grievance, b.grievance)
        assert (b.speaking == 1.0).all() and (a.speaking < 1.0).any()
        assert np.allclose(b.shown_grievance, b.grievance, atol=1e-6)
        assert (a.shown_grievance <= b.shown_grievance + 1e-9).all()


def test_bounds_and_sums(case: Make) -> None:
    a_case = case(worlds=range(5), citizens=257, noise_sd=0.3)
    citizens = Citizens(*a_case.arguments())
    for month in range(6):
        out = citizens.step(month, a_case.inputs(month))
        a = citizens.attitudes().astype(np.float64)
        g = citizens.grievances().astype(np.float64)
        v, language = citizens.voices(), citizens.languages()
        assert np.abs(a).max() <= 1.0 and g.min() >= 0.0 and g.max() <= 1.0 and v.max() <= 2
        assert np.allclose(out.mean, a.mean(axis=1), atol=1e-7)
        assert np.allclose(out.grievance, g.mean(axis=1), atol=1e-7)
        assert np.allclose(out.grievance_variance, g.var(axis=1), atol=1e-7)
        assert np.allclose(out.speaking, (v > 0).mean(axis=1))
        assert np.allclose(out.shown_grievance, np.where(v > 0, g, 0).mean(axis=1), atol=1e-7)
        for w in range(5):
            assert np.allclose(out.covariance[w], np.cov(a[w].T, bias=True), atol=1e-7)
            for group in range(2):
                assert np.allclose(out.group_mean[w, group], a[w, language[w] == group].mean(axis=0), atol=1e-7)
        assert (out.protest >= out.protest_mean).all() and (out.protest_mean >= 0.0).all()
        for value in dataclasses.asdict(out).values():
            assert value.dtype == np.float64 and value.flags.c_contiguous and np.isfinite(value).all()


def test_initial_draws_have_their_moments(case: Make) -> None:
    a_case = case(worlds=range(16), citizens=4000, powers=2, issues=0)
    citizens = Citizens(*a_case.arguments())
    p = a_case.parameters
    anchors = np.take_along_axis(a_case.anchor, citizens.languages()[:, :, None].astype(int), axis=1)
    off = citizens.attitudes() - anchors
    inside = np.abs(a_case.anchor).max(axis=(1, 2)) + np.sqrt(3) * p.attitude_sd < 1.0
    assert inside.any() and off[inside].std() == pytest.approx(p.attitude_sd, rel=0.02)
    assert np.abs(off[inside].mean(axis=1)).max() < 0.02
    assert np.abs(np.corrcoef(off[inside][0].T)[0, 1]) < 0.06, "powers are drawn apart"
    assert citizens.thresholds().mean() == pytest.approx(p.threshold_mean, abs=0.005)
    assert citizens.thresholds().std() == pytest.approx(p.threshold_sd, rel=0.02)
    worlds = citizens.thresholds()[:2]
    assert np.abs(np.corrcoef(worlds)[0, 1]) < 0.06, "worlds are drawn apart"


def test_noise_is_new_every_month_and_keyed_by_month(case: Make) -> None:
    still = {"influence": 0.0, "anchor_rate": 0.0, "media_rate": 0.0, "attitude_sd": 0.0, "noise_sd": 0.02}
    a_case = case(worlds=[3], citizens=3000, powers=1, issues=0, **still)
    quiet = {"shock": np.zeros((1, 2, 1))}
    moves = []
    for months in ([0], [1], [0]):
        citizens = Citizens(*a_case.arguments())
        before = citizens.attitudes()
        for month in months:
            citizens.step(month, a_case.inputs(0, **quiet))
        moves.append((citizens.attitudes() - before)[0, :, 0])
    assert moves[0].std() == pytest.approx(0.02, rel=0.03) and abs(moves[0].mean()) < 0.002
    assert np.array_equal(moves[0], moves[2])
    assert abs(np.corrcoef(moves[0], moves[1])[0, 1]) < 0.06


@pytest.mark.parametrize("noise_sd", [0.0, 0.00002, 0.0003])
@pytest.mark.parametrize("pull", [0.02, -0.3])
def test_a_pull_of_less_than_a_step_is_not_lost(case: Make, noise_sd: float, pull: float) -> None:
    """Attitudes are whole numbers of steps, yet means move as real numbers do, with noise or without."""
    still = {"influence": 0.0, "anchor_rate": 0.0, "media_rate": 0.0, "attitude_sd": 0.0, "noise_sd": noise_sd}
    a_case = case(worlds=range(16), citizens=1000, powers=2, issues=0, **still)
    citizens, months = Citizens(*a_case.arguments()), 20
    first = citizens.attitudes().astype(np.float64)
    assert first.mean(axis=1) == pytest.approx(
        np.take_along_axis(a_case.anchor, citizens.languages()[:, :, None].astype(int), axis=1).mean(axis=1),
        abs=5 * 0.5 / SCALE / 1000**0.5,
    ), "dithered from the start"
    for month in range(months):
        citizens.step(month, a_case.inputs(0, shock=np.full((16, 2, 2), pull / SCALE)))
    moves = (citizens.attitudes() - first) * SCALE
    wide = np.sqrt(months * (0.25 + (noise_sd * SCALE) ** 2))  # a step up or down has a variance of 1 / 4 at most
    assert moves.mean() == pytest.approx(months * pull, abs=5 * wide / np.sqrt(moves.size))
    assert moves.mean(axis=1) == pytest.approx(np.full((16, 2), months * pull), abs=5 * wide / np.sqrt(1000))


@given(st.floats(0.0, 0.2), st.floats(-1.0, 1.0))
def test_noise_is_whole_steps_wide_and_rounding_is_right_on_average(half_width: float, attitude: float) -> None:
    wide = whole_steps(half_width)
    steps = 2 * wide * SCALE
    assert steps == round(steps) >= 1 and abs(wide - half_width) <= 0.5 / SCALE
    noise = (np.arange(200 * round(steps)) + 0.5) / (200 * round(steps)) * 2 * wide - wide
    assert np.rint((attitude + noise) * SCALE).mean() == pytest.approx(attitude * SCALE, abs=0.01)


def test_whole_steps_have_the_moments_of_real_numbers(case: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Means and spreads differ from the unrounded twin's as it differs from itself on other draws."""
    cases = [case(worlds=range(12), citizens=400, attitude_sd=0.35, confidence=0.3, seed=seed) for seed in (5, 6, 7)]
    for other in cases[1:]:
        other.anchor, other.grievance0 = cases[0].anchor, cases[0].grievance0
    whole = Citizens(*cases[0].arguments())
    monkeypatch.setattr(twin, "in_steps", lambda attitude: attitude.clip(np.float32(-1.0), np.float32(1.0)))
    monkeypatch.setattr(twin, "whole_steps", lambda half_width: half_width)
    publics = [whole, *(TwinCitizens(*other.arguments()) for other in cases[1:])]
    for month in range(48):
        given_ = cases[0].inputs(month)
        outs = [citizens.step(month, given_) for citizens in publics]
    assert (np.rint(publics[1].attitudes() * SCALE) != publics[1].attitudes() * SCALE).any(), "it does not round"
    moments = [(out.mean, np.sqrt(np.diagonal(out.covariance, axis1=1, axis2=2)), out.grievance) for out in outs]
    for ours, one, two in zip(*moments, strict=True):
        off, usual = ours - one, two - one
        assert abs(off.mean()) < 4 * off.std() / np.sqrt(off.size), "no drift to one side"
        assert off.std() < 2 * usual.std()


@pytest.mark.parametrize("network_influence", [True, False])
def test_a_weight_looked_up_is_a_weight_divided(case: Make, network_influence: bool) -> None:
    a_case = case(worlds=range(16), citizens=300)
    one = Citizens(*a_case.arguments(), network_influence=network_influence)
    two = Citizens(*a_case.arguments(), network_influence=network_influence)
    two._table = OFF
    for month in range(4):
        assert_equal(one.step(month, a_case.inputs(month)), two.step(month, a_case.inputs(month)))
    assert np.array_equal(one.attitudes(), two.attitudes())


def test_a_cascade_carries_protest_beyond_those_who_would_march_alone(case: Make) -> None:
    options = {
        "worlds": range(16), "citizens": 1000, "issues": 0, "grievance_sd": 0.05, "threshold_mean": 0.5,
        "threshold_sd": 0.15, "neighbour_weight": 0.5, "speak_fraction": 0.8,
    }  # fmt: skip
    calm = {"strain": np.full(16, 0.35), "relief": np.zeros(16), "fear": np.zeros(16)}
    on = run(case(**options), 8, calm)[-1].protest
    off = run(case(**options), 8, calm, cascade=False)[-1].protest
    afraid = run(case(**options), 8, {**calm, "fear": np.full(16, 0.4)})[-1].protest
    assert (off > 0.05).all() and (off < 0.4).all()
    assert (on > off + 0.2).all(), "neighbours carry it on"
    assert (afraid < 0.05).all(), "fear stops it"


def test_media_pull_only_the_exposed_group(case: Make) -> None:
    plain = {"influence": 0.0, "worlds": range(4), "powers": 2, "citizens": 400}
    target = {"media_target": np.ones((4, 2, 2))}
    exposed = np.array([[0.0, 0.0], [0.9, 0.0]])
    on = run(case(**plain), 6, {**target, "exposure": exposed})[-1].group_mean
    off = run(case(**plain), 6, {**target, "exposure": np.zeros((2, 2))})[-1].group_mean
    assert (on[:, 1, 0] > off[:, 1, 0] + 0.1).all()
    assert np.allclose(on[:, 0], off[:, 0], atol=1e-7) and np.allclose(on[:, 1, 1], off[:, 1, 1], atol=1e-7)


def test_a_disliked_outcome_raises_grievance(case: Make) -> None:
    options = {"worlds": range(3), "issues": 1, "citizens": 300}
    flat = {"slope": np.zeros((3, 1, 3)), "intercept": np.full((3, 1), 0.2), "salience": np.full((3, 1), 0.3)}
    liked = run(case(**options), 1, {**flat, "outcome": np.full((3, 1), 0.2)})[0]
    hated = run(case(**options), 1, {**flat, "outcome": np.full((3, 1), 1.0)})[0]
    assert np.allclose(hated.grievance - liked.grievance, 0.3 * 0.8**2, atol=1e-3)
    assert np.allclose(liked.issue_mean, 0.2) and np.allclose(liked.issue_variance, 0.0)


def test_grievance_moves_to_strain_and_relief_is_taken_once(case: Make) -> None:
    options = {"worlds": range(3), "issues": 0, "grievance_sd": 0.0, "grievance_rate": 0.25}
    still = {"strain": np.full(3, 0.5), "relief": np.zeros(3)}
    a_case = case(**options)
    out = run(a_case, 2, still)[-1].grievance
    assert np.allclose(out, 0.5 + (a_case.grievance0 - 0.5) * 0.75**2, atol=1e-6)
    eased = run(case(**options), 1, {**still, "relief": np.full(3, 0.1)})[0].grievance
    assert np.allclose(eased, 0.5 + (a_case.grievance0 - 0.5) * 0.75 - 0.1, atol=1e-6)


@pytest.mark.parametrize("public_class", [Citizens, TwinCitizens])
def test_grievance_keeps_its_spread(case: Make, public_class: type[Any]) -> None:
    options = {"worlds": range(3), "citizens": 2000, "powers": 1, "issues": 0, "degree": 4}
    quiet = {"strain": np.array([0.4, 0.5, 0.6]), "relief": np.zeros(3), "fear": np.zeros(3)}
    a_case = case(**options)
    a_case.grievance0 = np.full(3, 0.45)  # far from 0 and 1 for everybody
    citizens = public_class(*a_case.arguments())
    given_ = a_case.inputs(0, **quiet)
    first = citizens.grievances().astype(np.float64)
    for month in range(60):
        out = citizens.step(month, given_)
    last = citizens.grievances().astype(np.float64)
    wide = a_case.parameters.grievance_sd
    assert last.std(axis=1) == pytest.approx(np.full(3, wide), rel=0.15)
    assert np.sqrt(out.grievance_variance) == pytest.approx(np.full(3, wide), rel=0.15)
    assert out.grievance == pytest.approx(quiet["strain"], abs=0.01)
    for w in range(3):
        assert np.corrcoef(first[w], last[w])[0, 1] > 0.999, "a citizen's deviation is the one it began with"


def test_grievance_returns_to_each_citizens_own_level(case: Make) -> None:
    """A blow that drives everybody to 1 wears off, and the citizens differ again as before."""
    a_case = case(worlds=[4], citizens=500, powers=1, issues=0, grievance_rate=0.2)
    a_case.grievance0 = np.full(1, 0.5)
    citizens = Citizens(*a_case.arguments())
    first = citizens.grievances()
    quiet = {"strain": np.full(1, 0.5), "relief": np.zeros(1)}
    citizens.step(0, a_case.inputs(0, **{**quiet, "relief": np.full(1, -1.0)}))
    assert (citizens.grievances() == 1.0).all()
    for month in range(1, 60):
        citizens.step(month, a_case.inputs(0, **quiet))
    assert np.allclose(citizens.grievances(), first, atol=1e-4)


@pytest.mark.parametrize(("citizens", "powers"), [(1, 1), (1, 12), (2, 1), (50, 12)])
def test_smallest_and_widest(case: Make, citizens: int, powers: int) -> None:
    for out in run(case(citizens=citizens, powers=powers), 3):
        assert out.covariance.shape == (3, powers, powers)
        assert all(np.isfinite(value).all() for value in dataclasses.asdict(out).values())
        if citizens == 1:
            assert not out.covariance.any() and not out.issue_variance.any()


def test_memory_stays_within_its_bound(case: Make) -> None:
    for powers in (1, 5, 12):
        a_case = case(worlds=range(16), citizens=2000, powers=powers, degree=10)
        assert Citizens(*a_case.arguments()).nbytes / 2000 / 16 <= 40 + 12 * powers


@pytest.mark.parametrize("block", [16384, 32])
def test_voices_are_heard_as_they_stand(case: Make, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    """The sums that citizens keep of the voices around them are those a fresh count gives, month after month."""
    monkeypatch.setattr(public, "BLOCK", block)
    a_case = case(worlds=range(4), citizens=150, neighbour_weight=0.6)
    citizens = Citizens(*a_case.arguments(), threads=2)
    for month in range(4):
        citizens.step(month, a_case.inputs(month))
        ptr, idx = citizens._ties(0)
        around = [citizens._voice[0, idx[ptr[i] : ptr[i + 1]]].sum(axis=0) for i in range(150)]
        assert np.array_equal(citizens._loud[0], around)


def test_more_acquaintances_than_can_be_counted_are_refused(case: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public, "MOST_TIES", 7)
    with pytest.raises(ValueError, match="acquaintances"):
        Citizens(*case(degree=8).arguments())


def test_bad_shapes_are_named(case: Make) -> None:
    a_case = case()
    citizens = Citizens(*a_case.arguments())
    with pytest.raises(ValueError, match="fear must have the shape"):
        citizens.step(0, a_case.inputs(0, fear=np.zeros(2)))
    with pytest.raises(ValueError, match="slope must have the shape"):
        citizens.step(0, a_case.inputs(0, slope=np.zeros((3, 2, 1))))
    arguments = list(a_case.arguments())
    arguments[6] = arguments[6][:, :1]
    with pytest.raises(ValueError, match="anchor must have the shape"):
        Citizens(*arguments)


@pytest.mark.parametrize("confidence", [0.0, 1 / 4096, 0.3, 0.5, 1.0, 2.0, 2.5])
def test_who_counts_as_like_minded(confidence: float) -> None:
    """One unsigned comparison for both signs, and sums that fit 16 bits, whatever the confidence."""
    largest, window, one, most = hearing(confidence)
    assert one == 0x10001
    gaps = np.arange(-2 * SCALE, 2 * SCALE + 1)
    shifted = (gaps + int(largest & 0xFFFF)) % 65536
    assert np.array_equal(shifted < (window & 0xFFFF), np.abs(gaps) < confidence * SCALE)
    if confidence > 1 / SCALE:
        assert int(most) * int(largest & 0xFFFF) < 2**15 and most >= 1
