"""Files to take away: a browser saves them and never shows them, whatever they hold."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

# What some file system takes for a path, a device or a pattern, or what ends the header early.
_UNSAFE = re.compile(r'[/\\:*?"<>|]')
# File systems take 255 bytes, some tools less, and a copy gets a number.
LONGEST = 180
LONGEST_ENDING = 12


def attachment(
    name: str, kind: str, pieces: Iterable[str | bytes], *, size: int | None = None
) -> StreamingHttpResponse:
    """A download, sent piece by piece: nobody waits for the whole, and memory holds none of it."""
    response = StreamingHttpResponse(
        (piece.encode() if isinstance(piece, str) else piece for piece in pieces),
        content_type=kind,
        headers={
            "Content-Disposition": content_disposition_header(True, safe_name(name))
            or "attachment",
            "X-Content-Type-Options": "nosniff",
            # Should a browser show it all the same, it runs nothing and loads nothing.
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "no-store",
        },
    )
    if size is not None:
        response.headers["Content-Length"] = str(size)
    return response


def safe_name(name: str) -> str:
    """A name under which any machine can save, and that says what it is: no controls, no paths."""
    plain = "".join(char for char in name if not unicodedata.category(char).startswith("C"))
    shown = _UNSAFE.sub("-", plain).strip(" .")
    stem, dot, ending = shown.rpartition(".")
    if not stem or len(ending) > LONGEST_ENDING:
        stem, dot, ending = shown, "", ""
    room = LONGEST - len((dot + ending).encode())
    return stem.encode()[:room].decode(errors="ignore") + dot + ending or "download"
