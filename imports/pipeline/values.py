"""[pure] A column becomes a property: its values, what is wrong with them, and their JSON."""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from imports import row_faults as faults
from imports.mapping import (
    BOOLEAN,
    DATE_TYPE,
    FLOAT,
    INTEGER,
    LONG,
    PROFILES,
    STRING,
    Mapping,
    Property,
)
from imports.names import FLAG_PREFIX
from imports.pipeline import numbers
from imports.pipeline.columns import any_texts, read_texts
from imports.pipeline.dates import read_seconds
from imports.pipeline.reading import Read
from imports.pipeline.texts import escaped, joined

_YES, _NO = pa.array(["1", "true"]), pa.array(["0", "false"])
# What profiles demand of the platform's own properties.
_DEMANDS = {
    "Phone": (r"^\+[0-9][0-9 ().-]*$", faults.PHONE_INVALID),
    "Email": (r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$", faults.EMAIL_INVALID),
    "Gender": (r"^[MF]$", faults.GENDER_INVALID),
}
_FIVE_DIGITS = r"([0-9][^0-9]*){5}"
# The kinds of `eventstore.kinds`; of whole numbers each has its own.
WHOLE = ""


@dataclass(frozen=True)
class Piece:
    """Values as JSON: each between `before` and `after`, where it is not null.

    `kind` is what all of them are, or WHOLE.
    """

    texts: pa.StringArray
    kind: str
    before: str = ""
    after: str = ""

    @property
    def json(self) -> pa.StringArray:
        return joined(self.before, self.texts, self.after)


def read_property(
    column: pa.Array, wanted: Property, mapping: Mapping, zone: zoneinfo.ZoneInfo
) -> Read:
    """Typed values of a plain column: strings, int64, doubles, decimals, booleans; of dates the
    seconds since 1970."""
    is_of_profile = mapping.kind == PROFILES
    if is_of_profile and wanted.name.startswith(FLAG_PREFIX):
        return _read_boolean(column, faults.FLAG_INVALID)
    if wanted.type == STRING:
        found = read_texts(column)
        return _demanding(found, wanted.name) if is_of_profile else found
    if wanted.type == INTEGER:
        return numbers.read_whole(column, numbers.INTEGER, faults.INTEGER_OUT_OF_RANGE)
    if wanted.type == LONG:
        return numbers.read_whole(column, numbers.LONG, faults.LONG_OUT_OF_RANGE)
    if wanted.type == FLOAT:
        return numbers.read_number(column)
    if wanted.type == BOOLEAN:
        return _read_boolean(column, faults.NOT_A_BOOLEAN)
    return read_seconds(column, wanted.format, zone)


def piece_of(values: pa.Array, wanted: Property) -> Piece:
    """The JSON of what `read_property` gave."""
    if pat.is_boolean(values.type):
        return Piece(values.cast(pa.string()), "boolean")
    if wanted.type == DATE_TYPE:
        return Piece(numbers.whole_texts(values), "string", '"$D_', '"')
    if pat.is_string(values.type):
        return Piece(escaped(values), "string", '"', '"')
    if wanted.type == FLOAT:
        return Piece(numbers.number_texts(values), "float")
    return Piece(numbers.whole_texts(values), WHOLE)


def _read_boolean(column: pa.Array, code: str) -> Read:
    if pat.is_boolean(column.type):
        return Read(column)
    words = pc.utf8_lower(pc.utf8_trim_whitespace(any_texts(column)))
    yes, no = pc.is_in(words, _YES), pc.is_in(words, _NO)
    known = pc.or_(yes, no)
    values = pc.if_else(known, yes, pa.scalar(None, pa.bool_()))
    return Read(values).refusing(code, pc.and_(pc.is_valid(column), pc.invert(known)))


def _demanding(found: Read, name: str) -> Read:
    if name not in _DEMANDS:
        return found
    pattern, code = _DEMANDS[name]
    found = found.refusing(code, pc.invert(pc.match_substring_regex(found.values, pattern)))
    if name == "Phone":
        few = pc.invert(pc.match_substring_regex(found.values, _FIVE_DIGITS))
        return found.refusing(code, few)
    return found
