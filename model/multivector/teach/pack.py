"""Values small enough for a page: one byte each on the scale of their series, deflated, as base64 text."""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["LEVELS", "Packed", "number_word", "pack", "unpack"]

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without I, L, O, U: codes are read aloud and copied by hand."""
LEVELS = 255
"""Levels of a byte: a value is off by at most half a step, 1/510 of its series' span."""


@dataclass(frozen=True)
class Packed:
    """Packed values of all paths.

    Attributes
    ----------
    text : base64 of the zlib stream of bytes in C order (leaves, series, worlds, steps).
    shape : (leaves, series, worlds, steps).
    low, high : ends of each series' scale, (series,).
    word : `number_word` of the bytes, by which two machines see that they hold the same numbers.
    """

    text: str
    shape: tuple[int, int, int, int]
    low: tuple[float, ...]
    high: tuple[float, ...]
    word: str = ""


def pack(values: NDArray[np.float64]) -> Packed:
    """Pack values (leaves, series, worlds, steps); raises ValueError for what is not finite."""
    if values.ndim != 4:
        raise ValueError(f"values have 4 axes (leaves, series, worlds, steps), not {values.ndim}")
    if not np.isfinite(values).all():
        raise ValueError("a page can hold finite values only")
    low = values.min(axis=(0, 2, 3))
    high = values.max(axis=(0, 2, 3))
    span = np.where(high > low, high - low, 1.0)[None, :, None, None]
    level = np.rint((values - low[None, :, None, None]) / span * LEVELS).astype(np.uint8)
    content = np.ascontiguousarray(level).tobytes()
    text = base64.b64encode(zlib.compress(content, 9)).decode("ascii")
    leaves, series, worlds, steps = values.shape
    shape = (leaves, series, worlds, steps)
    return Packed(text, shape, tuple(float(v) for v in low), tuple(float(v) for v in high), number_word(content))


def number_word(content: bytes) -> str:
    """Six letters of the Adler-32 sum of some bytes; the browser reckons the same."""
    number = zlib.adler32(content) >> 2
    return "".join(LETTERS[number >> shift & 31] for shift in range(25, -1, -5))


def unpack(packed: Packed) -> NDArray[np.float64]:
    """The values again, (leaves, series, worlds, steps), as the browser decodes them."""
    level = np.frombuffer(zlib.decompress(base64.b64decode(packed.text)), dtype=np.uint8).reshape(packed.shape)
    low, high = np.array(packed.low), np.array(packed.high)
    return np.asarray(low[None, :, None, None] + level * ((high - low) / LEVELS)[None, :, None, None])
