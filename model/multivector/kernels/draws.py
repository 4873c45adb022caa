"""Counter-based draws in compiled code: a number is a function of a 64-bit key and a counter, of nothing else."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit

from multivector.kernels.vectors import as_float, splat

__all__ = ["CITIZEN_STEP", "PAIR_STEP", "counter_of", "scramble", "signed_unit"]

CITIZEN_STEP: Final = np.uint32(0x9E3779B1)
PAIR_STEP: Final = np.uint32(0x27D4EB2F)
_M1, _M2 = np.uint32(0x7FEB352D), np.uint32(0x846CA68B)
_S8, _S15, _S16 = np.uint32(8), np.uint32(15), np.uint32(16)
_FINE, _ONE = np.float32(2.0**-23), np.float32(1.0)


@njit(cache=True, nogil=True, no_cfunc_wrapper=True, boundscheck=False, forceinline=True)
def counter_of(citizen: int) -> Any:
    """A citizen's counter, to be added to the low half of a key (a row of count 1)."""
    return splat(np.uint32(np.uint32(citizen) * CITIZEN_STEP))


@njit(cache=True, nogil=True, no_cfunc_wrapper=True, boundscheck=False, forceinline=True)
def scramble(low: Any, high: Any) -> Any:
    """32 mixed bits from counters (already added to the low half of a 64-bit key) and the key's high half.

    The multipliers are those of Wellons' "lowbias32"; the high half enters between the two multiplications,
    so that all 64 bits of the key count although every operation is 32 bits wide.
    """
    h = low ^ (low >> splat(_S16))
    h = h * splat(_M1)
    h = h ^ high
    h = h ^ (h >> splat(_S15))
    h = h * splat(_M2)
    return h ^ (h >> splat(_S16))


@njit(cache=True, nogil=True, no_cfunc_wrapper=True, boundscheck=False, forceinline=True)
def signed_unit(low: Any, high: Any) -> Any:
    """Uniform draws in [-1, 1) from the same arguments, float32."""
    return as_float(scramble(low, high) >> splat(_S8)) * splat(_FINE) - splat(_ONE)
