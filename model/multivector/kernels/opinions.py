"""One month of attitudes and grievance of the citizens of sixteen worlds, compiled.

All of a citizen's month is done at once, while its numbers are in registers: what acquaintances think, news,
media and anchors, positions on the issues, grievance, and the sums that the outputs are made of. Sums are made
per lane in citizen order: CHUNK citizens in float32, the chunks in float64. No arithmetic mixes lanes, so a
world gets the same bits whatever stands in the others. `twin` says the same in plain numpy.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from multivector.kernels.draws import counter_of, scramble, signed_unit
from multivector.kernels.halves import TABLE, both, bounded, draws, halves, look_up, numbers, words
from multivector.kernels.vectors import (
    LANES,
    add_products,
    as_double,
    dot,
    fetch,
    fused,
    larger,
    load,
    prefetch,
    smaller,
    splat,
    store,
    where,
    zeros,
)

__all__ = [
    "CHUNK", "MAGIC", "OFF", "ON", "SCALE", "SINGLE", "UNIT", "as_words", "flush", "hearing", "opinions", "sums_size",
    "weights", "whole_steps",
]  # fmt: skip

CHUNK: Final = 64
"""Citizens whose sums are held in float32 before they are added in float64."""
SINGLE: Final = (0,)
"""The width of one number per world."""
ON: Final[tuple[int, ...]] = (0,)
OFF: Final[tuple[int, ...]] = ()
"""Whether a mechanism is compiled: the length is part of a tuple's type, so a branch on it is decided beforehand."""
SCALE: Final = 4096
"""An attitude is a whole number of steps of 1 / SCALE, far below what one person can tell of another.

Small pulls are not lost to it: a month's noise is a whole number of steps wide (`whole_steps`), so what is lost in one
citizen is gained in another.
"""
UNIT: Final = 2.0**-16 / SCALE
"""An attitude in what `numbers` gives: one step is 65536 there."""
MAGIC: Final = 1.5 * (1 << 23) / SCALE
"""float32 has steps of 1 / SCALE around it, so adding it rounds, and the sum's low 16 bits are the number of steps."""
_ZERO, _ONE = np.float32(0.0), np.float32(1.0)
_MAGIC = np.float32(MAGIC)
_FULL = np.float32(65536.0)  # 1 in what `numbers` gives
_SOON: Final = 12  # citizens ahead of which their rows are asked for
_TWO: Final = (0,) * 2  # vectors of a table


def sums_size(groups: int, powers: int, issues: int) -> int:
    """Length of a row of sums: attitudes by group, products of powers, grievance and issues with their squares."""
    return LANES * (groups * powers + powers * (powers + 1) // 2 + 2 * (1 + issues))


def whole_steps(half_width: float) -> float:
    """The half-width of uniform noise such that rounding to 1 / SCALE after adding it is right on average.

    Let u be uniform over a whole number of steps. Then however x lies between two steps, the rounded x + u has the mean
    x exactly: this is dither (Schuchman 1964, IEEE Transactions on Communication Technology 12). So a pull of a
    hundredth of a step moves one citizen in a hundred by a whole step. The width is rounded to whole steps, at least
    one; its standard deviation is off by at most 0.15 / SCALE.
    """
    return max(round(2.0 * half_width * SCALE), 1) / (2.0 * SCALE)


def weights(influence: float) -> NDArray[np.float32]:
    """What one like-minded acquaintance of so many moves, (TABLE,): `influence` / number, in UNITs."""
    number = np.maximum(np.arange(TABLE), 1).astype(np.float32)
    return np.asarray(np.float32(influence * UNIT) / number, dtype=np.float32)


def hearing(confidence: float) -> NDArray[np.uint32]:
    """What `opinions` needs to know of the confidence, (4,): the largest gap, in both halves; twice that and 1, in
    both halves; 1 in both halves; the number of gaps whose sum fits 16 bits.

    A gap counts as small if gap + largest, as an unsigned number, is below 2 * largest + 1: one comparison for both
    signs. Gaps of attitudes are at most 2 * SCALE.
    """
    largest = min(math.ceil(confidence * SCALE), 2 * SCALE + 1) - 1
    window = 2 * largest + 1  # no gap at all is small if the confidence is 0: then largest is -1
    most = 0x7FFF // max(largest, 1)
    both_halves = [largest & 0xFFFF, max(window, 0), 1]
    return np.array([*(half * 0x10001 for half in both_halves), most], dtype=np.uint32)


@njit(cache=True, nogil=True, no_cfunc_wrapper=True, boundscheck=False, forceinline=True)
def as_words(attitude: Any) -> Any:
    """Words of attitudes to which MAGIC has been added."""
    return both(words(attitude))


@njit(cache=True, nogil=True, no_cfunc_wrapper=True, boundscheck=False, forceinline=True)
def _listen(
    rows: NDArray[np.uint32],
    ties: NDArray[np.int32],
    edge: int,
    stop: int,
    ahead: int,
    base: Any,
    window: Any,
    single: Any,
    pairs: tuple[int, ...],
) -> Any:
    """Over the like-minded of ties edge..stop-1: the sum of gap + largest, and how many they are (rows of halves)."""
    gaps, here = base - base, base - base
    for tie in range(edge, stop):
        prefetch(rows, fetch(ties, tie + ahead) * LANES * len(pairs), pairs)
        gap = halves(load(rows, fetch(ties, tie) * LANES * len(pairs), pairs)) - base
        small = gap < window
        gaps = where(small, gaps + gap, gaps)
        here = where(small, here + single, here)
    return gaps, here


@njit(cache=True, nogil=True, no_cfunc_wrapper=True, boundscheck=False, error_model="numpy")
def opinions(
    first: int,
    last: int,
    block: int,
    lo: int,
    hi: int,
    attitude: NDArray[np.uint32],
    moved: NDArray[np.uint32],
    grievance: NDArray[np.float32],
    network: NDArray[np.int64],
    begin: NDArray[np.int64],
    ptr: NDArray[np.int32],
    idx: NDArray[np.int32],
    language: NDArray[np.int8],
    pull: NDArray[np.float32],
    keep: NDArray[np.float32],
    keys: NDArray[np.uint32],
    lane_keys: NDArray[np.uint32],
    origin: NDArray[np.float32],
    slope: NDArray[np.float32],
    issue: NDArray[np.float32],
    level: NDArray[np.float32],
    rate: NDArray[np.float32],
    weight: NDArray[np.float32],
    near: NDArray[np.uint32],
    ahead: int,
    part: NDArray[np.float32],
    total: NDArray[np.float64],
    width: tuple[int, ...],
    pairs: tuple[int, ...],
    lasting: tuple[int, ...],
    detail: tuple[int, ...],
    table: tuple[int, ...],
) -> None:
    """Attitudes and grievance of citizens lo..hi-1 of slots first..last-1, one month on.

    width : P zeros; row = P * 16. pairs : (P + 1) // 2 zeros; words = 16 * (P + 1) // 2. attitude (slots, n, words) :
        in steps of 1 / SCALE, two to a word, at the end of last month; moved, of the same shape, takes those of this
        month. grievance (slots, n, 16) changes in place.
    network (slots,) : the network a slot lives on; its ties are ptr (networks, n + 1) into idx from `begin`
        (networks,) on; idx goes on for `ahead` more. language (networks, n) : groups.
    pull (slots, G, row), keep (G, row) : per group, what is added, and what share is kept in UNITs. keys (slots, 4,
        words) : low and high half of the key of this month's noise, then of the fixed anchors; lane_keys (slots, 2 or
        more, 16) : the same of the fixed deviation of grievance. origin (slots, row) : MAGIC plus the point, in whole
        steps, around which sums are taken. slope (slots, K, row); issue (slots, K, 4 * 16) : position of a citizen at
        the origin, outcome, salience, origin of positions. level (slots, 3 * 16) : strain, relief, origin of grievance.
    rate (5,) : influence in UNITs, half-widths of noise and of the anchors' pull, both / 2**31, rate of grievance,
        half-width of the pull of its deviation. weight (TABLE,) : `weights` of the influence. near (4,) : `hearing`
        of the confidence.
    ahead : rows of acquaintances are asked for so many ties before they are needed.
    part, total (slots, blocks, `sums_size`) : scratch of zeros, and where the sums of this block, less the origin,
        are added.
    lasting, detail : ON or OFF, lasting differences between citizens, and all sums but those of attitudes and
        grievance. What is off is not compiled. table : ON to look up `weight` (`can_look_up`, and nobody has TABLE
        acquaintances or more), OFF to divide: the same bits, slower.
    """
    row, words_row = LANES * len(width), LANES * len(pairs)
    issues = slope.shape[1]
    products = pull.shape[1] * row
    moods = products + LANES * (len(width) * (len(width) + 1) // 2)
    zero, one, full = splat(_ZERO), splat(_ONE), splat(_FULL)
    influence, noise, spread = splat(rate[0] * _FULL), splat(rate[1]), splat(rate[2])
    grievance_rate, personal = splat(rate[3]), splat(rate[4])
    largest, window, single = halves(splat(near[0])), halves(splat(near[1])), halves(splat(near[2]))
    most = np.int64(near[3])  # `single` is not a constant, so that counting stays one masked addition
    listens = rate[0] != _ZERO
    for s in range(first, last):
        k = network[s]
        rows, out, here_grievance = attitude[s], moved[s], grievance[s]
        starts, ties, groups = ptr[k], idx[begin[k] :], language[k]
        pulls, key, lane_key, centre, slopes = pull[s], keys[s], lane_keys[s], origin[s], slope[s]
        terms, levels, sums = issue[s], level[s], part[s, block]
        for start in range(lo, hi, CHUNK):
            for i in range(start, min(start + CHUNK, hi)):
                at = i * words_row
                prefetch(out, at + _SOON * words_row, pairs)  # what will be written has to come, too
                prefetch(here_grievance, (i + _SOON) * LANES, SINGLE)
                own = load(rows, at, pairs)
                counter = counter_of(i)
                group = fetch(groups, i) * row
                low = counter + load(key, 0, pairs)
                drawn = draws(scramble(low, load(key, words_row, pairs)), width)
                news = fused(noise, drawn, load(pulls, group, width))
                # all that moves grievance but the gap to the strain, and relief
                mood = zeros(SINGLE)
                if len(lasting) > 0:
                    low = counter + load(key, 2 * words_row, pairs)
                    drawn = draws(scramble(low, load(key, 3 * words_row, pairs)), width)
                    news = fused(spread, drawn, news)
                    deviation = signed_unit(counter + load(lane_key, 0, SINGLE), load(lane_key, LANES, SINGLE))
                    mood = personal * deviation
                now = fused(load(keep, group, width), numbers(own, width), news)
                if listens:
                    base = halves(own) - largest
                    edge, end = fetch(starts, i), fetch(starts, i + 1)
                    stop = min(end, edge + most)  # as many ties as 16 bits can sum: mostly all of them
                    gaps, count = _listen(rows, ties, edge, stop, ahead, base, window, single, pairs)
                    toward = numbers(words(gaps - count * largest), width)
                    while stop < end:
                        edge, stop = stop, min(end, stop + most)
                        gaps, here = _listen(rows, ties, edge, stop, ahead, base, window, single, pairs)
                        toward = toward + numbers(words(gaps - here * largest), width)
                        count = count + here
                    if len(table) > 0:
                        each = look_up(load(weight, 0, _TWO), words(count), width)
                    else:
                        each = influence / larger(numbers(words(count), width), full)
                    now = fused(each, toward, now)
                now = bounded(now) + splat(_MAGIC)
                store(out, at, as_words(now))
                off = now - load(centre, 0, width)
                store(sums, group, load(sums, group, width) + off)
                if len(detail) > 0:
                    add_products(sums, products, off)
                for m in range(issues):
                    term = m * 4 * LANES
                    place = dot(load(terms, term, SINGLE), load(slopes, m * row, width), off)
                    place = smaller(larger(place, zero), one)
                    gap_to = place - load(terms, term + LANES, SINGLE)
                    mood = fused(load(terms, term + 2 * LANES, SINGLE), gap_to * gap_to, mood)
                    if len(detail) > 0:
                        place = place - load(terms, term + 3 * LANES, SINGLE)
                        _add_moments(sums, moods + (2 + 2 * m) * LANES, place, detail)
                was = load(here_grievance, i * LANES, SINGLE)
                felt = fused(grievance_rate, load(levels, 0, SINGLE) - was, was) - load(levels, LANES, SINGLE)
                felt = smaller(larger(felt + mood, zero), one)
                store(here_grievance, i * LANES, felt)
                _add_moments(sums, moods, felt - load(levels, 2 * LANES, SINGLE), detail)
            flush(sums, total[s, block])


@njit(cache=True, nogil=True, no_cfunc_wrapper=True, boundscheck=False, forceinline=True)
def _add_moments(part: NDArray[np.float32], at: int, off: Any, detail: tuple[int, ...]) -> None:
    """Add one number per world, and its square."""
    store(part, at, load(part, at, SINGLE) + off)
    if len(detail) > 0:
        store(part, at + LANES, fused(off, off, load(part, at + LANES, SINGLE)))


@njit(cache=True, nogil=True, no_cfunc_wrapper=True, boundscheck=False)
def flush(part: NDArray[np.float32], total: NDArray[np.float64]) -> None:
    """Add the float32 sums of a chunk to the float64 sums, as many as these are, and clear them."""
    for at in range(0, total.size, LANES):
        store(total, at, load(total, at, SINGLE) + as_double(load(part, at, SINGLE)))
        store(part, at, zeros(SINGLE))
