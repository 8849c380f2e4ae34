"""A bucket and a ledger in memory, for the pure pipeline only; everything else meets real ones."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Iterator
from typing import BinaryIO

from clevertap_partners.core.objects import MayNotRead, NewObject, ObjectExists, StoredObject
from exports.pipeline.roll import RolledFile


class MemorySink:
    """A bucket. `may_read=False` is a service account with nothing but the right to create."""

    def __init__(self, *, may_read: bool = True) -> None:
        self.objects: dict[str, bytes] = {}
        self.stored: dict[str, StoredObject] = {}
        self.created = 0
        self._may_read = may_read
        self._lock = threading.Lock()

    def create(self, new: NewObject, body: BinaryIO) -> StoredObject:
        content = body.read()
        with self._lock:
            if new.name in self.objects:
                raise ObjectExists(new.name)
            assert len(content) == new.size
            self.objects[new.name] = content
            self.created += 1
            md5 = base64.b64encode(hashlib.md5(content).digest()).decode()  # noqa: S324
            self.stored[new.name] = StoredObject(
                new.name, new.size, new.crc32c, md5, self.created, dict(new.metadata)
            )
        return self.stored[new.name]

    def look(self, name: str) -> StoredObject | None:
        self._check_right()
        return self.stored.get(name)

    def listing(self, prefix: str) -> Iterator[StoredObject]:
        self._check_right()
        return (self.stored[name] for name in sorted(self.stored) if name.startswith(prefix))

    def _check_right(self) -> None:
        if not self._may_read:
            raise MayNotRead("create only", code="may_not_read")


class MemoryLedger:
    """The ledger of one unit."""

    def __init__(self) -> None:
        self.intended: dict[str, tuple[int, str]] = {}
        self.recorded: dict[str, StoredObject] = {}

    def find(self, name: str) -> StoredObject | None:
        return self.recorded.get(name)

    def intend(self, file: RolledFile) -> bool:
        before = self.intended.get(file.name)
        self.intended[file.name] = (file.size, file.crc32c)
        return before == self.intended[file.name]

    def withdraw(self, file: RolledFile) -> None:
        self.intended.pop(file.name, None)

    def record(self, file: RolledFile, stored: StoredObject) -> None:
        self.recorded[file.name] = stored
