"""[pure] Numbers out of columns of any kind, and their texts as the lake's JSON spells them."""

from __future__ import annotations

import decimal

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from imports import row_faults as faults
from imports.pipeline.reading import Read, all_of
from imports.pipeline.repeats import read_once, texts_once
from imports.pipeline.texts import data_of, joined

LONG = (-(2**63), 2**63 - 1)
INTEGER = (-(2**31), 2**31 - 1)
_WHOLE = r"^[+-]?[0-9]+$"
_NUMBER = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_COMMA = 44
# Room for the unscaled digits of a 64-bit number beside any scale of a warehouse.
_WIDE = 76
_EXACT = decimal.Context(prec=100)
# Decimals of fewer digits are told apart by doubles; powers of ten up to 22 are doubles.
_EXACT_DIGITS, _EXACT_POWERS = 10**15, 22
# Doubles from 0.00001 on are spelled without an exponent.
_NO_EXPONENT = 5


def read_whole(column: pa.Array, bounds: tuple[int, int], beyond: str) -> Read:
    """Whole numbers as int64; the fault `beyond` where they are outside the bounds."""
    found = _whole(column, beyond)
    if bounds == LONG:
        return found
    low, high = bounds
    outside = pc.or_(pc.less(found.values, low), pc.greater(found.values, high))
    return found.refusing(beyond, outside)


def read_number(column: pa.Array) -> Read:
    """Numbers as double, or as the decimals or whole numbers that the column has."""
    if pat.is_decimal(column.type) or pat.is_integer(column.type):
        return Read(column)
    if pat.is_string(column.type):
        return _finite(read_once(column, _parsed_number))
    return _finite(Read(column.cast(pa.float64())))


def whole_texts(numbers: pa.Array) -> pa.StringArray:
    return texts_once(numbers, lambda each: each.cast(pa.string()))


def number_texts(numbers: pa.Array) -> pa.StringArray:
    """JSON numbers with a point or an exponent: doubles in their shortest spelling, others with
    all their digits."""
    if pat.is_integer(numbers.type):
        return joined(numbers.cast(pa.string()), ".0")
    if pat.is_decimal(numbers.type):
        short = _as_doubles(numbers)
        return _decimal_texts(numbers) if short is None else texts_once(short, _double_texts)
    return texts_once(numbers, _double_texts)


def plain_decimals(numbers: pa.Array) -> pa.StringArray:
    """Every digit and no other: 12.5, 12, 0.000001."""
    texts = numbers.cast(pa.string())
    if b"E" in data_of(texts):
        texts = _without_exponents(numbers, texts)
    if b"." in data_of(texts):
        with_point = pc.match_substring(texts, ".")
        cut = pc.ascii_rtrim(pc.ascii_rtrim(texts, "0"), ".")
        texts = pc.if_else(with_point, cut, texts)
    return texts


def _without_exponents(numbers: pa.Array, texts: pa.StringArray) -> pa.StringArray:
    """Arrow writes small decimals, and zero, with an exponent."""
    short = pc.match_substring(texts, "E")
    spelled = pc.dictionary_encode(pc.filter(numbers, short))
    values = [format(value.normalize(_EXACT), "f") for value in spelled.dictionary.to_pylist()]
    plain = pa.array(values, pa.string()).take(spelled.indices)
    return pc.replace_with_mask(texts, pc.fill_null(short, False), plain)


def _decimal_texts(numbers: pa.Array) -> pa.StringArray:
    texts = plain_decimals(numbers)
    return joined(texts, pc.if_else(pc.match_substring(texts, "."), "", ".0"))


def _as_doubles(numbers: pa.Array) -> pa.Array | None:
    """Doubles whose shortest spelling is each decimal's own; None when not all have one.

    That is so up to 15 digits, and down to where the lake's spelling takes an exponent.
    """
    scale = numbers.type.scale
    if not pat.is_decimal128(numbers.type) or not _NO_EXPONENT <= scale <= _EXACT_POWERS:
        return None
    counted = pc.fill_null(numbers, pa.scalar(decimal.Decimal(0), numbers.type))
    if not len(counted) or _highest(counted) >= decimal.Decimal(_EXACT_DIGITS).scaleb(-scale):
        return None
    # The lower halves of 128 bits are the whole number, since it is small.
    halves = pa.Array.from_buffers(
        pa.int64(), 2 * len(counted), [None, counted.buffers()[1]], offset=2 * counted.offset
    )
    unscaled = pc.list_element(pa.FixedSizeListArray.from_arrays(halves, 2), 0)
    tiny = pc.less(pc.abs(unscaled), 10 ** (scale - _NO_EXPONENT))
    if pc.any(pc.and_(tiny, pc.not_equal(unscaled, 0))).as_py():
        return None
    doubles = pc.divide(unscaled.cast(pa.float64()), float(10**scale))
    if numbers.null_count:
        return pc.if_else(pc.is_valid(numbers), doubles, pa.scalar(None, pa.float64()))
    return doubles


def _highest(numbers: pa.Array) -> decimal.Decimal:
    """The largest distance from zero."""
    bounds: dict[str, decimal.Decimal] = pc.min_max(numbers).as_py()
    return max(abs(bounds["min"]), abs(bounds["max"]))


def _whole(column: pa.Array, beyond: str) -> Read:
    if pat.is_boolean(column.type) or pat.is_integer(column.type):
        return Read(column.cast(pa.int64()))
    if pat.is_floating(column.type):
        return _whole_of_doubles(column.cast(pa.float64()), beyond)
    if pat.is_decimal(column.type):
        return _whole_of_decimals(column, beyond)
    return _whole_of_texts(column, beyond)


def _whole_of_doubles(column: pa.Array, beyond: str) -> Read:
    finite = _finite(Read(column))
    whole = finite.refusing(
        faults.NOT_A_WHOLE_NUMBER, pc.not_equal(pc.floor(finite.values), finite.values)
    )
    outside = pc.or_(
        pc.less(whole.values, float(LONG[0])), pc.greater_equal(whole.values, -float(LONG[0]))
    )
    within = whole.refusing(beyond, outside)
    return within.with_values(within.values.cast(pa.int64()))


def _whole_of_decimals(column: pa.Array, beyond: str) -> Read:
    kind = pa.decimal256(_WIDE, column.type.scale)
    wide = Read(column.cast(kind))
    low, high = (pa.scalar(decimal.Decimal(bound), kind) for bound in LONG)
    whole = wide.refusing(faults.NOT_A_WHOLE_NUMBER, pc.not_equal(pc.floor(wide.values), column))
    within = whole.refusing(
        beyond, pc.or_(pc.less(whole.values, low), pc.greater(whole.values, high))
    )
    return within.with_values(within.values.cast(pa.int64()))


def _whole_of_texts(column: pa.StringArray, beyond: str) -> Read:
    trimmed = pc.utf8_trim_whitespace(column)
    found = Read(trimmed).refusing(
        faults.NOT_A_WHOLE_NUMBER, pc.invert(pc.match_substring_regex(trimmed, _WHOLE))
    )
    # Arrow reads neither a plus nor, in decimals, more digits than there can be.
    digits = pc.replace_substring_regex(found.values, r"^\+?(-?)0*([0-9])", r"\1\2")
    found = found.with_values(digits)
    found = found.refusing(beyond, pc.greater(pc.binary_length(digits), 20))
    numbers = found.values.cast(pa.decimal128(20, 0))
    low, high = (pa.scalar(decimal.Decimal(bound), numbers.type) for bound in LONG)
    within = found.with_values(numbers).refusing(
        beyond, pc.or_(pc.less(numbers, low), pc.greater(numbers, high))
    )
    return within.with_values(within.values.cast(pa.int64()))


def _parsed_number(column: pa.StringArray) -> Read:
    trimmed = pc.utf8_trim_whitespace(column)
    found = Read(trimmed).refusing(
        faults.NOT_A_NUMBER, pc.invert(pc.match_substring_regex(trimmed, _NUMBER))
    )
    return found.with_values(found.values.cast(pa.float64()))


def _finite(found: Read) -> Read:
    return found.refusing(faults.NOT_FINITE, pc.invert(pc.is_finite(found.values)))


def _double_texts(numbers: pa.Array) -> pa.StringArray:
    """The JSON writer of the lake spells them all in one list, which is then cut at its commas."""
    rows = len(numbers)
    if numbers.null_count:
        spelled = _double_texts(pc.fill_null(numbers, 0.0))
        return pc.if_else(pc.is_valid(numbers), spelled, pa.scalar(None, pa.string()))
    if not rows:
        return pa.array([], pa.string())
    values = memoryview(numbers.buffers()[1]).cast("d")[numbers.offset : numbers.offset + rows]
    text = orjson.dumps(values.tolist())[1:-1]
    characters = pa.Array.from_buffers(pa.uint8(), len(text), [None, pa.py_buffer(text)])
    commas = pc.indices_nonzero(pc.equal(characters, _COMMA)).cast(pa.int32())
    ends = pc.subtract(commas, pa.arange(0, rows - 1).cast(pa.int32()))
    first = all_of(1, 0, pa.int32())
    last = all_of(1, len(text) - (rows - 1), pa.int32())
    places = pa.concat_arrays([first, ends, last]).buffers()[1]
    data = pa.py_buffer(text.translate(None, b","))
    return pa.Array.from_buffers(pa.string(), rows, [None, places, data])
