"""Between worlds and lanes, compiled: the citizens' first month, and what goes in and comes out each month.

A slot is sixteen worlds on one network; its state is laid out (citizen, attribute, lane) with the worlds
innermost, so that one instruction does the same to sixteen worlds. Inputs and outputs are float64 with worlds
first. `slot` (W,) and `lane` (W,) say where a world sits; idle lanes hold zeros and go nowhere.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from multivector.kernels.draws import PAIR_STEP, counter_of, scramble, signed_unit
from multivector.kernels.halves import bounded, draws
from multivector.kernels.network import mix
from multivector.kernels.opinions import MAGIC, SCALE, SINGLE, UNIT, as_words
from multivector.kernels.vectors import LANES, as_float, fused, larger, load, smaller, splat, store

__all__ = ["enter", "lay_out", "leave"]

_ZERO, _ONE, _TWO = np.float32(0.0), np.float32(1.0), np.float32(2.0)
_S16, _SHORT, _S32 = np.uint32(16), np.uint32(0xFFFF), np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_MAGIC = np.float32(MAGIC)
_COARSE, _ROOT3 = np.float32(2.0**-16), np.float32(np.sqrt(3.0))


@njit(cache=True, nogil=True, no_cfunc_wrapper=True, boundscheck=False)
def lay_out(
    attitude: NDArray[np.uint32],
    grievance: NDArray[np.float32],
    threshold: NDArray[np.float32],
    language: NDArray[np.int8],
    anchor: NDArray[np.float32],
    grievance0: NDArray[np.float32],
    keys: NDArray[np.uint32],
    lane_keys: NDArray[np.uint32],
    scale: NDArray[np.float32],
    width: tuple[int, ...],
    pairs: tuple[int, ...],
) -> None:
    """Fill in one slot's first month: attitude (n, words), grievance and threshold (n, 16).

    width, pairs, keys : as in `opinions`. anchor (G, row); grievance0 (16,); lane_keys (6, 16) : low and high half for
    grievance and twice for the threshold; scale (5,) : half-widths of attitude (/ 2**31) and grievance, threshold
    mean, sd, floor.
    """
    row, words_row = LANES * len(width), LANES * len(pairs)
    zero, one, two = splat(_ZERO), splat(_ONE), splat(_TWO)
    for i in range(attitude.shape[0]):
        here = counter_of(i)
        bits = scramble(here + load(keys, 2 * words_row, pairs), load(keys, 3 * words_row, pairs))
        start = fused(splat(scale[0]), draws(bits, width), load(anchor, language[i] * row, width))
        store(attitude, i * words_row, as_words(bounded(start) + splat(_MAGIC)))
        draw = signed_unit(here + load(lane_keys, 0, SINGLE), load(lane_keys, LANES, SINGLE))
        level = load(grievance0, 0, SINGLE) + splat(scale[1]) * draw
        store(grievance, i * LANES, smaller(larger(level, zero), one))
        # the sum of four 16-bit uniforms: bell-shaped, bounded at 3.5 sd, and exact in float32
        a = scramble(here + load(lane_keys, 2 * LANES, SINGLE), load(lane_keys, 3 * LANES, SINGLE))
        b = scramble(here + load(lane_keys, 4 * LANES, SINGLE), load(lane_keys, 5 * LANES, SINGLE))
        low = (a & splat(_SHORT)) + (b & splat(_SHORT))
        total = (a >> splat(_S16)) + (b >> splat(_S16)) + low
        bell = (as_float(total) * splat(_COARSE) - two) * splat(_ROOT3)
        store(threshold, i * LANES, larger(splat(scale[2]) + splat(scale[3]) * bell, splat(scale[4])))


@njit(cache=True, nogil=True, no_cfunc_wrapper=True, boundscheck=False)
def enter(
    slot: NDArray[np.int64],
    lane: NDArray[np.int64],
    noise_keys: NDArray[np.uint64],
    counter: np.uint64,
    anchor: NDArray[np.float64],
    target: NDArray[np.float64],
    exposure: NDArray[np.float64],
    media_rate: float,
    anchor_rate: float,
    shock: NDArray[np.float64],
    strain: NDArray[np.float64],
    relief: NDArray[np.float64],
    fear: NDArray[np.float64],
    slope: NDArray[np.float64],
    intercept: NDArray[np.float64],
    outcome: NDArray[np.float64],
    salience: NDArray[np.float64],
    mean: NDArray[np.float64],
    grievance_mean: NDArray[np.float64],
    centre: NDArray[np.float64],
    lane_pull: NDArray[np.float32],
    keep: NDArray[np.float32],
    lane_keys: NDArray[np.uint32],
    lane_origin: NDArray[np.float32],
    lane_slope: NDArray[np.float32],
    lane_issue: NDArray[np.float32],
    lane_level: NDArray[np.float32],
    lane_fear: NDArray[np.float32],
    total: NDArray[np.float64],
    shown: NDArray[np.float64],
) -> None:
    """A month's inputs (those of `PublicInputs`) into lanes: the arguments of `opinions`, from `lane_pull` on.

    noise_keys (W,), counter : keys of the noise, and what the month adds to them before they are mixed. mean (W, P),
    grievance_mean (W,) : last month's, the points around which sums are taken; centre (W, K) : the same for the
    issues, filled in here. total, shown : sums, set to zero.
    """
    worlds, groups, powers = anchor.shape
    issues = intercept.shape[1]
    for s in range(total.shape[0]):
        for block in range(total.shape[1]):
            for q in range(total.shape[2]):
                total[s, block, q] = 0.0
            for q in range(shown.shape[2]):
                shown[s, block, q] = 0.0
    for g in range(groups):
        for p in range(powers):
            for k in range(LANES):
                keep[g, p * LANES + k] = UNIT * np.float32(1.0 - (media_rate * exposure[g, p] + anchor_rate))
    for w in range(worlds):
        s, k = slot[w], lane[w]
        key = mix(noise_keys[w] + counter)
        low, high = np.uint32(key & _LOW), np.uint32(key >> _S32)
        for pair in range((powers + 1) // 2):
            lane_keys[s, 0, pair * LANES + k] = np.uint32(low + np.uint32(np.uint32(pair) * PAIR_STEP))
            lane_keys[s, 1, pair * LANES + k] = high
        for p in range(powers):
            q = p * LANES + k
            lane_origin[s, q] = MAGIC + _in_steps(mean[w, p])
            for g in range(groups):
                media = media_rate * exposure[g, p]
                pull = media * target[w, g, p] + anchor_rate * anchor[w, g, p] + shock[w, g, p]
                lane_pull[s, g, q] = pull
        for m in range(issues):
            expected = intercept[w, m]
            for p in range(powers):
                expected += slope[w, m, p] * _in_steps(mean[w, p])
                lane_slope[s, m, p * LANES + k] = slope[w, m, p]
            centre[w, m] = min(max(expected, 0.0), 1.0)
            lane_issue[s, m, k] = expected
            lane_issue[s, m, LANES + k] = outcome[w, m]
            lane_issue[s, m, 2 * LANES + k] = salience[w, m]
            lane_issue[s, m, 3 * LANES + k] = centre[w, m]
        lane_level[s, k] = strain[w]
        lane_level[s, LANES + k] = relief[w]
        lane_level[s, 2 * LANES + k] = grievance_mean[w]
        lane_fear[s, k] = fear[w]


@njit(cache=True, nogil=True, no_cfunc_wrapper=True, boundscheck=False)
def leave(
    slot: NDArray[np.int64],
    lane: NDArray[np.int64],
    sizes: NDArray[np.int64],
    citizens: int,
    origin: NDArray[np.float64],
    grievance_mean: NDArray[np.float64],
    centre: NDArray[np.float64],
    total: NDArray[np.float64],
    protest: NDArray[np.uint32],
    shown: NDArray[np.float64],
    mean: NDArray[np.float64],
    group_mean: NDArray[np.float64],
    covariance: NDArray[np.float64],
    mood: NDArray[np.float64],
    voices: NDArray[np.float64],
) -> None:
    """Sums over blocks, in order, turned into means and variances by world.

    sizes (W, G) : citizens by group. origin (W, P), grievance_mean (W,), centre (W, K) : points around which sums
    were taken. total (slots, blocks, `sums_size`), protest (slots, blocks, weeks, 16), shown (slots, blocks, 2 *
    16) : sums. The rest is filled in: mean (W, P), group_mean (W, G, P; it holds the anchors, which stay where a
    group has nobody), covariance (W, P, P), mood (2, 1 + K, W) : mean and variance of grievance and issues, voices
    (4, W) : who speaks, the grievance they show, protest in the peak week and on average.
    """
    worlds, groups, powers = group_mean.shape
    n = float(citizens)
    off = np.empty(powers)
    for w in range(worlds):
        s, k = slot[w], lane[w]
        for p in range(powers):
            everybody = 0.0
            middle = _in_steps(origin[w, p])
            for g in range(groups):
                here = _over_blocks(total[s], (g * powers + p) * LANES + k)
                everybody += here
                if sizes[w, g] > 0:
                    group_mean[w, g, p] = middle + here / sizes[w, g]
            off[p] = everybody / n
            mean[w, p] = middle + off[p]
        at = groups * powers * LANES + k
        for a in range(powers):
            for b in range(a, powers):
                value = _over_blocks(total[s], at) / n - off[a] * off[b]
                if citizens == 1 or (a == b and value < 0.0):
                    value = 0.0
                covariance[w, a, b] = value
                covariance[w, b, a] = value
                at += LANES
        for m in range(mood.shape[1]):
            middle = np.float64(np.float32(grievance_mean[w] if m == 0 else centre[w, m - 1]))
            first = _over_blocks(total[s], at) / n
            second = _over_blocks(total[s], at + LANES) / n
            mood[0, m, w] = middle + first
            mood[1, m, w] = 0.0 if citizens == 1 else max(second - first * first, 0.0)
            at += 2 * LANES
        for half in range(2):
            voices[half, w] = _over_blocks(shown[s], half * LANES + k) / n
        peak = together = 0.0
        for week in range(protest.shape[2]):
            count = 0
            for block in range(protest.shape[1]):
                count += protest[s, block, week, k]
            peak = max(peak, count / n)
            together += count / n
        voices[2, w] = peak
        voices[3, w] = together / protest.shape[2]


@njit(cache=True, nogil=True, no_cfunc_wrapper=True, boundscheck=False)
def _in_steps(attitude: float) -> float:
    """The nearest whole number of steps, so that what citizens differ from it is exact in float32."""
    return math.floor(attitude * SCALE + 0.5) / SCALE


@njit(cache=True, nogil=True, no_cfunc_wrapper=True, boundscheck=False)
def _over_blocks(parts: NDArray[np.float64], at: int) -> np.float64:
    """Sum over blocks (axis 0), one after the other."""
    total: np.float64 = parts[0, at]
    for block in range(1, parts.shape[0]):
        total += parts[block, at]
    return total
