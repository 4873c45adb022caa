"""One month of attitudes and grievance of the citizens of sixteen worlds, compiled.

All of a citizen's month is done at once, while its numbers are in registers: what acquaintances think, news,
media and anchors, positions on the issues, grievance, and the sums that the outputs are made of. Sums are made
per lane in citizen order: CHUNK citizens in float32, the chunks in float64. No arithmetic mixes lanes, so a
world gets the same bits whatever stands in the others. `twin` says the same in plain numpy.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from multivector.kernels.draws import counter_of, signed_unit
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

__all__ = ["CHUNK", "OFF", "ON", "SINGLE", "flush", "opinions", "sums_size"]

CHUNK: Final = 64
"""Citizens whose sums are held in float32 before they are added in float64."""
SINGLE: Final = (0,)
"""The width of one number per world."""
ON: Final[tuple[int, ...]] = (0,)
OFF: Final[tuple[int, ...]] = ()
"""Whether a mechanism is compiled: the length is part of a tuple's type, so a branch on it is decided beforehand."""
_ZERO, _ONE = np.float32(0.0), np.float32(1.0)


def sums_size(groups: int, powers: int, issues: int) -> int:
    """Length of a row of sums: attitudes by group, products of powers, grievance and issues with their squares."""
    return LANES * (groups * powers + powers * (powers + 1) // 2 + 2 * (1 + issues))


@njit(cache=True, nogil=True, boundscheck=False, error_model="numpy")
def opinions(
    first: int,
    last: int,
    block: int,
    lo: int,
    hi: int,
    old: NDArray[np.float32],
    new: NDArray[np.float32],
    grievance: NDArray[np.float32],
    network: NDArray[np.int64],
    begin: NDArray[np.int64],
    ptr: NDArray[np.int32],
    idx: NDArray[np.int32],
    language: NDArray[np.int8],
    pull: NDArray[np.float32],
    decay: NDArray[np.float32],
    keys: NDArray[np.uint32],
    lane_keys: NDArray[np.uint32],
    origin: NDArray[np.float32],
    slope: NDArray[np.float32],
    issue: NDArray[np.float32],
    level: NDArray[np.float32],
    rate: NDArray[np.float32],
    ahead: int,
    part: NDArray[np.float32],
    total: NDArray[np.float64],
    width: tuple[int, ...],
    lasting: tuple[int, ...],
    detail: tuple[int, ...],
) -> None:
    """Attitudes and grievance of citizens lo..hi-1 of slots first..last-1, from `old` (slots, n, row) to `new`.

    width : P zeros; row = P * 16. grievance (slots, n, 16) changes in place.
    network (slots,) : the network a slot lives on; its ties are ptr (networks, n + 1 + ahead or more) into idx from
        `begin` (networks,) on; language (networks, n) : groups.
    pull (slots, G, row), decay (G, row) : per group, what is added and what share is lost. keys (slots, 4, row) : low
        and high half of the key of this month's noise, then of the fixed anchors; lane_keys (slots, 2 or more, 16) :
        the same of the fixed deviation of grievance. origin (slots, row) : point around which sums are taken. slope
        (slots, K, row); issue (slots, K, 4 * 16) : intercept, outcome, salience, origin. level (slots, 3 * 16) :
        strain, relief, origin of grievance. rate (6,) : influence, confidence, half-width of noise and of the
        anchors' pull, rate of grievance, half-width of the pull of its deviation.
    ahead : rows of acquaintances are asked for so many citizens before they are needed; 0 for never.
    part, total (slots, blocks, `sums_size`) : scratch of zeros, and where the sums of this block, less the origin,
        are added.
    lasting, detail : ON or OFF, lasting differences between citizens, and all sums but those of attitudes and
        grievance. What is off is not compiled.
    """
    row = LANES * len(width)
    issues = slope.shape[1]
    products = pull.shape[1] * row
    moods = products + LANES * (len(width) * (len(width) + 1) // 2)
    zero, one, minus = splat(_ZERO), splat(_ONE), splat(-_ONE)
    influence, confidence, noise, spread = splat(rate[0]), splat(rate[1]), splat(rate[2]), splat(rate[3])
    grievance_rate, personal = splat(rate[4]), splat(rate[5])
    listens = rate[0] != _ZERO
    for s in range(first, last):
        k = network[s]
        here_old, here_new, here_grievance = old[s], new[s], grievance[s]
        starts, ties, groups = ptr[k], idx[begin[k] :], language[k]
        pulls, key, lane_key, centre, slopes = pull[s], keys[s], lane_keys[s], origin[s], slope[s]
        terms, levels, sums = issue[s], level[s], part[s, block]
        for start in range(lo, hi, CHUNK):
            for i in range(start, min(start + CHUNK, hi)):
                at = i * row
                counter = counter_of(i)
                if ahead > 0:
                    for edge in range(fetch(starts, i + ahead), fetch(starts, i + ahead + 1)):
                        prefetch(here_old, fetch(ties, edge) * row, width)
                own = load(here_old, at, width)
                toward = zeros(width)
                heard = zeros(width)
                if listens:
                    for edge in range(fetch(starts, i), fetch(starts, i + 1)):
                        gap = load(here_old, fetch(ties, edge) * row, width) - own
                        near = abs(gap) < confidence
                        toward = where(near, toward + gap, toward)
                        heard = where(near, heard + one, heard)
                news = noise * signed_unit(counter + load(key, 0, width), load(key, row, width))
                # all that moves grievance but the gap to the strain, and relief
                mood = zeros(SINGLE)
                if len(lasting) > 0:
                    settled = signed_unit(counter + load(key, 2 * row, width), load(key, 3 * row, width))
                    news = spread * settled + news
                    deviation = signed_unit(counter + load(lane_key, 0, SINGLE), load(lane_key, LANES, SINGLE))
                    mood = personal * deviation
                group = fetch(groups, i) * row
                moved = own + influence * (toward / larger(heard, one))
                moved = moved + (load(pulls, group, width) - load(decay, group, width) * own)
                now = smaller(larger(moved + news, minus), one)
                store(here_new, at, now)
                off = now - load(centre, 0, width)
                store(sums, group, load(sums, group, width) + off)
                if len(detail) > 0:
                    add_products(sums, products, off)
                for m in range(issues):
                    term = m * 4 * LANES
                    place = across(load(terms, term, SINGLE), load(slopes, m * row, width) * now)
                    place = smaller(larger(place, zero), one)
                    gap = place - load(terms, term + LANES, SINGLE)
                    mood = mood + load(terms, term + 2 * LANES, SINGLE) * (gap * gap)
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
