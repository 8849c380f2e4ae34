"""[pure] JSON text in and out of the lake without changing a value.

Two parsers, because the fast one rounds integers beyond 64 bits: lines that could hold one, or
anything else that needs a closer look, go the careful way. Both ways write the same text.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

import orjson

MAX_DEPTH = 32
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

# Unicode category Cc without tab, LF and CR: no file format carries them all.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATES = re.compile("[\ud800-\udfff]")
# Integers that may pass 64 bits, looked for with every digit written as 0.
_DIGITS_AS_0 = bytes.maketrans(b"123456789", b"000000000")
_LONG_NUMBER = b"0" * 19
# Escapes that may stand for a control character or half a surrogate pair, nulls, and the raw
# control characters that JSON allows. Plain searches: a pattern of all takes ten times as long.
_NEEDS_CARE = (b"\\", b"null", b"\x7f", b"\xc2")


_AS_THEY_ARE = frozenset({bool, int, type(None)})


class Refused(Exception):
    """Why a record cannot go into the lake, in one sentence for whoever sent it."""


def parse(line: bytes) -> tuple[Any, bool]:
    """The value of a line of JSON, and whether `clean` has nothing left to do on it."""
    exact = _LONG_NUMBER not in line.translate(_DIGITS_AS_0)
    plain = exact and not any(mark in line for mark in _NEEDS_CARE) and _is_shallow(line)
    if not exact:
        return _parse_carefully(line), False
    try:
        return orjson.loads(line), plain
    except orjson.JSONDecodeError:
        # The careful way accepts half surrogate pairs, and words the refusal of the rest.
        return _parse_carefully(line), False


def clean(value: Any, depth: int = 1) -> Any:
    """The value as the lake holds it: no nulls in objects, no character that a format cannot carry.

    Raises Refused for what JSON cannot say and for keys that would become one key.
    """
    kind = type(value)
    if kind is str:
        return clean_text(value)
    if kind in _AS_THEY_ARE:
        return value
    if kind is float:
        return _finite(value)
    if depth > MAX_DEPTH:
        raise Refused(f"is nested more than {MAX_DEPTH} levels deep")
    if kind is dict:
        return _clean_object(value, depth)
    if kind is list:
        return [clean(item, depth + 1) for item in value]
    raise Refused(f"holds a value of type {kind.__name__}, which JSON does not have")


def clean_text(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return _SURROGATES.sub(_REPLACEMENT, _CONTROLS.sub("?", text))


def dump(value: Any) -> str:
    """Compact JSON text; floats in their shortest spelling, integers whole."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        # Integers beyond 64 bits.
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _is_shallow(line: bytes) -> bool:
    return line.count(b"{") + line.count(b"[") <= MAX_DEPTH


def _parse_carefully(line: bytes) -> Any:
    try:
        return json.loads(line.decode(), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise Refused(f"is not UTF-8 text: byte {error.start + 1} cannot be read") from error
    except json.JSONDecodeError as error:
        raise Refused(f"is not valid JSON: {error.msg} at character {error.pos + 1}") from error
    except RecursionError as error:
        raise Refused(f"is nested more than {MAX_DEPTH} levels deep") from error
    except ValueError as error:
        # Python's own bound against numbers that take minutes to read.
        raise Refused("holds a number of more than 4,300 digits") from error


def _refuse_constant(name: str) -> Any:
    raise Refused(f"holds {name}, which is not a JSON number")


def _finite(value: float) -> float:
    if math.isfinite(value):
        return value
    raise Refused("holds a number that is not finite or too large for a floating-point number")


def _clean_object(value: dict[Any, Any], depth: int) -> dict[str, Any]:
    cleaned: dict[str, Any] = {}
    for key, item in value.items():
        if item is None:
            continue
        name = clean_text(key)
        if name in cleaned:
            raise Refused(f"has two keys that both become “{name}” without control characters")
        cleaned[name] = clean(item, depth + 1)
    return cleaned
