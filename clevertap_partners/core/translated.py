"""Texts that are kept in English, in the language of whoever reads them.

What goes wrong, what a test has found and what Activity says are kept as whole English sentences:
logs, webhooks and files are the same in every language, and rows of any age can be read. To
translate such a sentence, the message of the catalogue that it was made from is found again, and
the facts are read back out of it.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.utils.translation import get_language, gettext, trans_real

# Longer texts are shown as they are: no message of ours is.
LONGEST = 2000
# A message that says less than this by itself, such as “{name}: {what}”, would fit anything.
LEAST_LETTERS = 6


@dataclass(frozen=True)
class Shape:
    """A message with places: what fits it, and what it is in the other language."""

    pattern: re.Pattern[str]
    message: str

    def filled(self, facts: Mapping[str, str]) -> str:
        parts = string.Formatter().parse(self.message)
        return "".join(text + (facts.get(name, "") if name else "") for text, name, _, _ in parts)


def translated(text: str) -> str:
    """Line by line; what no message of ours fits stays as it is."""
    language = get_language()
    if language in {None, settings.LANGUAGE_CODE} or len(text) > LONGEST:
        return text
    return "\n".join(_line(line, str(language)) for line in text.split("\n"))


def translated_list(text: str) -> str:
    """A sentence or several words of ours, with commas between."""
    known = translated(text)
    return known if known != text else _listed(text, translated)


@lru_cache(maxsize=4096)
def _line(text: str, language: str) -> str:
    if not text or (known := gettext(text)) != text:
        return known if text else text
    for shape in _shapes(language):
        if found := shape.pattern.fullmatch(text):
            return shape.filled(
                {name: _fact(value, language) for name, value in found.groupdict().items()}
            )
    return text


def _fact(value: str, language: str) -> str:
    """A fact may be a sentence of ours itself, or several words of ours with commas between.

    A single word is somebody's name for something.
    """
    if " " not in value:
        return value
    known = _line(value, language)
    return known if known != value else _listed(value, lambda part: _line(part, language))


def _listed(text: str, say: Callable[[str], str]) -> str:
    """Each part, if all of them are words of ours: a name may hold commas, too."""
    parts = text.split(", ")
    said = [say(part) for part in parts]
    is_ours = all(new != old for new, old in zip(said, parts, strict=True))
    return ", ".join(said) if is_ours else text


@lru_cache(maxsize=16)
def _shapes(language: str) -> list[Shape]:
    """Of every message with named places, those that say most by themselves first."""
    catalogue = trans_real.translation(language)._catalog  # type: ignore[attr-defined]  # no public way
    pairs = [(key, text) for key, text in catalogue.items() if _is_shape(key) and text]
    pairs.sort(key=lambda pair: -_letters(pair[0]))
    return [Shape(_pattern(key), text) for key, text in pairs]


def _is_shape(key: object) -> bool:
    if not isinstance(key, str) or "{" not in key or "%(" in key:
        return False
    try:
        return _letters(key) >= LEAST_LETTERS
    except ValueError:  # braces that are no places
        return False


def _letters(message: str) -> int:
    parts = string.Formatter().parse(message)
    return sum(len(re.findall(r"[^\W\d]", text)) for text, _, _, _ in parts)


def _pattern(message: str) -> re.Pattern[str]:
    seen: set[str] = set()
    pattern = ""
    for text, name, _, _ in string.Formatter().parse(message):
        pattern += re.escape(text)
        if name:
            pattern += f"(?P={name})" if name in seen else f"(?P<{name}>.*?)"
            seen.add(name)
    return re.compile(pattern)
