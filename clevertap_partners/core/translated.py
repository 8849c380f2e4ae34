"""Texts that are kept in English, in the language of whoever reads them.

What goes wrong, what a test has found and what Activity says are kept as whole English sentences:
logs, webhooks and files are the same in every language, and rows of any age can be read. To
translate such a sentence, the message of the catalogue that it was made from is found again, and
the facts are read back out of it.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.utils.translation import get_language, gettext, trans_real

# Longer texts are shown as they are: no message of ours is.
LONGEST = 2000
# A message that says less than this by itself, such as “{name}: {what}”, would fit anything.
LEAST_LETTERS = 6
# A sentence within a sentence of ours holds another one at most.
DEEPEST = 2
# Places for what people have named, whatever words it has.
NAMES = frozenset(
    {
        *("account", "bucket", "column", "dataset", "event", "events", "export", "host", "item"),
        *("label", "name", "nickname", "obj", "object", "person", "project", "table", "tables"),
        *("target", "value", "webhook"),
    }
)


@dataclass(frozen=True)
class Shape:
    """A message with places, and what it is in the other language.

    `texts` stand before, between and after the places, whose names are `names`.
    """

    texts: Sequence[str]
    names: Sequence[str]
    message: str

    def facts_of(self, said: str) -> dict[str, str] | None:
        """What stands in the places; None where it says something else.

        From left to right, each place up to where the next text begins: a pattern that goes back
        and tries again would take minutes with a text that somebody has made for it.
        """
        if not self.names:  # only braces, which were doubled in the message
            return {} if said == self.texts[0] else None
        first, *between, last = self.texts
        end = len(said) - len(last)
        if not (said.startswith(first) and said.endswith(last) and len(first) <= end):
            return None
        facts: dict[str, str] = {}
        at = len(first)
        for name, text in zip(self.names, [*between, None], strict=True):
            until = end if text is None else said.find(text, at, end)
            if until < 0 or facts.setdefault(name, said[at:until]) != said[at:until]:
                return None
            at = until + len(text or "")
        return facts

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
def _line(text: str, language: str, depth: int = 0) -> str:
    if not text or (known := gettext(text)) != text:
        return known if text else text
    for shape in _shapes(language):
        facts = shape.facts_of(text)
        if facts is not None:
            said = {name: _fact(name, fact, language, depth) for name, fact in facts.items()}
            return shape.filled(said)
    return text


def _fact(name: str, fact: str, language: str, depth: int) -> str:
    """A fact may be a sentence of ours itself, or several words of ours with commas between."""
    if name in NAMES or " " not in fact or depth == DEEPEST:
        return fact
    known = _line(fact, language, depth + 1)
    return known if known != fact else _listed(fact, lambda part: _line(part, language, depth + 1))


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
    return [_shape(key, text) for key, text in pairs]


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


def _shape(message: str, translation: str) -> Shape:
    texts, names = [""], []
    for text, name, _, _ in string.Formatter().parse(message):
        texts[-1] += text
        if name is not None:
            names.append(name)
            texts.append("")
    return Shape(texts, names, translation)
