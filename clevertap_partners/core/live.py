"""Parts of a page that ask for themselves again (`static/js/live.js`), and are told when nothing
has changed: then nothing is rendered, sent or moved."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language

# As many rows as the longest page has, with keys that any database can look for.
MOST_SEEN = 40
DIGITS = 18


@dataclass(frozen=True)
class State:
    """Of one row: `says` is read out when the row comes into this state.

    `ended` stands in the title of a page that nobody looks at, where something has come to an end.
    """

    key: str
    says: str
    ended: str = ""


def live_tag(*seen: Any) -> str:
    """Names what a part shows. Times in words are right to the minute, so it lasts no longer."""
    minute = int(timezone.now().timestamp()) // 60
    text = repr((minute, get_language(), seen))
    return f'"{hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()}"'


def is_unchanged(request: HttpRequest, tag: str) -> bool:
    """Whether the browser shows this already; a page that is opened anew shows nothing yet."""
    return request.headers.get("If-None-Match") == tag


def rows_seen(request: HttpRequest, shown: Iterable[int]) -> list[int]:
    """Rows that the browser shows as it asks, and that are not in the list any more."""
    seen = request.headers.get("Live-Rows", "").split(",")[:MOST_SEEN]
    numbers = {int(one) for one in seen if one.isascii() and one.isdigit() and len(one) <= DIGITS}
    return sorted(numbers - set(shown))


def columns_of(rows: Iterable[Model], *besides: str) -> list[tuple[Any, ...]]:
    """What is known of the rows, and what was annotated."""
    return [
        (
            *(row.__dict__.get(field.attname) for field in row._meta.concrete_fields),
            *(getattr(row, name) for name in besides),
        )
        for row in rows
    ]
