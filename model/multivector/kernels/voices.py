"""The weeks of a month in which the citizens of sixteen worlds see their acquaintances, speak or protest; compiled.

Each citizen keeps the sum of the voices around it, `loud`. A week has two halves: everybody decides on what is
known, then those who changed tell their acquaintances. So a week costs what changes in it, and once nobody
changes, the weeks that remain are the same.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from multivector.kernels.opinions import CHUNK, SINGLE, flush
from multivector.kernels.vectors import LANES, as_float, as_whole, differ, fetch, load, splat, store, where, zeros

__all__ = ["decide", "show", "tell", "weeks"]

_NONE, _SPEAKS, _MARCHES = np.uint8(0), np.uint8(1), np.uint8(2)
_ONE, _HALF, _ONCE, _NEVER = np.float32(1.0), np.float32(0.5), np.uint32(1), np.uint32(0)
_WIDE = np.uint16(0)


@njit(cache=True, nogil=True, no_cfunc_wrapper=True, boundscheck=False, error_model="numpy")
def decide(
    grievance: NDArray[np.float32],
    threshold: NDArray[np.float32],
    voice: NDArray[np.uint8],
    loud: NDArray[np.uint16],
    ptr: NDArray[np.int32],
    fear: NDArray[np.float32],
    weight: np.float32,
    speak: np.float32,
    lo: int,
    hi: int,
    changed: NDArray[np.int32],
    before: NDArray[np.uint8],
    protest: NDArray[np.uint32],
    week: int,
    speech: tuple[int, ...],
) -> int:
    """New voices of citizens lo..hi-1: 0 silent, 1 speaks, 2 protests; returns the end of the list of changes.

    grievance, threshold, voice, loud (n, 16). fear (16,). Places lo.. of `changed` (n,) and `before` (n, 16) take
    those in whose voice any world differs, and their voices until now. protest (weeks, 16) : how many protest.
    speech : ON or OFF, whether citizens can speak without protesting.
    """
    afraid, part = load(fear, 0, SINGLE), splat(speak)
    nothing, speaks, marches = splat(_NONE), splat(_SPEAKS), splat(_MARCHES)
    once, tally = splat(_ONCE), splat(_NEVER)
    full = weight * _HALF
    end = lo
    for i in range(lo, hi):
        at = i * LANES
        push = splat(full / np.float32(max(fetch(ptr, i + 1) - fetch(ptr, i), 1)))
        urge = (load(grievance, at, SINGLE) - afraid) + push * as_float(load(loud, at, SINGLE))
        bar = load(threshold, at, SINGLE)
        on_the_street = urge > bar
        was = load(voice, at, SINGLE)
        says = nothing
        if len(speech) > 0:
            says = where(urge > part * bar, speaks, nothing)
        says = where(on_the_street, marches, says)
        tally = where(on_the_street, tally + once, tally)
        store(voice, at, says)
        # written in any case, kept if the list then grows: cheaper than a branch
        changed[end] = i
        store(before, end * LANES, was)
        end += differ(says, was)
    for later in range(week, protest.shape[0]):  # as it stays, if nobody changes
        store(protest, later * LANES, tally)
    return end


@njit(cache=True, nogil=True, no_cfunc_wrapper=True, boundscheck=False)
def tell(
    voice: NDArray[np.uint8],
    loud: NDArray[np.uint16],
    ptr: NDArray[np.int32],
    idx: NDArray[np.int32],
    changed: NDArray[np.int32],
    before: NDArray[np.uint8],
    first: int,
    end: int,
    lo: int,
    hi: int,
    inside: bool,
) -> None:
    """Those in places first..end-1 of the list tell their acquaintances within lo..hi-1, or those outside."""
    wide = splat(_WIDE)
    for place in range(first, end):
        i = fetch(changed, place)
        news = as_whole(load(voice, i * LANES, SINGLE), wide) - as_whole(load(before, place * LANES, SINGLE), wide)
        for edge in range(fetch(ptr, i), fetch(ptr, i + 1)):
            j = fetch(idx, edge)
            if (lo <= j and j < hi) == inside:
                store(loud, j * LANES, load(loud, j * LANES, SINGLE) + news)


@njit(cache=True, nogil=True, no_cfunc_wrapper=True, boundscheck=False)
def show(
    grievance: NDArray[np.float32],
    voice: NDArray[np.uint8],
    everyone: bool,
    lo: int,
    hi: int,
    part: NDArray[np.float32],
    shown: NDArray[np.float64],
) -> None:
    """Add to shown (2 * 16,) the citizens who speak or protest (or all, if `everyone`), and their grievance.

    part (2 * 16,) : scratch of zeros.
    """
    nothing, one = splat(_NONE), splat(_ONE)
    raised = splat(_SPEAKS if everyone else _NONE)
    for start in range(lo, hi, CHUNK):
        for i in range(start, min(start + CHUNK, hi)):
            seen = load(voice, i * LANES, SINGLE) + raised > nothing
            store(part, 0, where(seen, load(part, 0, SINGLE) + one, load(part, 0, SINGLE)))
            felt = where(seen, load(grievance, i * LANES, SINGLE), zeros(SINGLE))
            store(part, LANES, load(part, LANES, SINGLE) + felt)
        flush(part, shown)


@njit(cache=True, nogil=True, no_cfunc_wrapper=True, boundscheck=False)
def weeks(
    first: int,
    last: int,
    grievance: NDArray[np.float32],
    threshold: NDArray[np.float32],
    voice: NDArray[np.uint8],
    loud: NDArray[np.uint16],
    network: NDArray[np.int64],
    begin: NDArray[np.int64],
    ptr: NDArray[np.int32],
    idx: NDArray[np.int32],
    fear: NDArray[np.float32],
    weight: np.float32,
    speak: np.float32,
    everyone: bool,
    changed: NDArray[np.int32],
    before: NDArray[np.uint8],
    part: NDArray[np.float32],
    protest: NDArray[np.uint32],
    shown: NDArray[np.float64],
    speech: tuple[int, ...],
    detail: tuple[int, ...],
) -> None:
    """All of the month's weeks of all citizens of slots first..last-1: the arguments of the others, slots first.

    network, begin, ptr, idx : as in `opinions`. protest (slots, 1, weeks, 16); part, shown (slots, 1, 2 * 16 or more).
    detail : ON or OFF, whether what is shown is summed up.
    """
    n = grievance.shape[1]
    for s in range(first, last):
        starts, ties = ptr[network[s]], idx[begin[network[s]] :]
        for week in range(protest.shape[2]):
            end = decide(
                grievance[s], threshold[s], voice[s], loud[s], starts, fear[s], weight, speak, 0, n,
                changed[s], before[s], protest[s, 0], week, speech,
            )  # fmt: skip
            if end == 0:
                break
            tell(voice[s], loud[s], starts, ties, changed[s], before[s], 0, end, 0, n, True)
        if len(detail) > 0:
            show(grievance[s], voice[s], everyone, 0, n, part[s, 0], shown[s, 0])
