"""The few fields of protocol buffers that the gateway has to see, without generated classes.

https://protobuf.dev/programming-guides/encoding has the format;
google/cloud/bigquery/storage/v1/storage.proto and stream.proto the field numbers.
"""

from __future__ import annotations

from collections.abc import Iterator

_VARINT, _EIGHT, _LENGTH, _FOUR = 0, 1, 2, 5


class Damaged(Exception):
    """These bytes are no message."""


def text_of(message: bytes, *path: int) -> str:
    """The last text at this path of field numbers; empty when it is not there."""
    part = message
    for number in path:
        found = [value for each, value in fields(part) if each == number]
        if not found or not isinstance(found[-1], bytes):
            return ""
        part = found[-1]
    return part.decode(errors="replace")


def number_of(message: bytes, number: int) -> int:
    """The last value of a whole number; 0 when it is not there."""
    found = [value for each, value in fields(message) if each == number]
    return found[-1] if found and isinstance(found[-1], int) else 0


def fields(message: bytes) -> Iterator[tuple[int, bytes | int]]:
    """Every field with its value: a number, or bytes."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, kind = tag >> 3, tag & 7
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield number, value
            continue
        if kind == _LENGTH:
            length, at = _varint(message, at)
        elif kind in {_EIGHT, _FOUR}:
            length = 8 if kind == _EIGHT else 4
        else:
            raise Damaged
        if at + length > len(message):
            raise Damaged
        yield number, message[at : at + length]
        at += length


def number_field(number: int, value: int) -> bytes:
    """Appended to a message, it sets the field."""
    return _packed(number << 3 | _VARINT) + _packed(value)


def message_field(number: int, value: bytes) -> bytes:
    return _packed(number << 3 | _LENGTH) + _packed(len(value)) + value


def timestamp(moment: float) -> bytes:
    """A google.protobuf.Timestamp."""
    seconds = int(moment)
    return number_field(1, seconds) + number_field(2, int((moment - seconds) * 1e6) * 1000)


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(message) and shift < 70:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise Damaged


def _packed(value: int) -> bytes:
    packed = bytearray()
    while value > 0x7F:
        packed.append(value & 0x7F | 0x80)
        value >>= 7
    packed.append(value)
    return bytes(packed)
