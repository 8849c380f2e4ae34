"""[pure] Names of the objects in the bucket.

Source of the shape and of the characters: the Google Cloud pages that the product comes from.
"""

from __future__ import annotations

import datetime
import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

MAX_NAME_BYTES = 1_024
# What stands around the event's name at its longest: timestamps, day, index, database, suffixes.
_AROUND_BYTES = 124
MAX_SLUG_BYTES = MAX_NAME_BYTES - _AROUND_BYTES
# What `marked` puts at the end. No plain form may look like it, or two names could meet after all.
_MARK = re.compile(r"-[0-9a-f]{12}\Z")


@dataclass(frozen=True)
class RunNames:
    """Builds every name of one run. `slugs` holds the file-name form of each event name."""

    request_id: int
    run_timestamp: int
    database_id: int
    extension: str
    slugs: Mapping[str, str]

    @property
    def prefix(self) -> str:
        """What all names of the run, and of no other run, start with."""
        return f"{self.request_id}-{self.run_timestamp}-"

    @property
    def manifest(self) -> str:
        return f"{self.prefix}manifest.json"

    def file(self, event_name: str, day: datetime.date, index: int) -> str:
        slug = self.slugs[event_name]
        tail = f"{day:%Y%m%d}-{index}-{self.database_id}.{self.extension}"
        return f"{self.prefix}{slug}-{tail}"


def event_slugs(event_names: Iterable[str]) -> dict[str, str]:
    """The file-name form of each name; no two alike, the same for the same set of names.

    Where several names would meet, the one that needed no change keeps the plain form and the
    others carry a mark made from their true name.
    """
    names = sorted(set(event_names))
    meeting = Counter(clean(name) for name in names)
    return {
        name: clean(name)
        if is_free(clean(name)) and (meeting[clean(name)] == 1 or clean(name) == name)
        else marked(name)
        for name in names
    }


def clean(name: str) -> str:
    """Whitespace, slash and NUL become a hyphen, other control characters a question mark."""
    return "".join(_clean_character(character) for character in name)


def _clean_character(character: str) -> str:
    if character in "\0\t\n\v\f\r/" or unicodedata.category(character).startswith("Z"):
        return "-"
    return "?" if unicodedata.category(character) in {"Cc", "Cs"} else character


def is_free(slug: str) -> bool:
    return len(slug.encode()) <= MAX_SLUG_BYTES and not _MARK.search(slug)


def marked(name: str) -> str:
    """The cleaned name, cut between characters if need be, with a mark of the true one."""
    mark = "-" + hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    kept = clean(name).encode()[: MAX_SLUG_BYTES - len(mark)]
    return kept.decode("utf-8", "ignore") + mark
