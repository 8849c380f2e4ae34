"""What is said of an object in a bucket, whoever the partner is. Plain values, no vendor type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from clevertap_partners.core.errors import PermanentError


@dataclass(frozen=True)
class NewObject:
    """An object to be created. `crc32c` is base64 of the big-endian checksum, as Google has it."""

    name: str
    content_type: str
    size: int
    crc32c: str
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class StoredObject:
    """What the bucket says that it holds. `md5` is base64; `generation` is the bucket's version."""

    name: str
    size: int
    crc32c: str
    md5: str
    generation: int
    metadata: Mapping[str, str] = field(default_factory=dict)


class ObjectExists(Exception):
    """The name is taken. Not yet a failure: a lost response looks the same.

    `after_try` says that it may be so: the same call had tried before and heard no clear answer.
    """

    def __init__(self, name: str, *, after_try: bool = False) -> None:
        super().__init__(name)
        self.after_try = after_try


class MayNotRead(PermanentError):
    """The credentials may create objects but not read them back."""
