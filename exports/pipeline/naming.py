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
FILES_A_PART = 1_000_000
# What `marked` puts at the end. No plain form may look like it, or two names could meet after all.
_MARK = re.compile(r"-[0-9a-f]{12}\Z")


@dataclass(frozen=True)
class RunNames:
    """What all names of one run share. `account_id` is given for profiles, whose names start so."""

    request_id: int
    run_timestamp: int
    database_id: int
    account_id: int | None = None

    @property
    def run(self) -> str:
        return f"{self.request_id}-{self.run_timestamp}"

    @property
    def prefix(self) -> str:
        """What the names of the run's files, and of no other run's, start with."""
        start = "" if self.account_id is None else f"{self.account_id}-"
        return f"{start}{self.run}-"

    @property
    def manifest(self) -> str:
        return f"{self.run}-manifest.json"


@dataclass(frozen=True)
class EventFiles:
    """Names the files of one day. `slugs` holds the file-name form of each event name."""

    run: RunNames
    day: datetime.date
    extension: str
    slugs: Mapping[str, str]

    def name(self, event_name: str, index: int) -> str:
        tail = f"{self.day:%Y%m%d}-{index}-{self.run.database_id}.{self.extension}"
        return f"{self.run.prefix}{self.slugs[event_name]}-{tail}"


@dataclass(frozen=True)
class ProfileFiles:
    """Names the files of one part of the people.

    Parts are written at the same time, so each has its own million of indices: a gap between two
    indices is no missing file.
    """

    run: RunNames
    part: int
    ending: str

    def name(self, event_name: str, index: int) -> str:
        number = self.part * FILES_A_PART + index
        return (
            f"{self.run.prefix}{self.run.database_id}-{f'{number}-' if number else ''}{self.ending}"
        )


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
