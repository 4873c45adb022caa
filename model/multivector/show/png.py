"""PNG files of charts, made fast.

Pillow tries five filters on every row of a picture (PNG specification, second edition, section 9). For flat colours
none of them pays: without any, a chart's file is a tenth smaller and takes a third of the time, which was a tenth of
the time of all figures.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray
from PIL.PngImagePlugin import PngInfo  # comes with matplotlib

__all__ = ["png_bytes"]

_METRE = 1 / 0.0254  # inches


def png_bytes(pixels: NDArray[np.uint8], dpi: float, notes: PngInfo) -> bytes:
    """An opaque picture as a PNG file.

    Args:
        pixels: (height, width, 3 or more), red, green and blue first.
        dpi: pixels for each inch.
        notes: text chunks.
    """
    height, width = pixels.shape[:2]
    rows = np.zeros((height, 1 + 3 * width), dtype=np.uint8)  # each row begins with its filter: 0, none
    rows[:, 1:].reshape(height, width, 3)[...] = pixels[..., :3]
    density = round(dpi * _METRE)
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),  # 8 bits of red, green and blue
        (b"pHYs", struct.pack(">IIB", density, density, 1)),
        *((chunk[0], chunk[1]) for chunk in notes.chunks),
        (b"IDAT", zlib.compress(rows.tobytes(), 1)),
        (b"IEND", b""),
    ]
    parts = [b"\x89PNG\r\n\x1a\n"]
    for name, content in chunks:
        parts += [struct.pack(">I", len(content)), name, content, struct.pack(">I", zlib.crc32(name + content))]
    return b"".join(parts)
