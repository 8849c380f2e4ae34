"""[pure] Whose row it is."""

from __future__ import annotations

import string

import pyarrow as pa
import pyarrow.compute as pc

from clevertap_partners.eventstore.canonical import MAX_IDENTITY_CHARACTERS
from imports import row_faults as faults
from imports.pipeline.columns import read_texts
from imports.pipeline.reading import Read
from imports.pipeline.texts import data_of

# Words by which other systems say that they know nobody.
BANNED = (
    *("undefined", "null", "na", "n/a", "0", "nil", "-1", "infinity", "-infinity", "inf", "-inf"),
    *("nan", "-nan", "empty", "xxxxxx"),
)
_BANNED = pa.array(BANNED)
_LONGEST_BANNED = max(map(len, BANNED))
_BLANKS = tuple(blank.encode() for blank in string.whitespace)
_OBJECT_ID = r"^[A-Za-z0-9!()$@_:-]{1,67}$"


def read_identities(column: pa.Array) -> Read:
    """Identities of a plain column; none is null unless the row is wrong."""
    found = read_texts(column).refusing(faults.IDENTITY_NULL, pc.is_null(column))
    words = _words(found.values)
    found = found.refusing(faults.IDENTITY_BLANK, pc.equal(pc.binary_length(words), 0))
    lengths = pc.min_max(pc.binary_length(words)).as_py()
    if (lengths["min"] or 0) <= _LONGEST_BANNED:
        found = found.refusing(faults.IDENTITY_BANNED, pc.is_in(words, _BANNED))
    if (lengths["max"] or 0) > MAX_IDENTITY_CHARACTERS:
        long = pc.greater(pc.utf8_length(found.values), MAX_IDENTITY_CHARACTERS)
        return found.refusing(faults.IDENTITY_TOO_LONG, long)
    return found


def read_object_ids(column: pa.Array) -> Read:
    """CleverTap IDs, which need not be known."""
    found = read_identities(column)
    return found.refusing(
        faults.OBJECT_ID_INVALID, pc.invert(pc.match_substring_regex(found.values, _OBJECT_ID))
    )


def _words(texts: pa.StringArray) -> pa.StringArray:
    data = data_of(texts)
    if data.isascii():
        if not any(blank in data for blank in _BLANKS):
            return pc.ascii_lower(texts)
        return pc.ascii_lower(pc.ascii_trim_whitespace(texts))
    return pc.utf8_lower(pc.utf8_trim_whitespace(texts))
