"""[pure] Writes to one bucket: creates objects and looks at them; never overwrites or deletes."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from typing import BinaryIO, TypeVar

import google.cloud.storage as storage
from google.api_core.exceptions import NotFound
from google.api_core.exceptions import RetryError as GaveUp
from google.api_core.retry import Retry, if_exception_type

from clevertap_partners.core.errors import PartnersError, TransientError
from clevertap_partners.core.faults import error, error_as
from clevertap_partners.core.objects import MayNotRead, NewObject, ObjectExists, StoredObject
from integrations.partners.gcs import faults
from integrations.partners.gcs.client import REQUEST_TIMEOUT_S, bucket_of, open_client
from integrations.partners.gcs.config import GcsConfig
from integrations.partners.gcs.errors import (
    VENDOR_ERRORS,
    Target,
    says_name_taken,
    says_object_absent,
    translate,
)

T = TypeVar("T")

# Google's schedule: from one second, doubling, with jitter; no new try after two minutes.
RETRY = Retry(
    predicate=if_exception_type(TransientError), initial=1, multiplier=2, maximum=32, timeout=120
)
# A large file is read and sent in pieces of this size (a multiple of 256 KiB, as Google wants).
PIECE_BYTES = 8 * 1024 * 1024
# Clear refusals of Google: whoever holds the name after one of these, it is not our upload.
NOTHING_STORED = frozenset({faults.QUOTA.code, faults.CHECKSUM_MISMATCH.code})


class GcsSink:
    """One bucket, for many threads. Failures are PermanentError or TransientError in our words."""

    def __init__(self, config: GcsConfig, *, retry: Retry = RETRY) -> None:
        self._target = Target(config.bucket_name, config.key.client_email, config.key.project_id)
        self._client = open_client(config)
        self._bucket = bucket_of(self._client, config)
        self._retry = retry

    def __repr__(self) -> str:
        return f"GcsSink({self._target.bucket!r})"

    def create(self, new: NewObject, body: BinaryIO) -> StoredObject:
        """Store `body` under a name that must be free, whole or not at all.

        Raises ObjectExists when the name is taken, be it by our own earlier try whose answer was
        lost. `body` is read from its start and must hold `new.size` bytes.
        """
        if body.seek(0, os.SEEK_END) != new.size:
            raise ValueError(f"{new.name}: the body is not {new.size} bytes long")
        perhaps_stored = False

        def send() -> StoredObject:
            nonlocal perhaps_stored
            try:
                return self._send(new, body)
            except TransientError as failure:
                perhaps_stored = perhaps_stored or failure.code not in NOTHING_STORED
                raise
            except ObjectExists as taken:
                raise ObjectExists(new.name, after_try=perhaps_stored) from taken

        return self._patiently(send)

    def look(self, name: str) -> StoredObject | None:
        """What the bucket holds under the name; None when nothing. Raises MayNotRead."""

        def look_once() -> StoredObject | None:
            blob = self._bucket.blob(name)
            try:
                # `get_blob` takes any 404 for an absent object, be it a page of a proxy.
                blob.reload(timeout=REQUEST_TIMEOUT_S, retry=None)
            except NotFound as vendor:
                if says_object_absent(vendor):
                    return None
                raise
            return stored_object(blob)

        return self._patiently(lambda: self._reading(look_once))

    def listing(self, prefix: str) -> Iterator[StoredObject]:
        """All objects whose names begin with the prefix, page by page. Raises MayNotRead."""
        token: str | None = None
        while True:
            one_page = functools.partial(self._page, prefix, token)
            page, token = self._patiently(functools.partial(self._reading, one_page))
            yield from page
            if token is None:
                return

    def _page(self, prefix: str, token: str | None) -> tuple[list[StoredObject], str | None]:
        # A page is asked for anew by its token: an iterator of the library ends after an error.
        found = self._client.list_blobs(
            self._bucket, prefix=prefix, page_token=token, timeout=REQUEST_TIMEOUT_S, retry=None
        )
        page = next(found.pages, ())
        return [stored_object(blob) for blob in page], found.next_page_token

    def _patiently(self, call: Callable[[], T]) -> T:
        """Try again while trying again may help; then raise the last failure.

        The whole upload is tried anew, not its pieces: the library cannot go on with an upload
        one of whose pieces has failed (it marks it invalid, and its `recover` is not reachable
        from a blob). The create-only condition makes that safe.
        """
        try:
            return self._retry(call)()
        except GaveUp as gave_up:
            if isinstance(gave_up.cause, PartnersError):
                raise gave_up.cause from gave_up
            raise

    def _send(self, new: NewObject, body: BinaryIO) -> StoredObject:
        body.seek(0)
        blob = self._bucket.blob(new.name, chunk_size=PIECE_BYTES)
        blob.metadata = dict(new.metadata)
        # Sent with the name, in single requests and sessions alike, so that Google refuses a body
        # that differs. `checksum=None` below: the library's own comparison would DELETE the object.
        blob.crc32c = new.crc32c
        try:
            blob.upload_from_file(
                body,
                size=new.size,
                content_type=new.content_type,
                if_generation_match=0,
                checksum=None,
                retry=None,
                timeout=REQUEST_TIMEOUT_S,
            )
        except VENDOR_ERRORS as vendor:
            if says_name_taken(vendor):
                raise ObjectExists(new.name) from vendor
            raise translate(vendor, self._target) from vendor
        except ValueError as mismatch:
            # Google kept only a part of a piece: the library finds itself at another place.
            raise error(faults.HALF_SENT) from mismatch
        return verified(stored_object(blob), new)

    def _reading(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except VENDOR_ERRORS as vendor:
            raise may_not_read(translate(vendor, self._target), self._target) from vendor


def stored_object(blob: storage.Blob) -> StoredObject:
    return StoredObject(
        name=blob.name,
        size=int(blob.size),
        crc32c=blob.crc32c or "",
        md5=blob.md5_hash or "",
        generation=int(blob.generation),
        metadata=dict(blob.metadata or {}),
    )


def verified(stored: StoredObject, new: NewObject) -> StoredObject:
    """What Google says it stored is what we sent; else the object stays, and a person looks."""
    if (stored.crc32c, stored.size) == (new.crc32c, new.size):
        return stored
    raise error(faults.STORED_DIFFERS, object=new.name)


def may_not_read(failure: PartnersError, target: Target) -> PartnersError:
    if failure.code == faults.MAY_NOT_ELSE.code:
        return error_as(
            MayNotRead, faults.MAY_NOT_READ, client_email=target.client_email, bucket=target.bucket
        )
    return failure
