"""A language for tests: every text of ours in Arabic letters, one for one.

It is read from the right, as long as the English, and what is left in Latin letters was never given
to be translated.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path

from babel.messages.catalog import Catalog
from django.conf import LazySettings, settings

from clevertap_partners import messages

LANGUAGE = "ar"
LETTERS = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ابسدهفغحيجكلمنوبقرستثفوخيز")
# What stays: markup, places for facts, what stands for a character of HTML.
KEPT = re.compile(r"(<[^>]*>|%\(\w+\)[sd]|\{[^{}]*\}|&\w+;|%[sd])")


def pseudo(text: str) -> str:
    parts = KEPT.split(text)
    return "".join(
        part if index % 2 else part.lower().translate(LETTERS) for index, part in enumerate(parts)
    )


@functools.cache
def compiled() -> bytes:
    catalogue = Catalog(locale=LANGUAGE, charset="utf-8", fuzzy=False)
    for message in messages.collected():
        if message.id:
            catalogue.add(message.id, _said(message.id, catalogue), context=message.context)
    return messages.as_mo(catalogue)


def _said(text: str | list[str] | tuple[str, ...], catalogue: Catalog) -> str | tuple[str, ...]:
    if isinstance(text, str):
        return pseudo(text)
    return (pseudo(text[1]),) * catalogue.num_plurals


def offer(wanted: LazySettings, folder: Path) -> None:
    """Offer it beside the languages of the product, for as long as the test lasts."""
    place = folder / LANGUAGE / "LC_MESSAGES"
    place.mkdir(parents=True)
    (place / "django.mo").write_bytes(compiled())
    wanted.LANGUAGES = [*settings.LANGUAGES, (LANGUAGE, "العربية")]
    wanted.LOCALE_PATHS = [*settings.LOCALE_PATHS, folder]
