"""[pure] Files into the bucket: created, never overwritten; recognised when already there."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import BinaryIO, Protocol

from clevertap_partners.core.errors import PermanentError
from clevertap_partners.core.faults import error, error_as
from clevertap_partners.core.objects import MayNotRead, NewObject, ObjectExists, StoredObject
from exports import faults
from exports.pipeline.ledger import Ledger
from exports.pipeline.roll import RolledFile

# Files on their way at once: one that is sent while the next one is written, and a little more for
# days with many small events. Their bodies are on disk, so memory does not grow with this.
UPLOADS_AT_ONCE = 4


class NameTaken(PermanentError):
    """The bucket holds an object under our name that is not, or cannot be shown to be, ours."""


class Sink(Protocol):
    """A bucket, as little of it as an export needs."""

    def create(self, new: NewObject, body: BinaryIO) -> StoredObject:
        """Create the object if its name is free; else ObjectExists. Permanent-, TransientError."""

    def look(self, name: str) -> StoredObject | None:
        """What the bucket holds under `name`. Raises MayNotRead, Permanent-, TransientError."""

    def listing(self, prefix: str) -> Iterator[StoredObject]:
        """All objects whose names start with `prefix`. Raises as `look`."""


def upload(
    files: Iterable[RolledFile], sink: Sink, ledger: Ledger, describe: Describe
) -> Iterator[tuple[RolledFile, StoredObject]]:
    """Each file with what the bucket holds of it, in order; those in the ledger are not sent again.

    Raises PermanentError `rerun_differs` when a file is not what it was in an earlier attempt.
    """
    with ThreadPoolExecutor(UPLOADS_AT_ONCE, thread_name_prefix="upload") as pool:
        under_way: deque[tuple[RolledFile, Future[StoredObject]]] = deque()
        try:
            for file in files:
                if known := ledger.find(file.name):
                    under_way.append((file, _already(file, known)))
                else:
                    repeated = ledger.intend(file)
                    future = pool.submit(put, file, sink, describe, repeated=repeated)
                    under_way.append((file, future))
                while len(under_way) >= UPLOADS_AT_ONCE:
                    yield _harvest(under_way, ledger)
            while under_way:
                yield _harvest(under_way, ledger)
        finally:
            for file, future in under_way:
                _abandon(file, future, ledger)


class Describe(Protocol):
    """How a rolled file is announced to the bucket."""

    def __call__(self, file: RolledFile) -> NewObject: ...


def put(file: RolledFile, sink: Sink, describe: Describe, *, repeated: bool) -> StoredObject:
    """Create the object, or recognise it as ours when an earlier answer was lost."""
    new = describe(file)
    try:
        return sink.create(new, file.body)
    except ObjectExists as error:
        return recognise(new, sink, repeated=repeated or error.after_try)


def recognise(new: NewObject, sink: Sink, *, repeated: bool) -> StoredObject:
    """The object under our name, if it is the one that we meant to create.

    Credentials that may only create cannot read it back. Then the name, which holds request id and
    run timestamp, and our own note of an earlier attempt with the same checksum (`repeated`) are
    the proof; generation 0 says that the bucket's own could not be read. Raises NameTaken.
    """
    try:
        found = sink.look(new.name)
    except MayNotRead:
        if repeated:
            return StoredObject(new.name, new.size, new.crc32c, "", 0, new.metadata)
        raise _taken(new) from None
    if found is None or (found.size, found.crc32c) != (new.size, new.crc32c):
        raise _taken(new)
    if found.metadata.get("run") != new.metadata.get("run"):
        raise _taken(new)
    return found


def _taken(new: NewObject) -> NameTaken:
    return error_as(NameTaken, faults.NAME_TAKEN, object=new.name)


def _already(file: RolledFile, known: StoredObject) -> Future[StoredObject]:
    if (file.size, file.crc32c) != (known.size, known.crc32c):
        file.body.close()
        raise error(faults.RERUN_DIFFERS, object=file.name)
    done: Future[StoredObject] = Future()
    done.set_result(known)
    return done


def _harvest(
    under_way: deque[tuple[RolledFile, Future[StoredObject]]], ledger: Ledger
) -> tuple[RolledFile, StoredObject]:
    file, future = under_way.popleft()
    try:
        return file, future.result()
    except NameTaken:
        ledger.withdraw(file)
        raise
    finally:
        file.body.close()


def _abandon(file: RolledFile, future: Future[StoredObject], ledger: Ledger) -> None:
    """Let an upload end that nobody waits for any more; what was stored is recognised next time."""
    try:
        if not future.cancel() and isinstance(future.exception(), NameTaken):
            ledger.withdraw(file)
    finally:
        file.body.close()
