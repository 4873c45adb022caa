"""Rows of lanes against numpy, and what the compiled code is made of."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from llvmlite import binding
from numba import njit

from multivector.kernels import halves as h
from multivector.kernels import vectors as v
from multivector.kernels.opinions import opinions
from multivector.kernels.public import Citizens
from multivector.kernels.twin import fused

THREE = (0, 0, 0)
ONE = (0,)


@njit
def arithmetic(given: Any, out: Any) -> None:
    a, b, c = v.load(given, 0, THREE), v.load(given, 48, THREE), v.load(given, 96, ONE)
    v.store(out, 0, a + b * c)
    v.store(out, 48, abs(a - b) / c)
    v.store(out, 96, v.where(a < b, v.larger(a, c), v.smaller(b, c)))
    v.store(out, 144, v.dot(c, a, b))
    v.add_products(out, 160, b)
    v.store(out, 256, v.fused(a, c, b))
    v.store(out, 304, h.bounded(a / b))


@njit
def whole_numbers(given: Any, out: Any) -> int:
    a, b = v.load(given, 0, ONE), v.load(given, 16, ONE)
    v.store(out, 0, (a ^ b) + a * b)
    v.store(out, 16, (a >> v.splat(np.uint32(7))) & b)
    return int(v.differ(a, b) * 10 + v.differ(a, a))


@njit
def conversions(small: Any, wide: Any, doubles: Any) -> None:
    a = v.load(small, 0, ONE)
    v.store(wide, 0, v.as_whole(a, v.load(wide, 0, ONE)) - v.splat(np.uint16(3)))
    v.store(doubles, 0, v.as_double(v.as_float(a)))
    v.store(small, 16, v.as_whole(v.load(wide, 0, ONE), a))


@njit
def pairs(given: Any, seen: Any, out: Any, random: Any, drawn: Any) -> None:
    rows = h.both(h.words(v.load(given, 0, THREE)))
    v.store(seen, 0, rows)
    v.store(seen, 32, h.words(h.halves(rows) * h.halves(rows) - h.halves(rows)))
    v.store(out, 0, h.numbers(rows, THREE))
    v.store(drawn, 0, h.draws(v.load(random, 0, (0, 0)), THREE))


@njit
def entries(table: Any, given: Any, out: Any) -> None:
    v.store(out, 0, h.look_up(v.load(table, 0, (0, 0)), v.load(given, 0, (0, 0)), THREE))


@njit
def wrong(given: Any) -> None:
    v.store(given, 0, v.load(given, 0, THREE) + v.load(given, 0, (0, 0)))


def test_float_rows_follow_numpy_to_the_bit() -> None:
    rng = np.random.default_rng(3)
    given = rng.uniform(-1, 1, 112).astype(np.float32)
    out = np.zeros(160 + 6 * 16 + 96, dtype=np.float32)
    arithmetic(given, out)
    a, b, c = given[:48].reshape(3, 16), given[48:96].reshape(3, 16), given[96:]
    parts = [
        a + b * c,
        np.abs(a - b) / c,
        np.where(a < b, np.maximum(a, c), np.minimum(b, c)),
        fused(a[2], b[2], fused(a[1], b[1], fused(a[0], b[0], c)))[None],
        np.stack([b[i] * b[j] for i, j in zip(*np.triu_indices(3), strict=True)]),
        fused(a, c, b),
        (a / b).clip(-1, 1),
    ]
    assert np.array_equal(out, np.concatenate(parts).ravel())


def test_whole_rows_wrap_around_as_numpy_does() -> None:
    given = np.random.default_rng(4).integers(0, 2**32, 32, dtype=np.uint32)
    out = np.zeros(32, dtype=np.uint32)
    assert whole_numbers(given, out) == 10
    a, b = given[:16], given[16:]
    assert np.array_equal(out, np.concatenate([(a ^ b) + a * b, (a >> np.uint32(7)) & b]))


def test_conversions() -> None:
    small = np.arange(0, 256, 8, dtype=np.uint8)
    wide, doubles = np.zeros(16, dtype=np.uint16), np.zeros(16)
    first = small[:16].copy()
    conversions(small, wide, doubles)
    assert np.array_equal(wide, first.astype(np.uint16) - np.uint16(3))
    assert np.array_equal(doubles, first.astype(np.float64))
    assert np.array_equal(small[16:], wide.astype(np.uint8))


def test_two_numbers_share_an_element() -> None:
    """Low half for even rows, high half for odd ones, the last high half empty; there and back again."""
    rng = np.random.default_rng(5)
    numbers = rng.integers(-(2**15), 2**15, (3, 16))
    given = (numbers & 0xFFFF).astype(np.uint32)
    given |= rng.integers(0, 2**13, (3, 16), dtype=np.uint32) << np.uint32(16)  # ignored, and no NaN
    seen, out, drawn = np.zeros(64, dtype=np.uint32), np.zeros(48, dtype=np.float32), np.zeros(48, dtype=np.float32)
    random = rng.integers(0, 2**32, 32, dtype=np.uint32)
    pairs(given.view(np.float32).ravel(), seen, out, random, drawn)
    assert np.array_equal(out, (numbers * 65536).astype(np.float32).ravel())
    packed = seen[:32].view(np.int16).reshape(2, 16, 2)
    assert np.array_equal(packed[0].T, numbers[:2]) and np.array_equal(packed[1].T[0], numbers[2])
    assert not packed[1].T[1].any()
    squared = seen[:32].view(np.uint16) * seen[:32].view(np.uint16) - seen[:32].view(np.uint16)
    assert np.array_equal(seen[32:].view(np.uint16), squared)
    turned = (random << np.uint32(16)) | (random >> np.uint32(16))
    wanted = [turned[:16], random[:16], turned[16:]]
    assert np.array_equal(drawn, np.concatenate(wanted).view(np.int32).astype(np.float32))


@pytest.mark.skipif(not h.can_look_up(), reason="the processor has no such instruction")
def test_a_table_is_read_by_both_halves() -> None:
    rng = np.random.default_rng(6)
    table = rng.uniform(-1, 1, h.TABLE).astype(np.float32)
    numbers = rng.integers(0, h.TABLE, (4, 16), dtype=np.uint32)
    given, out = np.zeros(32, dtype=np.uint32), np.zeros(48, dtype=np.float32)
    given[:16], given[16:] = numbers[0] | numbers[1] << 16, numbers[2] | numbers[3] << 16
    entries(table, given, out)
    assert np.array_equal(out, table[numbers[:3]].ravel())


def test_rows_of_different_counts_do_not_mix() -> None:
    with pytest.raises(Exception, match=r"No implementation|Invalid use|No conversion"):
        wrong(np.zeros(48, dtype=np.float32))


def test_the_loops_are_made_of_vectors(case: Callable[..., Any]) -> None:
    """The widest registers that the machine has are what neighbours are compared in."""
    features = binding.get_host_cpu_features()
    wide = "zmm" if features.get("avx512f") else "ymm" if features.get("avx2") else None
    if wide is None:
        pytest.skip("not a machine whose registers this test knows")
    a_case = case(powers=1, issues=1)
    Citizens(*a_case.arguments()).step(0, a_case.inputs(0))
    fresh = njit(opinions.py_func)  # code from the cache cannot be looked at
    fresh.compile(opinions.signatures[0])
    (assembly,) = fresh.inspect_asm().values()
    assert re.search(rf"v(sub|add)ps.*%{wide}\d", assembly)
    assert re.search(rf"vp(sub|add)w.*%{wide}\d", assembly)
