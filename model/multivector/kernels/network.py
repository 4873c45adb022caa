"""Who knows whom, and who speaks which language: the social structure that sixteen worlds share.

The network is a small world (Watts & Strogatz 1998, "Collective dynamics of 'small-world' networks", Nature
393): a ring on which everybody knows the nearest, with some ties rewired to anybody. Language groups lie
along the ring in blocks, so that most ties stay inside a group. Both are pure functions of their key: every
draw is a counter hash.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from multivector.streams import mix64

__all__ = ["language_blocks", "mix", "small_world"]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MUL1 = np.uint64(0xBF58476D1CE4E5B9)
_MUL2 = np.uint64(0x94D049BB133111EB)
_S11, _S27, _S30, _S31, _S32 = (np.uint64(s) for s in (11, 27, 30, 31, 32))
_UNIT = 2.0**-53
_ATTEMPTS = 16  # candidates tried for a rewired tie; a tie that finds no free partner stays on the ring


@njit(cache=True, nogil=True, no_cfunc_wrapper=True, boundscheck=False)
def mix(z: np.uint64) -> np.uint64:
    """SplitMix64's finaliser of one uint64: the scalar form of `streams.mix64`."""
    z = (z ^ (z >> _S30)) * _MUL1
    z = (z ^ (z >> _S27)) * _MUL2
    return z ^ (z >> _S31)


@njit(cache=True, nogil=True, no_cfunc_wrapper=True, boundscheck=False)
def _rewired_ring(n: int, degree: int, rewire: float, key: np.uint64) -> NDArray[np.int32]:
    """Each citizen's own ties, (n, slots) int32, -1 for none; every tie stands in one row only.

    An odd degree gives every second citizen one more tie of its own. Needs `degree <= n - 2`.
    """
    half = degree // 2
    slots = half + degree % 2
    ties = np.empty((n, slots), np.int32)
    for i in range(n):
        for d in range(slots):
            ties[i, d] = -1 if d == half and i % 2 == 1 else (i + d + 1) % n
    for i in range(n):
        for d in range(slots):
            draw = mix(key + np.uint64(i * slots + d + 1) * _GOLDEN)
            if ties[i, d] < 0 or np.float64(draw >> _S11) * _UNIT >= rewire:
                continue
            for _ in range(_ATTEMPTS):
                draw = mix(draw + _GOLDEN)
                other = np.int64(((draw >> _S32) * np.uint64(n)) >> _S32)
                gap = abs(other - i)
                if min(gap, n - gap) <= slots:
                    continue  # oneself, or somebody whom the ring may already give
                known = False
                for e in range(slots):
                    known = known or ties[i, e] == other or ties[other, e] == i
                if not known:
                    ties[i, d] = other
                    break
    return ties


@njit(cache=True, nogil=True, no_cfunc_wrapper=True, boundscheck=False)
def _symmetric_csr(ties: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Both directions of every tie as compressed rows, neighbours ascending: (n + 1,) and (ties,) int32."""
    n, slots = ties.shape
    ptr = np.zeros(n + 1, np.int32)
    for i in range(n):
        for d in range(slots):
            if ties[i, d] >= 0:
                ptr[i + 1] += 1
                ptr[ties[i, d] + 1] += 1
    for i in range(n):
        ptr[i + 1] += ptr[i]
    idx = np.empty(ptr[n], np.int32)
    fill = ptr[:-1].copy()
    for i in range(n):
        for d in range(slots):
            other = ties[i, d]
            if other >= 0:
                idx[fill[i]] = other
                fill[i] += 1
                idx[fill[other]] = i
                fill[other] += 1
    for i in range(n):  # insertion sort: rows are short and nearly sorted
        for e in range(ptr[i] + 1, ptr[i + 1]):
            value = idx[e]
            hole = e
            while hole > ptr[i] and idx[hole - 1] > value:
                idx[hole] = idx[hole - 1]
                hole -= 1
            idx[hole] = value
    return ptr, idx


def small_world(n: int, degree: int, rewire: float, key: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """An undirected small world without self loops or double ties.

    Parameters
    ----------
    n : citizens, at least 1.
    degree : mean number of acquaintances; cut to `n - 1` (then everybody knows everybody).
    rewire : probability 0..1 that a tie of the ring goes to anybody instead.
    key : 64-bit key (any Python int; its low 64 bits count).

    Returns
    -------
    ptr : (n + 1,) int32; citizen i's neighbours are `idx[ptr[i]:ptr[i + 1]]`, ascending.
    idx : (number of ties * 2,) int32.

    Raises
    ------
    ValueError : if an argument is out of range, or the ties would not fit 32-bit indices.
    """
    if n < 1 or degree < 0 or not 0.0 <= rewire <= 1.0:
        raise ValueError(f"a network needs n >= 1, degree >= 0 and rewire in 0..1, got {n}, {degree}, {rewire}")
    degree = min(degree, n - 1)
    if n * (degree + 2) >= 2**31:
        raise ValueError(f"{n} citizens with {degree} ties each do not fit 32-bit indices")
    if degree == n - 1:
        full = np.broadcast_to(np.arange(n, dtype=np.int32), (n, n))
        ptr = np.arange(n + 1, dtype=np.int32) * np.int32(n - 1)
        return ptr, np.ascontiguousarray(full[~np.eye(n, dtype=np.bool_)])
    ties = _rewired_ring(n, degree, float(rewire), np.uint64(key & 0xFFFFFFFFFFFFFFFF))
    ptr, idx = _symmetric_csr(ties)
    return ptr, idx


def language_blocks(n: int, shares: NDArray[np.float64], block: float, key: int) -> NDArray[np.int8]:
    """Language group of each citizen along the ring.

    Group sizes are `shares * n` rounded by largest remainder, so they hardly vary with the key. Each group is
    cut into blocks of mean length `block` (0.5 to 1.5 times that), and the blocks of all groups are shuffled;
    neighbouring blocks of one group join, so the stretches of a large group are longer than those of a small
    one.

    Parameters
    ----------
    n : citizens, at least 1.
    shares : (G,) shares of the groups, not negative, with a sum of 1; at most 127 groups.
    block : mean length of a block, in citizens, at least 1.
    key : 64-bit key (any Python int; its low 64 bits count).

    Returns
    -------
    (n,) int8 : group of each citizen, 0..G-1.

    Raises
    ------
    ValueError : if an argument is out of range.
    """
    weights = np.asarray(shares, dtype=np.float64)
    if weights.ndim != 1 or not 1 <= weights.size <= 127 or not (weights >= 0.0).all():
        raise ValueError("shares must be a row of 1 to 127 numbers that are not negative")
    if abs(float(weights.sum()) - 1.0) > 1e-6:
        raise ValueError(f"shares must have a sum of 1, got {float(weights.sum())}")
    if n < 1 or not block >= 1.0:
        raise ValueError(f"language blocks need n >= 1 and block >= 1, got {n} and {block}")
    sizes = _largest_remainder(weights, n)
    blocks = np.where(sizes > 0, np.maximum(1, np.rint(sizes / block)), 0).astype(np.int64)
    total = int(blocks.sum())
    counter = np.arange(1, 2 * total + 1, dtype=np.uint64) * _GOLDEN
    draws = mix64(mix64(np.full(2 * total, key & 0xFFFFFFFFFFFFFFFF, dtype=np.uint64)) + counter)
    weight = 0.5 + (draws[:total] >> _S11).astype(np.float64) * _UNIT
    lengths = np.empty(total, dtype=np.int64)
    start = 0
    for size, count in zip(sizes.tolist(), blocks.tolist(), strict=True):
        if count:
            ends = np.cumsum(weight[start : start + count])
            cuts = np.rint(ends / ends[-1] * size).astype(np.int64)
            lengths[start : start + count] = np.diff(cuts, prepend=0)
        start += count
    order = np.argsort(draws[total:], kind="stable")
    groups = np.repeat(np.arange(weights.size), blocks)
    return np.repeat(groups[order], lengths[order]).astype(np.int8)


def _largest_remainder(shares: NDArray[np.float64], n: int) -> NDArray[np.int64]:
    """Whole numbers close to `shares * n` with the sum n, shape (G,)."""
    exact = shares / shares.sum() * n
    sizes = np.floor(exact).astype(np.int64)
    first = np.argsort(-(exact - sizes), kind="stable")[: n - int(sizes.sum())]
    sizes[first] += 1
    return np.asarray(sizes, dtype=np.int64)
