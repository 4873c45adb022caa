"""Explicit vectors for numba: rows of sixteen lanes, one lane per world, as values in compiled code.

A `Row` of count c is c vectors of sixteen numbers that stand side by side in memory (one for each power, say),
and arithmetic on it is arithmetic on each number: `+ - * /`, comparisons, `abs`, and for whole numbers `& |
^ << >>`. A row of count 1 goes with a row of any count. The count is part of the type, taken from the length of a
tuple, `width`, so loops over powers vanish when the code is compiled. LLVM cuts a vector of sixteen into
whatever the processor has, so one source runs everywhere, and nothing here lets it reorder float arithmetic.

Positions (`at`) count elements from the start of a C-contiguous array. Nothing is checked, and a negative
position does not wrap around.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Final

from llvmlite import ir
from numba import types
from numba.core.datamodel import models
from numba.extending import intrinsic, lower_builtin, register_model, type_callable

from multivector import caching  # noqa: F401 - before anything is decorated

__all__ = [
    "LANES", "Row", "add_products", "as_double", "as_float", "as_whole", "build", "differ", "dot", "fetch", "fused",
    "larger", "load", "part", "prefetch", "smaller", "splat", "store", "where", "zeros",
]  # fmt: skip

LANES: Final = 16
_I32, _I64 = ir.IntType(32), ir.IntType(64)
_ELEMENT: Final[dict[str, ir.Type]] = {
    "float32": ir.FloatType(), "float64": ir.DoubleType(), "uint32": _I32, "uint16": ir.IntType(16),
    "uint8": ir.IntType(8), "bool": ir.IntType(1), "half": ir.IntType(16), "half bool": ir.IntType(1),
}  # fmt: skip
_FLOATS: Final = ("float32", "float64")
_HALVES: Final = "half"


class Row(types.Type):  # type: ignore[misc]
    """`count` vectors of sixteen elements of one kind; `bool` is what a comparison gives.

    A `half` is one of the two 16-bit numbers that share an element of 32 bits (see `halves`): 32 to a vector.
    """

    def __init__(self, kind: str, count: int) -> None:
        self.kind, self.count = kind, count
        super().__init__(name=f"row({kind} x {LANES} x {count})")

    @property
    def vector(self) -> ir.Type:
        """The LLVM type of one of the vectors."""
        return ir.VectorType(_ELEMENT[self.kind], 2 * LANES if self.kind.startswith(_HALVES) else LANES)


@register_model(Row)
class _RowModel(models.PrimitiveModel):  # type: ignore[misc]
    """In LLVM an array of vectors, which its optimiser takes apart into registers."""

    def __init__(self, manager: Any, row: Row) -> None:
        super().__init__(manager, row, ir.ArrayType(row.vector, row.count))


# ---- helpers of the code generators


def part(builder: Any, row: Row, value: Any, place: int) -> Any:
    """The vector at `place`; a row of count 1 has the same everywhere."""
    return builder.extract_value(value, 0 if row.count == 1 else place)


def build(builder: Any, row: Row, make: Callable[[int], Any]) -> Any:
    """A row whose vectors are `make(place)`."""
    value = ir.Constant(ir.ArrayType(row.vector, row.count), ir.Undefined)
    for place in range(row.count):
        value = builder.insert_value(value, make(place), place)
    return value


def _same(row: Row, number: float | int) -> ir.Constant:
    """A constant vector."""
    return ir.Constant(row.vector, [number] * LANES)


def _address(context: Any, builder: Any, array: Any, value: Any, at: Any) -> Any:
    """Pointer to the element at a position of an array."""
    data = context.make_array(array)(context, builder, value).data
    wide = builder.sext(at, _I64) if at.type.width < 64 else at
    return builder.gep(data, [wide])


def _vector_pointer(builder: Any, row: Row, start: Any, place: int) -> Any:
    pointer = builder.bitcast(start, row.vector.as_pointer())
    return builder.gep(pointer, [ir.Constant(_I64, place)])


def _bytes_of(row: Row) -> int:
    """Alignment that any array of such elements has."""
    return {"float64": 8, "uint16": 2, "uint8": 1}.get(row.kind, 4)


# ---- arithmetic


def _common(a: Any, b: Any) -> int | None:
    """Count of the result of an operation on two rows; None if they do not go together."""
    if not (isinstance(a, Row) and isinstance(b, Row) and a.kind == b.kind):
        return None
    return max(a.count, b.count) if a.count == b.count or 1 in (a.count, b.count) else None


def _define(function: Any, floats: str, wholes: str, *, compares: str = "") -> None:
    """Teach numba an operator on two rows: names of the builder's methods, or the sign of a comparison."""

    @type_callable(function)
    def type_it(context: Any) -> Any:
        def typer(a: Any, b: Any) -> Any:
            count = _common(a, b)
            if count is None or not (compares or (floats if a.kind in _FLOATS else wholes)):
                return None
            answer = "half bool" if a.kind == _HALVES else "bool"
            return Row(answer if compares else a.kind, count)

        return typer

    @lower_builtin(function, Row, Row)
    def lower_it(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        a, b = signature.args
        if compares:
            name = "fcmp_ordered" if a.kind in _FLOATS else "icmp_unsigned"
        else:
            name = floats if a.kind in _FLOATS else wholes

        def make(place: int) -> Any:
            pair = part(builder, a, given[0], place), part(builder, b, given[1], place)
            return getattr(builder, name)(*([compares] if compares else []), *pair)

        return build(builder, signature.return_type, make)


_define(operator.add, "fadd", "add")
_define(operator.sub, "fsub", "sub")
_define(operator.mul, "fmul", "mul")
_define(operator.truediv, "fdiv", "")
_define(operator.xor, "", "xor")
_define(operator.and_, "", "and_")
_define(operator.or_, "", "or_")
_define(operator.rshift, "", "lshr")
_define(operator.lshift, "", "shl")
_define(operator.lt, "", "", compares="<")
_define(operator.gt, "", "", compares=">")


@type_callable(abs)
def _type_abs(context: Any) -> Any:
    def typer(a: Any) -> Any:
        return a if isinstance(a, Row) and a.kind == "float32" else None

    return typer


@lower_builtin(abs, Row)
def _lower_abs(context: Any, builder: Any, signature: Any, given: Any) -> Any:
    row = signature.args[0]
    bits = ir.VectorType(_I32, LANES)

    def make(place: int) -> Any:
        whole = builder.bitcast(part(builder, row, given[0], place), bits)
        return builder.bitcast(builder.and_(whole, ir.Constant(bits, [0x7FFFFFFF] * LANES)), row.vector)

    return build(builder, row, make)


def _choose(sign: str) -> Any:
    """The smaller or larger of two rows, number by number; the second where neither is."""

    def typed(typing: Any, a: Any, b: Any) -> Any:
        count = _common(a, b)
        if count is None:
            return None

        def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            def make(place: int) -> Any:
                x, y = part(builder, a, given[0], place), part(builder, b, given[1], place)
                return builder.select(builder.fcmp_ordered(sign, x, y), x, y)

            return build(builder, signature.return_type, make)

        return Row(a.kind, count)(a, b), generate

    return typed


@intrinsic
def smaller(typing: Any, a: Any, b: Any) -> Any:
    """The smaller of two rows of floats, number by number."""
    return _choose("<")(typing, a, b)


@intrinsic
def larger(typing: Any, a: Any, b: Any) -> Any:
    """The larger of two rows of floats, number by number."""
    return _choose(">")(typing, a, b)


@intrinsic
def where(typing: Any, holds: Any, a: Any, b: Any) -> Any:
    """a where the comparison holds, else b."""
    kinds = Row(a.kind, max(holds.count, a.count, b.count))

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        rows = signature.args

        def make(place: int) -> Any:
            return builder.select(*(part(builder, r, v, place) for r, v in zip(rows, given, strict=True)))

        return build(builder, signature.return_type, make)

    return kinds(holds, a, b), generate


def _convert(kind: str, method: Callable[[Row], str]) -> Any:
    """A conversion of a row to another kind by a method of the builder."""

    def typed(typing: Any, a: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            to = signature.return_type
            return build(
                builder, to, lambda place: getattr(builder, method(a))(part(builder, a, given[0], place), to.vector)
            )

        return Row(kind, a.count)(a), generate

    return typed


@intrinsic
def as_float(typing: Any, a: Any) -> Any:
    """float32 of whole numbers below 2**31, or of nothing else."""
    return _convert("float32", lambda row: "sitofp" if row.kind == "uint32" else "uitofp")(typing, a)


@intrinsic
def as_double(typing: Any, a: Any) -> Any:
    """float64 of float32."""
    return _convert("float64", lambda row: "fpext")(typing, a)


@intrinsic
def as_whole(typing: Any, a: Any, kind: Any) -> Any:
    """The same whole numbers in more bits (`kind`: a row of the kind wanted), or in fewer, cut off."""

    def method(row: Row) -> str:
        return "zext" if row.vector.element.width < kind.vector.element.width else "trunc"

    signature, generate = _convert(kind.kind, method)(typing, a)
    return signature.return_type(a, kind), generate


def _fma(builder: Any, a: Any, b: Any, c: Any) -> Any:
    """a * b + c of vectors of float32."""
    shape = ir.FunctionType(a.type, [a.type] * 3)
    return builder.call(builder.module.declare_intrinsic(f"llvm.fma.v{LANES}f32", (), shape), [a, b, c])


@intrinsic
def fused(typing: Any, a: Any, b: Any, c: Any) -> Any:
    """a * b + c, rounded once, as IEEE 754 has it: one instruction, or exact software where the processor has none."""
    row = Row("float32", max(a.count, b.count, c.count))

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        rows = signature.args

        def make(place: int) -> Any:
            x, y, z = (part(builder, r, v, place) for r, v in zip(rows, given, strict=True))
            return _fma(builder, x, y, z)

        return build(builder, row, make)

    return row(a, b, c), generate


@intrinsic
def dot(typing: Any, start: Any, a: Any, b: Any) -> Any:
    """start plus the products of two rows' vectors, `fused` one after the other: a row of count 1."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        total = builder.extract_value(given[0], 0)
        for place in range(a.count):
            x, y = (builder.extract_value(v, place) for v in given[1:])
            total = _fma(builder, x, y, total)
        return build(builder, signature.return_type, lambda place: total)

    return Row("float32", 1)(start, a, b), generate


@intrinsic
def differ(typing: Any, a: Any, b: Any) -> Any:
    """1 if any number of two rows of whole numbers differs, else 0 (int64)."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        bits = ir.IntType(a.vector.element.width * LANES)
        found: Any = ir.Constant(ir.IntType(1), 0)
        for place in range(a.count):
            one, two = (builder.bitcast(builder.extract_value(v, place), bits) for v in given)
            found = builder.or_(found, builder.icmp_unsigned("!=", one, two))
        return builder.zext(found, _I64)

    return types.int64(a, b), generate


# ---- between memory and registers


@intrinsic
def splat(typing: Any, number: Any) -> Any:
    """A row of count 1 that holds one float32, uint8, uint16 or uint32 in every lane."""
    row = Row(number.name, 1)

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        empty = ir.Constant(row.vector, ir.Undefined)
        first = builder.insert_element(empty, given[0], ir.Constant(_I32, 0))
        spread = builder.shuffle_vector(first, empty, ir.Constant(ir.VectorType(_I32, LANES), [0] * LANES))
        return build(builder, row, lambda place: spread)

    return row(number), generate


@intrinsic
def zeros(typing: Any, width: Any) -> Any:
    """A float32 row of zeros as wide as the tuple."""
    row = Row("float32", len(width))

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return build(builder, row, lambda place: _same(row, 0.0))

    return row(width), generate


@intrinsic
def load(typing: Any, array: Any, at: Any, width: Any) -> Any:
    """The row that starts at a position, as wide as the tuple, of the array's own kind."""
    row = Row(array.dtype.name, len(width))

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        start = _address(context, builder, array, given[0], given[1])

        def make(place: int) -> Any:
            return builder.load(_vector_pointer(builder, row, start, place), align=_bytes_of(row))

        return build(builder, row, make)

    return row(array, at, width), generate


@intrinsic
def store(typing: Any, array: Any, at: Any, row: Any) -> Any:
    """Write a row to a position."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        start = _address(context, builder, array, given[0], given[1])
        for place in range(row.count):
            value = builder.extract_value(given[2], place)
            builder.store(value, _vector_pointer(builder, row, start, place), align=_bytes_of(row))
        return context.get_dummy_value()

    return types.void(array, at, row), generate


@intrinsic
def add_products(typing: Any, array: Any, at: Any, row: Any) -> Any:
    """Add to the vectors from a position on the products of each vector of the row with itself and all later ones.

    There are count * (count + 1) / 2 of them, in the order of `numpy.triu_indices`; each is `fused` with its sum.
    """

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        start = _address(context, builder, array, given[0], given[1])
        values = [builder.extract_value(given[2], place) for place in range(row.count)]
        pairs = [(a, b) for a in range(row.count) for b in range(a, row.count)]
        for place, (a, b) in enumerate(pairs):
            pointer = _vector_pointer(builder, row, start, place)
            was = builder.load(pointer, align=_bytes_of(row))
            builder.store(_fma(builder, values[a], values[b], was), pointer, align=_bytes_of(row))
        return context.get_dummy_value()

    return types.void(array, at, row), generate


@intrinsic
def fetch(typing: Any, array: Any, at: Any) -> Any:
    """One whole number of an array of signed ones, as int64."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return builder.sext(builder.load(_address(context, builder, array, given[0], given[1])), _I64)

    return types.int64(array, at), generate


@intrinsic
def prefetch(typing: Any, array: Any, at: Any, width: Any) -> Any:
    """Ask for the row at a position to come into the cache; a hint that never faults."""
    row = Row(array.dtype.name, len(width))
    step = LANES * row.vector.element.width // 8 if hasattr(row.vector.element, "width") else LANES * 4

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        byte = ir.IntType(8).as_pointer()
        start = builder.bitcast(_address(context, builder, array, given[0], given[1]), byte)
        shape = ir.FunctionType(ir.VoidType(), [byte, _I32, _I32, _I32])
        function = builder.module.declare_intrinsic("llvm.prefetch", [byte], shape)
        for line in range(0, row.count * step, 64):
            pointer = builder.gep(start, [ir.Constant(_I64, line)])
            builder.call(function, [pointer, _I32(0), _I32(3), _I32(1)])
        return context.get_dummy_value()

    return types.void(array, at, width), generate
