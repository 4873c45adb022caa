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
from multivector.kernels.halves import both, draws, halves, numbers, words
from multivector.kernels.vectors import (
    LANES,
    across,
    add_products,
    as_double,
    fetch,
    larger,
    load,
    prefetch,
    smaller,
    splat,
    store,
    where,
    zeros,
)

__all__ = ["CHUNK", "OFF", "ON", "SCALE", "SINGLE", "as_seen", "flush", "hearing", "opinions", "sums_size"]

CHUNK: Final = 64
"""Citizens whose sums are held in float32 before they are added in float64."""
SINGLE: Final = (0,)
"""The width of one number per world."""
ON: Final[tuple[int, ...]] = (0,)
OFF: Final[tuple[int, ...]] = ()
"""Whether a mechanism is compiled: the length is part of a tuple's type, so a branch on it is decided beforehand."""
SCALE: Final = 4096
"""Acquaintances see an attitude to the nearest 1 / SCALE, far below what one person can tell of another."""
_ZERO, _ONE = np.float32(0.0), np.float32(1.0)
_TO_SEEN = np.float32(1.5 * (1 << 23) / SCALE)  # float32 has steps of 1 / SCALE there, so adding it rounds
_FULL = np.float32(65536.0)  # 1 in what `numbers` gives


def sums_size(groups: int, powers: int, issues: int) -> int:
    """Length of a row of sums: attitudes by group, products of powers, grievance and issues with their squares."""
    return LANES * (groups * powers + powers * (powers + 1) // 2 + 2 * (1 + issues))


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


@njit(cache=True, nogil=True, boundscheck=False, forceinline=True)
def as_seen(attitude: Any) -> Any:
    """Words of attitudes as acquaintances see them."""
    return both(words(attitude + splat(_TO_SEEN)))


@njit(cache=True, nogil=True, boundscheck=False, error_model="numpy")
def opinions(
    first: int,
    last: int,
    block: int,
    lo: int,
    hi: int,
    attitude: NDArray[np.float32],
    seen: NDArray[np.uint32],
    told: NDArray[np.uint32],
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
    near: NDArray[np.uint32],
    ahead: int,
    part: NDArray[np.float32],
    total: NDArray[np.float64],
    width: tuple[int, ...],
    pairs: tuple[int, ...],
    lasting: tuple[int, ...],
    detail: tuple[int, ...],
) -> None:
    """Attitudes and grievance of citizens lo..hi-1 of slots first..last-1, one month on.

    width : P zeros; row = P * 16. pairs : (P + 1) // 2 zeros; words = 16 * (P + 1) // 2. attitude (slots, n, row) and
        grievance (slots, n, 16) change in place. seen (slots, n, words) : attitudes as acquaintances saw them at the
        end of last month (`as_seen`); told, of the same shape, takes those of this month.
    network (slots,) : the network a slot lives on; its ties are ptr (networks, n + 1) into idx from `begin`
        (networks,) on; idx goes on for `ahead` more. language (networks, n) : groups.
    pull (slots, G, row), keep (G, row) : per group, what is added and what share is kept. keys (slots, 4, words) : low
        and high half of the key of this month's noise, then of the fixed anchors; lane_keys (slots, 2 or more, 16) :
        the same of the fixed deviation of grievance. origin (slots, row) : point around which sums are taken. slope
        (slots, K, row); issue (slots, K, 4 * 16) : intercept, outcome, salience, origin. level (slots, 3 * 16) :
        strain, relief, origin of grievance.
    rate (5,) : influence / SCALE, half-widths of noise and of the anchors' pull, both / 2**31, rate of grievance,
        half-width of the pull of its deviation. near (4,) : `hearing` of the confidence.
    ahead : rows of acquaintances are asked for so many ties before they are needed.
    part, total (slots, blocks, `sums_size`) : scratch of zeros, and where the sums of this block, less the origin,
        are added.
    lasting, detail : ON or OFF, lasting differences between citizens, and all sums but those of attitudes and
        grievance. What is off is not compiled.
    """
    row, seen_row = LANES * len(width), LANES * len(pairs)
    issues = slope.shape[1]
    products = pull.shape[1] * row
    moods = products + LANES * (len(width) * (len(width) + 1) // 2)
    zero, one, minus, full = splat(_ZERO), splat(_ONE), splat(-_ONE), splat(_FULL)
    influence, noise, spread = splat(rate[0]), splat(rate[1]), splat(rate[2])
    grievance_rate, personal = splat(rate[3]), splat(rate[4])
    largest, window, single = halves(splat(near[0])), halves(splat(near[1])), halves(splat(near[2]))
    most = np.int64(near[3])  # `single` is not a constant, so that counting stays one masked addition
    listens = rate[0] != _ZERO
    for s in range(first, last):
        k = network[s]
        own_rows, here_seen, here_told, here_grievance = attitude[s], seen[s], told[s], grievance[s]
        starts, ties, groups = ptr[k], idx[begin[k] :], language[k]
        pulls, key, lane_key, centre, slopes = pull[s], keys[s], lane_keys[s], origin[s], slope[s]
        terms, levels, sums = issue[s], level[s], part[s, block]
        for start in range(lo, hi, CHUNK):
            for i in range(start, min(start + CHUNK, hi)):
                at, seen_at = i * row, i * seen_row
                toward, heard = zeros(width), zeros(width)
                if listens:
                    base = halves(load(here_seen, seen_at, pairs)) - largest
                    count = base - base
                    edge, end = fetch(starts, i), fetch(starts, i + 1)
                    while edge < end:  # as many ties as 16 bits can sum: mostly all of them
                        gaps, here = base - base, base - base
                        for tie in range(edge, min(end, edge + most)):
                            prefetch(here_seen, fetch(ties, tie + ahead) * seen_row, pairs)
                            gap = halves(load(here_seen, fetch(ties, tie) * seen_row, pairs)) - base
                            small = gap < window
                            gaps = where(small, gaps + gap, gaps)
                            here = where(small, here + single, here)
                        toward = toward + numbers(words(gaps - here * largest), width)
                        count = count + here
                        edge += most
                    heard = numbers(words(count), width)
                counter = counter_of(i)
                own = load(own_rows, at, width)
                low = counter + load(key, 0, pairs)
                news = noise * draws(scramble(low, load(key, seen_row, pairs)), width)
                # all that moves grievance but the gap to the strain, and relief
                mood = zeros(SINGLE)
                if len(lasting) > 0:
                    low = counter + load(key, 2 * seen_row, pairs)
                    news = spread * draws(scramble(low, load(key, 3 * seen_row, pairs)), width) + news
                    deviation = signed_unit(counter + load(lane_key, 0, SINGLE), load(lane_key, LANES, SINGLE))
                    mood = personal * deviation
                group = fetch(groups, i) * row
                moved = load(keep, group, width) * own + (load(pulls, group, width) + news)
                moved = moved + influence * (toward / larger(heard, full))
                now = smaller(larger(moved, minus), one)
                store(own_rows, at, now)
                store(here_told, seen_at, as_seen(now))
                off = now - load(centre, 0, width)
                store(sums, group, load(sums, group, width) + off)
                if len(detail) > 0:
                    add_products(sums, products, off)
                for m in range(issues):
                    term = m * 4 * LANES
                    place = across(load(terms, term, SINGLE), load(slopes, m * row, width) * now)
                    place = smaller(larger(place, zero), one)
                    gap_to = place - load(terms, term + LANES, SINGLE)
                    mood = mood + load(terms, term + 2 * LANES, SINGLE) * (gap_to * gap_to)
                    if len(detail) > 0:
                        place = place - load(terms, term + 3 * LANES, SINGLE)
                        _add_moments(sums, moods + (2 + 2 * m) * LANES, place, detail)
                was = load(here_grievance, i * LANES, SINGLE)
                felt = was + grievance_rate * (load(levels, 0, SINGLE) - was) - load(levels, LANES, SINGLE)
                felt = smaller(larger(felt + mood, zero), one)
                store(here_grievance, i * LANES, felt)
                _add_moments(sums, moods, felt - load(levels, 2 * LANES, SINGLE), detail)
            flush(sums, total[s, block])


@njit(cache=True, nogil=True, boundscheck=False, forceinline=True)
def _add_moments(part: NDArray[np.float32], at: int, off: Any, detail: tuple[int, ...]) -> None:
    """Add one number per world, and its square."""
    store(part, at, load(part, at, SINGLE) + off)
    if len(detail) > 0:
        store(part, at + LANES, load(part, at + LANES, SINGLE) + off * off)


@njit(cache=True, nogil=True, boundscheck=False)
def flush(part: NDArray[np.float32], total: NDArray[np.float64]) -> None:
    """Add the float32 sums of a chunk to the float64 sums, as many as these are, and clear them."""
    for at in range(0, total.size, LANES):
        store(total, at, load(total, at, SINGLE) + as_double(load(part, at, SINGLE)))
        store(part, at, zeros(SINGLE))
