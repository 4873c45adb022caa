"""Named, counter-based random streams.

A draw is a pure function of (seed, process name, world, month, slot, index). Nothing is consumed, so an extra
draw in one process leaves every other draw as it was, and a world draws the same numbers alone or in a batch.
The mixer is SplitMix64 (Steele, Lea & Flood 2014, "Fast splittable pseudorandom number generators").
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numba
import numpy as np
from numpy.typing import NDArray

from multivector import caching  # noqa: F401 - before anything is decorated

__all__ = ["Streams", "mix64", "process_key"]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MUL1 = np.uint64(0xBF58476D1CE4E5B9)
_MUL2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_UNIT = 2.0**-53


def mix64(z: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """SplitMix64's finaliser, element by element (any shape, uint64 in and out)."""
    with np.errstate(over="ignore"):
        z = (z ^ (z >> _S30)) * _MUL1
        z = (z ^ (z >> _S27)) * _MUL2
        return z ^ (z >> _S31)


def process_key(name: str) -> int:
    """A 64-bit key for a process name, the same on every machine and Python."""
    return int.from_bytes(hashlib.blake2b(name.encode("utf-8"), digest_size=8).digest(), "little")


@numba.njit(cache=True, nogil=True, inline="always")
def _mixed(z):  # type: ignore[no-untyped-def]
    """`mix64` of one number."""
    z = (z ^ (z >> _S30)) * _MUL1
    z = (z ^ (z >> _S27)) * _MUL2
    return z ^ (z >> _S31)


@numba.njit(cache=True, nogil=True, no_cfunc_wrapper=True)
def _draw(world_key, rows, processes, counter, out):  # type: ignore[no-untyped-def]
    """Fill `out` (B, K, size) with uniform draws of the worlds `rows` (B,) in the `processes` (K,).

    A draw is the upper 53 bits of a hash of world, process, counter and index, and half a step, so that it is never 0.
    """
    for b in range(out.shape[0]):
        for k in range(out.shape[1]):
            key = _mixed(_mixed(world_key[rows[b]] ^ processes[k]) + counter * _GOLDEN)
            for i in range(out.shape[2]):
                out[b, k, i] = np.float64(_mixed(key + np.uint64(i + 1) * _GOLDEN) >> _S11) * _UNIT + _UNIT / 2


def _bell(u: NDArray[np.float64]) -> NDArray[np.float64]:
    """Standard normal draws (..., n) from uniform ones (..., 2 n) by Box-Muller."""
    radius = np.sqrt(-2.0 * np.log(u[..., 0::2]))
    return np.asarray(radius * np.cos(2.0 * np.pi * u[..., 1::2]))


class Streams:
    """All random draws of a set of worlds.

    Parameters
    ----------
    seed : master seed of the ensemble (any Python int; its low 64 bits count).
    worlds : global world ids, shape (W,). World k draws the same numbers in whatever batch it runs.
    """

    def __init__(self, seed: int, worlds: Sequence[int] | NDArray[np.int64]) -> None:
        self.seed = int(seed)
        self.worlds = np.asarray(worlds, dtype=np.int64)
        base = np.full(self.worlds.shape, self.seed & 0xFFFFFFFFFFFFFFFF, dtype=np.uint64)
        with np.errstate(over="ignore"):
            self._world_key = mix64(mix64(base + _GOLDEN) + (self.worlds.astype(np.uint64) + np.uint64(1)) * _GOLDEN)
        self._everyone = np.arange(len(self.worlds))
        self._keys: dict[tuple[str, ...], NDArray[np.uint64]] = {}

    def _key(self, processes: tuple[str, ...]) -> NDArray[np.uint64]:
        if processes not in self._keys:
            self._keys[processes] = np.array([process_key(name) for name in processes], dtype=np.uint64)
        return self._keys[processes]

    def uniform(
        self, process: str, month: int = 0, slot: int = 0, size: int = 1, rows: NDArray[np.intp] | None = None
    ) -> NDArray[np.float64]:
        """Uniform draws in the open interval (0, 1), shape (W, size), or (len(rows), size) for chosen rows."""
        return self.uniforms((process,), month, slot, size, rows)[:, 0]

    def uniforms(
        self,
        processes: tuple[str, ...],
        month: int = 0,
        slot: int = 0,
        size: int = 1,
        rows: NDArray[np.intp] | None = None,
    ) -> NDArray[np.float64]:
        """As `uniform`, for several processes side by side, shape (W, len(processes), size)."""
        chosen = self._everyone if rows is None else rows
        out = np.empty((len(chosen), len(processes), size))
        _draw(self._world_key, chosen, self._key(processes), np.uint64(int(month) << 32 | int(slot)), out)
        return out

    def normal(
        self, process: str, month: int = 0, slot: int = 0, size: int = 1, rows: NDArray[np.intp] | None = None
    ) -> NDArray[np.float64]:
        """Standard normal draws by Box-Muller, shape (W, size): elementwise, hence independent of the batch."""
        return _bell(self.uniform(process, month, slot, 2 * size, rows))

    def normals(self, processes: tuple[str, ...], month: int = 0, slot: int = 0, size: int = 1) -> NDArray[np.float64]:
        """As `normal`, for several processes side by side, shape (W, len(processes), size)."""
        return _bell(self.uniforms(processes, month, slot, 2 * size))

    def kernel_seeds(self, process: str) -> NDArray[np.uint64]:
        """One 64-bit key per world for counter hashes inside compiled kernels, shape (W,)."""
        return mix64(self._world_key ^ self._key((process,)))
