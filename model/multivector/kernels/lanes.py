"""The compiled loops: one month of the citizens of sixteen worlds that share a network.

State is float32, laid out (citizen, attribute, lane) with the sixteen worlds innermost, so each inner loop
does the same thing to sixteen worlds and LLVM makes vector instructions of it. No loop mixes lanes, no
fastmath reorders a sum, and sums over citizens are made per lane in citizen order: CHUNK citizens in float32,
the chunks in float64. A world therefore gets the same bits whatever stands in the other lanes. The attitudes
to P powers are one row of `row = P * LANES` numbers, because nothing but the noise key and the constants
differs from power to power.

`twin` says the same in plain numpy.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = [
    "BYTES", "CHUNK", "CITIZEN_STEP", "FOLD", "LANES", "POWER_STEP", "SLOT",
    "lay_out", "opinions", "weeks", "work_shape",
]  # fmt: skip

LANES: Final = 16
CHUNK: Final = 64
"""Citizens whose sums are held in float32 before they are added in float64."""
SLOT: Final = 5
"""Neighbours handled in one pass over a row; a shorter last pass is filled up with the citizen itself."""
BYTES: Final = 125
"""Acquaintances whose voices (0 to 2 each) are sure to fit a byte; a multiple of SLOT."""
FOLD: Final = 12
"""Powers whose terms are added in one pass; a short pass is filled up with zeros."""
_TOWARD, _HEARD, _OFF, _TERM, _SUMS = range(5)  # rows of `work`
CITIZEN_STEP: Final = np.uint32(0x9E3779B1)
POWER_STEP: Final = np.uint32(0x27D4EB2F)

_F32 = np.float32
_ZERO, _ONE, _HALF = np.float32(0.0), np.float32(1.0), np.float32(0.5)
_U32 = np.uint32
_M1, _M2 = np.uint32(0x7FEB352D), np.uint32(0x846CA68B)
_S8, _S15, _S16 = np.uint32(8), np.uint32(15), np.uint32(16)
_NONE = np.uint64(0)
_FINE = np.float32(2.0**-23)
_SHORT = np.uint32(0xFFFF)
_COARSE = np.float32(2.0**-16)
_ROOT3 = np.float32(np.sqrt(3.0))


def work_shape(groups: int, powers: int) -> tuple[int, int]:
    """Shape of the scratch of `opinions`: powers are rounded up to whole passes of FOLD."""
    return _SUMS + groups + powers, -(-powers // FOLD) * FOLD * LANES


@njit(cache=True, nogil=True, boundscheck=False, forceinline=True)
def _scramble(low: np.uint32, high: np.uint32) -> np.uint32:
    """32 mixed bits from a counter (already added to the low half of a 64-bit key) and the key's high half.

    The multipliers are those of Wellons' "lowbias32"; the high half enters between the two multiplications,
    so that all 64 bits of the key count although every operation is 32 bits wide and runs in vector lanes.
    """
    h = _U32(low ^ (low >> _S16))
    h = _U32(h * _M1)
    h = _U32(h ^ high)
    h = _U32(h ^ (h >> _S15))
    h = _U32(h * _M2)
    return _U32(h ^ (h >> _S16))


@njit(cache=True, nogil=True, boundscheck=False, forceinline=True)
def _signed_unit(low: np.uint32, high: np.uint32) -> np.float32:
    """A uniform draw in [-1, 1) from the same arguments."""
    return _F32(np.int32(_scramble(low, high) >> _S8)) * _FINE - _ONE


@njit(cache=True, nogil=True, boundscheck=False)
def lay_out(
    attitude: NDArray[np.float32],
    grievance: NDArray[np.float32],
    threshold: NDArray[np.float32],
    language: NDArray[np.int8],
    anchor: NDArray[np.float32],
    grievance0: NDArray[np.float32],
    keys: NDArray[np.uint32],
    lane_keys: NDArray[np.uint32],
    scale: NDArray[np.float32],
) -> None:
    """Fill in the citizens' first month: attitude (n, row), grievance and threshold (n, 16).

    anchor (G, row); grievance0 (16,); keys (4, row) as in `opinions`; lane_keys (6, 16): low and high half
    for grievance and twice for the threshold; scale (5,): half-widths of attitude and grievance, threshold
    mean, sd, floor.
    """
    n, row = attitude.shape
    for i in range(n):
        g = language[i]
        here = _U32(_U32(i) * CITIZEN_STEP)
        for q in range(row):
            start = anchor[g, q] + scale[0] * _signed_unit(_U32(here + keys[2, q]), keys[3, q])
            attitude[i, q] = min(max(start, -_ONE), _ONE)
        for k in range(LANES):
            level = grievance0[k] + scale[1] * _signed_unit(_U32(here + lane_keys[0, k]), lane_keys[1, k])
            grievance[i, k] = min(max(level, _ZERO), _ONE)
            # the sum of four 16-bit uniforms: bell-shaped, bounded at 3.5 sd, and exact in float32
            a = _scramble(_U32(here + lane_keys[2, k]), lane_keys[3, k])
            b = _scramble(_U32(here + lane_keys[4, k]), lane_keys[5, k])
            total = _U32(_U32(_U32(a >> _S16) + _U32(a & _SHORT)) + _U32(_U32(b >> _S16) + _U32(b & _SHORT)))
            bell = (_F32(np.int32(total)) * _COARSE - _F32(2.0)) * _ROOT3
            threshold[i, k] = max(scale[2] + scale[3] * bell, scale[4])


@njit(cache=True, nogil=True, boundscheck=False, error_model="numpy")
def opinions(
    old: NDArray[np.float32],
    new: NDArray[np.float32],
    grievance: NDArray[np.float32],
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
    lo: int,
    hi: int,
    work: NDArray[np.float32],
    mood: NDArray[np.float32],
    lane_part: NDArray[np.float32],
    field_sum: NDArray[np.float64],
    lane_sum: NDArray[np.float64],
) -> None:
    """Attitudes and grievance of citizens lo..hi-1, from `old` (n, row) to `new`; grievance (n, 16) in place.

    pull, decay (G, row): per group, what is added and what share is lost; keys (4, row): low and high half of
    the key of this month's noise, then of the fixed anchors; lane_keys (2, 16): the same of the fixed
    deviation of grievance; origin (row,): point around which sums are taken; slope (K, row); issue (K, 4 *
    16): intercept, outcome, salience, origin; level (3 * 16,): strain, relief, origin of grievance; rate
    (6,): influence, confidence, half-width of noise and of the anchors' pull, rate of grievance, half-width
    of the pull of its deviation. Sums, less the origin, are added to field_sum (G + P, row): attitudes by
    group, then products of powers p and p + d in row G + d; and to lane_sum (1 + K, 2 * 16): grievance and
    its square, then the same of each issue's position. Scratch, zero at the start: work, `work_shape(G, P)`;
    mood (2 * 16,); lane_part (1 + K, 2 * 16).
    """
    row = old.shape[1]
    issues = slope.shape[0]
    groups = pull.shape[0]
    powers = row // LANES
    folds = (powers + FOLD - 1) // FOLD
    influence, confidence, noise, spread = rate[0], rate[1], rate[2], rate[3]
    grievance_rate, personal = rate[4], rate[5]
    for q in range(row):
        work[_HEARD, q] = _ONE
    start = lo
    while start < hi:
        stop = min(start + CHUNK, hi)
        for i in range(start, stop):
            g = language[i]
            here = _U32(_U32(i) * CITIZEN_STEP)
            if influence != _ZERO:
                edge = ptr[i]
                end = ptr[i + 1]
                # the citizen itself fills empty places: it adds 0 to the sum and 1 to the count
                spare = _F32((SLOT - (end - edge) % SLOT) % SLOT)
                for q in range(row):
                    work[_TOWARD, q] = _ZERO
                    work[_HEARD, q] = -spare
                while edge < end:
                    j0 = idx[edge]
                    j1 = idx[edge + 1] if edge + 1 < end else i
                    j2 = idx[edge + 2] if edge + 2 < end else i
                    j3 = idx[edge + 3] if edge + 3 < end else i
                    j4 = idx[edge + 4] if edge + 4 < end else i
                    for q in range(row):
                        own = old[i, q]
                        total = work[_TOWARD, q]
                        count = work[_HEARD, q]
                        gap = old[j0, q] - own
                        total += gap if abs(gap) < confidence else _ZERO
                        count += _ONE if abs(gap) < confidence else _ZERO
                        gap = old[j1, q] - own
                        total += gap if abs(gap) < confidence else _ZERO
                        count += _ONE if abs(gap) < confidence else _ZERO
                        gap = old[j2, q] - own
                        total += gap if abs(gap) < confidence else _ZERO
                        count += _ONE if abs(gap) < confidence else _ZERO
                        gap = old[j3, q] - own
                        total += gap if abs(gap) < confidence else _ZERO
                        count += _ONE if abs(gap) < confidence else _ZERO
                        gap = old[j4, q] - own
                        total += gap if abs(gap) < confidence else _ZERO
                        count += _ONE if abs(gap) < confidence else _ZERO
                        work[_TOWARD, q] = total
                        work[_HEARD, q] = count
                    edge += SLOT
            # several short loops, not one: LLVM gives up on a loop that touches too many arrays
            for q in range(row):
                own_place = spread * _signed_unit(_U32(here + keys[2, q]), keys[3, q])
                new[i, q] = own_place + noise * _signed_unit(_U32(here + keys[0, q]), keys[1, q])
            for q in range(row):
                own = old[i, q]
                moved = own + influence * (work[_TOWARD, q] / max(work[_HEARD, q], _ONE))
                moved += pull[g, q] - decay[g, q] * own
                new[i, q] = min(max(moved + new[i, q], -_ONE), _ONE)
            for q in range(row):
                work[_OFF, q] = new[i, q] - origin[q]
            for q in range(row):
                work[_SUMS + g, q] += work[_OFF, q]
            for lag in range(powers):
                ahead = lag * LANES
                for q in range(row - ahead):
                    work[_SUMS + groups + lag, q] += work[_OFF, q] * work[_OFF, q + ahead]
            # mood's second half: all that moves grievance but the gap to the strain, and relief. The bound is one
            # that LLVM does not know: a loop of 16 hashes is unrolled before it can become vector instructions
            for k in range(lane_keys.shape[1]):
                mood[LANES + k] = personal * _signed_unit(_U32(here + lane_keys[0, k]), lane_keys[1, k])
            for m in range(issues):
                for q in range(row):
                    work[_TERM, q] = slope[m, q] * new[i, q]
                for k in range(LANES):
                    mood[k] = issue[m, k]
                for fold in range(folds):
                    at = fold * FOLD * LANES
                    for k in range(LANES):
                        total = mood[k] + work[_TERM, at + k]
                        total += work[_TERM, at + LANES + k]
                        total += work[_TERM, at + 2 * LANES + k]
                        total += work[_TERM, at + 3 * LANES + k]
                        total += work[_TERM, at + 4 * LANES + k]
                        total += work[_TERM, at + 5 * LANES + k]
                        total += work[_TERM, at + 6 * LANES + k]
                        total += work[_TERM, at + 7 * LANES + k]
                        total += work[_TERM, at + 8 * LANES + k]
                        total += work[_TERM, at + 9 * LANES + k]
                        total += work[_TERM, at + 10 * LANES + k]
                        mood[k] = total + work[_TERM, at + 11 * LANES + k]
                for k in range(LANES):
                    place = min(max(mood[k], _ZERO), _ONE)
                    gap = place - issue[m, LANES + k]
                    mood[LANES + k] += issue[m, 2 * LANES + k] * (gap * gap)
                    place -= issue[m, 3 * LANES + k]
                    lane_part[1 + m, k] += place
                    lane_part[1 + m, LANES + k] += place * place
            for k in range(LANES):
                was = grievance[i, k]
                felt = was + grievance_rate * (level[k] - was) - level[LANES + k]
                felt = min(max(felt + mood[LANES + k], _ZERO), _ONE)
                grievance[i, k] = felt
                felt -= level[2 * LANES + k]
                lane_part[0, k] += felt
                lane_part[0, LANES + k] += felt * felt
        for r in range(groups + powers):
            for q in range(row):
                field_sum[r, q] += np.float64(work[_SUMS + r, q])
                work[_SUMS + r, q] = _ZERO
        _flush(lane_part, lane_sum)
        start = stop


@njit(cache=True, nogil=True, boundscheck=False)
def _flush(part: NDArray[np.float32], total: NDArray[np.float64]) -> None:
    """Add the float32 sums of a chunk to the float64 sums, and clear them."""
    rows, width = part.shape
    for r in range(rows):
        for q in range(width):
            total[r, q] += np.float64(part[r, q])
            part[r, q] = _ZERO


@njit(cache=True, nogil=True, boundscheck=False, error_model="numpy")
def weeks(
    grievance: NDArray[np.float32],
    threshold: NDArray[np.float32],
    voice: NDArray[np.uint8],
    words: NDArray[np.uint64],
    ptr: NDArray[np.int32],
    idx: NDArray[np.int32],
    fear: NDArray[np.float32],
    weight: np.float32,
    speak: np.float32,
    everyone: bool,
    parity: int,
    first: int,
    last: int,
    final: int,
    lo: int,
    hi: int,
    pair: NDArray[np.uint64],
    near: NDArray[np.uint8],
    tally: NDArray[np.int32],
    part: NDArray[np.float32],
    protest: NDArray[np.int64],
    shown: NDArray[np.float64],
) -> bool:
    """Weeks first..last-1 of the month's voices of citizens lo..hi-1; True if the last of them moved anybody.

    voice (2, n + 1, 16): 0 silent, 1 speaks, 2 protests; week w goes from plane (parity + w) % 2 to the other
    one. Row n is always silent and fills empty places. fear (16,); protest (weeks, 16): those who protest.
    With `last == final` also shown (1, 2 * 16): citizens who speak or protest (or all of them, if
    `everyone`), and the sum of their grievance. Sixteen voices are two 64-bit words, so that one addition
    counts eight lanes; a byte holds BYTES acquaintances. Without a change the weeks that remain are the same,
    so they are not run again; that needs all citizens in one call.
    """
    n = ptr.size - 1
    put_aside = False
    changed = False
    for week in range(first, last):
        now = (parity + week) % 2
        for k in range(LANES):
            tally[0, k] = 0
        for i in range(lo, hi):
            low = high = _NONE
            push = _ZERO
            if weight != _ZERO and ptr[i + 1] > ptr[i]:
                edge = ptr[i]
                end = ptr[i + 1]
                push = weight * _HALF / _F32(end - edge)
                while edge < end:
                    stop = min(edge + BYTES, end)
                    low = high = _NONE
                    while edge < stop:
                        j0 = idx[edge]
                        j1 = idx[edge + 1] if edge + 1 < end else n
                        j2 = idx[edge + 2] if edge + 2 < end else n
                        j3 = idx[edge + 3] if edge + 3 < end else n
                        j4 = idx[edge + 4] if edge + 4 < end else n
                        low += words[now, j0, 0] + words[now, j1, 0] + words[now, j2, 0]
                        low += words[now, j3, 0] + words[now, j4, 0]
                        high += words[now, j0, 1] + words[now, j1, 1] + words[now, j2, 1]
                        high += words[now, j3, 1] + words[now, j4, 1]
                        edge += SLOT
                    if edge < end:  # bytes are full: put them aside
                        pair[0] = low
                        pair[1] = high
                        for k in range(LANES):
                            tally[1, k] += np.int32(near[k])
                        put_aside = True
            pair[0] = low
            pair[1] = high
            for k in range(LANES):
                urge = (grievance[i, k] - fear[k]) + push * _F32(np.int32(near[k]) + tally[1, k])
                bar = threshold[i, k]
                marches = np.int32(1) if urge > bar else np.int32(0)
                speaks = np.int32(1) if urge > speak * bar else np.int32(0)
                voice[1 - now, i, k] = np.uint8(max(speaks, np.int32(2) * marches))
                tally[0, k] += marches
            if put_aside:
                for k in range(LANES):
                    tally[1, k] = 0
                put_aside = False
        for k in range(LANES):
            protest[week, k] = tally[0, k]
        changed = False
        for i in range(lo, hi):
            changed = changed or words[0, i, 0] != words[1, i, 0] or words[0, i, 1] != words[1, i, 1]
        if not changed and hi - lo == n:
            for later in range(week + 1, last):
                for k in range(LANES):
                    protest[later, k] = tally[0, k]
            break
    if last == final:
        now = (parity + final) % 2
        quiet = np.int32(-1) if everyone else np.int32(0)
        start = lo
        while start < hi:
            stop = min(start + CHUNK, hi)
            for i in range(start, stop):
                for k in range(LANES):
                    says = np.int32(voice[now, i, k])
                    part[0, k] += _ONE if says > quiet else _ZERO
                    part[0, LANES + k] += grievance[i, k] if says > quiet else _ZERO
            _flush(part, shown)
            start = stop
    return changed
