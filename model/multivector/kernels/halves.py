"""Two 16-bit numbers in each 32-bit element: what is compared with many acquaintances takes half the instructions.

Element l of a *word* row (kind uint32) holds the number of an even attribute (power 0, 2, ...) in its low half and
that of the odd one after it in its high half, both for world l. So P attributes take (P + 1) // 2 vectors, the last
half empty where P is odd, and going to float32 and back needs no shuffling. `halves` is the same register seen as 32
numbers of 16 bits, on which `+ - *` and `<` work (unsigned, wrapping around).
"""

from __future__ import annotations

from typing import Any, Final

from llvmlite import binding, ir
from numba.core import config
from numba.extending import intrinsic

from multivector.kernels.vectors import LANES, Row, build, part

__all__ = ["TABLE", "both", "bounded", "can_look_up", "draws", "halves", "look_up", "numbers", "words"]

TABLE: Final = 32
"""Entries of the table that `look_up` reads."""

_I32 = ir.IntType(32)
_WORDS = ir.VectorType(_I32, LANES)


def _seen_as(kind: str) -> Any:
    """The same bits as a row of another kind."""

    def typed(typing: Any, a: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            to = signature.return_type
            return build(builder, to, lambda place: builder.bitcast(part(builder, a, given[0], place), to.vector))

        return Row(kind, a.count)(a), generate

    return typed


@intrinsic
def halves(typing: Any, a: Any) -> Any:
    """A word row as 16-bit numbers."""
    return _seen_as("half")(typing, a)


@intrinsic
def words(typing: Any, a: Any) -> Any:
    """A row of 16-bit numbers (or float32) as words."""
    return _seen_as("uint32")(typing, a)


def _same(number: int) -> ir.Constant:
    return ir.Constant(_WORDS, [number] * LANES)


def _spread(low: Any, high: Any) -> Any:
    """An intrinsic that makes float32 of words, one row of which gives two: `low` and `high` build the integers."""

    def typed(typing: Any, a: Any, width: Any) -> Any:
        row = Row("float32", len(width))

        def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            def make(place: int) -> Any:
                pair = part(builder, a, given[0], place // 2)
                return builder.sitofp((high if place % 2 else low)(builder, pair), row.vector)

            return build(builder, row, make)

        return row(a, width), generate

    return typed


@intrinsic
def numbers(typing: Any, a: Any, width: Any) -> Any:
    """The signed 16-bit numbers of words, each times 65536, exactly: a float32 row as wide as the tuple."""
    return _spread(
        lambda builder, pair: builder.shl(pair, _same(16)),
        lambda builder, pair: builder.and_(pair, _same(0xFFFF0000)),
    )(typing, a, width)


@intrinsic
def draws(typing: Any, a: Any, width: Any) -> Any:
    """Two uniform draws from each word of random bits, in -2**31..2**31: a float32 row as wide as the tuple.

    The first 16 bits of a draw are its own half; what follows is the other half, so that no draw is off centre.
    """
    return _spread(
        lambda builder, pair: builder.or_(builder.shl(pair, _same(16)), builder.lshr(pair, _same(16))),
        lambda builder, pair: pair,
    )(typing, a, width)


@intrinsic
def both(typing: Any, a: Any) -> Any:
    """Words from a row of count P of which the low 16 bits count: the inverse of `numbers`, without its factor."""
    row = Row("uint32", (a.count + 1) // 2)

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        def make(place: int) -> Any:
            low = builder.and_(builder.extract_value(given[0], 2 * place), _same(0xFFFF))
            if 2 * place + 1 == a.count:
                return low
            return builder.or_(low, builder.shl(builder.extract_value(given[0], 2 * place + 1), _same(16)))

        return build(builder, row, make)

    return row(a), generate


def _compiled_for(feature: str) -> bool:
    """Whether code is compiled for a processor that has this (numba's settings come before the machine)."""
    if not config.ENABLE_AVX:
        return False
    if config.CPU_FEATURES is not None or config.CPU_NAME is not None:
        return f"+{feature}" in (config.CPU_FEATURES or "").split(",")
    return bool(binding.get_host_cpu_features().get(feature))


def can_look_up() -> bool:
    """Whether code is compiled for a processor with the instruction behind `look_up` (AVX-512)."""
    return _compiled_for("avx512f")


@intrinsic
def bounded(typing: Any, a: Any) -> Any:
    """float32 cut to -1..1, in one instruction where the processor has it."""
    one, whole, lanes = ir.Constant(a.vector, [1.0] * LANES), ir.IntType(16)(-1), ir.IntType(16)

    def cut(builder: Any, x: Any) -> Any:
        if _compiled_for("avx512dq"):  # the smaller absolute value, with the sign of x
            shape = ir.FunctionType(a.vector, [a.vector, a.vector, _I32, a.vector, lanes, _I32])
            smallest = builder.module.declare_intrinsic("llvm.x86.avx512.mask.range.ps.512", (), shape)
            return builder.call(smallest, [x, one, _I32(0b0010), x, whole, _I32(4)])
        minus = ir.Constant(a.vector, [-1.0] * LANES)
        x = builder.select(builder.fcmp_ordered(">", x, minus), x, minus)
        return builder.select(builder.fcmp_ordered("<", x, one), x, one)

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return build(builder, a, lambda place: cut(builder, part(builder, a, given[0], place)))

    return a(a), generate


@intrinsic
def look_up(typing: Any, table: Any, a: Any, width: Any) -> Any:
    """For each 16-bit number of words, below TABLE, its entry in a float32 row of count 2: a row as wide as the tuple.

    Where `can_look_up` is false it cannot be compiled.
    """
    row = Row("float32", len(width))

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        first, second = (builder.extract_value(given[0], place) for place in range(2))
        shape = ir.FunctionType(row.vector, [row.vector, _WORDS, row.vector])
        pick = builder.module.declare_intrinsic("llvm.x86.avx512.vpermi2var.ps.512", (), shape)

        def make(place: int) -> Any:
            pair = part(builder, a, given[1], place // 2)  # of each element the five lowest bits count
            return builder.call(pick, [first, builder.lshr(pair, _same(16)) if place % 2 else pair, second])

        return build(builder, row, make)

    return row(table, a, width), generate
