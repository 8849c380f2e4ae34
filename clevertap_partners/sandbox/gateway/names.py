"""Object names as the emulator's file system can hold them.

Google allows 1,024 bytes and `a` beside `a/b`; a file system allows 255 bytes between slashes and
either a file or a folder. Hexadecimal in segments keeps the order of names and works for prefixes.
"""

from __future__ import annotations

_SEGMENT = 200
MAX_BYTES = 1024


def encode(name: str) -> str:
    digits = name.encode().hex()
    parts = [digits[at : at + _SEGMENT] for at in range(0, len(digits), _SEGMENT)]
    # The mark keeps a folder apart from an object whose name ends right there.
    return "_/".join(parts)


def decode(stored: str) -> str:
    return bytes.fromhex(stored.replace("_/", "")).decode()


def problem(name: str) -> str:
    """Why Google would refuse this object name; empty when it would not."""
    if not name:
        return "Required"
    if any("\ud800" <= mark <= "\udfff" for mark in name):
        return "Object names are valid Unicode text."
    if len(name.encode()) > MAX_BYTES:
        return "The maximum object length is 1024 characters, but got a name with more."
    if name in {".", ".."} or any(mark in name for mark in "\r\n"):
        return f"Disallowed unicode characters present in object name {name!r}"
    return ""
