"""[pure] Columns of text: clean as the lake wants them, and as JSON strings.

A look at all bytes of a column at once tells what most columns need: nothing.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

# Unicode category Cc without tab, LF and CR: no file format carries them all.
_CONTROLS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x{80}-\x{9f}]"
_ESCAPES = (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"))
_FIRST_PRINTABLE = 0x20


def data_of(texts: pa.StringArray) -> bytes:
    """The bytes of all texts, one after the other."""
    _, offsets, data = texts.buffers()
    if data is None or not len(texts):
        return b""
    places = memoryview(offsets).cast("i")
    first, last = places[texts.offset], places[texts.offset + len(texts)]
    text: bytes = data.slice(first, last - first).to_pybytes()
    return text


def cleaned(texts: pa.StringArray) -> pa.StringArray:
    """Valid UTF-8 without the control characters that no export could carry."""
    data = data_of(texts)
    if not data.isascii() and not _is_utf8(data):
        texts = _decoded(texts)
        data = data_of(texts)
    if _has_controls(data) or b"\x7f" in data or b"\xc2" in data:
        return pc.replace_substring_regex(texts, _CONTROLS, "?")
    return texts


def escaped(texts: pa.StringArray) -> pa.StringArray:
    """As between the quotes of a JSON string; the texts are cleaned."""
    data = data_of(texts)
    for character, escape in _ESCAPES:
        if character.encode() in data:
            texts = pc.replace_substring(texts, character, escape)
    return texts


def joined(*parts: pa.Array | str) -> pa.StringArray:
    """The parts of each row, one after the other; null where one of them is."""
    return pc.binary_join_element_wise(*parts, "")


def _has_controls(data: bytes) -> bool:
    if not data:
        return False
    numbers = pa.Array.from_buffers(pa.uint8(), len(data), [None, pa.py_buffer(data)])
    lowest: int = pc.min(numbers).as_py()
    return lowest < _FIRST_PRINTABLE


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _decoded(texts: pa.StringArray) -> pa.StringArray:
    """Each text with what is no UTF-8 replaced. Warehouses do not send such texts."""
    raw = texts.cast(pa.binary()).to_pylist()
    return pa.array(
        [None if each is None else each.decode(errors="replace") for each in raw], pa.string()
    )
