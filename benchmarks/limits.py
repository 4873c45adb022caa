"""What this machine could do at best on the reference workload, measured beside it.

Three limits, each from a loop that does that one thing and nothing else, on arrays of the workload's own size: vector
instructions, rows of acquaintances fetched in the network's own order, and bytes streamed. The workload cannot run
faster than the least of them.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numba import njit

from multivector.kernels.opinions import SINGLE
from multivector.kernels.public import AHEAD, Citizens
from multivector.kernels.vectors import LANES, fetch, load, prefetch, store, zeros

__all__ = ["best_seconds", "counts", "limits"]

_SHORTEST: Final = 0.004
_TWELVE: Final = (0,) * 12


def best_seconds(task: Callable[[], Any], seconds: float, least: int = 3) -> float:
    """CPU seconds of a task in the best run: for so many CPU seconds, and `least` times.

    A short task is done several times in a run, because the clock of a process may be coarse.
    """
    began = time.perf_counter()
    task()
    times = max(1, math.ceil(_SHORTEST / max(time.perf_counter() - began, 1e-6)))
    best, ends, done = math.inf, time.process_time() + seconds, 0
    while done < least or time.process_time() < ends:
        before = time.process_time()
        for _ in range(times):
            task()
        spent = time.process_time() - before
        best, done = min(best, spent / times) if spent > 0.0 else best, done + 1
    return best


def counts(degree: float, powers: int, issues: int) -> dict[str, float]:
    """What a step of one citizen in sixteen worlds needs, counted from the source of the kernels.

    Instructions are on vectors of sixteen float32, loads and stores not counted. Bytes are those that a step must
    read or write once; acquaintances' rows come from the cache.
    """
    pairs = math.ceil(powers / 2)  # vectors of 32 halves: attitudes, and random bits
    neighbour = 4  # gap, the comparison, two additions under its mask
    hearing = 3  # the own one less the largest gap; sum of gaps less what was added to each
    noise = 10  # a hash
    # two numbers out of halves; a weight looked up, and used; noise; what is kept; rounding, bounds; and back
    power = 4 + 2.5 + 2.5 + 1 + 2 + 1.5
    sums = 2
    issue = powers + 5
    grievance = 6 + 2
    voice = 5 + 4  # the urge; comparison, choice, tally, whether it changed
    row = 4 * LANES
    public = pairs * (neighbour * degree + hearing + noise) + powers * (power + sums)
    return {
        "instructions": public + issue * issues + grievance + voice,
        "rows": degree,
        "bytes": 2 * pairs * row + 3 * row + (2 + 2 * 1) * LANES + 4 * (degree + 1) + 1,
    }


@njit(cache=True, nogil=True, boundscheck=False)
def _add(given: Any, rounds: int) -> None:
    total, step = load(given, 0, _TWELVE), load(given, 12 * LANES, SINGLE)
    for _ in range(rounds):
        total = total + step
    store(given, 0, total)


@njit(cache=True, nogil=True, boundscheck=False)
def _gather(rows: Any, idx: Any, ahead: int, width: tuple[int, ...], out: Any) -> None:
    row, total = LANES * len(width), zeros(width)
    for edge in range(idx.size - ahead):
        if ahead > 0:
            prefetch(rows, fetch(idx, edge + ahead) * row, width)
        total = total + load(rows, fetch(idx, edge) * row, width)
    store(out, 0, total)


@njit(cache=True, nogil=True, boundscheck=False)
def _copy(given: Any, out: Any) -> None:
    for at in range(0, given.size, LANES):
        store(out, at, load(given, at, SINGLE))


def limits(public: Citizens, seconds: float) -> dict[str, Any]:
    """Citizen-steps a second that each limit allows, the least of them, and the counts and rates behind them."""
    _, idx = public._ties(0)
    degree = idx.size / public.citizens
    need = counts(degree, public.powers, public._slope.shape[1])
    spare = np.ones(16 * LANES, dtype=np.float32)
    rounds = 200_000
    rates = {"instructions": 12 * rounds / best_seconds(lambda: _add(spare, rounds), seconds)}
    rows = public._attitude[0].view(np.float32)
    out = np.zeros(len(public._pairs) * LANES, dtype=np.float32)
    ties = min(
        best_seconds(lambda: _gather(rows, idx, 0, public._pairs, out), seconds / 2),
        best_seconds(lambda: _gather(rows, idx, AHEAD, public._pairs, out), seconds / 2),
    )
    rates["rows"] = idx.size / ties
    flat, other = public._attitude[0].reshape(-1), public._moved[0].reshape(-1).copy()
    rates["bytes"] = 2 * flat.nbytes / best_seconds(lambda: _copy(flat, other), seconds)
    allowed = {name: LANES * rates[name] / need[name] for name in need}
    least = min(allowed, key=lambda name: allowed[name])
    return {"counts": need, "rates": rates, "allowed": allowed, "least": least, "limit": allowed[least]}
